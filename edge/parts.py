"""The programs that Debian has and Floorboard runs: found on the machine, or unpacked into `.parts` of the project.

`python -m edge.parts NAME...` gets what is missing; `find` never fetches.
"""

import fcntl
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from edge import archive

FOLDER = Path(__file__).resolve().parents[1] / ".parts"
MODERN = "trixie"  # the first release whose MicroPython has the module `tls`
NEXT = "forky"  # where neither name of that is whole on the mirror
BEFORE_MODERN = ("bullseye", "bookworm")
HALF_WORD = {"amd64": "i386", "arm64": "armhf"}  # the word size of an ESP32
PLUGIN = "mosquitto_dynamic_security.so"
PROBE_WAIT_S_MAX = 60
FONT = "usr/share/fonts/truetype/wqy/wqy-microhei.ttc"  # Latin and Chinese, for slips and displays
PIXELS = (
    "usr/share/fonts/opentype/unifont/unifont.otf"  # Chinese that was drawn by hand, sixteen pixels high, for displays
)
FONTS = {
    FONT: ("font", "fonts-wqy-microhei"),
    PIXELS: ("pixels", "fonts-unifont"),
}  # our folder for it, Debian's package

FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir prefix="relative">usr/share/fonts</dir>
  <include ignore_missing="yes">/etc/fonts/fonts.conf</include>
</fontconfig>
"""


class PartMissing(Exception):
    """One sentence for a human: what is missing, and the Debian package to install."""


@dataclass(frozen=True)
class Part:
    packages: tuple[str, ...]
    names: tuple[str, ...]  # as installed
    unpacked: str  # the program inside the packages, as a glob
    probe: tuple[str, ...]  # arguments that make it say what it is
    says: str  # what it says then, if it is one that we can use
    advice: str
    beside: tuple[str, ...] = ()  # further programs in the same folder


PARTS = {
    "mosquitto": Part(
        ("mosquitto",),
        ("mosquitto",),
        "usr/sbin/mosquitto",
        ("-h",),
        "mosquitto version 2.",
        "mosquitto",
    ),
    "micropython": Part(
        ("micropython",),
        ("micropython",),
        "usr/bin/micropython",
        (
            "-c",
            "import sys, tls; print('MicroPython', '%d.%d.%d' % sys.implementation[1][:3], 'maxsize', sys.maxsize)",
        ),
        "MicroPython",
        f"micropython of {MODERN} or newer, if possible the 32-bit one",
    ),
    "chromium": Part(
        ("chromium", "fonts-wqy-microhei"),
        ("chromium", "chromium-browser", "google-chrome"),
        "usr/lib/chromium/chromium",
        ("--version",),
        "Chrom",
        "chromium, and fonts-wqy-microhei for Chinese",
    ),
    "nats-server": Part(
        ("nats-server",),
        ("nats-server",),
        "usr/*bin/nats-server",
        ("--version",),
        "nats-server: v2.",
        "nats-server",
    ),
    "postgresql": Part(
        ("postgresql",),
        ("postgres",),
        "usr/lib/postgresql/*/bin/postgres",
        ("--version",),
        "postgres (PostgreSQL) 1",
        "postgresql",
        ("initdb",),
    ),
}
WORDS_32 = f"maxsize {2**31 - 1}"


def find(name: str, folder: Path = FOLDER) -> list[str]:
    """The command that runs a part. Raises PartMissing; never fetches."""
    command = _full(name, folder) or _lesser(name)
    if not command:
        raise PartMissing(f"{name} is missing; install the Debian package {PARTS[name].advice}.")
    return [command]


def beside(name: str, program: str, folder: Path = FOLDER) -> list[str]:
    """The command that runs another program of a part. Raises PartMissing."""
    [command] = find(name, folder)
    is_unpacked = command.startswith(str(folder))
    return [f"{command}-{program}" if is_unpacked else str(Path(command).resolve().with_name(program))]


def plugin(folder: Path = FOLDER) -> Path:
    """Mosquitto's dynamic-security plugin, of the broker that `find` gives. Raises PartMissing."""
    [command] = find("mosquitto", folder)
    root = Path(command).parent if command.startswith(str(folder)) else Path("/")
    return (_plugins(root) or _plugins(Path("/")))[0]


