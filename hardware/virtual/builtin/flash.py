"""A NOR flash in a sparse file, and a partition of it as a block device: for CPython, and for MicroPython's VfsLfs2.

Sectors that were never touched take no room in the file: behind the flash's own bytes it holds one byte for each sector, 0 for
"untouched, reads as erased", so that a hole, which reads as zeros, is never taken for bytes. A cut of the power falls between two
bytes; what real cells hold that were being erased or programmed at that moment is not known, and not played.
"""

SECTOR = 4096
ERASED = b"\xff" * SECTOR
PIECE = 256  # bytes compared at a time: a page of the chip


class Flash:
    """`file` is unbuffered, open for reading and writing; made larger if it is new. `cut_after` counts down the bytes that are
    erased or programmed; at 0 `cut` is called in the middle of the write, and must not come back."""

    def __init__(self, file, size, cut=None):
        self.size, self.cut_after, self.cut = size, None, cut
        self._file, self._page = file, bytearray(PIECE)
        end = file.seek(0, 2)
        if end == 0:
            file.seek(size + size // SECTOR - 1)
            file.write(b"\x00")
        elif end != size + size // SECTOR:
            raise ValueError("the file holds a flash of another size than %d bytes" % size)
        file.seek(size)
        self._touched = bytearray(file.read(size // SECTOR))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._file.close()

    def read(self, at, count):
        got = bytearray(count)
        self.readinto(at, got)
        return bytes(got)

    def readinto(self, at, into):
        """Within a sector this allocates nothing, for a collection of garbage in the midst of LittleFS's work would close forgotten
        files there."""
        self._check(at, len(into))
        if at % SECTOR + len(into) <= SECTOR:
            self._read_within(at, into)
            return
        view, done = memoryview(into), 0
        while done < len(into):
            count = min(SECTOR - (at + done) % SECTOR, len(into) - done)
            self._read_within(at + done, view[done : done + count])
            done += count

    def _read_within(self, at, into):
        if self._touched[at // SECTOR]:
            self._file.seek(at)
            self._file.readinto(into)
        elif len(into) == SECTOR:
            into[:] = ERASED
        else:
            i = 0
            while i < len(into):
                into[i] = 0xFF
                i += 1

    def erase(self, at, count):
        """Whole sectors to 0xFF."""
        if at % SECTOR or count % SECTOR:
            raise ValueError("only whole sectors of %d bytes are erased" % SECTOR)
        self._check(at, count)
        for sector in range(at // SECTOR, (at + count) // SECTOR):
            left = self._spend(SECTOR)
            if self._touched[sector]:
                self._put(sector * SECTOR, memoryview(ERASED)[:left])
            self._end_if(left < SECTOR)

    def program(self, at, data):
        """Clear bits: what was not erased before becomes the old bytes AND the new, as on the chip."""
        self._check(at, len(data))
        done = 0
        while done < len(data):
            offset = (at + done) % PIECE
            count = min(PIECE - offset, len(data) - done)
            left = self._spend(count)
            if not self._touched[(at + done) // SECTOR]:
                self._touch((at + done) // SECTOR)
            self._clear(at + done - offset, offset, data, done, left)
            self._end_if(left < count)
            done += count

    def put(self, at, sector):
        """A sector erased and programmed, by the factory's programmer: whole, whatever becomes of the power."""
        if at % SECTOR or len(sector) != SECTOR:
            raise ValueError("only whole sectors of %d bytes are put" % SECTOR)
        self._check(at, SECTOR)
        if self._touched[at // SECTOR]:
            self._put(at, sector)
        elif sector != ERASED:
            self._touch(at // SECTOR)
            self._put(at, sector)

    def _clear(self, at, offset, data, done, count):
        """In the page at `at`, from `offset` on, with `count` bytes of `data` from `done` on."""
        self._file.seek(at)
        self._file.readinto(self._page)
        i = 0
        while i < count:
            self._page[offset + i] &= data[done + i]
            i += 1
        self._put(at, self._page)

    def _touch(self, sector):
        self._put(sector * SECTOR, ERASED)  # before its mark: a process that ends between the two has changed nothing
        self._put(self.size + sector, b"\x01")
        self._touched[sector] = 1

    def _put(self, at, data):
        self._file.seek(at)
        self._file.write(data)

    def _spend(self, count):
        """How many of so many bytes are still written before the power is cut."""
        if self.cut_after is None:
            return count
        left = min(count, self.cut_after)
        self.cut_after -= left
        return left

    def _end_if(self, is_cut):
        if is_cut or self.cut_after == 0:
            self.cut()

    def _check(self, at, count):
        if at < 0 or at + count > self.size:
            raise ValueError("%d bytes at 0x%x are not within the flash" % (count, at))


class Partition:
    """A part of a flash as MicroPython's vfs.AbstractBlockDev with its extended interface, as esp32.Partition is one."""

    def __init__(self, flash, at, size):
        self._flash, self._at, self._size = flash, at, size

    def readblocks(self, block, into, offset=0):
        self._flash.readinto(self._at + block * SECTOR + offset, into)

    def writeblocks(self, block, data, offset=None):
        at = self._at + block * SECTOR
        if offset is None:
            self._flash.erase(at, len(data))
        self._flash.program(at + (offset or 0), data)

    def ioctl(self, op, arg):
        if op == 4:
            return self._size // SECTOR
        if op == 5:
            return SECTOR
        if op == 6:
            self._flash.erase(self._at + arg * SECTOR, SECTOR)
        return 0


def opened(path, size, cut=None):
    """The flash in the file of that name, made on first use."""
    try:
        file = open(path, "r+b", 0)
    except OSError:
        file = open(path, "w+b", 0)
    return Flash(file, size, cut)
