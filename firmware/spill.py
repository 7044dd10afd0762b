"""Events on flash, for the time that the line is down: neither a reset nor a pulled plug loses them.

One file of bounded size. A record is a line with a checksum: [boot, seq, at, kind, fields, writes]; a torn one is left out and all
whole ones are kept. One without a kind says that all up to its boot and seq is decided. Each write costs the flash about one
block of 4 KB, which LittleFS takes from another place each time; so writes are few, counted, and rationed, but for what would
be lost otherwise.
"""

import binascii
import gc
import json
import os
from time import ticks_diff, ticks_ms

from micropython import const

FILE = "outbox"
FILE_BYTES_MAX = 32_768  # some 400 events: a desk's busy day, and more
_LINE_BYTES_MAX = const(240)
EACH_MS = (
    60_000  # one write may be made in so long, on the average: 1,440 a day, of the 40 million that 2 MB of flash bear
)
_BURST_MS = const(600_000)  # what may have been saved up: ten writes
_CHECK = const(0xFFFFFF)  # of the CRC-32: what stays a small integer


class Spill:
    def __init__(self):
        self.writes = 0  # of events to this flash, ever
        self.count = 0  # events that lie there
        self.marks: dict = {}  # boot: seq up to which all is decided, as far as it stands there
        self.fault = ""  # why the last write failed
        self._credit_ms, self._credit_at = _BURST_MS, ticks_ms()
        self._place = 0  # in the file, of the next record to read

        def take(record):
            if record[3]:
                self.count += 1
            else:
                self.marks[record[0]] = record[1]
            self.writes = record[5]

        self.torn = self._scan(take)
        self._place = 0

    def wait_ms(self, now):
        """Until the next write may be made."""
        self._credit_ms = min(_BURST_MS, self._credit_ms + max(0, ticks_diff(now, self._credit_at)))
        self._credit_at = now
        return max(0, EACH_MS - self._credit_ms)

    def append(self, events, record):
        """`record(event)` of each, in one write; then it is read from the begin. Whether it succeeded; if not, nothing has changed
        and `fault` says why."""
        self._credit_ms -= EACH_MS
        try:
            if self.count and os.stat(FILE)[6] > FILE_BYTES_MAX:
                raise OSError(28)  # ENOSPC
            self._write("a", events, record)
        except OSError as error:
            fault = "flash full" if error.errno == 28 else "flash error %s" % error.errno
            if fault != self.fault:
                print("Presses stay in memory:", fault)
            self.fault = fault
            return False
        self.count += len(events)
        self._place = 0
        return True

    def note(self, mark):
        """All up to (boot, seq) is decided; `read` may go on."""
        try:
            self._write("a", (mark,))
        except OSError:  # then they are sent once more after a reset, and only acknowledged again
            pass

    def clear(self):
        """All is decided; what remains is the count of writes."""
        self.count = self._place = 0
        try:
            self._write("w", ((0, 0),))
        except OSError:
            os.remove(FILE)

    def again(self):
        """`read` begins with the oldest once more."""
        self._place = 0

    def read(self, is_wanted, make, most):
        """`make` of the next records' five, at most so many, for which `is_wanted(boot, seq)`; fewer when there are no more."""
        got = []

        def take(record):
            if record[3] and is_wanted(record[0], record[1]):
                got.append(make(*record[:5]))
            return len(got) == most

        self._scan(take)
        return got

    def _write(self, mode, events, record=lambda mark: [mark[0], mark[1], None, "", None]):
        gc.collect()  # a file and its lines take some kilobytes for a moment
        self.writes += 1
        with open(FILE, mode) as file:
            for event in events:  # one at a time: all at once would take some kilobytes
                text = json.dumps(record(event) + [self.writes], separators=(",", ":"))
                file.write(
                    "\n%s %06x" % (text, binascii.crc32(text) & _CHECK)
                )  # the newline first: it ends what is torn
        self.fault = ""

    def _scan(self, take):
        """`take(record)` for each whole one from `_place` on, until it gives true; gives how many were torn."""
        gc.collect()
        torn = 0
        try:
            file = open(FILE, "rb")
        except OSError:
            return 0
        with file:
            file.seek(self._place)
            while True:
                line = file.readline(_LINE_BYTES_MAX)
                if not line:
                    return torn
                self._place = file.tell()
                text, check = line.rstrip()[:-7], line.rstrip()[-7:]
                if check != b" %06x" % (binascii.crc32(text) & _CHECK):
                    torn += line != b"\n"
                elif take(json.loads(text)):
                    return torn