def font(name: str = FONT, folder: Path = FOLDER) -> Path:
    """The file of one of FONTS, which are no programs; `main` unpacks them all by the name `font`. Raises PartMissing."""
    own, package = FONTS[name]
    for root in (Path("/"), folder / own):
        if (root / name).exists():
            return root / name
    raise PartMissing(f"The font {Path(name).stem} is missing; install the Debian package {package}.")


def get_font(name: str = FONT, folder: Path = FOLDER) -> None:
    """Unpacks it, whole or not at all, whatever the machine has. Raises PartMissing."""
    own, package = FONTS[name]
    native = _output(["dpkg", "--print-architecture"]).strip()
    with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as work:
        root = Path(work) / own
        root.mkdir()
        try:
            archive.unpack([package], root, _sources(), architecture=native, status=Path(os.devnull))
        except archive.ArchiveFailed as failed:
            raise PartMissing(
                f"The font {Path(name).stem} could not be unpacked ({failed}); install the Debian package {package}."
            ) from failed
        shutil.rmtree(folder / own, ignore_errors=True)
        root.replace(folder / own)


def get(name: str, folder: Path = FOLDER, status: Path = archive.DPKG_STATUS) -> str:
    """Unpacks a part into `folder`, whole or not at all; gives what it says of itself.

    `status` is dpkg's word on what the machine has already. Raises PartMissing.
    """
    part, why = PARTS[name], ""
    for architecture, found, has in _ways(name, status):
        with tempfile.TemporaryDirectory(prefix=".new-", dir=folder) as work:
            root = Path(work) / name
            root.mkdir()
            try:
                archive.unpack(part.packages, root, found, architecture=architecture, status=has)
            except archive.ArchiveFailed as failed:
                why = why or str(failed)
                continue
            for program in (part.unpacked, *part.beside):
                _write_start(part, root, program)
            said = _probe(str(root / "start"), part)
            if part.says in said:
                shutil.rmtree(folder / name, ignore_errors=True)
                root.replace(folder / name)
                return f"{said} ({architecture}, since the first choice could not be had: {why})" if why else said
            why = why or "it does not run here"
    raise PartMissing(f"{name} could not be unpacked ({why}); install the Debian package {part.advice}.")


