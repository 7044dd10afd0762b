"""`floorboard account`: who may come in, as what, and which programs; what the accounts' page does, for whoever has the box."""

import argparse
import getpass
import json
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from pathlib import Path
from typing import Any

from edge.accounts import FILE, Accounts, BadAccount
from edge.commands import Stop, command, state
from edge.commands.serving import STARTED, floor_of
from edge.rights import ROLES, SCOPES
from edge.settings import Settings, read

ANYWHERE = ("0.0.0.0", "::")  # noqa: S104 - compared, not bound


def add(commands: Any) -> None:
    account = command(
        commands,
        "account",
        "Say who may come in, as what, and which programs may ask: accounts, links, tokens.",
        """floorboard account add ana --role supervisor
        floorboard account link hall-tv
        floorboard account list""",
    )
    actions = account.add_subparsers(title="actions", metavar="ACTION", required=True)
    action = _action(
        actions, "list", "List the accounts and the programs' tokens.", "floorboard account list --json", run_list
    )
    action.add_argument("--json", action="store_true", help="one JSON object instead of lines")
    action = _action(
        actions,
        "add",
        "Make an account and print the link by which it comes in, once, within a day.",
        """floorboard account add ana --role supervisor
        floorboard account add bo --role agent --agent Agent2
        floorboard account add hall-tv --role display
        floorboard account add acme --role viewer --queue support --queue sales""",
        run_add,
    )
    action.add_argument("name")
    _role(action)
    action = _action(
        actions,
        "change",
        "Change what an account may; its sessions end.",
        "floorboard account change ana --role technician",
        run_change,
    )
    action.add_argument("name")
    _role(action)
    for name, what, run in (
        ("link", "Print a new link, good once, within a day; older links of the account are void.", run_link),
        ("sign-out", "End all sessions of an account.", run_sign_out),
        ("remove", "Remove an account with its sessions, links and tokens.", run_remove),
    ):
        action = _action(actions, name, what, f"floorboard account {name} ana", run)
        action.add_argument("name")
    action = _action(
        actions,
        "token",
        "Make a token for a program and print it, this once. It may what both its scopes and its account's role may.",
        """floorboard account token gate "ticket printer at the gate" --scope tickets --scope see
        floorboard account token ana "nightly figures" --scope see""",
        run_token,
    )
    action.add_argument("name")
    action.add_argument("label", help="what it is for")
    action.add_argument(
        "--scope", action="append", required=True, choices=SCOPES, help="what it may; may be given again"
    )
    action = _action(
        actions, "revoke", "Make a program's token void.", "floorboard account revoke 3f1c9a02", run_revoke
    )
    action.add_argument("token", metavar="ID", help="its number in `floorboard account list`")


def _role(action: argparse.ArgumentParser) -> None:
    action.add_argument("--role", required=True, choices=ROLES, help="what it may: docs/accounts.md has the table")
    action.add_argument("--agent", default="", metavar="ID", help="whose account it is, for an agent")
    action.add_argument(
        "--queue", action="append", default=[], metavar="NAME", help="that a viewer sees; may be given again"
    )


def _action(actions: Any, name: str, what: str, examples: str, run: Callable[..., int]) -> argparse.ArgumentParser:
    action = command(actions, name, what, examples)
    state(action)
    action.set_defaults(run=run)
    return action


def run_list(args: argparse.Namespace) -> int:
    with _opened(args.state) as accounts:
        people, tokens = accounts.all(), accounts.tokens()
    if args.json:
        rows = {"accounts": [a._asdict() for a in people], "tokens": [t._asdict() for t in tokens]}
        print(json.dumps(rows, ensure_ascii=False))
        return 0
    zone = read(args.state / STARTED).zone if (args.state / STARTED).exists() else UTC
    for a in people:
        rest = f"of agent {a.agent}" if a.agent else ", ".join(a.queues)
        seen = (
            f"last seen {_time(a.seen_s, zone)}"
            if a.seen_s
            else "not signed in"
            if a.has_password
            else "has not come in yet"
        )
        print("  ".join(filter(None, (f"{a.name:16}", f"{a.role:10}", seen, rest))))
    for t in tokens:
        used = f"last used {_time(t.used_s, zone)}" if t.used_s else "not used yet"
        print(f"token {t.id}  of {t.name}: {t.label} ({', '.join(t.scopes)}), since {_time(t.made_s, zone)}, {used}")
    return 0


def _check(args: argparse.Namespace) -> None:
    floor = floor_of(args.state)
    if args.agent and args.agent not in floor.agents:
        raise Stop(f"There is no agent {args.agent} in the site's file.")
    for queue in args.queue:
        if queue not in floor.queues:
            raise Stop(f"There is no queue {queue}.")


def run_change(args: argparse.Namespace) -> int:
    _check(args)
    with _opened(args.state) as accounts:
        accounts.change(args.name, args.role, agent=args.agent, queues=tuple(args.queue))
    print(f"{args.name} has the role {args.role} now; its sessions have ended.")
    return 0


def run_add(args: argparse.Namespace) -> int:
    _check(args)
    with _opened(args.state) as accounts:
        accounts.add(args.name, args.role, _by(), agent=args.agent, queues=tuple(args.queue))
        _say_link(args.state, args.name, accounts.link(args.name, _by()))
    return 0


def run_link(args: argparse.Namespace) -> int:
    with _opened(args.state) as accounts:
        _say_link(args.state, args.name, accounts.link(args.name, _by()))
    return 0


def run_sign_out(args: argparse.Namespace) -> int:
    with _opened(args.state) as accounts:
        count = accounts.end_sessions(args.name)
    print(f"{args.name}: {count} session{'s' * (count != 1)} ended.")
    return 0


def run_remove(args: argparse.Namespace) -> int:
    with _opened(args.state) as accounts:
        accounts.remove(args.name)
    print(f"{args.name} is removed.")
    return 0


def run_token(args: argparse.Namespace) -> int:
    with _opened(args.state) as accounts:
        print(accounts.add_token(args.name, args.label, tuple(args.scope)))
    return 0


def run_revoke(args: argparse.Namespace) -> int:
    with _opened(args.state) as accounts:
        accounts.remove_token(args.token)
    print(f"The token {args.token} is void.")
    return 0


def address(settings: Settings) -> str:
    """Of the pages, as one can type it in."""
    bind = settings.web.bind
    host = settings.broker.host if bind in ANYWHERE else f"[{bind}]" if ":" in bind else bind
    return f"http://{host}:{settings.web.port}"


@contextmanager
def _opened(state: Path) -> Iterator[Accounts]:
    """Stop if there are none, or what is asked of them cannot be."""
    if not (state / FILE).exists():
        raise Stop(f"There are no accounts in {state}; name the state that `floorboard serve` was given.")
    try:
        accounts = Accounts(state)
        try:
            yield accounts
        finally:
            accounts.close()
    except BadAccount as bad:
        raise Stop(str(bad)) from bad
    except (OSError, sqlite3.Error) as error:
        raise Stop(f"The accounts in {state} cannot be opened: {error}.") from error


def _say_link(state: Path, name: str, code: str) -> None:
    print(f"{address(read(state / STARTED))}/enter/{code}", flush=True)
    print(f"{name} comes in there, once, within a day.", file=sys.stderr)


def _by() -> str:
    """Whoever has the box."""
    return f"console:{getpass.getuser()}"


def _time(at_s: int, zone: tzinfo) -> str:
    return datetime.fromtimestamp(at_s, zone).strftime("%Y-%m-%d %H:%M %Z")
