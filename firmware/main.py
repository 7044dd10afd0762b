"""Starts the firmware in the slot that boot.py chose. What ends it is noted, and the board starts anew."""

import asyncio
import os
import sys
import time

import machine

import boot


class Noted:
    """Whatever the firmware raises within, the next start may do better, and the edge is told."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        if kind and issubclass(kind, Exception):
            try:
                sys.print_exception(error)
                boot.note(error)
            finally:  # even where there is no room to note it
                # Seconds: for a technician's Ctrl-C; where not even safe mode runs, for the flash's wear.
                for _ in range(60 if boot.is_safe else 1):
                    if dog:
                        dog.feed()
                    time.sleep(1)
                machine.reset()


dog = None
if "device.json" in os.listdir():
    boot.keep()  # before anything that may fail: it counts as failed until it is proved good
    dog = machine.WDT(timeout=boot.START_MS)  # for what hangs before alive.watch takes it over
with Noted():
    import begin

    start = begin.prepare()
    del begin, sys.modules["begin"]  # room in the heap
    if start:
        asyncio.run(start[0].run(*start[1:]))
