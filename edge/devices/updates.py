"""Builds of the firmware in the state's folder, signed for one device at a time, and served to it piece by piece."""

import hashlib
import hmac
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from edge import identity, wire
from edge.floor import Floor

FOLDER, MANIFEST = "builds", "manifest"
DATA_BYTES_MAX = 2_016  # of a file in a piece


class Gone(Exception):
    """The state's folder does not hold the build any more; a sentence."""


def keep(state: Path, slot: Mapping[str, bytes]) -> str:
    """Put a slot's files (flash/tree.py) into the state's folder; gives the build's name."""
    build = hashlib.sha256(slot[MANIFEST]).hexdigest()[:16]
    for path, content in slot.items():
        file = state / FOLDER / build / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content)
    return build


def forget(state: Path, but: Iterable[str]) -> None:
    """Remove all other builds."""
    kept = set(but)
    for folder in (state / FOLDER).iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder)


def packed(build: str, file: int, at: int, data: bytes) -> bytes:
    """A piece: 8 bytes of the build, 2 of the file's number, 4 of the place, then the data. firmware/update.py takes it."""
    return bytes.fromhex(build) + file.to_bytes(2, "big") + at.to_bytes(4, "big") + data


class Updates:
    """What devices ask of builds; a build is read once and kept while a rollout wants it."""

    def __init__(self, state: Path) -> None:
        self._state = state
        self._files: dict[str, list[bytes]] = {}  # build -> manifest, then the files in its order

    def order(self, floor: Floor, device: str) -> dict[str, Any] | None:
        """The `do` for a device that is asked to fetch its build; None if it is not, or runs that build. Gone if the build is."""
        rollout = floor.rollout
        known = floor.devices.get(device)
        if rollout is None or known is None or device not in rollout.asked:
            return None
        self._files = {build: files for build, files in self._files.items() if build in rollout.builds.values()}
        build = rollout.builds.get(known.hardware, "")
        if build == known.build and known.state != "safe":
            return None
        manifest = self._build(build)[0]
        key = identity.update_key(identity.device_secret(self._state, device), older=rollout.older)
        mac = hmac.digest(key, manifest, hashlib.sha256).hex()
        signed = {"build": build, "bytes": len(manifest), "mac": mac, "older": rollout.older}
        return {"id": rollout.rollout, "cmd": "update", **signed}

    def piece(self, floor: Floor, device: str, asked: Mapping[str, Any]) -> bytes:
        """The piece that a device wishes for; that there are no more, if it is not to fetch that build now. Nonsense if there is no
        such file or place, Gone if there is no such build."""
        rollout, known = floor.rollout, floor.devices.get(device)
        build = asked["build"]
        wanted = rollout.builds.get(known.hardware) if rollout and known and device in rollout.asked else None
        if build != wanted:
            return packed(build, asked["file"], wire.NO_PIECE, b"")
        files = self._build(build)
        if asked["file"] >= len(files) or asked["at"] >= len(files[asked["file"]]):
            raise wire.Nonsense("file or place")
        data = files[asked["file"]][asked["at"] : asked["at"] + DATA_BYTES_MAX]
        return packed(build, asked["file"], asked["at"], data)

    def _build(self, build: str) -> list[bytes]:
        if build not in self._files:
            folder = self._state / FOLDER / build
            try:
                manifest = (folder / MANIFEST).read_bytes()
                paths = [line.split(" ")[2] for line in manifest.decode().splitlines()[1:]]
                self._files[build] = [manifest, *((folder / path).read_bytes() for path in paths)]
            except OSError as error:
                raise Gone(f"The edge's state folder does not hold build {build} any more.") from error
        return self._files[build]
