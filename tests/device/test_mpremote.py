"""The unmodified mpremote against a virtual board's serial port."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from hardware.virtual import Board

BUSY = b"print('busy')\nwhile True: pass\n"


class Remote:
    """mpremote as a program, one run for each command, as a technician types it."""

    def __init__(self, board: Board, folder: Path) -> None:
        self.board, self.folder, self.url = board, folder, board.open_port()

    def __call__(self, *words: str, code: int = 0) -> str:
        line = [sys.executable, "-m", "mpremote", "connect", self.url, *words]
        done = subprocess.run(line, cwd=self.folder, capture_output=True, timeout=60)
        assert done.returncode == code, done.stdout + done.stderr
        return (done.stdout + done.stderr).decode().replace("\r\n", "\n")


@pytest.fixture
def remote(make_board: Callable[..., Board], tmp_path: Path) -> Remote:
    """At a board whose main.py never gives way."""
    board = make_board(files={"main.py": BUSY})
    board.power_on()
    board.wait_console("busy", 5)
    return Remote(board, tmp_path)


def test_files_up_and_down(remote: Remote, tmp_path: Path) -> None:
    sent = bytes(range(256)) * 24
    (tmp_path / "sent").write_bytes(sent)
    remote("fs", "cp", "sent", ":kept")
    assert "6144 kept" in remote("fs", "ls")
    remote.board.power_off()
    remote.board.power_on()
    remote("fs", "cp", ":kept", "got")
    assert (tmp_path / "got").read_bytes() == sent
    remote("fs", "rm", ":kept")
    assert "kept" not in remote("fs", "ls")
    assert "No such file" in remote("fs", "cp", ":kept", "got", code=1)


def test_folders(remote: Remote, tmp_path: Path) -> None:
    (tmp_path / "tree" / "in").mkdir(parents=True)
    (tmp_path / "tree" / "a").write_text("陈晓\n", encoding="utf-8")
    (tmp_path / "tree" / "in" / "b").write_bytes(bytes(700))
    remote("fs", "cp", "-r", "tree", ":")
    (tmp_path / "back").mkdir()
    remote("fs", "cp", "-r", ":tree", "back/")
    assert (tmp_path / "back/tree/a").read_text(encoding="utf-8") == "陈晓\n"
    assert (tmp_path / "back/tree/in/b").read_bytes() == bytes(700)
    remote("fs", "mkdir", ":made")
    assert "made/" in remote("fs", "ls")
    remote("fs", "rmdir", ":made")
    assert "made/" not in remote("fs", "ls")


def test_code(remote: Remote, tmp_path: Path) -> None:
    assert remote("exec", "print(6 * 7)") == "42\n"
    assert "ZeroDivisionError: divide by zero\n" in remote("exec", "1 / 0", code=1)
    (tmp_path / "long.py").write_text("# filler\n" * 1500 + "print('the end')\n")
    assert remote("run", "long.py") == "the end\n"
    assert remote("exec", "import sys; sys.stdout.write('a\\nb')") == "a\nb"


def test_resets(remote: Remote) -> None:
    remote("soft-reset")
    assert remote.board.console.count("busy") == 1  # from the raw REPL, main.py is left out
    remote("reset")
    remote.board.wait_console("rst:0xc (SW_CPU_RESET)", 5)
    assert remote("exec", "print('still here')") == "still here\n"


def test_power_cut_while_a_file_comes(remote: Remote, tmp_path: Path) -> None:
    from edge.commands import boards

    (tmp_path / "sent").write_bytes(b"y" * 8000)
    for count in (100, 3000, 9000):
        remote.board.cut_power_after(count)
        line = [sys.executable, "-m", "mpremote", "connect", remote.url, "fs", "cp", "sent", ":kept"]
        cut = subprocess.Popen(line, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        remote.board.wait_off(20)
        cut.kill()
        cut.wait()
        assert boards.stored(remote.board)["main.py"] == BUSY
        remote.board.power_on()
    assert "main.py" in remote("fs", "ls")
