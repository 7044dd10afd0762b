"""The image of a device's file system: what flash/filesystem.py makes, real MicroPython mounts, reads and writes."""

import subprocess
from pathlib import Path

import pytest

from edge import parts
from flash import filesystem

ROOT = Path(__file__).parents[2]
SIZE = 256 * 1024
FILES = {"main.py": b"print(1)\n", "roles/desk.mpy": bytes(range(256)) * 40, "empty": b"", "a/b/c.txt": "é陈".encode()}

MOUNT = """
import sys, vfs, os
import flash
file = open("flash.bin", "r+b")
class Whole:
    size = {size}
    def readblocks(self, n, into, offset=0):
        file.seek(n * 4096 + offset); file.readinto(into)
    def writeblocks(self, n, data, offset=None):
        file.seek(n * 4096 + (offset or 0)); file.write(data)
    def ioctl(self, op, arg):
        return {{4: self.size // 4096, 5: 4096}}.get(op, 0)
vfs.mount(vfs.VfsLfs2(Whole()), "/x")
print(sorted(os.listdir("/x")), open("/x/roles/desk.mpy", "rb").read() == bytes(range(256)) * 40, open("/x/a/b/c.txt").read())
with open("/x/new", "w") as new: new.write("by MicroPython")
os.remove("/x/main.py")
vfs.umount("/x")
file.flush()
"""


def test_micropython_reads_and_writes_what_was_made(tmp_path: Path) -> None:
    (tmp_path / "flash.bin").write_bytes(filesystem.image(FILES, SIZE))
    code = MOUNT.format(size=SIZE).replace("import flash\n", "")
    done = subprocess.run(
        [*parts.find("micropython"), "-c", code], cwd=tmp_path, capture_output=True, text=True, timeout=30
    )
    assert done.stdout == "['a', 'empty', 'main.py', 'roles'] True é陈\n", done.stderr
    after = {path: contents for path, contents in FILES.items() if path != "main.py"} | {"new": b"by MicroPython"}
    assert filesystem.read((tmp_path / "flash.bin").read_bytes()) == after


def test_what_was_made_is_read_back() -> None:
    made = filesystem.image(FILES, SIZE)
    assert len(made) == SIZE
    assert filesystem.read(made) == FILES


@pytest.mark.parametrize(
    ("files", "size", "sentence"),
    [
        (FILES, 5000, "is not two or more whole blocks"),
        (FILES, 4096, "is not two or more whole blocks"),
        ({"big": bytes(200_000)}, 65_536, "big cannot be written to an image of 65,536 bytes"),
        ({"/etc/passwd": b""}, SIZE, "is no path inside the file system"),
        ({"../x": b""}, SIZE, "is no path inside the file system"),
    ],
)
def test_what_no_image_can_be_made_of(files: dict[str, bytes], size: int, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        filesystem.image(files, size)


@pytest.mark.parametrize("raw", [bytes(SIZE), b"\xff" * SIZE])
def test_what_holds_no_file_system(raw: bytes) -> None:
    with pytest.raises(ValueError, match="no file system"):
        filesystem.read(raw)
