"""A virtual board's start: mounts the flash's file system at "/", runs boot.py and main.py from it, then answers on the console.

What MicroPython's ESP32 port does in main.c, _boot.py and inisetup.py, and shared/runtime/pyexec.c's raw REPL with raw-paste. The
friendly REPL is a stand-in: no history, no completion, no paste mode. Console lines end in "\n" here; the host makes "\r\n" of it.
"""

import gc
import io
import os
import sys

import ffi
import micropython
import vfs

import __main__

flash = __import__("flash")  # flash.py beside this file, not the technicians' package of that name

SIGINT, SIG_IGN, PR_SET_PDEATHSIG, SIGKILL = 2, 1, 1, 9
INTERRUPT = 1 << (SIGINT - 1)  # as a mask of signals
HARD, SOFT, SOFT_RAW = (
    3,
    4,
    5,
)  # the process's end that asks for a reset: machine.reset(), or a soft one, from the raw REPL
UNARMED = b"\xff\xff\xff\xff"
WINDOW = 128  # bytes of raw-paste's flow control, as on an ESP32
PIECE = 256
A, B, C, D, E, ESCAPE = 1, 2, 3, 4, 5, 27  # control bytes
EOF, MORE = b"\x04", b"\x01"
CORRUPT = """\
The filesystem starting at sector %d with size %d sectors looks corrupt. If
you had important data there, you may want to make a flash snapshot to try
to recover it. Otherwise, perform factory reprogramming of MicroPython
firmware (completely erase flash, followed by firmware programming).
"""

_libc = ffi.open("libc.so.6")
_exit = _libc.func("v", "_exit", "i")
_kill = _libc.func("i", "kill", "ii")
_signal = _libc.func("p", "signal", "ip")
_setmask = _libc.func("i", "sigsetmask", "i")
_pid = _libc.func("i", "getpid", "")()
_out, _in, _byte = sys.stdout.buffer, sys.stdin.buffer, bytearray(1)


class _Watched(flash.Flash):
    """A flash whose `cut_after` is a word in a file that the host may write at any time."""

    def _spend(self, count):
        self._word.seek(0)
        self._word.readinto(self._left)
        if self._left == UNARMED:
            return count
        self.cut_after = int.from_bytes(self._left, "little")
        count = super()._spend(count)
        self._word.seek(0)
        self._word.write(self.cut_after.to_bytes(4, "little"))
        return count

    def watch(self, path):
        self._word, self._left = open(path, "r+b"), bytearray(4)
        return self


class _Disk:
    """A flash.Partition that is never interrupted: neither a KeyboardInterrupt nor a collection of garbage, which closes files that
    were forgotten open, may come in the midst of LittleFS's work. On a chip the driver is C and allocates nothing."""

    def __init__(self, partition):
        self._partition = partition

    def readblocks(self, block, into, offset=0):
        self._whole(0, block, into, offset)

    def writeblocks(self, block, data, offset=None):
        self._whole(1, block, data, offset)

    def ioctl(self, op, arg):
        return self._whole(2, op, arg, 0)

    def _whole(self, kind, what, data, offset):
        was_enabled, again, got = gc.isenabled(), False, None
        gc.disable()
        while True:  # each of the operations may be done twice
            try:
                if kind == 0:
                    self._partition.readblocks(what, data, offset)
                elif kind == 1:
                    self._partition.writeblocks(what, data, offset)
                else:
                    got = self._partition.ioctl(what, data)
                for _ in MORE:  # an interrupt that waits comes now, within the try
                    pass
                break
            except KeyboardInterrupt:
                again = True
            except MemoryError:  # full of garbage: the lesser risk
                gc.collect()
        if was_enabled:
            gc.enable()
        if again:
            _kill(_pid, SIGINT)
        return got


def _cut():
    _kill(_pid, SIGKILL)


def run():
    """Never comes back: the process ends with the code that says how the board goes on."""
    _setmask(INTERRUPT)
    _libc.func("i", "prctl", "iiiii")(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0)  # no board outlives its bench
    say(os.getenv("BOARD_HELLO"))
    is_raw = os.getenv("BOARD_REPL") == "raw"
    try:
        _mount()
        _setmask(0)
        is_well = _run_file("boot.py")
        exec(os.getenv("BOARD_PRELUDE") or "", __main__.__dict__)
        if is_well and not is_raw:
            _run_file("main.py")
        quiet()
    except KeyboardInterrupt:  # between two of the above
        quiet()
    _setmask(0)
    while True:
        is_raw = raw() if is_raw else friendly()


def _mount():
    at, size = int(os.getenv("BOARD_VFS_AT")), int(os.getenv("BOARD_VFS_BYTES"))
    file = open(os.getenv("BOARD_FLASH"), "r+b")
    chip = _Watched(file, int(os.getenv("BOARD_FLASH_BYTES")), _cut).watch(os.getenv("BOARD_CUT"))
    disk = _Disk(flash.Partition(chip, at, size))
    for name in os.listdir(os.getenv("BOARD_BUILTIN")):
        if name.endswith(".py") and name != "start.py":
            __import__(name[:-3])
    vfs.umount("/")
    sys.path[:] = ["", ".frozen", "/lib"]
    try:
        root = vfs.VfsLfs2(disk)
    except OSError:
        if chip.read(at, flash.SECTOR) != flash.ERASED:
            _complain(at, size)
        say("Performing initial setup\n")
        vfs.VfsLfs2.mkfs(disk)
        root = vfs.VfsLfs2(disk)
        vfs.mount(root, "/")
        with open("boot.py", "w") as file:
            file.write("# This file is executed on every boot (including wake-boot from deepsleep)\n")
    else:
        vfs.mount(root, "/")
    os.chdir("/")
    gc.collect()  # what compiling the above left behind, which on a chip is in the flash


