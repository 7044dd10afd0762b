"""Counter displays and wallboards at the devices' rim: what they are sent, when, and until they say that they show it."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from edge import facts as f
from edge import requests as r
from edge.devices.showing import SHOWN_WAIT_MS, WALLS_S
from edge.settings import Settings, configure
from edge.settings.tables import AgentTable, BoardTable, DeskTable, DeviceTable, QueueTable
from edge.settings.tables import Broker as BrokerTable
from tests.conftest import SITE, Broker
from tests.system.test_devices import Edge, Unit, until

TILES = ("waiting(q)", "longest_wait(q)", "help")


class Displays(Edge):
    """One desk with a desk unit and a counter display, and a wallboard."""

    def __init__(self, broker: Broker) -> None:
        self.settings = Settings(
            site=broker.site,
            broker=BrokerTable(port=broker.port),
            queue=(QueueTable(name="q", target_s=2),),
            desk=(DeskTable(number="1"),),
            agent=(AgentTable(id="ana", pin="111111", queues=("q",)),),
            board=(BoardTable(name="hall", title="Hall", tiles=TILES),),
            device=(
                DeviceTable(name="desk-1", desk="1"),
                DeviceTable(name="counter-1", role="counter", desk="1"),
                DeviceTable(name="wall-1", role="wallboard", board="hall"),
            ),
        )
        self._run(broker.state)


@pytest.fixture
def edge(
    state: Path, free_port: Callable[[], int], start_broker: Callable[..., AbstractContextManager[Broker]]
) -> Iterator[Displays]:
    with start_broker(state, SITE, ("desk-1", "counter-1", "wall-1"), free_port()) as broker:
        edge = Displays(broker)
        edge.broker = broker  # type: ignore[attr-defined]
        yield edge
        edge.stop()


@pytest.fixture
def play(edge: Displays) -> Iterator[Callable[[str, str], Unit]]:
    units: list[Unit] = []

    def unit(name: str, role: str) -> Unit:
        units.append(Unit(edge.broker, name))  # type: ignore[attr-defined]
        units[-1].greet(role=role)
        return units[-1]

    yield unit
    for each in units:
        each.close()


def ask(edge: Displays, request: r.Request) -> None:
    """Put to the core, and decided."""
    outcomes: list[Any] = []
    edge.core.put(request, outcomes.append)
    until(lambda: outcomes, "an outcome")
    assert isinstance(outcomes[0], list), outcomes[0]


def newest(unit: Unit, part: str) -> dict[str, Any]:
    shown = until(lambda: unit.all(part), part)[-1]
    return {k: v for k, v in shown.items() if k not in ("epoch", "rev")}


def test_a_counter_display_follows_its_desk(edge: Displays, play: Callable[[str, str], Unit]) -> None:
    counter = play("counter-1", "counter")
    assert newest(counter, "show/counter") == {"number": "", "state": "closed", "announcement": 0, "lang": "en"}
    now_ms = edge.core.now_ms()
    ask(edge, r.SignIn(agent="ana", desk="1", at_ms=now_ms))
    ask(edge, r.IssueTicket(contact="A 7", queue="q", at_ms=now_ms))
    ask(edge, r.ChangePresence(agent="ana", presence="ready", at_ms=now_ms))
    until(lambda: newest(counter, "show/counter") == {"number": "", "state": "open", "announcement": 0, "lang": "en"})
    desk = play("desk-1", "desk")
    desk.press(1, "next")
    until(
        lambda: newest(counter, "show/counter") == {"number": "001", "state": "called", "announcement": 1, "lang": "en"}
    )


def test_a_wallboard_has_its_tiles_and_only_what_changes_is_sent(
    edge: Displays, play: Callable[[str, str], Unit]
) -> None:
    wall = play("wall-1", "wallboard")
    assert newest(wall, "show/board") == {"title": "Hall", "tiles": 3, "notice": "", "lang": "en"}
    normal = {"kind": "number", "value": "0", "unit": "", "age_s": None, "level": "normal"}
    assert newest(wall, "show/tile/1") == {"label": "q waiting", "short": "WAIT", **normal}
    assert newest(wall, "show/tile/2") == {"label": "q longest wait", "short": "LONGEST", **normal, "value": "–"}
    assert newest(wall, "show/tile/3") == {"label": "help", "short": "HELP", **normal}
    ask(edge, r.IssueTicket(contact="A1", queue="q", at_ms=edge.core.now_ms()))
    until(lambda: newest(wall, "show/tile/1")["value"] == "1")
    until(lambda: newest(wall, "show/tile/2")["value"] == "")
    assert len(wall.all("show/tile/3")) == 1
    until(lambda: newest(wall, "show/tile/2")["level"] == "warn", "the target passes, though nothing happens")
    ages = [tile["age_s"] for tile in wall.all("show/tile/2") if tile["age_s"] is not None]
    assert ages == sorted(ages)
    assert len(wall.all("show/tile/2")) <= 4, "an age that runs on by itself is not sent again and again"


def test_a_wallboard_that_comes_late_finds_all_of_it(edge: Displays, play: Callable[[str, str], Unit]) -> None:
    newest(play("counter-1", "counter"), "show/counter")  # so the tiles have gone out too
    time.sleep(0.2)
    wall = play("wall-1", "wallboard")
    for part in ("show/board", "show/tile/1", "show/tile/2", "show/tile/3"):
        until(lambda part=part: [retained for shape, _, retained in wall.got if shape == part and retained], part, 1)


def test_wallboards_are_spared_numbers_that_nobody_could_read(edge: Displays, play: Callable[[str, str], Unit]) -> None:
    wall = play("wall-1", "wallboard")
    newest(wall, "show/tile/1")
    began = time.monotonic()
    for n in range(200):
        edge.core.put(r.IssueTicket(contact=f"A{n}", queue="q", at_ms=edge.core.now_ms()))
    until(lambda: newest(wall, "show/tile/1")["value"] == "200")
    assert len(wall.all("show/tile/1")) <= 3 + (time.monotonic() - began) / WALLS_S


def test_what_is_not_confirmed_is_sent_again(edge: Displays, play: Callable[[str, str], Unit]) -> None:
    wall = play("wall-1", "wallboard")
    until(lambda: len(wall.all("show/tile/1")) == 2, "the second sending", SHOWN_WAIT_MS / 1000 + 5)
    first, again = wall.all("show/tile/1")
    assert first == again
    rev = max(fields["rev"] for shape, fields, _ in wall.got if shape.startswith("show/"))
    wall.send("shown", {"epoch": wall.epoch, "rev": rev, "draw_ms": 1})
    time.sleep(SHOWN_WAIT_MS / 1000 + 2)
    assert len(wall.all("show/tile/1")) <= 3
    wall.send("shown", {"epoch": wall.epoch, "rev": rev + 1, "draw_ms": 1})
    until(lambda: edge.devices.nonsense["wall-1 shown: rev"], "a rev that was never sent is nonsense")


def test_a_changed_layout_is_shown_at_once(edge: Displays, play: Callable[[str, str], Unit]) -> None:
    wall = play("wall-1", "wallboard")
    newest(wall, "show/board")
    wish = configure(edge.settings, lambda kind, said: said * 2)
    wanted = tuple(
        f.BoardLaidOut(board="hall", title="Halle", tiles=("help",), at_ms=0) if isinstance(w, f.BoardLaidOut) else w
        for w in wish.wanted
    )
    ask(edge, r.Configure(wanted=wanted, at_ms=edge.core.now_ms()))
    until(lambda: newest(wall, "show/board") == {"title": "Halle", "tiles": 1, "notice": "", "lang": "en"})
    until(lambda: newest(wall, "show/tile/1")["label"] == "help")


def test_a_display_that_is_away_is_an_alarm(edge: Displays, play: Callable[[str, str], Unit]) -> None:
    from edge.views import floor_page

    def alarms() -> list[str]:
        return list(floor_page(edge.core.floor, edge.core.now_ms(), (0, 1))["alarms"])

    wall = play("wall-1", "wallboard")
    until(lambda: edge.core.floor.devices["wall-1"].online)
    assert alarms() == []
    wall.send("$state", {"state": "lost"})
    until(lambda: alarms() == ["The display wall-1 cannot be reached."])
    play("wall-1", "counter")
    until(lambda: alarms() == ["wall-1 says that it is another device than the site knows: counter, not wallboard."])


def test_whom_the_broker_lets_in_is_made_right_at_each_greeting(edge: Displays) -> None:
    """What was registered and revoked while the broker was away, or told to a session that went, is not lost."""
    broker: Broker = edge.broker  # type: ignore[attr-defined]
    until(lambda: edge.devices.epoch, "a first session")
    broker.kill()
    until(lambda: not edge.devices.epoch, "its end")
    wish = configure(edge.settings, lambda kind, said: said * 2)
    wanted = [w for w in wish.wanted if not (isinstance(w, f.DeviceRegistered) and w.device == "wall-1")]
    wanted.append(f.DeviceRegistered(device="counter-2", role="counter", desk="1", at_ms=0))
    ask(edge, r.Configure(wanted=tuple(wanted), at_ms=edge.core.now_ms()))
    broker.start()  # with the list of before
    late = until(lambda: _signed_in(broker, "counter-2"), "the new one may come in", 20)
    late.close()
    until(lambda: _signed_in(broker, "wall-1") is None, "the old one may not", 10)


def _signed_in(broker: Broker, name: str) -> Unit | None:
    try:
        unit = Unit(broker, name)
    except (AssertionError, OSError):
        return None
    return unit
