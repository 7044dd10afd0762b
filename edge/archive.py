"""Debian packages, unpacked into a folder without root by a private apt configuration.

Mirror and keys are those that the machine's own apt uses; nothing of the machine's apt or dpkg is changed.
"""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

APT = Path("/etc/apt")
DPKG_STATUS = Path("/var/lib/dpkg/status")
ROLES = {"bookworm": "oldstable", "trixie": "stable"}  # as of 2026
ROLLING = (
    "oldstable",
    "stable",
    "testing",
    "unstable",
    "sid",
)  # suites that are not named after a release
APT_WAIT_S_MAX = 900  # Chromium over a slow line


class ArchiveFailed(Exception):
    """apt or dpkg could not do it; the text is its own last word."""


@dataclass(frozen=True)
class Source:
    uri: str
    suite: str
    components: str
    signed_by: str = ""  # a keyring's path or a whole key; empty means the keys that the machine trusts


def sources(folder: Path = APT) -> list[Source]:
    """The binary sources in `folder`'s sources.list, *.list and *.sources, disabled ones left out (sources.list(5))."""
    found: list[Source] = []
    for path in (
        folder / "sources.list",
        *sorted((folder / "sources.list.d").glob("*")),
    ):
        if path.suffix == ".list" and path.is_file():
            found += _one_line(path.read_text())
        elif path.suffix == ".sources":
            found += _deb822(path.read_text())
    return found


def of_release(found: Sequence[Source], codename: str) -> list[Source]:
    """The distribution's own among them, with its updates and security; other vendors' suites have other names."""
    return [source for source in found if source.suite.split("-")[0] in (codename, *ROLLING)]


def in_suite(found: Sequence[Source], suite: str) -> list[Source]:
    """The same mirrors, asked for another release; updates and security of the old one are left out."""
    return [replace(source, suite=suite) for source in found if "-" not in source.suite]


def by_other_name(found: Sequence[Source]) -> list[Source]:
    """The same suites by the names that pass from release to release: while a mirror changes, one of the two may be whole."""
    named = []
    for source in found:
        release, *rest = source.suite.split("-")
        named.append(replace(source, suite="-".join([ROLES.get(release, release), *rest])))
    return named


def unpack(
    packages: Sequence[str],
    folder: Path,
    found: Sequence[Source],
    *,
    architecture: str,
    status: Path = DPKG_STATUS,
) -> list[str]:
    """Unpacks `packages` and what they need into `folder`, except what `status` has; gives the names of the files fetched.

    `status` is a dpkg status file: the machine's own, so that only missing libraries come, or an empty one for all of them.
    """
    with tempfile.TemporaryDirectory(prefix=".apt-", dir=folder.parent) as work:
        options = _private(Path(work), found, architecture, status)
        _run("apt-get", *options, "update")
        wanted = [f"{name}:{architecture}" for name in packages]
        _run(
            "apt-get",
            *options,
            "install",
            "-y",
            "--no-install-recommends",
            "--no-upgrade",
            "--download-only",
            *wanted,
        )
        files = sorted(Path(work).glob("cache/archives/*.deb"))
        for file in files:
            _run("dpkg-deb", "-x", str(file), str(folder))
    return [file.name for file in files]


def _private(work: Path, found: Sequence[Source], architecture: str, status: Path) -> list[str]:
    for made in ("sources", "lists/partial", "cache/archives/partial"):
        (work / made).mkdir(parents=True)
    (work / "sources" / "floorboard.sources").write_text("\n".join(map(_stanza, found)))
    settings = {
        "Dir::Etc::sourcelist": "/dev/null",
        "Dir::Etc::sourceparts": work / "sources",
        "Dir::State::lists": work / "lists",
        "Dir::State::status": status,
        "Dir::Cache": work / "cache",
        "APT::Architecture": architecture,
        "APT::Architectures": architecture,
        "APT::Sandbox::User": "root",  # as root: apt's own user cannot write into a project's folder
        "Acquire::Languages": "none",
        "Debug::NoLocking": "1",  # the lock is root's, and nothing of the machine's is touched
    }
    return [word for key, value in settings.items() for word in ("-o", f"{key}={value}")]


def _stanza(source: Source) -> str:
    lines = [
        "Types: deb",
        f"URIs: {source.uri}",
        f"Suites: {source.suite}",
        f"Components: {source.components}",
    ]
    if source.signed_by:
        lines.append(f"Signed-By: {source.signed_by}")
    return "\n".join(lines) + "\n"


def _one_line(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        words = line.partition("#")[0].split(maxsplit=1)
        if len(words) != 2 or words[0] != "deb":
            continue
        options, rest = {}, words[1]
        if rest.startswith("["):
            inside, _, rest = rest[1:].partition("]")
            options = dict(option.split("=", 1) for option in inside.split() if "=" in option)
        uri, suite, *components = rest.split()
        yield Source(uri, suite, " ".join(components), options.get("signed-by", ""))


def _deb822(text: str) -> Iterator[Source]:
    for stanza in _stanzas(text):
        if "deb" not in stanza.get("types", "").split() or stanza.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        for uri in stanza.get("uris", "").split():
            for suite in stanza.get("suites", "").split():
                components = " ".join(stanza.get("components", "").split())
                yield Source(uri, suite, components, stanza.get("signed-by", ""))


def _stanzas(text: str) -> Iterator[dict[str, str]]:
    for block in "\n".join(line for line in text.splitlines() if not line.startswith("#")).split("\n\n"):
        fields: dict[str, str] = {}
        key = ""
        for line in block.splitlines():
            if line[:1] in " \t":
                fields[key] = fields.get(key, "") + "\n" + line  # a key inside the file keeps its lines
            else:
                name, _, value = line.partition(":")
                key = name.lower()
                fields[key] = value.strip()
        if fields:
            yield fields


def _run(*command: str) -> None:
    environment = {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=environment,
            text=True,
            timeout=APT_WAIT_S_MAX,
        )
    except FileNotFoundError as missing:
        raise ArchiveFailed(f"{command[0]} is not on this machine") from missing
    except subprocess.TimeoutExpired as late:
        raise ArchiveFailed(f"{command[0]} took longer than {APT_WAIT_S_MAX} s") from late
    if done.returncode:
        errors = [line for line in done.stdout.splitlines() if line.startswith("E:")]
        raise ArchiveFailed((errors or done.stdout.splitlines() or [command[0] + " failed"])[-1])
