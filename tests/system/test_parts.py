"""The programs that Debian has: found, unpacked, whole or not at all, and able to do what we want of them."""

import getpass
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from edge import archive, parts
from edge.archive import Source

HAND_WRITTEN = """\
# deb http://mirror.example/old buster main
deb http://mirror.example/debian bookworm main contrib  # the usual
deb-src http://mirror.example/debian bookworm main
deb [ arch=amd64 signed-by=/usr/share/keyrings/a.gpg ] http://mirror.example/security bookworm-security main
"""
DEB822 = """\
Types: deb deb-src
URIs: http://one.example/debian http://two.example/debian
# a comment between fields
Suites: trixie trixie-updates
Components: main
Signed-By: /usr/share/keyrings/b.gpg

Types: deb
Enabled: no
URIs: http://off.example/debian
Suites: trixie
Components: main

Types: deb
URIs: http://key.example/debian
Suites: trixie
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQENBF
 -----END PGP PUBLIC KEY BLOCK-----
"""


def test_sources_are_read_as_apt_reads_them(tmp_path):
    (tmp_path / "sources.list").write_text(HAND_WRITTEN)
    (tmp_path / "sources.list.d").mkdir()
    (tmp_path / "sources.list.d" / "b.sources").write_text(DEB822)
    (tmp_path / "sources.list.d" / "c.list.disabled").write_text(HAND_WRITTEN)
    a, b = "/usr/share/keyrings/a.gpg", "/usr/share/keyrings/b.gpg"
    key = "\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQENBF\n -----END PGP PUBLIC KEY BLOCK-----"
    assert archive.sources(tmp_path) == [
        Source("http://mirror.example/debian", "bookworm", "main contrib"),
        Source("http://mirror.example/security", "bookworm-security", "main", a),
        Source("http://one.example/debian", "trixie", "main", b),
        Source("http://one.example/debian", "trixie-updates", "main", b),
        Source("http://two.example/debian", "trixie", "main", b),
        Source("http://two.example/debian", "trixie-updates", "main", b),
        Source("http://key.example/debian", "trixie", "main", key),
    ]


def test_only_the_distributions_own_sources_count():
    own = [Source("a", "bookworm", "main"), Source("a", "bookworm-security", "main"), Source("a", "stable", "main")]
    others = [Source("b", "nodistro", "main"), Source("b", "cloud-sdk-bookworm", "main")]
    assert archive.of_release([*others, *own], "bookworm") == own
    assert [source.suite for source in archive.in_suite(own, "trixie")] == ["trixie", "trixie"]
    suites = [source.suite for source in archive.by_other_name(own)]
    assert suites == [source.suite.replace("bookworm", "oldstable") for source in own]
    assert any("oldstable" in suite for suite in suites)


@pytest.mark.parametrize("name", parts.PARTS)
def test_what_is_found_runs(name):
    assert parts.PARTS[name].says in output(*parts.find(name), *parts.PARTS[name].probe)


@pytest.mark.skipif(os.uname().machine not in ("x86_64", "i686", "armv7l"), reason="not every 64-bit ARM runs 32 bits")
def test_micropython_has_the_word_of_an_esp32():
    assert output(*parts.find("micropython"), "-c", "import sys; print(sys.maxsize)") == f"{2**31 - 1}\n"


def test_an_unpacked_broker_brings_its_plugin_and_libraries(tmp_path, state, free_port):
    """As on a machine that never had Mosquitto: dpkg is told so."""
    said = parts.get(
        "mosquitto", tmp_path, status_without(tmp_path / "status", "mosquitto", "libmosquitto1", "libcjson1")
    )
    assert said.startswith("mosquitto version 2.")
    root = tmp_path / "mosquitto"
    [plugin] = root.glob("usr/lib/*/" + parts.PLUGIN)
    assert list(root.glob("usr/lib/*/libcjson.so.1"))
    assert not list(tmp_path.glob(".*"))  # no work left lying about
    port = free_port()
    (tmp_path / "conf").write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous false\nplugin {plugin}\n"
        f"plugin_opt_config_file {state / 'dynamic-security.json'}\nuser {getpass.getuser()}\n"
    )
    (state / "dynamic-security.json").write_text('{"clients": [], "groups": [], "roles": []}')
    running = subprocess.Popen([root / "start", "-c", tmp_path / "conf"], stderr=subprocess.PIPE, text=True)
    assert running.stderr
    try:
        assert any("running" in line for line in running.stderr)
        mapped = Path(f"/proc/{running.pid}/maps").read_text()
        assert str(plugin) in mapped
        assert re.search(rf"{root}/.*libcjson", mapped)
    finally:
        running.kill()
        running.wait()


