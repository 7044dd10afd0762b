"""Fetches new firmware into the other slot, piece by piece, checks it, and starts it on trial (docs/updates.md).

Imported only while that goes on. What has been verified in the other slot stays there: after a lost line, a restarted edge or a
power cut the same order goes on where it was.
"""

import asyncio
import binascii
import hashlib
import os

import wire
from micropython import const

import boot
import secret
import station

_ASK_MS = const(5_000)  # without an answer the piece is asked for again
_GIVE_UP_MS = const(1_800_000)  # without any piece
_TRIES = const(2)  # of a file that comes with another hash
FORM = "floorboard-1"
_HEAD_BYTES = const(14)  # of a piece: which it is


class Refused(Exception):
    """The update goes no further; a sentence for a human."""


class Update:
    """One order of the edge."""

    def __init__(self, link, order):
        self.build = order["build"]
        self._link, self._order = link, order
        self._slot = boot.OTHER[boot.slot]
        self._new, self._part = self._slot + "/new", self._slot + "/part"
        self._buffer = memoryview(bytearray(256))
        self._wanted = None  # (file, at) of the piece that is waited for
        self._at, self._why = 0, ""
        self._came = asyncio.Event()

    async def run(self):
        """Until the next start is of the new firmware: gives "", or the sentence why not."""
        link, why = self._link, ""
        link.on_piece = self._take
        say_state(link, "updating")
        try:
            await self._fill()
        except Refused as refused:
            why = refused.args[0]
            await self._leave()
        except OSError as error:
            why = "The flash does not take it: error %s." % error.args[0]
            await self._leave()
        except MemoryError:  # what goes on beside it needs it more
            why = "There is no memory for it now."
        link.on_piece = link.nothing
        return why

    async def _leave(self):
        """Of what was begun nothing stays: it may be the flash that is full, and presses want their room."""
        for path in (self._part, self._new):
            self._remove(path)
        try:
            if not boot.stands(self._slot):
                await self._clear(self._slot, lambda name: False)
        except OSError:  # there is no such folder, or not even this is possible
            pass

    async def _fill(self):
        if boot.record["said"]:
            boot.record["said"] = self._link.meta["update"] = ""
            boot.keep()
        await self._manifest()
        self._check()
        self._remove(self._slot + boot.MANIFEST)  # it is no firmware any more
        await self._clear(self._slot, self._names)
        with open(self._new) as lines:
            lines.readline()
            number = 0
            for line in lines:
                number += 1
                sha, size, path = line.strip().split(" ")
                await self._file(number, sha, int(size), path)
        os.rename(self._new, self._slot + boot.MANIFEST)
        self._switch()

    def _switch(self):
        """The next start is of this slot, on trial."""
        record = boot.record
        before = record["slot"], record["fails"], record["trial"]
        record["slot"], record["fails"], record["trial"] = self._slot, 0, 1
        kept = False
        try:
            kept = boot.keep()
        finally:  # also where there is no memory for it
            if not kept:
                record["slot"], record["fails"], record["trial"] = before
        if not kept:
            self._remove(self._slot + boot.MANIFEST)
            raise Refused("The flash has no room for the record of the change.")

    # what there is

    async def _manifest(self):
        """The one that was ordered, as `new`. What stands in this slot stays whole until it is found good."""
        try:
            os.mkdir(self._slot)
        except OSError:  # it is there
            pass
        if self._hash(self._new)[:16] != self.build:
            if self._hash(self._slot + boot.MANIFEST)[:16] == self.build:
                self._copy(self._slot + boot.MANIFEST)
            else:
                await self._fetch(0, self._order["bytes"], self.build)
            os.rename(self._part, self._new)

    def _check(self):
        label = b"downgrade" if self._order["older"] else b"update"
        mac = secret.Keyed(secret.derived(self._link.device["secret"], label))
        self._each(self._new, mac.update)
        if binascii.hexlify(mac.digest()).decode() != self._order["mac"]:
            raise Refused("The manifest is not signed for this device.")
        with open(self._new) as lines:
            head = lines.readline().strip().split(" ")
            if any(".." in line or " /" in line for line in lines):
                raise Refused("The manifest names a file outside the slot.")
        meta = self._link.meta
        if len(head) != 4 or head[0] != FORM:
            raise Refused("The manifest is of another form.")
        if head[1:3] != [meta["hardware"], meta["role"]]:
            raise Refused("It is for a %s." % head[1])
        if not self._order["older"] and _number(head[3]) < _number(meta["firmware"]):
            raise Refused("It is older than what runs.")

    async def _clear(self, folder, is_kept):
        """Remove what is not of this build: a module that is no more would be found."""
        for entry in os.ilistdir(folder):
            name = folder + "/" + entry[0]
            if entry[1] == 0x4000:
                await self._clear(name, is_kept)
            elif not is_kept(name):
                self._remove(name)
            await asyncio.sleep_ms(0)

    def _names(self, name):
        """The manifest does; read anew each time, for all its names at once would not fit beside a dispenser's role."""
        if name in (self._new, self._part):
            return True
        end = " " + name[len(self._slot) + 1 :] + "\n"
        with open(self._new) as lines:
            return any(line.endswith(end) for line in lines)

    async def _file(self, number, sha, size, path):
        """It stands in the slot already, or in the running one, or is fetched."""
        target = self._slot + "/" + path
        await asyncio.sleep_ms(0)
        if self._hash(target) == sha:
            return
        if self._hash(boot.slot + "/" + path) == sha:
            self._copy(boot.slot + "/" + path)
        if self._hash(self._part) != sha:
            await self._fetch(number, size, sha)
        if "/" in path:
            try:
                os.mkdir(target.rsplit("/", 1)[0])
            except OSError:  # it is there
                pass
        os.rename(self._part, target)

    def _copy(self, source):
        with open(self._part, "wb") as file:
            self._each(source, file.write)

    # what comes

    async def _fetch(self, number, size, sha):
        for _ in range(_TRIES):
            at = _size(self._part)
            while at < size:
                at = await self._piece(number, at)
                await asyncio.sleep_ms(wire.PIECE_PACE_MS)
            if self._hash(self._part)[: len(sha)] == sha:
                return
            self._remove(self._part)
        raise Refused("File %d came with another hash." % number)

    async def _piece(self, number, at):
        """Where the next one begins."""
        self._wanted = number, at
        for _ in range(_GIVE_UP_MS // _ASK_MS):
            self._came.clear()
            if self._link.is_ready:
                self._link.say("up", {"build": self.build, "file": number, "at": at})
            await station.event_or_ms(self._came, _ASK_MS)
            if self._why:
                raise Refused(self._why)
            if self._wanted is None:
                return self._at
        raise Refused("The edge sends no more of it.")

    def _take(self, raw):
        """A piece, by the session's reader: its bytes hold only during the call."""
        build, number, at, data = unpacked(raw)
        if build != self.build or self._wanted is None:
            return
        if at == wire.NO_PIECE:
            self._why = "The edge has taken it back."
        elif (number, at) != self._wanted:  # it has come twice
            return
        else:
            try:
                with open(self._part, "ab") as file:
                    file.write(data)
            except OSError as error:
                self._why = "The flash does not take it: error %s." % error.args[0]
            self._wanted, self._at = None, at + len(data)
        self._came.set()

    # files

    def _hash(self, path):
        """Of SHA-256, in hex; "" of a file that is not there."""
        sha = hashlib.sha256()
        try:
            self._each(path, sha.update)
        except OSError:
            return ""
        return binascii.hexlify(sha.digest()).decode()

    def _each(self, path, take):
        with open(path, "rb") as file:
            while True:
                count = file.readinto(self._buffer)
                if not count:
                    return
                take(self._buffer[:count])

    def _remove(self, path):
        try:
            os.remove(path)
        except OSError:  # it is not there
            pass


def say_state(link, word):
    link.state = word
    link.say("$state", {"state": word})


def unpacked(raw):
    """(build, file, at, data) of a piece, as edge/devices/updates.py packs it; its data is a view if `raw` is one. Nonsense if
    it is too short or too long."""
    if not _HEAD_BYTES <= len(raw) <= wire.PIECE_BYTES_MAX:
        raise wire.Nonsense("piece")
    build = "".join(["%02x" % byte for byte in raw[:8]])
    return build, raw[8] << 8 | raw[9], int.from_bytes(bytes(raw[10:14]), "big"), raw[14:]


def _size(path):
    try:
        return os.stat(path)[6]
    except OSError:
        return 0


def _number(version):
    try:
        return [int(part) for part in version.split(".")]
    except ValueError:
        raise Refused("%s is no version." % version)
