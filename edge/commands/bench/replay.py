"""`floorboard bench replay`: how fast a journal is read, decoded and folded with its figures, and how soon a floor with a long one
is up from its checkpoint. The facts are those of a day that the rules made, day after day."""

import argparse
import itertools
import json
import random
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from edge import facts as f
from edge import requests as r
from edge.commands import Stop, command, whole
from edge.commands.house import say
from edge.deciding import take
from edge.floor import Floor
from edge.gains import Gains
from edge.journal import CHECKPOINT_FACTS, Journal
from edge.requests import Refused

BEGIN_MS = 1_700_000_000_000
DAY_MS = 86_400_000
DESKS, PHONES = 12, 12
CONTACTS = 2_000  # a day; half of them calls
BATCH = 5_000
RUNS = 5


def add(benches: Any) -> None:
    replay = command(
        benches,
        "replay",
        "Measure how many facts a second are read, decoded and folded, and how soon a floor is up from a checkpoint.",
        "floorboard bench replay --facts 1000000 --journal 10000000 --json",
    )
    replay.add_argument("--facts", type=whole, default=1_000_000, help="that are folded (%(default)s)")
    replay.add_argument(
        "--journal", type=whole, default=10_000_000, help="facts of the journal that a floor starts from (%(default)s)"
    )
    replay.add_argument("--json", action="store_true", help="one JSON line (always so)")
    replay.set_defaults(run=run_replay)


def run_replay(args: argparse.Namespace) -> int:
    since = CHECKPOINT_FACTS // 2
    if args.journal < args.facts + since:
        raise Stop(f"--journal wants at least {since} more than --facts: so many come after the checkpoint.")
    day = _day()
    mix = Counter(type(fact).__name__ for fact in day)
    with tempfile.TemporaryDirectory(prefix="floorboard-") as folder:
        path = Path(folder) / "journal.db"
        say(f"writing {args.facts:,} facts")
        _write(path, day, args.facts)
        folded_s = [_load_s(path) for _ in range(RUNS)]
        say(f"writing {args.journal:,} facts and a checkpoint")
        _write(path, day, args.journal - since, args.facts)
        _check(path)
        _write(path, day, args.journal, args.journal - since)
        started_s = [_load_s(path) for _ in range(RUNS)]
    figures = {
        "facts_per_s": round(args.facts / statistics.median(folded_s)),
        "start_s": round(statistics.median(started_s), 3),
        "start_facts_after_checkpoint": since,
        "facts": args.facts,
        "journal": args.journal,
        "mix": {name: round(count / len(day), 4) for name, count in mix.most_common()},
    }
    print(json.dumps(figures))
    return 0


def _load_s(path: Path) -> float:
    """Read-only, from the file, into a floor."""
    began_s = time.perf_counter()
    journal = Journal(path, read_only=True)
    journal.load()
    took_s = time.perf_counter() - began_s
    journal.close()
    return took_s


def _check(path: Path) -> None:
    journal = Journal(path)
    floor = journal.load()
    journal.checkpoint(floor)
    journal.close()


def _write(path: Path, day: list[f.Fact], number: int, after: int = 0) -> None:
    """So many facts in all; `after` of them stand there already."""
    journal = Journal(path)
    numbered = itertools.islice(_days(day), after, number)
    while batch := list(itertools.islice(numbered, BATCH)):
        journal.append(after, batch[-1].at_ms, batch, Gains())
        after += len(batch)
    journal.close()


def _days(day: list[f.Fact]) -> Iterator[f.Fact]:
    """The same day again and again, each contact with another name."""
    for number in itertools.count():
        for fact in day:
            fields: dict[str, Any] = {"at_ms": fact.at_ms + number * DAY_MS}
            if hasattr(fact, "contact"):
                fields["contact"] = f"{number}-{fact.contact}"
            yield msgspec.structs.replace(fact, **fields)


def _day() -> list[f.Fact]:
    """Agents at desks with tickets, and on the phone with calls; breaks, wrap-ups, help. All have gone in the evening."""
    day = _Day()
    day.ask(r.Configure(wanted=TABLES, at_ms=BEGIN_MS))
    for n in range(DESKS):
        day.ask(r.SignIn(agent=f"a{n}", desk=str(n), at_ms=BEGIN_MS))
        day.press(n, "ready", BEGIN_MS)
    for number in range(CONTACTS // 2):
        day.serve(number, BEGIN_MS + number * 30_000)
    evening_ms = BEGIN_MS + CONTACTS // 2 * 30_000
    for contact in [c.contact for c in day.floor.contacts.values() if c.channel == "ticket"]:
        day.ask(r.CancelTicket(ticket=contact, at_ms=evening_ms))
    for n in range(DESKS):
        day.ask(r.SignOut(agent=f"a{n}", at_ms=evening_ms))
    assert not day.floor.contacts, "the day is over"
    return day.facts


class _Day:
    """A floor that is asked, and what came of it."""

    def __init__(self) -> None:
        self.floor, self.facts = Floor(), list[f.Fact]()
        self._chance, self._lines = random.Random(1), 0

    def ask(self, request: r.Request) -> None:
        before, outcome = take(self.floor, request)
        self.facts += before if isinstance(outcome, Refused) else before + outcome

    def press(self, desk: int, key: str, at_ms: int) -> None:
        self.ask(r.PressKey(desk=str(desk), key=key, at_ms=at_ms))  # type: ignore[arg-type]

    def serve(self, number: int, at_ms: int) -> None:
        """A ticket at a desk and a call beside it."""
        chance, desk, agent = self._chance, self._chance.randrange(DESKS), f"a{DESKS + self._chance.randrange(PHONES)}"
        self.ask(r.IssueTicket(queue="tickets", contact=f"t{number}", at_ms=at_ms))
        self._log(at_ms, "ENTERQUEUE", f"c{number}", "NONE")
        for step, key in enumerate(("next", "ready", chance.choice(["ready", "wrap_up"]), "ready"), 1):
            self.press(desk, key, at_ms + step * 5_000)
        if chance.random() < 0.15:
            self._log(at_ms + 25_000, "ABANDON", f"c{number}", "NONE", "1", "1", "20")
        else:
            self._log(at_ms + 25_000, "CONNECT", f"c{number}", agent, "5")
            self._log(at_ms + 25_000, "COMPLETECALLER", f"c{number}", agent, "5", "15", "1")
        if chance.random() < 0.1:
            for late_ms, key in zip(
                (26_000, 27_000), chance.choice([("break", "ready"), ("help", "help")]), strict=True
            ):
                self.press(desk, key, at_ms + late_ms)

    def _log(self, at_ms: int, event: str, call: str, agent: str, *data: str) -> None:
        self._lines += 1
        line = {"source": "log", "lane": "x", "number": self._lines, "event": event, "call": call, "queue": "calls"}
        self.ask(r.ObserveLine(**line, agent=agent, data=data, at_ms=at_ms))  # type: ignore[arg-type]


TABLES: tuple[r.Wanted, ...] = (
    f.QueueOpened(queue="tickets", letter="A", last=99_999, width=5, at_ms=0),
    f.QueueOpened(queue="calls", at_ms=0),
    *(f.DeskOpened(desk=str(n), at_ms=0) for n in range(DESKS)),
    *(f.AgentMet(agent=f"a{n}", queues=("tickets",), at_ms=0) for n in range(DESKS + PHONES)),
)