def test_a_part_is_whole_or_not_there(tmp_path):
    """Killed while it unpacks, then started again."""
    call = "import sys; from pathlib import Path; from edge import parts; sys.exit(parts.main(['micropython'], Path(sys.argv[1])))"
    environment = {**os.environ, "PATH": path_without(tmp_path / "bin", "micropython")}
    folder = tmp_path / "parts"
    line = [sys.executable, "-c", call, str(folder)]
    first = subprocess.Popen(line, env=environment, start_new_session=True, stderr=subprocess.DEVNULL)
    while not list(folder.glob(".new-*/micropython/usr")):
        assert first.poll() is None
        time.sleep(0.002)
    os.killpg(first.pid, signal.SIGKILL)
    first.wait()
    assert list(folder.glob(".new-*"))
    assert not (folder / "micropython").exists()
    subprocess.run(line, env=environment, check=True)
    assert sorted(path.name for path in folder.iterdir()) == [".lock", "micropython"]
    assert not list(folder.glob("**/*.deb"))
    assert "MicroPython" in output(str(folder / "micropython" / "start"), *parts.PARTS["micropython"].probe)


def test_what_is_missing_is_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("micropython", "chromium"):
        with pytest.raises(parts.PartMissing, match=rf"^{name} is missing; install the Debian package {name}[^.]*\.$"):
            parts.find(name, tmp_path)


def test_chinese_is_shown_in_its_own_glyphs(tmp_path):
    """Without a font, two texts of the same length are the same row of boxes."""
    assert picture(tmp_path, "等待人数") != picture(tmp_path, "服务中心")
    assert picture(tmp_path, "等待人数") == picture(tmp_path, "等待人数")


def picture(folder: Path, text: str) -> bytes:
    page, png = folder / "page.html", folder / "page.png"
    page.write_text(f"<meta charset=utf-8><p style='font-size:48px'>{text}</p>")
    flags = ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
    flags += [
        "--disable-component-update",
        "--disable-sync",
        "--window-size=300,120",
        f"--user-data-dir={folder / 'user'}",
    ]
    command = [*parts.find("chromium"), *flags, f"--screenshot={png}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=60)
    return png.read_bytes()


def output(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, timeout=60).stdout


def path_without(folder: Path, program: str) -> str:
    """A PATH with everything that the machine's has, but one program."""
    folder.mkdir()
    for place in os.environ["PATH"].split(":"):
        for found in Path(place).glob("*"):
            if found.name != program and not (folder / found.name).exists():
                (folder / found.name).symlink_to(found)
    return str(folder)


def status_without(path: Path, *gone: str) -> Path:
    """The machine's dpkg status file, less these packages and whatever needs them."""
    stanzas = [stanza for stanza in archive.DPKG_STATUS.read_text().split("\n\n") if stanza.strip()]
    named = {re.match(r"Package: (\S+)", stanza)[1]: stanza for stanza in stanzas}
    absent: set[str] = set()
    more = set(gone)
    while more:
        absent |= more
        needs = re.compile(r"^(?:Pre-)?Depends:.*[ ,](?:" + "|".join(map(re.escape, absent)) + r")[ ,:(]", re.MULTILINE)
        more = {name for name, stanza in named.items() if needs.search(stanza + " ")} - absent
    path.write_text("\n\n".join(stanza for name, stanza in named.items() if name not in absent) + "\n\n")
    return path
