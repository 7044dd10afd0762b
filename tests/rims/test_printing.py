"""Slips on paper, by an ESC/POS printer of our own: whole, once, in their order, whatever printer, paper and processes do.

`.venv/bin/python -m tests.rims.test_printing` makes the pictures in tests/rims/slips anew: look at them before you commit them.
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from PIL import Image, ImageChops

from edge import parts
from edge.asking import Asking
from edge.commands.house import free_port
from edge.commands.serving import Serving, floor_of
from edge.facts import SlipAsked, SlipPrinted
from edge.floor import Floor, Slip
from edge.journal import Journal
from edge.printing import Printing, line, printer
from edge.printing.slips import LINES_MAX, Look, _unmistakable, draw, wrap
from edge.requests import AskSlip, CancelSlip, ObserveOutside, ObserveSlip, Request
from edge.settings import Settings
from edge.settings.tables import PrinterTable
from tests.rims.escpos import ByNetwork, BySerial, Plugged
from tests.rims.escpos import Printer as Paper

ROOT = Path(__file__).parents[2]
SLIPS = Path(__file__).parent / "slips"
WAIT_S = 20.0
AT_MS = 1_795_000_000_000
ZONE = "Europe/Berlin"
TEXT = {
    "en": "Window 3 closes at 15:00 today. Grüße an alle!\n\nPlease tell everybody in the line "
    "(Donaudampfschifffahrtsgesellschaftskapitän).",
    "zh": "今天三号窗口15:00停止办理，请排队的顾客到5号窗口（Payments）办理。谢谢！\n\n如有问题，请联系当班主管。",
}
REFERENCES = [  # slip, language, dots
    ("test", "en", 576),
    ("notice", "zh", 384),
    ("notice", "en", 576),
    ("test", "zh", 384),
    ("ticket", "en", 576),
    ("ticket", "zh", 384),
]


def until(true: Callable[[], Any], what: str, wait_s: float = WAIT_S) -> None:
    end = time.monotonic() + wait_s
    while not true():
        assert time.monotonic() < end, what
        time.sleep(0.02)


QUEUE = {"en": "Loans and mortgages", "zh": "投诉与建议"}


def slip(kind: str, lang: str, job: str = "9f31c2aa") -> Slip:
    text = {"notice": TEXT[lang], "ticket": f"A042\n{QUEUE[lang]}\n{0 if lang == 'zh' else 7}"}.get(kind, "")
    return Slip(job, "front", kind, lang, text, AT_MS)


def look(dots: int) -> Look:
    return Look("north", ZoneInfo(ZONE), dots, parts.font())


def same(one: Image.Image, other: Image.Image) -> bool:
    return one.size == other.size and ImageChops.logical_xor(one.convert("1"), other.convert("1")).getbbox() is None


def printed(cut: Image.Image) -> Image.Image:
    """What was cut, less the feed up to the knife, which must be white."""
    ink = cut.convert("L").point(lambda v: 255 - v).getbbox()
    assert ink
    assert cut.height - ink[3] >= 150, "it was cut through the last line"
    return cut


def is_of(cut: Image.Image, drawn: Image.Image) -> bool:
    return same(printed(cut).crop((0, 0, *drawn.size)), drawn)


# the drawing


@pytest.mark.parametrize(("kind", "lang", "dots"), REFERENCES)
def test_a_slip_looks_as_it_was_looked_at(kind: str, lang: str, dots: int) -> None:
    reference = Image.open(SLIPS / f"{kind}-{lang}-{dots}.png")
    drawn = draw(slip(kind, lang), look(dots), again=False)
    assert same(drawn, reference)
    marked = draw(slip(kind, lang), look(dots), again=True)
    assert marked.height > drawn.height, "it carries the mark of a second try"


WRAPS = [
    # text, characters a line (a Chinese one counts two), lines
    ("one two three", 8, ["one two", "three"]),
    ("one  two\nthree", 20, ["one two", "three"]),
    ("a\n\nb", 9, ["a", "", "b"]),
    ("abcdefghij kl", 4, ["abcd", "efgh", "ij", "kl"]),
    ("请到三号窗口", 8, ["请到三号", "窗口"]),
    ("请到三号，谢谢", 8, ["请到三", "号，谢谢"]),
    ("付款组（Pay）办理", 8, ["付款组", "（Pay）", "办理"]),
    ("到window 3办理", 10, ["到window 3", "办理"]),
    ("", 9, []),
]


@pytest.mark.parametrize(("text", "most", "lines"), WRAPS)
def test_wrapping(text: str, most: int, lines: list[str]) -> None:
    def width(piece: str) -> int:
        return sum(2 if c > "⺀" else 1 for c in piece)

    assert list(wrap(text, width, most)) == lines


def test_a_text_of_any_length_and_kind_is_drawn() -> None:
    for text in ("x" * 5_000, "长" * 5_000, "a\n" * 5_000, "\x00\x1b@\x07", "  ", "🙂 עברית"):
        picture = draw(Slip("j" * 200, "p" * 64, "notice", "en", text, AT_MS), look(256), again=True)
        assert (picture.mode, picture.width) == ("1", 256)
        assert picture.height <= (LINES_MAX + 30) * 40


def test_no_picture_holds_a_command_that_a_printer_obeys_at_once() -> None:
    for then in (0x04, 0x05, 0x14):
        picture = Image.frombytes("1", (32, 2), bytes(b ^ 0xFF for b in (0, 0x10, then, 0x10, then, 0x10, 0x10, then)))
        ink = bytes(b ^ 0xFF for b in _unmistakable(picture).tobytes())
        assert bytes([0x10, then]) not in ink
        assert ink.count(0x18) == 3


# one printer


@dataclass
class Rim:
    """Printing in this process, and what it tells."""

    printing: Printing
    told: list[Request] = field(default_factory=list)

    @property
    def whys(self) -> list[str]:
        return [r.why for r in self.told if isinstance(r, ObserveOutside)]

    @property
    def done(self) -> list[str]:
        return [r.job for r in self.told if isinstance(r, ObserveSlip)]

    def show(self, *slips: Slip) -> None:
        self.printing.show(Floor(slips={slip.job: slip for slip in slips}), ())


@pytest.fixture
def rim(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Rim]]:
    monkeypatch.setattr(printer, "AGAIN_S_MIN", 0.1)
    with ExitStack() as ends:

        def start(plugged: Plugged, dots: int = 576) -> Rim:
            table = PrinterTable(name="front", at=plugged.at, dots=dots)
            told: list[Request] = []
            printing = Printing(Settings(site="north", timezone=ZONE, printer=(table,)), told.append)
            printing.start()
            ends.callback(printing.stop)
            return Rim(printing, told)

        yield start


def net(paper: Paper) -> ByNetwork:
    return ByNetwork(paper, free_port())


@pytest.mark.parametrize(("kind", "lang", "dots"), REFERENCES)
@pytest.mark.parametrize("way", [net, BySerial], ids=["network", "serial"])
def test_what_is_on_paper_is_the_reference(
    rim: Callable[..., Rim], way: Callable[[Paper], Plugged], kind: str, lang: str, dots: int
) -> None:
    plugged = way(Paper(dots=dots))
    with plugged as paper:
        mine = rim(plugged, dots)
        mine.show(slip(kind, lang))
        until(lambda: mine.done, "printed")
        assert (len(paper.cuts), paper.scraps, paper.wrong) == (1, 0, "")
        assert is_of(paper.cuts[0], Image.open(SLIPS / f"{kind}-{lang}-{dots}.png"))
        assert is_of(paper.cuts[0], draw(slip(kind, lang), look(dots), again=False))
        assert mine.whys == [""]


def test_a_stale_floor_prints_nothing_twice(rim: Callable[..., Rim]) -> None:
    plugged = net(Paper())
    with plugged as paper:
        mine = rim(plugged)
        for _ in range(3):
            mine.show(slip("notice", "en", "a"), slip("notice", "en", "b"))
            until(lambda: mine.done == ["a", "b"], "printed in their order")
        mine.show(slip("notice", "en", "a"), slip("notice", "en", "b"), slip("notice", "en", "c"))
        until(lambda: mine.done == ["a", "b", "c"], "and what comes later")
        assert len(paper.cuts) == 3


BREAKS: list[tuple[Callable[[Paper], Plugged], dict[str, Any], str]] = [
    # its line, the printer        why it is lost
    (net, {"dies_after": 9_000}, "it went away"),  # a serial line has no such end
    (net, {"dies_at_cut": True}, "it went away"),
    (net, {"empties_after": 9_000}, "paper is out"),
    (BySerial, {"empties_after": 9_000}, "paper is out"),
]


@pytest.mark.parametrize(("way", "state", "why"), BREAKS, ids=["gone", "gone-at-cut", "paper-network", "paper-serial"])
def test_a_try_that_broke_is_printed_whole_and_marked(
    rim: Callable[..., Rim], way: Callable[[Paper], Plugged], state: dict[str, Any], why: str
) -> None:
    plugged = way(Paper(**state))
    with plugged as paper:
        mine = rim(plugged)
        mine.show(slip("notice", "en"))
        until(lambda: any(mine.whys), "missed")
        assert next(filter(None, mine.whys)).startswith(why)
        assert (mine.done, paper.cuts) == ([], [])
        paper.paper = True
        until(lambda: mine.done, "printed")
        until(lambda: mine.whys[-1] == "", "told")
        assert (len(paper.cuts), paper.scraps, paper.wrong) == (1, 1, "")
        assert is_of(paper.cuts[0], draw(slip("notice", "en"), look(576), again=True))


STATES: list[tuple[dict[str, Any], str]] = [
    ({"paper": False}, "paper is out"),
    ({"cover_open": True}, "its cover is open"),
    ({"silent": True}, "it does not answer"),
    ({"answer_after_s": 30.0}, "it does not answer"),
]


@pytest.mark.parametrize(("state", "why"), STATES, ids=[next(iter(state)) for state, _ in STATES])
def test_a_printer_that_cannot_keeps_its_job_unmarked(
    rim: Callable[..., Rim], monkeypatch: pytest.MonkeyPatch, state: dict[str, Any], why: str
) -> None:
    monkeypatch.setattr(line._Net, "answer_s", 0.5)
    plugged = net(Paper(**state))
    with plugged as paper:
        mine = rim(plugged)
        mine.show(slip("notice", "zh"))
        until(lambda: mine.whys, "missed")
        assert mine.whys == [why]
        for name, good in (("paper", True), ("cover_open", False), ("silent", False), ("answer_after_s", 0.0)):
            setattr(paper, name, good)
        until(lambda: mine.done, "printed")
        assert is_of(paper.cuts[0], draw(slip("notice", "zh"), look(576), again=False))
        assert (len(paper.cuts), paper.scraps, paper.wrong) == (1, 0, "")


def test_one_that_answers_nothing_in_its_turn_is_taken_at_its_word(
    rim: Callable[..., Rim], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer, "DONE_S", 1.0)
    plugged = net(Paper(knows_turns=False))
    with plugged as paper:
        mine = rim(plugged)
        mine.show(slip("notice", "en"))
        until(lambda: mine.done, "printed")
        assert (len(paper.cuts), paper.scraps) == (1, 0)


def test_a_missing_font_is_the_printers_alarm(rim: Callable[..., Rim], monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> Path:
        raise parts.PartMissing("The font is missing; install the Debian package x.")

    found = parts.font
    monkeypatch.setattr(parts, "font", missing)
    plugged = net(Paper())
    with plugged as paper:
        mine = rim(plugged)
        mine.show(slip("notice", "en"))
        until(lambda: mine.whys, "missed")
        assert mine.whys[-1] == "The font is missing; install the Debian package x"
        monkeypatch.setattr(parts, "font", found)
        until(lambda: mine.done, "printed")
        assert len(paper.cuts) == 1


@pytest.mark.parametrize("at", ["tcp://127.0.0.1:99999", "serial:///dev/no-such-tty?baud=9600", "tcp://[::1]:9"])
def test_an_address_where_nothing_is(rim: Callable[..., Rim], at: str) -> None:
    plugged = net(Paper())
    plugged.at = at
    mine = rim(plugged)
    until(lambda: mine.whys, "missed")
    assert at.partition("://")[2] in mine.whys[0]


def test_the_font_is_unpacked_where_the_machine_has_none(tmp_path: Path) -> None:
    with pytest.raises(
        parts.PartMissing, match=r"^The font wqy-microhei is missing; install the Debian package [a-z-]+\.$"
    ):
        parts.font(parts.FONT, tmp_path / "none")
    parts.get_font(parts.FONT, tmp_path)
    assert (tmp_path / "font" / parts.FONT).read_bytes() == parts.font().read_bytes()


# a floor that is served


class Served:
    def __init__(self, folder: Path) -> None:
        self.state, self.file = folder / "state", folder / "site.toml"
        self.front, self.side, self.slow = Paper(), Paper(dots=384), Paper(silent=True)
        self.papers = (self.front, self.side, self.slow)
        self._ends = ExitStack()
        self.plugged = [net(self.front), BySerial(self.side), net(self.slow)]
        rows = zip(("front", "side", "slow"), self.plugged, self.papers, strict=True)
        self.file.write_text(
            f'site = "north"\ntimezone = "{ZONE}"\n[broker]\nport = {free_port()}\n[web]\nport = {free_port()}\n'
            + "".join(f'[[printer]]\nname = "{name}"\nat = "{p.at}"\ndots = {paper.dots}\n' for name, p, paper in rows)
            + f'[[printer]]\nname = "dead"\nat = "tcp://127.0.0.1:{free_port()}"\n'
        )
        self.core = Asking(self.state)

    def __enter__(self) -> "Served":
        for plugged in self.plugged:
            self._ends.enter_context(plugged)
        self.serving = self._ends.enter_context(Serving(self.file, self.state))
        until(lambda: (self.state / "core.sock").exists() and len(self.floor.outside) == 4, "all four are known")
        return self

    def __exit__(self, *_: object) -> None:
        self._ends.close()

    @property
    def floor(self) -> Floor:
        return floor_of(self.state)

    def ask(self, job: str, printer: str = "front", lang: str = "en", kind: str = "notice") -> None:
        answer = self.core.ask(AskSlip(job=job, printer=printer, slip=kind, lang=lang, text=f"{job} {TEXT[lang]}"))  # type: ignore[arg-type]
        assert [fact["kind"] for fact in answer.get("facts", ())] == ["SlipAsked"], answer

    def facts(self, kind: type[Any]) -> list[Any]:
        journal = Journal(self.state / "journal.db", read_only=True)
        found = [fact for _, _, fact in journal.read() if isinstance(fact, kind)]
        journal.close()
        return found

    def drawn(self, job: str, *, again: bool = False) -> Image.Image:
        asked = next(fact for fact in self.facts(SlipAsked) if fact.job == job)
        dots = 384 if asked.printer == "side" else 576
        as_slip = Slip(asked.job, asked.printer, asked.slip, asked.lang, asked.text, asked.at_ms)
        return draw(as_slip, look(dots), again=again)

    def printed(self) -> list[str]:
        return [fact.job for fact in self.facts(SlipPrinted)]

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        action, *rest = words
        run = [sys.executable, "-m", "edge", "print", action, *rest, "--state", str(self.state)]
        return subprocess.run(run, capture_output=True, text=True, cwd=ROOT, timeout=60)

    def why(self, name: str) -> str:
        return self.floor.outside[name].why


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("printing")) as served:
        yield served
    assert [paper.wrong for paper in served.papers] == ["", "", ""]


@pytest.fixture(autouse=True)
def emptied_trays(request: pytest.FixtureRequest) -> None:
    if "served" in request.fixturenames:
        for paper in request.getfixturevalue("served").papers:
            paper.cuts.clear()
            paper.scraps = 0


def test_the_command_prints_and_says_so(served: Served) -> None:
    done = served.command("test", "--printer", "front")
    assert done.returncode == 0, done.stderr
    [job] = served.printed()[-1:]
    assert done.stdout == f"The job {job} is printed.\n"
    assert is_of(served.front.cuts[0], served.drawn(job))
    told = served.command("notice", "请到3号窗口", "--printer", "side", "--lang", "zh", "--json")
    assert told.returncode == 0, told.stderr
    row = json.loads(told.stdout)
    assert (row["printer"], row["state"], row["why"]) == ("side", "printed", "")
    assert len(served.side.cuts) == 1
    assert is_of(served.side.cuts[0], served.drawn(row["job"]))


def test_mistakes_are_one_sentence(served: Served, tmp_path: Path) -> None:
    for words, sentence in (
        (
            ["test", "--printer", "back"],
            "floorboard: There is no printer back; the site has dead, front, side, slow.\n",
        ),
        (["notice", " ", "--printer", "front"], "floorboard: A notice wants a text.\n"),
        (["notice", "x" * 501, "--printer", "front"], "the text has 501 characters; 500 are the most\n"),
        (["cancel", "no-such"], "floorboard: The job no-such does not wait: it is printed, or never was.\n"),
    ):
        done = served.command(*words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr.endswith(sentence)
    Journal(tmp_path / "journal.db").close()
    away = [sys.executable, "-m", "edge", "print", "test", "--printer", "front", "--state", str(tmp_path)]
    done = subprocess.run(away, capture_output=True, text=True, cwd=ROOT, timeout=60)
    assert done.stderr == f"floorboard: No floor is being served from {tmp_path}; nothing was done.\n"
    assert done.returncode == 2


def test_a_dead_printer_is_said_listed_and_its_job_can_be_cancelled(served: Served) -> None:
    until(lambda: served.why("dead"), "missed")
    done = served.command("notice", "x", "--printer", "dead", "--wait", "3")
    [job] = served.floor.slips
    assert (done.returncode, done.stdout) == (1, "")
    said = done.stderr.splitlines()
    assert said[0].startswith("floorboard: The printer dead cannot be used: nothing answers at 127.0.0.1:")
    assert said[-1].endswith(f"The job {job} waits, and is printed as soon as it can be.")
    listed = served.command("list").stdout
    assert "front: ready\n" in listed
    assert "dead: cannot be used since " in listed
    assert f"{job} waits for dead: notice, asked " in listed
    rows = json.loads(served.command("list", "--json").stdout)
    assert [row["job"] for row in rows["jobs"]] == [job]
    assert {row["printer"]: bool(row["why"]) for row in rows["printers"]}["dead"]
    assert served.command("cancel", job).stdout == f"The job {job} is cancelled.\n"
    assert served.floor.slips == {}


def test_paper_that_is_out_delays_nothing_and_loses_nothing(served: Served) -> None:
    """Beside a printer that is dead and one that answers nothing: the floor decides at once, the other printer prints."""
    served.front.paper = False
    jobs = [f"out-{n}" for n in range(3)]
    slowest_s = 0.0
    for number in range(60):
        before_s = time.monotonic()
        served.ask(f"beside-{number}", ("dead", "slow")[number % 2])
        slowest_s = max(slowest_s, time.monotonic() - before_s)
    for job in jobs:
        served.ask(job)
    served.ask("other", "side", "zh")
    until(lambda: "other" in served.printed(), "the other printer prints")
    until(lambda: served.why("front") == "paper is out", "the alarm")
    assert slowest_s < 1.0
    assert set(jobs) <= served.floor.slips.keys()
    assert served.front.cuts == []
    served.front.paper = True
    until(lambda: served.printed()[-3:] == jobs, "all of them, in their order")
    until(lambda: not served.why("front"), "no alarm")
    assert [is_of(cut, served.drawn(job)) for cut, job in zip(served.front.cuts, jobs, strict=True)] == [True] * 3
    assert served.front.scraps == 0
    for number in range(60):
        (cancelled,) = served.core.ask(CancelSlip(job=f"beside-{number}"))["facts"]
        assert cancelled["kind"] == "SlipCancelled"


def test_the_rims_are_killed_and_no_job_is_lost(served: Served) -> None:
    served.front.paper = False
    jobs = [f"killed-{n}" for n in range(3)]
    served.ask(jobs[0])
    until(lambda: served.why("front") == "paper is out", "the alarm")
    child = served.serving.children["rims"]
    os.kill(child.pid, signal.SIGKILL)
    for job in jobs[1:]:
        served.ask(job)
    served.front.paper = True
    until(lambda: child.starts >= 2 and served.printed()[-3:] == jobs, "all of them, in their order")
    assert [is_of(cut, served.drawn(job)) for cut, job in zip(served.front.cuts, jobs, strict=True)] == [True] * 3


def test_the_printer_goes_in_mid_slip_and_the_next_try_is_marked(served: Served) -> None:
    served.front.dies_after = 12_000
    done = served.command("notice", TEXT["en"], "--printer", "front", "--json")
    assert done.returncode == 0, done.stderr
    job = json.loads(done.stdout)["job"]
    assert (len(served.front.cuts), served.front.scraps) == (1, 1)
    assert is_of(served.front.cuts[0], served.drawn(job, again=True))


def regenerate() -> None:
    SLIPS.mkdir(exist_ok=True)
    for kind, lang, dots in REFERENCES:
        draw(slip(kind, lang), look(dots), again=False).save(SLIPS / f"{kind}-{lang}-{dots}.png", optimize=True)


if __name__ == "__main__":
    regenerate()
