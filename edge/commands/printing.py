"""`floorboard print`: a test slip or a notice on a receipt printer, the jobs that wait, and an end to one of them."""

import argparse
import json
import secrets
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from edge.asking import Asking, Away, Unsure
from edge.commands import Stop, command, count
from edge.commands.serving import floor_of
from edge.facts import Fact, OutsideCame, OutsideLost, SlipCancelled, SlipPrinted
from edge.floor import Floor
from edge.journal import Journal
from edge.requests import AskSlip, CancelSlip, Request

TEXT_MAX = 500
WAIT_S = 30
QUIET_S = 2.0  # before the first word on how it goes
LOOK_S = 0.1


def add(commands: Any) -> None:
    printing = command(
        commands,
        "print",
        "Receipt printers: `print test`, `print notice`, `print list`, `print cancel`.",
        """floorboard print test --printer front
        floorboard print notice "Window 3 closes at 15:00" --printer front
        floorboard print list""",
    )
    actions = printing.add_subparsers(title="actions", metavar="ACTION", required=True)
    for slip, what, example in (
        ("test", "Print a slip that shows width, greys and letters.", ""),
        ("notice", "Print a text.", ' "Window 3 closes at 15:00"'),
    ):
        line = f"floorboard print {slip}{example} --printer front"
        action = command(actions, slip, what, f"{line}\n{line} --lang zh --wait 5\n{line} --json")
        optional: dict[str, Any] = {"nargs": "?", "default": ""} if slip == "test" else {}
        action.add_argument("text", type=_text, metavar="TEXT", help=f"at most {TEXT_MAX} characters", **optional)
        action.add_argument("--printer", required=True, metavar="NAME", help="its `name` in the site's file")
        action.add_argument("--lang", choices=("en", "zh"), default="en", help="of the printed words (%(default)s)")
        action.add_argument(
            "--wait", type=count, default=WAIT_S, metavar="S", help="seconds for the paper; exit 1 after (%(default)s)"
        )
        _place(action)
        action.set_defaults(run=run_print, slip=slip)
    listing = command(
        actions, "list", "Show the printers, and the jobs that wait.", "floorboard print list --state state"
    )
    _place(listing)
    listing.set_defaults(run=run_list)
    cancel = command(actions, "cancel", "Give up a job that waits.", "floorboard print cancel 9f31c2aa")
    cancel.add_argument("job", metavar="JOB", help="as `print list` shows it")
    _place(cancel)
    cancel.set_defaults(run=run_cancel)


def _place(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--state", type=Path, default=Path("/var/lib/floorboard"), metavar="DIR", help="of the floor (%(default)s)"
    )
    parser.add_argument("--json", action="store_true", help="one JSON object instead of lines")


def _text(text: str) -> str:
    if len(text) > TEXT_MAX:
        raise argparse.ArgumentTypeError(f"the text has {len(text)} characters; {TEXT_MAX} are the most")
    return text


@dataclass
class Job:
    job: str
    printer: str
    state: str = "waiting"  # printed, cancelled
    why: str = ""  # the printer cannot be used

    def follow(self, fact: Fact) -> None:
        if isinstance(fact, SlipPrinted | SlipCancelled) and fact.job == self.job:
            self.state = "printed" if isinstance(fact, SlipPrinted) else "cancelled"
        elif isinstance(fact, OutsideCame | OutsideLost) and fact.name == self.printer:
            self.why = fact.why if isinstance(fact, OutsideLost) else ""


def run_print(args: argparse.Namespace) -> int:
    if args.slip == "notice" and not args.text.strip():
        raise Stop("A notice wants a text.")
    floor = floor_of(args.state)
    known = floor.outside.get(args.printer)
    job = Job(secrets.token_hex(4), args.printer, why=known.why if known else "")
    _ask(
        args.state,
        AskSlip(job=job.job, printer=job.printer, slip=args.slip, lang=args.lang, text=args.text, by="tools"),
        f"look with `floorboard print list` whether the job {job.job} waits.",
    )
    for sentence in _wait(job, args.state, floor.seq, args.wait):
        print(f"floorboard: {sentence}", file=sys.stderr, flush=True)
    if args.json:
        print(json.dumps(vars(job), ensure_ascii=False))
    elif job.state != "waiting":
        print(f"The job {job.job} is {job.state}.")
    if job.state == "waiting":
        lost = f"The printer {job.printer} cannot be used: {job.why}." if job.why else "It is not on paper yet."
        print(f"floorboard: {lost} The job {job.job} waits, and is printed as soon as it can be.", file=sys.stderr)
    return 0 if job.state == "printed" else 1


def _wait(job: Job, state: Path, seq: int, wait_s: int) -> Iterator[str]:
    """Follows the journal until the job is over or the time is; yields how it goes, when it takes long."""
    start_s = time.monotonic()
    said = ""
    journal = Journal(state / "journal.db", read_only=True)
    try:
        while job.state == "waiting":
            for number, _, fact in journal.read(seq):
                job.follow(fact)
                seq = number
            waited_s = time.monotonic() - start_s
            if waited_s >= wait_s or job.state != "waiting":
                return
            word = f"The printer {job.printer} cannot be used: {job.why}." if job.why else "It is being printed."
            if waited_s > QUIET_S and word != said:
                said = word
                yield f"{word} Waiting up to {wait_s} s for the job {job.job}."
            time.sleep(LOOK_S)
    finally:
        journal.close()


def run_list(args: argparse.Namespace) -> int:
    floor = floor_of(args.state)
    printers = [known for known in floor.outside.values() if known.sort == "printer"]
    if args.json:
        rows = [{"printer": p.name, "why": p.why, "since_ms": p.since_ms} for p in printers]
        jobs = [
            {"job": s.job, "printer": s.printer, "slip": s.slip, "lang": s.lang, "asked_ms": s.asked_ms}
            for s in floor.slips.values()
        ]
        print(json.dumps({"printers": rows, "jobs": jobs}, ensure_ascii=False))
        return 0
    for line in _lines(floor):
        print(line)
    return 0


def _lines(floor: Floor) -> Iterator[str]:
    printers = {known.name: known for known in floor.outside.values() if known.sort == "printer"}
    for name, known in printers.items():
        yield f"{name}: " + (
            f"cannot be used since {_clock(floor, known.since_ms)}: {known.why}" if known.why else "ready"
        )
    if not printers:
        yield "The site has no printer, or none that was asked yet."
    for slip in floor.slips.values():
        gone = "" if slip.printer in printers else ", which the site does not have any more"
        yield f"{slip.job} waits for {slip.printer}{gone}: {slip.slip}, asked {_clock(floor, slip.asked_ms)}"
    if not floor.slips:
        yield "No job waits."


def _clock(floor: Floor, at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, ZoneInfo(floor.timezone)).strftime("%Y-%m-%d %H:%M:%S")


def run_cancel(args: argparse.Namespace) -> int:
    _ask(args.state, CancelSlip(job=args.job, by="tools"), "look with `floorboard print list` whether it was done.")
    print(json.dumps({"job": args.job, "state": "cancelled"}) if args.json else f"The job {args.job} is cancelled.")
    return 0


def _ask(state: Path, request: Request, unsure: str) -> None:
    """Stop unless it was done."""
    try:
        answer = Asking(state).ask(request)
    except Away as away:
        raise Stop(f"No floor is being served from {state}; nothing was done.") from away
    except Unsure as silent:
        raise Stop(f"The core did not answer: {unsure}") from silent
    if "facts" not in answer:
        raise Stop(str(answer.get("refused") or answer.get("failed") or answer.get("nonsense")))