def _complain(at, size):
    import time

    _setmask(0)
    while True:
        print(CORRUPT % (at // flash.SECTOR, size // flash.SECTOR))
        time.sleep(3)


def _run_file(name):
    """Whether all went well; as in pyexec, an exception is printed and the board goes on."""
    try:
        with open(name) as file:
            code = [file.read()]
    except OSError:
        return True
    return settle(execute(code, name, "exec"))


class _Caught:
    """Keeps what is raised within, whatever it is: the code that is run is anybody's."""

    error = None

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        self.error = error
        quiet()
        return True


def execute(source, name, kind):
    """What it raised, or None. `source` is in a list, emptied, so that the text does not stay in the heap while it runs."""
    try:
        with _Caught() as caught:
            micropython.kbd_intr(3)
            exec(compile(source.pop(), name, kind), __main__.__dict__)
    except KeyboardInterrupt as raised:  # between two of the above
        quiet()
        return raised
    return caught.error


def settle(error, soft=SOFT):
    """Print what was raised, or end: SystemExit is a reset, as in pyexec. Whether there was nothing."""
    if isinstance(error, SystemExit):
        _exit(HARD if error.args == (HARD,) else soft)
    if error:
        text = io.StringIO()
        sys.print_exception(error, text)
        for line in text.getvalue().split("\n")[:-1]:
            if "start.py" not in line:  # on a chip there are no such lines
                say(line + "\n")
    return error is None


def quiet():
    """From now on Ctrl-C is a byte like any other."""
    while True:
        try:
            _signal(SIGINT, SIG_IGN)
            for _ in MORE:  # one that waits comes now
                pass
            return
        except KeyboardInterrupt:
            pass


def say(text):
    _out.write(text)


def hear():
    """The next byte from the console; the end of the console is the end of the board."""
    if not _in.readinto(_byte):
        _exit(1)
    return _byte[0]


class _Text:
    """What has come so far, in pieces: one growing buffer would not fit beside itself."""

    def __init__(self):
        self.count, self._whole, self._last = 0, [], bytearray(PIECE)

    def add(self, byte):
        i = self.count % PIECE
        self._last[i] = byte
        self.count += 1
        if i == PIECE - 1:
            self._whole.append(bytes(self._last))

    def take(self):
        pieces = self._whole + [bytes(self._last[: self.count % PIECE])]
        self.__init__()
        return b"".join(pieces)


def raw():
    """Until Ctrl-B: pyexec_raw_repl. Gives False, "not raw"."""
    text = _Text()
    say("raw REPL; CTRL-B to exit\n>")
    while True:
        byte = hear()
        if byte == A:
            asked = text.take()
            if len(asked) == 2 and asked[0] == E:
                if asked[1:] == b"A":
                    _paste()
                else:
                    say(b"R\x00")
                say(">")
            else:
                say("raw REPL; CTRL-B to exit\n>")
        elif byte == B:
            say("\n")
            return False
        elif byte == C:
            text.take()
        elif byte == D:
            say("OK")
            if not text.count:
                say("\n")
                _exit(SOFT_RAW)
            _run_raw(text.take())
            say(">")
        else:
            text.add(byte)


def _paste():
    """Raw-paste: the sender keeps within a window, and is told each time that it has been used up."""
    say(b"R\x01" + WINDOW.to_bytes(2, "little") + MORE)
    text = _Text()
    while True:
        byte = hear()
        if byte == D:
            break
        if byte == C:
            say(EOF + EOF + b"KeyboardInterrupt: \n" + EOF)
            return
        text.add(byte)
        if text.count % WINDOW == 0:
            say(MORE)
    source = text.take()
    say(EOF)
    _run_raw(source)


def _run_raw(source):
    error = execute([source], "<stdin>", "exec")
    say(EOF)
    if not isinstance(error, SystemExit):
        settle(error)
    say(EOF)
    settle(error if isinstance(error, SystemExit) else None, SOFT_RAW)


def friendly():
    """Until Ctrl-A. Gives True, "raw"."""
    version = ".".join([str(part) for part in sys.implementation[1][:3]])
    say('MicroPython v%s; %s\nType "help()" for more information.\n' % (version, os.getenv("BOARD_MACHINE")))
    lines = []
    while True:
        say("... " if lines else ">>> ")
        line = _line(lines)
        if line == A:
            say("\n")
            return True
        if line == B:
            return False
        if line == C:
            lines = []
            continue
        lines.append(line)
        if _is_complete(lines):
            source, lines = b"\n".join(lines) + b"\n", []
            if source.strip():
                settle(execute([source], "<stdin>", "single"))


def _line(before):
    """One line, echoed, or the control byte that ended it."""
    text = bytearray()
    while True:
        byte = hear()
        if byte in (13, 10):
            say("\n")
            return bytes(text)
        if byte == C or (byte in (A, B) and not text):
            say("\n")
            return byte
        if byte == D and not text and not before:
            say("\n")
            _exit(SOFT)
        if byte in (8, 127) and text:
            text = text[:-1]
            say("\b \b")
        elif byte == ESCAPE:
            if hear() == ord("["):
                hear()
        elif byte >= 32 or byte == 9:
            text.append(byte)
            say(_byte)


def _is_complete(lines):
    """Roughly mp_repl_continue_with_input: brackets are closed, and a compound statement ends with an empty line."""
    text = b"\n".join(lines)
    depth = sum([text.count(b) for b in (b"(", b"[", b"{")]) - sum([text.count(b) for b in (b")", b"]", b"}")])
    is_compound = lines[0].rstrip().endswith(b":") or lines[0].startswith(b"@")
    return depth <= 0 and (not is_compound or not lines[-1].strip())
