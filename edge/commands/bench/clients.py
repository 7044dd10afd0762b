"""Clients that issue and call tickets over HTTP, in a process of their own: what they do shall not slow what is measured."""

import http.client
import itertools
import json
import os
import re
import secrets
import threading
import time
import urllib.parse
from collections.abc import Callable
from typing import Any

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
NICE = 5  # visitors' and agents' machines are not the edge's


def issue(url: str, sessions: list[str], tickets: int) -> float:
    """Seconds until so many are issued by as many kiosks at once as there are sessions (cookies)."""
    kiosks = [Client(url, Cookie=session) for session in sessions]
    for kiosk in kiosks:
        kiosk.open()
    return _all(len(kiosks), lambda n: _issue(kiosks[n], range(n, tickets, len(kiosks))))


def call(url: str, token: str, clients: int, tickets: int) -> float:
    """Seconds until so many are called, served and ended at the desks page-0 …"""
    left = itertools.count()
    for n in range(clients):
        _sit_down(Client(url, Authorization=f"Bearer {token}"), n)
    return _all(clients, lambda n: _call(Client(url, Authorization=f"Bearer {token}"), n, lambda: next(left) < tickets))


def quiet() -> None:
    os.nice(NICE)


def _all(clients: int, work: Callable[[int], None]) -> float:
    """Seconds until every client has done its work."""
    threads = [threading.Thread(target=work, args=(n,)) for n in range(clients)]
    began_s = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - began_s


class Client:
    """One connection that is kept, as a page keeps it."""

    def __init__(self, url: str, **who: str) -> None:
        host, port = url.removeprefix("http://").split(":")
        self._line = http.client.HTTPConnection(host, int(port), timeout=30)
        self._headers = {"Content-Type": "application/json", "Origin": url, **who}
        self._csrf = ""

    def open(self) -> None:
        """The kiosk's page, as whoever stands before it has it."""
        self._line.request("GET", "/kiosk", headers=self._headers)
        found = re.search(r'name="csrf" value="(\w+)"', self._line.getresponse().read().decode())
        assert found, "the kiosk is not signed in"
        self._csrf = found[1]

    def take(self, queue: str) -> int:
        """As the kiosk's form does it."""
        form = urllib.parse.urlencode({"queue": queue, "lang": "en", "key": secrets.token_hex(8), "csrf": self._csrf})
        self._line.request("POST", "/kiosk/tickets", form, self._headers | FORM)
        answer = self._line.getresponse()
        answer.read()
        return answer.status

    def post(self, path: str, **said: str) -> tuple[int, Any]:
        self._line.request("POST", path, json.dumps(said), self._headers)
        answer = self._line.getresponse()
        return answer.status, json.loads(answer.read())


def _issue(kiosk: Client, numbers: range) -> None:
    for _ in numbers:
        assert kiosk.take("bench") == 303


def _sit_down(client: Client, number: int) -> None:
    desk = f"page-{number}"
    client.post(f"/api/v1/desks/{desk}/sign-in", agent=desk)
    client.post(f"/api/v1/desks/{desk}/keys", key="ready")


def _call(client: Client, number: int, another: Callable[[], bool]) -> None:
    """Next, and ready when the customer has come; the next one ends that. The last one is ended by ready."""
    keys = f"/api/v1/desks/page-{number}/keys"
    while another():
        for key in ("next", "ready"):
            status, said = client.post(keys, key=key)
            assert status == 200, said
    client.post(keys, key="ready")
