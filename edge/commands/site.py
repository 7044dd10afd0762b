"""`floorboard site`: check the site's file, show how it differs from the floor, and apply it while the floor runs."""

import argparse
import json
import sys
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from edge import identity
from edge.accounts import FILE, Accounts
from edge.asking import Asking, Away, Unsure
from edge.commands import Stop, command, places
from edge.commands.serving import ACCEPTED, AT_START, STARTED, floor_of
from edge.rules.site import Change, difference
from edge.settings import Settings, configure, parse, raw, read


def add(commands: Any) -> None:
    site = command(
        commands,
        "site",
        "Check the site's file, show how it differs from the floor, apply it.",
        """floorboard site check --site site.toml
        floorboard site diff --site site.toml --state state
        floorboard site apply --site site.toml --state state""",
    )
    actions = site.add_subparsers(title="actions", metavar="ACTION", required=True)
    for name, what, run in (
        ("check", "Read the file: nothing, or one sentence that names the key and what would be right.", run_check),
        ("diff", "Show what the file would change on the floor, and change nothing.", run_diff),
        ("apply", "Show what the file changes and do it, on the floor that is being served.", run_apply),
    ):
        action = command(actions, name, what, f"floorboard site {name} --site /etc/floorboard/site.toml")
        places(action)
        action.add_argument("--json", action="store_true", help="one JSON object instead of lines")
        action.set_defaults(run=run)


def run_check(args: argparse.Namespace) -> int:
    settings = read(args.site)
    counts = {name: len(getattr(settings, name)) for name in ("queue", "desk", "agent", "board", "device")}
    record = settings.exchange.queue_log
    if record and not Path(record).exists():
        print(f"exchange.queue_log: {record} is not there yet; it is followed as soon as it is.", file=sys.stderr)
    if args.json:
        print(json.dumps({"site": settings.site, **counts}))
    else:
        print(
            f"{args.site} is good: "
            + ", ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in counts.items())
            + "."
        )
    return 0


def run_diff(args: argparse.Namespace) -> int:
    settings = read(args.site)
    changes = difference(floor_of(args.state), _wish(settings, args.state).wanted)
    _show(changes, _at_start(settings, args.state), left_alone(changes, args.state), as_json=args.json)
    return 0


def run_apply(args: argparse.Namespace) -> int:
    kept = raw(args.site)
    settings = parse(kept, args.site)
    wish = _wish(settings, args.state)
    changes, at_start = difference(floor_of(args.state), wish.wanted), _at_start(settings, args.state)
    accepted = args.state / ACCEPTED
    before = raw(accepted)
    identity.write_private(accepted, kept)  # first: a core that is started again in between must not undo it
    answer: dict[str, Any] = {}
    try:
        answer = Asking(args.state).ask(msgspec.structs.replace(wish, by="site"))
    except Away as away:
        raise Stop("The floor is not being served; its next start applies the file by itself.") from away
    except Unsure as unsure:
        answer = {"facts": []}  # or not: the file stands, and the core's next start does it
        raise Stop("The core did not answer: look with `floorboard site diff` whether it was done.") from unsure
    finally:
        if "facts" not in answer:
            identity.write_private(accepted, before)
    if "facts" not in answer:
        raise Stop(f"Nothing was changed. {answer.get('refused') or answer.get('failed') or answer.get('nonsense')}")
    _show(changes, at_start, left_alone(changes, args.state), as_json=args.json)
    return 0


def _wish(settings: Settings, state: Path) -> Any:
    if not (state / "site.key").exists():
        raise Stop(f"{state} is no floor's state; name the one that `floorboard serve` was given.")
    return configure(settings, partial(identity.hide, state))


def left_alone(changes: list[Change], state: Path) -> list[str]:
    """Accounts of agents who go: they stay, and may nothing of an agent's own."""
    gone = {change.name for change in changes if (change.sign, change.word) == ("-", "agent")}
    if not gone or not (state / FILE).exists():
        return []
    accounts = Accounts(state)
    try:
        return [
            f"The account {account.name} is of agent {account.agent}, who goes: remove it, or make it another's with"
            f" `floorboard account change {account.name} …`."
            for account in accounts.all()
            if account.agent in gone
        ]
    finally:
        accounts.close()


def _at_start(settings: Settings, state: Path) -> list[str]:
    """Keys that differ from the file the floor lives by, and that only its next start takes in."""
    before = read(state / STARTED) if (state / STARTED).exists() else settings
    return [name for name in AT_START if getattr(before, name) != getattr(settings, name)]


def _show(changes: list[Change], at_start: list[str], notes: list[str], *, as_json: bool) -> None:
    if as_json:
        rows = [{"change": c.sign, "kind": c.word, "name": c.name, "keys": sorted(c.fields)} for c in changes]
        print(json.dumps({"changes": rows, "at_next_start": at_start, "notes": notes}, ensure_ascii=False))
        return
    for change in changes:
        print(change)
    if not changes:
        print("Queues, desks, agents, boards and devices are as the file says.")
    for note in notes:
        print(note, file=sys.stderr)
    for name in at_start:
        print(f"{name} differs: only the next start of `floorboard serve` takes it in.", file=sys.stderr)
