"""Runs first after every reset: bounds the heap's growth and chooses the slot whose firmware runs.

It stands outside the slots and is not updated with them, so it does no more than that. The firmware finds it as the module `boot`.
Its record is written beside and renamed, so that a power cut leaves the old one or the new one.
"""

import gc
import io
import json
import os
import random
import sys

# Collect after so many bytes have been allocated: the heap never fills with litter, nor breaks into small pieces.
gc.threshold(2560)

RECORD, CRASH = "boot.json", "crash.txt"
MANIFEST = "/manifest"  # of a slot: written last and taken away first, so that it stands only in one that is whole
OTHER = {"a": "b", "b": "a"}
FAILS_MAX = 5  # starts in a row that were not proved good: the next ones are in safe mode
TRIALS_MAX = 3  # starts of new firmware, until it goes back
START_MS = 90_000  # for a start to come as far as feeding the watchdog
CRASH_CHARS = 400
PLAIN = {'"': "'", "\\": "/"}  # so that it is one field of the wire, as long as it looks


def last():
    """The record of the last start: `boot` its number, `slot`, `fails` how many in a row were not proved good, `trial` how often
    new firmware has started on trial (from 1; 0: it is none), `said` how the last update ended."""
    record = {"boot": 0, "slot": "a", "fails": 0, "trial": 0, "said": ""}
    try:
        with open(RECORD) as file:
            kept = json.load(file)
        if kept["slot"] in OTHER and all(type(kept[key]) is type(value) for key, value in record.items()):
            return kept
    except OSError:  # never started: provisioning gave it an id of its own, so that 1 is free
        return record
    except (ValueError, KeyError, TypeError):  # no JSON, or another
        pass
    record["boot"] = far()
    return record


def far():
    """No start's number may be used twice: where the last one is not known, go on far above."""
    return (1 << 28) + random.getrandbits(28)


def stands(slot):
    try:
        os.stat(slot + MANIFEST)
        return True
    except OSError:
        return False


def advance(record):
    """Make it the record of the start that follows."""
    record["boot"] += 1
    record["fails"] += 1
    if record["trial"]:
        record["trial"] += 1
        if record["trial"] > TRIALS_MAX + 1:
            back(record, "It did not start.")
    if not stands(record["slot"]) and stands(OTHER[record["slot"]]):  # a technician brought other files
        record["slot"], record["trial"] = OTHER[record["slot"]], 0


def back(record, why):
    """From new firmware on trial to what ran before."""
    record["slot"] = OTHER[record["slot"]]
    record["trial"], record["fails"], record["said"] = 0, 1, why


def keep():
    """Write the record; whether it stands. If the flash takes no more, this start's number is not used again all the same."""
    try:
        with open(RECORD + ".new", "w") as file:
            json.dump(record, file)
        os.rename(RECORD + ".new", RECORD)
        return True
    except OSError:
        record["boot"] = far()
        return False


def proved():
    """This firmware runs well."""
    if record["fails"] or record["trial"]:
        record["fails"] = record["trial"] = 0
        keep()


def note(error):
    """Keep what ended the firmware for the next birth: the error, then where it was, innermost first. What stands there already is
    not written again: a board that fails again and again must not wear its flash out."""
    lines = io.StringIO()
    sys.print_exception(error, lines)
    # All of bytecode is said to be in line 1.
    places = [line.strip().replace(", line 1,", ",") for line in lines.getvalue().split("\n")[1:] if line]
    text = "".join([PLAIN.get(c, c) if " " <= c < "\x7f" else "?" for c in "; ".join(reversed(places))[:CRASH_CHARS]])
    try:
        if crash() != text:
            with open(CRASH, "w") as file:
                file.write(text)
    except OSError:
        print("The flash has no room for the crash's record.")


def crash():
    """What was noted last and has not been told yet."""
    try:
        with open(CRASH) as file:
            return file.read(CRASH_CHARS)
    except (OSError, ValueError):
        return ""


record = last()
advance(record)
is_safe = record["fails"] > FAILS_MAX
slot = record["slot"]  # from which all is imported; in safe mode each slot in turn, in case one of them is broken
if is_safe and record["fails"] & 1 and stands(OTHER[slot]):
    slot = OTHER[slot]
sys.path[:] = [slot, ".frozen"]
sys.modules["boot"] = __import__("__main__")
del last, advance  # room in the heap
