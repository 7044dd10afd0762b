"""`floorboard serve`, `core` and `web`: a real floor from its settings."""

import argparse
import os
import signal
import sqlite3
import sys
import threading
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from edge import identity
from edge.accounts import Accounts
from edge.commands import Stop, command, end_as_by_ctrl_c, places
from edge.commands.account import address
from edge.commands.serving import Serving, living
from edge.core import Core, Outcome
from edge.devices import Devices
from edge.exchange import Follow
from edge.journal import InUse, Journal
from edge.panel import Door
from edge.requests import ObserveOutsides
from edge.rules.site import difference
from edge.settings import configure

BUG = 70  # EX_SOFTWARE of sysexits.h
PRIVATE = 0o077


def add(commands: Any) -> None:
    serve = command(
        commands,
        "serve",
        "Run the floor: broker, core and web, until Ctrl-C or SIGTERM.",
        "floorboard serve --site /etc/floorboard/site.toml --state /var/lib/floorboard",
    )
    serve.set_defaults(run=run_serve)
    core = command(
        commands,
        "core",
        "Run the core alone (serve does it for you).",
        "floorboard core --state /var/lib/floorboard",
    )
    core.set_defaults(run=run_core)
    web = command(
        commands,
        "web",
        "Run the web alone (serve does it for you).",
        "floorboard web --state /var/lib/floorboard",
    )
    web.set_defaults(run=run_web)
    for parser in (serve, core, web):
        places(parser)


def run_serve(args: argparse.Namespace) -> int:
    end_as_by_ctrl_c()
    with Serving(args.site, args.state) as serving:
        if serving.wait_up():
            where, accounts = address(serving.settings), Accounts(args.state)
            print(f"Floorboard serves {serving.settings.site}: {where}/", flush=True)
            if code := accounts.first():
                print(
                    f"Nobody can sign in yet. The first administrator enters, within a day, at {where}/enter/{code}",
                    flush=True,
                )
            accounts.close()
            serving.hopeless.wait()
    raise Stop("It cannot go on; what was wrong stands above.")


def run_core(args: argparse.Namespace) -> int:
    settings = living(args.site, args.state)
    os.umask(PRIVATE)
    try:
        core = Core(Journal(args.state / "journal.db"))
    except InUse as error:
        raise Stop(str(error)) from error
    except (OSError, sqlite3.DatabaseError) as error:
        raise Stop(f"The journal in {args.state} cannot be opened: {error}.") from error
    devices = Devices(core, settings, args.state)
    door = Door(args.state / "core.sock", core, devices.health)
    core.sources.append(door)
    core.rims += [devices, door]
    wish = configure(settings, partial(identity.hide, args.state))
    if core.floor.seq:
        for change in difference(core.floor, wish.wanted):
            print(f"site: {change}", file=sys.stderr)
    core.put(msgspec.structs.replace(wish, at_ms=core.now_ms()), _configured)
    core.put(ObserveOutsides(names=settings.outside, at_ms=core.now_ms(), by="site"))
    for skip in core.journal.numbers.skips(core.floor, core.now_ms()):
        print(f"This journal was put back: {skip.queue} goes on above {skip.number}.", file=sys.stderr)
        core.put(skip)
    exchange = settings.exchange
    follow = Follow(
        core,
        Path(exchange.queue_log),
        target_s=exchange.target_s,
        members=exchange.members,
    )
    for end in (signal.SIGTERM, signal.SIGINT):
        signal.signal(end, lambda *_: core.stop())
    threading.excepthook = _end
    devices.start()
    if exchange.queue_log:
        follow.start()
    try:
        core.run()
    finally:
        devices.stop()
    return 0


def _configured(outcome: Outcome) -> None:
    """A refusal leaves the floor as it was; the file's own mistakes were found before."""
    if not isinstance(outcome, list):
        print(f"site: {outcome} The floor stays as it was.", file=sys.stderr)


def _end(bug: threading.ExceptHookArgs) -> None:
    """A bug in any thread ends the process, which is started again, rather than leave half of it running."""
    threading.__excepthook__(bug)
    os._exit(BUG)


def run_web(args: argparse.Namespace) -> int:
    from web.serve import serve  # only this process needs Flask

    serve(living(args.site, args.state), args.state)
    return 0
