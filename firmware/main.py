"""Starts the firmware in the slot that boot.py chose. What ends it is noted, and the board starts anew."""

import os
import sys
import time

import machine

import boot

PAUSE_S = 1  # for a technician's Ctrl-C
PAUSE_SAFE_S = 60  # where not even safe mode runs


def end(error):
    sys.print_exception(error)
    boot.note(error)
    time.sleep(PAUSE_SAFE_S if boot.is_safe else PAUSE_S)
    machine.reset()


if "device.json" in os.listdir():
    boot.keep()  # before anything that may fail: it counts as failed until it is proved good
try:
    import begin

    begin.run()
except Exception as error:  # noqa: BLE001 - whatever it was, the next start may do better, and the edge is told
    end(error)
