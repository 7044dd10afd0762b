"""The file system of a device as one image: LittleFS version 2, with the parameters by which MicroPython's VfsLfs2 mounts it."""

from collections.abc import Mapping
from pathlib import PurePosixPath

from littlefs import LittleFS, LittleFSError, UserContext

BLOCK_BYTES = 4_096  # the flash's erase sector, and what MicroPython's ESP32 partitions give as block size
GRAIN_BYTES = 32  # MicroPython's read, program and lookahead size (its docs, class VfsLfs2)
OLDEST_VERSION = 0x0002_0000  # which every MicroPython with VfsLfs2 mounts; a newer one raises it at its first write


def image(files: Mapping[str, bytes], size: int) -> bytes:
    """An image of `size` bytes, whole blocks, that holds `files`: path, with "/" between folders, to contents.

    ValueError if they do not fit, a path is not one, or the size is no whole number of blocks."""
    if size % BLOCK_BYTES or size < 2 * BLOCK_BYTES:
        raise ValueError(f"an image of {size} bytes is not two or more whole blocks of {BLOCK_BYTES}")
    context = UserContext(size)
    system = _system(context, size, OLDEST_VERSION)
    system.format()
    return _filled(context, system, files)


def added(image: bytes, files: Mapping[str, bytes]) -> bytes:
    """The same image with these files besides, or in place of its own. ValueError as `image`."""
    context = UserContext(buffer=bytearray(image))
    return _filled(context, _system(context, len(image), OLDEST_VERSION), files)


def _filled(context: UserContext, system: LittleFS, files: Mapping[str, bytes]) -> bytes:
    system.mount()
    for path, contents in sorted(files.items()):
        try:
            _write(system, path, contents)
        except LittleFSError as error:
            raise ValueError(
                f"{path} cannot be written to an image of {len(context.buffer):,} bytes: {error}"
            ) from error
    system.unmount()
    return bytes(context.buffer)


def read(image: bytes) -> dict[str, bytes]:
    """All files of an image by path, as `image` takes them. ValueError if it holds no file system."""
    try:
        system = _system(UserContext(buffer=bytearray(image)), len(image))
        system.mount()
        paths = [f"{folder}/{name}".lstrip("/") for folder, _, names in system.walk("/") for name in names]
        return {path: _contents(system, path) for path in paths}
    except LittleFSError as error:
        raise ValueError(f"no file system of version 2 with blocks of {BLOCK_BYTES} bytes: {error}") from error


def _system(context: UserContext, size: int, version: int = 0) -> LittleFS:
    return LittleFS(
        context,
        mount=False,
        block_size=BLOCK_BYTES,
        block_count=size // BLOCK_BYTES,
        read_size=GRAIN_BYTES,
        prog_size=GRAIN_BYTES,
        cache_size=4 * GRAIN_BYTES,
        lookahead_size=GRAIN_BYTES,
        disk_version=version,
    )


def _write(system: LittleFS, path: str, contents: bytes) -> None:
    folder = PurePosixPath(path).parent
    if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
        raise ValueError(f"{path!r} is no path inside the file system")
    if folder.name:
        system.makedirs(str(folder), exist_ok=True)
    with system.open(path, "wb") as file:
        file.write(contents)


def _contents(system: LittleFS, path: str) -> bytes:
    with system.open(path, "rb") as file:
        return bytes(file.read())
