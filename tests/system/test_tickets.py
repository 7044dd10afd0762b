"""No number twice, no ticket called twice, none lost: 32 clients at once over HTTP, 2,000 tickets, through kills of the core."""

import http.client
import json
import os
import signal
import threading
import time
from collections import Counter
from typing import Any

import pytest

from edge import facts as f
from edge.commands.bench.tickets import _tables
from edge.commands.house import House

CLIENTS = 32
TICKETS = 2_000
KILLS = 6
PATIENCE_S = 120.0


class Client:
    """One that asks again until it knows."""

    def __init__(self, house: House) -> None:
        self._house, self._line = house, None  # type: tuple[House, http.client.HTTPConnection | None]

    def ask(self, method: str, path: str, **said: str) -> tuple[int, Any]:
        """(0, None) when nobody answered."""
        try:
            if self._line is None:
                host, port = self._house.url.removeprefix("http://").split(":")
                self._line = http.client.HTTPConnection(host, int(port), timeout=20)
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._house.token}"}
            self._line.request(method, "/api/v1" + path, json.dumps(said) if said else None, headers)
            answer = self._line.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException):
            self._line = None
            return 0, None


@pytest.mark.timeout(300)
@pytest.mark.parametrize("kills", [0, KILLS])
def test_two_thousand_tickets_by_thirty_two_clients(kills: int) -> None:
    with House(1, tables=_tables(CLIENTS)) as house:
        taken: list[str] = []
        deadline = time.monotonic() + PATIENCE_S
        work = [threading.Thread(target=_take, args=(house, n, taken, deadline)) for n in range(CLIENTS)]
        work += [threading.Thread(target=_serve, args=(house, n, taken, deadline)) for n in range(CLIENTS)]
        for thread in work:
            thread.start()
        for _ in range(kills):
            time.sleep(0.7)
            os.kill(house.serving.children["core"].pid, signal.SIGKILL)
        for thread in work:
            thread.join()
        assert time.monotonic() < deadline, "not all was done in time"
        journal = house.journal()
        facts = [fact for _, _, fact in journal.read()]
        journal.close()
        if kills:
            assert house.serving.children["core"].starts > kills // 2
    issued = Counter(fact.label for fact in facts if isinstance(fact, f.TicketIssued))
    called = Counter(fact.contact for fact in facts if isinstance(fact, f.TicketCalled))
    ended = Counter(fact.contact for fact in facts if isinstance(fact, f.ContactEnded))
    assert set(issued.values()) == {1}, "no number twice"
    assert set(called.values()) == {1}, "no ticket called twice"
    assert sorted(issued) == sorted(taken), "none lost, and none that nobody holds"
    assert len(issued) == len(called) == len(ended) == TICKETS


def _take(house: House, number: int, taken: list[str], deadline: float) -> None:
    client = Client(house)
    for ticket in range(number, TICKETS, CLIENTS):
        while time.monotonic() < deadline:
            status, said = client.ask("POST", "/tickets", queue="bench", contact=f"mine-{ticket}")
            if status in (200, 201):
                taken.append(said["label"])
                break
            if status == 409:  # issued, called and over before we heard of it
                status, known = client.ask("GET", f"/tickets/mine-{ticket}")
                if status == 200:
                    taken.append(known["label"])
                    break
            time.sleep(0.05)


def _serve(house: House, number: int, taken: list[str], deadline: float) -> None:
    """An agent at a page: looks, and presses what is next."""
    client, desk = Client(house), f"page-{number}"
    while time.monotonic() < deadline:
        status, seen = client.ask("GET", f"/desks/{desk}")
        if status != 200:
            time.sleep(0.05)
        elif seen["agent"] is None:
            client.ask("POST", f"/desks/{desk}/sign-in", agent=desk)
        elif seen["presence"] == "ready" and len(taken) >= TICKETS and not seen["lines"][-1]["waiting"]:
            return
        else:
            key = "next" if seen["presence"] in ("ready", "serving") else "ready"
            client.ask("POST", f"/desks/{desk}/keys", key=key)
            time.sleep(0.01)
