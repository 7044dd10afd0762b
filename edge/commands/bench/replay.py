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
from edge.commands import command, whole
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
    day = _day()
    mix = Counter(type(fact).__name__ for fact in day)
    with tempfile.TemporaryDirectory(prefix="floorboard-") as folder:
        path = Path(folder) / "journal.db"
        say(f"writing {args.facts:,} facts")
        _write(path, day, args.facts)
        folded_s = [_load_s(path) for _ in range(RUNS)]
        say(f"writing {args.journal:,} facts and a checkpoint")
        _write(path, day, args.journal - CHECKPOINT_FACTS // 2, args.facts)
        _check(path)
        _write(path, day, args.journal, args.journal - CHECKPOINT_FACTS // 2)
        started_s = [_load_s(path) for _ in range(RUNS)]
    figures = {
        "facts_per_s": round(args.facts / statistics.median(folded_s)),
        "start_s": round(statistics.median(started_s), 3),
        "start_facts_after_checkpoint": CHECKPOINT_FACTS // 2,
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
    chance, floor, facts = random.Random(1), Floor(), []

    def ask(request: r.Request) -> None:
        before, outcome = take(floor, request)
        facts.extend(before if isinstance(outcome, Refused) else before + outcome)

    tables: tuple[r.Wanted, ...] = (
        f.QueueOpened(queue="tickets", letter="A", last=99_999, width=5, at_ms=0),
        f.QueueOpened(queue="calls", at_ms=0),
        *(f.DeskOpened(desk=str(n), at_ms=0) for n in range(DESKS)),
        *(f.AgentMet(agent=f"a{n}", queues=("tickets",), at_ms=0) for n in range(DESKS + PHONES)),
    )
    ask(r.Configure(wanted=tables, at_ms=BEGIN_MS))
    for n in range(DESKS):
        ask(r.SignIn(agent=f"a{n}", desk=str(n), at_ms=BEGIN_MS))
        ask(r.PressKey(desk=str(n), key="ready", at_ms=BEGIN_MS))
    line = 0

    def log(event: str, call: str, agent: str, *data: str) -> None:
        nonlocal line
        line += 1
        ask(
            r.ObserveLine(
                source="log",
                lane="x",
                number=line,
                event=event,
                call=call,
                queue="calls",
                agent=agent,
                data=data,
                at_ms=now_ms,
            )
        )

    for number in range(CONTACTS // 2):
        now_ms = BEGIN_MS + number * 30_000
        desk, agent = str(chance.randrange(DESKS)), f"a{DESKS + chance.randrange(PHONES)}"
        ask(r.IssueTicket(queue="tickets", contact=f"t{number}", at_ms=now_ms))
        log("ENTERQUEUE", f"c{number}", "NONE")
        keys = ["next", "ready", chance.choice(["ready", "wrap_up"]), "ready"]
        for step, key in enumerate(keys, 1):
            ask(r.PressKey(desk=desk, key=key, at_ms=now_ms + step * 5_000))  # type: ignore[arg-type]
        now_ms += 25_000
        if chance.random() < 0.15:
            log("ABANDON", f"c{number}", "NONE", "1", "1", "20")
        else:
            log("CONNECT", f"c{number}", agent, "5")
            log("COMPLETECALLER", f"c{number}", agent, "5", "15", "1")
        if chance.random() < 0.1:
            key = chance.choice(["break", "help"])
            for at_ms in (now_ms + 1_000, now_ms + 2_000):
                ask(r.PressKey(desk=desk, key=key if key == "help" or at_ms < now_ms + 2_000 else "ready", at_ms=at_ms))  # type: ignore[arg-type]
    now_ms = BEGIN_MS + CONTACTS // 2 * 30_000
    for contact in [c.contact for c in floor.contacts.values() if c.channel == "ticket"]:
        ask(r.CancelTicket(ticket=contact, at_ms=now_ms))
    for n in range(DESKS):
        ask(r.SignOut(agent=f"a{n}", at_ms=now_ms))
    assert not floor.contacts, "the day is over"
    return facts
