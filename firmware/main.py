"""Starts the firmware in the slot that boot.py chose. What ends it is noted, and the board starts anew."""

import asyncio
import os
import sys
import time

import machine

import boot

PAUSE_S = 1  # for a technician's Ctrl-C
PAUSE_SAFE_S = 60  # where not even safe mode runs


class Noted:
    """Whatever the firmware raises within, the next start may do better, and the edge is told."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind and issubclass(kind, Exception):
            sys.print_exception(error)
            boot.note(error)
            time.sleep(PAUSE_SAFE_S if boot.is_safe else PAUSE_S)
            machine.reset()


if "device.json" in os.listdir():
    boot.keep()  # before anything that may fail: it counts as failed until it is proved good
with Noted():
    import begin

    start = begin.prepare()
    del begin, sys.modules["begin"]  # room in the heap
    if start:
        asyncio.run(start[0].run(*start[1:]))