def main(names: Sequence[str], folder: Path = FOLDER) -> int:
    folder.mkdir(exist_ok=True)
    with open(folder / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in folder.glob(".new-*"):  # of a set-up that was killed
            shutil.rmtree(leftover)
        for name in names:
            try:
                _settle(name, folder)
            except PartMissing as missing:
                print(f"floorboard: {missing}", file=sys.stderr)
                return 1
    return 0


def _settle(name: str, folder: Path) -> None:
    if name == "font":
        for each in FONTS:
            try:
                font(each, folder)
            except PartMissing:
                print(f"floorboard: unpacking the font {Path(each).stem} into {folder.name}", file=sys.stderr)
                get_font(each, folder)
        return
    if _full(name, folder):
        return
    print(f"floorboard: unpacking {name} and what it needs into {folder.name}", file=sys.stderr)
    try:
        said = get(name, folder)
    except PartMissing as missing:
        lesser = _lesser(name)
        if not lesser:
            raise
        said = f"{lesser} will have to do. {missing}"
    print(f"floorboard: {name}: {said}", file=sys.stderr)


def _full(name: str, folder: Path) -> str | None:
    """An installed program that lacks nothing, else the unpacked one."""
    installed, start = _installed(PARTS[name]), folder / name / "start"
    if installed and _lacks_nothing(name, installed):
        return installed
    return str(start) if start.exists() else None


def _lesser(name: str) -> str | None:
    """An installed program with 64-bit words, or without Chinese fonts; a broker without its plugin is none."""
    installed = _installed(PARTS[name])
    if not installed or name == "mosquitto":
        return None
    return installed if PARTS[name].says in _probe(installed, PARTS[name]) else None


def _installed(part: Part) -> str | None:
    homes = ["/usr/local/sbin", "/usr/sbin", *sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")), reverse=True)]
    path = ":".join([os.environ.get("PATH", os.defpath), *homes])  # these are not on every user's
    return next((found for name in part.names if (found := shutil.which(name, path=path))), None)


def _lacks_nothing(name: str, installed: str) -> bool:
    if name == "mosquitto":
        return bool(_plugins(Path("/")))
    if name == "micropython":
        return WORDS_32 in _probe(installed, PARTS[name])
    return name != "chromium" or bool(_output(["fc-list", ":lang=zh", "family"]))


def _plugins(root: Path) -> list[Path]:
    return sorted([*root.glob(f"usr/lib/*/{PLUGIN}"), *root.glob(f"usr/lib/{PLUGIN}")])


def _ways(name: str, status: Path) -> Iterator[tuple[str, list[archive.Source], Path]]:
    """What to try in turn: architecture, sources, and dpkg's word on what is there already."""
    native = _output(["dpkg", "--print-architecture"]).strip()
    codename, found = _codename(), _sources()
    if name != "micropython":
        yield native, found, status
        yield native, archive.by_other_name(found), status
        return
    # With its own loader and C library, since it may be newer than the machine: so nothing counts as there already.
    newer = archive.in_suite(found, MODERN) if codename in BEFORE_MODERN else found
    for architecture in (HALF_WORD.get(native, native), native):
        for sources in (newer, archive.by_other_name(newer), archive.in_suite(found, NEXT)):
            yield architecture, sources, Path(os.devnull)


def _codename() -> str:
    return platform.freedesktop_os_release().get("VERSION_CODENAME", "")


def _sources() -> list[archive.Source]:
    return archive.of_release(archive.sources(), _codename())


def _write_start(part: Part, root: Path, name: str) -> None:
    """The script that runs the program with the libraries, loader and fonts beside it; it may be moved with its folder."""
    lines = ["#!/bin/sh", "# Made by edge/parts.py.", "here=${0%/*}"]
    main = next(iter(root.glob(part.unpacked)), None)
    if name == part.unpacked:
        start, path = root / "start", main
    else:
        start, path = root / f"start-{name}", main.with_name(name) if main else None
    program = f'"$here/{path.relative_to(root)}"' if path else f'"{_installed(part)}"'
    loaders = sorted(path.relative_to(root) for path in root.glob("usr/lib*/ld-linux*.so.*"))
    holding = sorted(
        {path.parent.relative_to(root) for top in ("lib", "usr/lib") for path in root.glob(f"{top}/**/lib*.so*")}
    )
    libraries = ":".join(f"$here/{folder}" for folder in holding)
    if loaders:
        program = f'"$here/{loaders[0]}" --library-path "{libraries}" {program}'
    elif libraries:
        lines.append(f'export LD_LIBRARY_PATH="{libraries}"')
    if (root / "usr/share/fonts").exists():
        (root / "fonts.conf").write_text(FONTS_CONF)
        lines.append('export FONTCONFIG_FILE="$here/fonts.conf"')
    lines.append(f'exec {program} "$@"')
    start.write_text("\n".join(lines) + "\n")
    start.chmod(0o755)


def _probe(command: str, part: Part) -> str:
    """The first line of what it says of itself."""
    return _output([command, *part.probe]).partition("\n")[0]


def _output(command: Sequence[str]) -> str:
    """What it prints; nothing if there is no such program or it cannot run here."""
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PROBE_WAIT_S_MAX,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
