"""`floorboard flash batch`: a box of boards at once, each written, provisioned, tested and labelled, with a row in the record."""

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any

from edge.commands import Stop, state
from edge.commands.flash import action, labels, lines, provision
from edge.commands.flash.acceptance import accept, noted
from edge.commands.flash.floor import try_out
from edge.commands.flash.lanes import Lane, Lanes
from edge.commands.flash.making import Maker, Order, rows_of
from edge.commands.flash.provision import Networks, ordered
from edge.commands.flash.writing import board_facts
from edge.commands.house import say
from edge.commands.serving import floor_of
from edge.floor import Device
from flash import look, ports, program, record
from flash.look import Found
from flash.program import Fault
from flash.record import Row

COLUMNS = ("name", "board", "desk", "layout", "queues", "printer", "lang")  # of a plan; queues with spaces between
NEEDED = ("name", "board")
UNDONE = ("begun", "written", "failed")
DOUBTS = 5


def add(actions: Any) -> None:
    parser = action.add(
        actions,
        "batch",
        "Make many boards devices of this floor at once: write, provision, test, label; one row each in the record. Done again, it"
        " goes on where it stopped.",
        """floorboard flash batch /dev/ttyUSB0 /dev/ttyUSB1 --board desk-unit --wifi wifi.toml
        floorboard flash batch --all --plan plan.csv --wifi wifi.toml --json
        floorboard flash batch rfc2217://127.0.0.1:40123 --board desk-unit --hands http://127.0.0.1:8081/""",
        _run,
        port=False,
        writes=True,
    )
    parser.add_argument("ports", nargs="*", metavar="PORT", help="/dev/ttyUSB0, or a virtual board's rfc2217://…")
    parser.add_argument(
        "--all", action="store_true", help="every port that `flash list` knows as a board's, and the floor does not use"
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument(
        "--board",
        help="what they all are; they become, in order, the site's devices of its role that never came, or were begun",
    )
    which.add_argument(
        "--plan", type=Path, metavar="CSV", help=f"what they become, in order: columns {', '.join(COLUMNS)}"
    )
    state(parser)
    provision.wifi(parser)
    parser.add_argument("--no-test", action="store_true", help="do not test them")
    parser.add_argument(
        "--hands",
        default="",
        metavar="URL",
        help="of the page of virtual boards, which presses their keys in the tests",
    )
    action.image(parser)


def _run(args: argparse.Namespace) -> int:
    """1 if one of them is not ready at the end."""
    try:
        return _Batch(args).run()
    except KeyboardInterrupt:
        print("Stopped: boards may be half written. Do the same again; it goes on where it was.", file=sys.stderr)
        raise


class _Batch:
    def __init__(self, args: argparse.Namespace) -> None:
        self._args, self._ports = args, ports_of(args)
        self._maker = Maker(
            args.state, Networks(args.wifi, args.no_cable), file=args.image, sha256=args.sha256, force=args.force
        )
        self._plan = list(planned(args.plan)) if args.plan else []
        for order in self._plan:
            try_out(floor_of(args.state), order.wish)
        rows_of(args.state)  # before anybody waits

    def run(self) -> int:
        with Lanes(self._ports) as self._lanes, ThreadPoolExecutor(len(self._ports)) as pool:
            try:
                found = _each({lane.port: pool.submit(_look, lane) for lane in self._lanes})
                given, left = self._assigned(found)
                done = _each({port: pool.submit(self._made, port, given[port], found[port]) for port in given})
            finally:  # nobody is at work any more, unless this is ended early
                program.end_all()
                pool.shutdown(cancel_futures=True)
                program.ending.clear()
        spare = [port for port in self._ports if port not in given]
        if self._args.dry_run:
            return _told_dry(self._args, done, spare)
        if not (self._args.no_test or self._args.hands):  # a technician has two hands
            done = {port: self._tested(row, self._lanes[port]) for port, row in done.items()}
        return _told(self._args, self._maker, list(done.values()), left, spare)

    def _assigned(self, found: dict[str, Found | str]) -> tuple[dict[str, Order], list[str]]:
        """Which board becomes what, and what is left for others. Stop if it cannot be, before anything is written."""
        here = {on_it.is_of for on_it in found.values() if not isinstance(on_it, str)}
        rows = rows_of(self._args.state)
        orders = self._plan or list(_waiting(self._maker, self._args.board, here, rows))
        given = assign(orders, found, rows)
        for port, order in given.items():
            self._maker.prepare(order, port)
            self._maker.tree(order.board)
            self._lanes[port].name = order.name
        return given, [order.name for order in orders if order not in given.values()]

    def _made(self, port: str, order: Order, found: Found | str) -> Any:
        """Its row at the end; in a dry run what would be done."""
        lane = self._lanes[port]
        try:
            if isinstance(found, str):
                raise Stop(found)
            found = self._maker.judge(order, port, lane, found)
            if self._args.dry_run:
                lane.end("looked at")
                return {"device": order.name, "steps": self._maker.would(order, found)}
            row = self._maker.make(order, port, lane, found)
        except (Stop, Fault) as why:
            return self._failed(order, port, found, why, lane)
        return self._tested(row, lane) if self._args.hands and not self._args.no_test else self._labelled(row, lane)

    def _failed(self, order: Order, port: str, found: Found | str, why: Exception, lane: Lane) -> Any:
        lane.end(f"failed: {why}", failed=True)
        if self._args.dry_run:
            return why
        mac = "" if isinstance(found, str) else found.mac
        noted = record.of(rows_of(self._args.state), mac=mac) if mac else None
        row = noted or Row(mac, order.name, order.wish.role, order.place, order.board)
        return row._replace(name=order.name, port=port, state="failed", said=str(why))

    def _tested(self, row: Row, lane: Lane) -> Row:
        """Test it, unless it passed before with all that is on it now, and label it."""
        if row.state != "ready":
            return row
        if row.tested != "passed":
            lane.step("testing it")
            state, hands = self._args.state, self._args.hands
            try:
                row = noted(row, accept(row.port, row.name, state, hands, None, lane.say, program.ending))
            except (Stop, Fault) as why:
                row = row._replace(state="failed", said=f"It was not tested: {why}")
            record.put(self._maker.record, row)
        return self._labelled(row, lane)

    def _labelled(self, row: Row, lane: Lane) -> Row:
        if row.state == "ready":
            lane.step("drawing its label")
            try:
                labels.save(row, self._maker.settings.site, self._args.state / labels.FOLDER)
            except Stop as why:
                row = row._replace(state="failed", said=f"It has no label: {why}")
                record.put(self._maker.record, row)
        lane.end("ready" if row.state == "ready" else f"failed: {row.said}", failed=row.state != "ready")
        return row


def _each(futures: dict[str, Future[Any]]) -> dict[str, Any]:
    """Waits in small steps, so that Ctrl-C is heard."""
    while wait(futures.values(), timeout=0.2).not_done:
        continue
    return {port: future.result() for port, future in futures.items()}


def _look(lane: Lane) -> Found | str:
    """Or the sentence why not."""
    lane.step("hearing what it says")
    try:
        return look.look(lane.port)
    except Fault as fault:
        return str(fault)


def ports_of(args: argparse.Namespace) -> list[str]:
    ours = lines.used(args.state) if args.all else {}
    for port in args.ports:
        lines.check(port, args.state)
    found = [row["port"] for row in ports.listed() if row["bridge"]] if args.all else []
    for port in [port for port in found if lines.of(port, ours)]:
        say(f"{port} is left out: it is the floor's {lines.of(port, ours)}")
        found.remove(port)
    at = list(dict.fromkeys([*args.ports, *found]))
    if not at:
        if args.all:
            raise Stop("No port has a USB bridge of those boards; `floorboard flash list` shows what there is.")
        raise Stop("Name the ports of the boards, or --all; `floorboard flash list` shows them.")
    return at


def planned(path: Path) -> Iterator[Order]:
    """The rows of a plan. Stop names the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise Stop(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Stop(f"{path} cannot be read: it is not UTF-8.") from error
    comma = ";" if lines and ";" in lines[0] else ","  # as some spreadsheets write it
    reader = csv.DictReader(lines, delimiter=comma)
    names, rows = [*(reader.fieldnames or ())], list(reader)
    if not set(NEEDED) <= set(names) <= set(COLUMNS) or len(set(names)) < len(names):
        wrong = f", not {', '.join(sorted(set(names) - set(COLUMNS)))}" if set(names) - set(COLUMNS) else ""
        raise Stop(f"{path}: its first line names columns, name and board and any of {', '.join(COLUMNS[2:])}{wrong}.")
    if not rows:
        raise Stop(f"{path} names no device.")
    seen: set[str] = set()
    desks: set[tuple[str, str]] = set()
    for number, row in enumerate(rows, 2):
        try:
            if None in row or None in row.values():
                raise Stop(f"it has {'more' if None in row else 'fewer'} cells than the first line.")
            order = _planned(row)
            if order.name in seen:
                raise Stop(f"{order.name} stands there twice.")
            if (order.wish.role, order.wish.desk) in desks:
                raise Stop(f"a {order.wish.role} for desk {order.wish.desk} stands there twice.")
        except Stop as stop:
            raise Stop(
                f"{path}, line {number}: {str(stop).replace('--board-layout', 'layout').replace('--', '')}"
            ) from stop
        seen.add(order.name)
        if order.wish.role == "desk":
            desks.add((order.wish.role, order.wish.desk))
        yield order


def _planned(row: Mapping[str, str]) -> Order:
    said = {key: (row.get(key) or "").strip() for key in COLUMNS}
    if said["lang"] not in ("", *provision.LANGUAGES):
        raise Stop(f"lang is one of {', '.join(provision.LANGUAGES)}, not {said['lang']}.")
    facts = {"desk": said["desk"], "board_layout": said["layout"], "queues": tuple(said["queues"].split())}
    return ordered(said["name"], said["board"], None, {**facts, "printer": said["printer"], "lang": said["lang"]})


def _waiting(maker: Maker, board: str, here: set[str], rows: list[Row]) -> Iterator[Order]:
    """The site's devices of a board's role that have never come, those whose board is before us, and those that were begun."""
    role, site = board_facts(board)["role"], maker.settings.site
    begun = {row.name for row in rows if row.state in UNDONE}
    devices = [device for device in floor_of(maker.state).devices.values() if device.role == role]
    waiting = [d for d in devices if not d.id or f"{d.device} of site {site}" in here or d.device in begun]
    if not waiting:
        raise Stop(f"Each {role} of the site has its board already; name others in its file, or in a --plan.")
    for device in sorted(waiting, key=_by_number):
        facts = {"desk": device.desk, "board_layout": device.board, "queues": device.queues}
        yield ordered(device.device, board, None, {**facts, "printer": device.printer, "lang": device.lang})


def _by_number(device: Device) -> tuple[bool, str, int, str]:
    """Those that never came first; desk-9 before desk-10."""
    head = device.device.rstrip("0123456789")
    return bool(device.id), head, int(device.device[len(head) :] or 0), device.device


def assign(orders: Sequence[Order], found: dict[str, Any], rows: list[Row]) -> dict[str, Order]:
    """Which board becomes what: what it is already, what was begun at its port, else the next that is left for its chip. One that
    would be refused, has another chip or does not answer is taken only where there is no other."""
    by_name, given = {order.name: order for order in orders}, {}
    for port, on_it in found.items():
        name = on_it.device.get("name", "") if not isinstance(on_it, str) else ""
        if name in by_name:
            given[port] = by_name.pop(name)
    for row in rows:
        is_open = row.port in found and row.port not in given and row.name in by_name and row.state in UNDONE
        if is_open and _goes_on(row, found[row.port], by_name[row.name]):
            given[row.port] = by_name.pop(row.name)
    for doubt in range(DOUBTS):
        for name, order in list(by_name.items()):
            fits = (port for port in found if port not in given and _doubt(found[port], order) == doubt)
            if port := next(fits, ""):
                given[port] = by_name.pop(name)
    return {port: given[port] for port in found if port in given}


def _goes_on(row: Row, on_it: Found | str, order: Order) -> bool:
    """The board at the row's port may be the one that was begun there: a blank one does not say its MAC."""
    return not _doubt(on_it, order) and not (row.mac and isinstance(on_it, Found) and on_it.mac not in ("", row.mac))


def _doubt(on_it: Found | str, order: Order) -> int:
    """What speaks against its becoming that, below DOUBTS; 0: nothing that is known."""
    if isinstance(on_it, str):
        return 4
    if on_it.chip not in ("", board_facts(order.board)["chip"]):
        return 3
    if on_it.kind == "silent":
        return 2
    return int(on_it.kind not in look.FREE or bool(on_it.device))


def _told_dry(args: argparse.Namespace, done: dict[str, dict[str, Any] | Exception], spare: list[str]) -> int:
    refused = {port: str(why) for port, why in done.items() if isinstance(why, Exception)}
    would = {port: row for port, row in done.items() if not isinstance(row, Exception)}
    if args.json:
        print(json.dumps({"would": would, "refused": refused, "spare": spare}))
    else:
        for port, row in would.items():
            print(f"{port}, to become {row['device']}:", *(f"  {step}" for step in row["steps"]), sep="\n")
        for port, why in refused.items():
            print(f"{port}: {why}")
        for port in spare:
            print(f"{port}: no device is left for it")
    return 1 if refused else 0


def _told(args: argparse.Namespace, maker: Maker, rows: list[Row], left: list[str], spare: list[str]) -> int:
    ready = [row for row in rows if row.state == "ready"]
    if args.json:
        boards = [row._asdict() for row in rows]
        told = {"boards": boards, "ready": len(ready), "failed": len(rows) - len(ready), "left": left, "spare": spare}
        print(json.dumps({**told, "record": str(maker.record)}, ensure_ascii=False))
    else:
        for row in rows:
            print(f"{row.name:16} {row.mac:17} {row.port}  {row.state}{': ' if row.said else ''}{row.said}")
        print(f"{len(ready)} of {len(rows)} are ready; the record is {maker.record}.")
        if left:
            say(f"left for other boards: {', '.join(left)}")
        if spare:
            say(f"no device is left for the boards at {', '.join(spare)}")
    return 0 if len(ready) == len(rows) else 1
