"""A tally: what one group's rows of a span add up to, and the named formulas over it (docs/numbers.md)."""

from collections import Counter
from typing import Any

import msgspec

from edge.books import Books
from edge.books.ratings import RATINGS, of
from edge.figures import Sums, in_target, service_level, share
from edge.gains import HelpGiven, Served, Stay, Terms

HANDLING = ("serving", "hold", "wrap_up")


def counted(stay: Stay, terms: Terms) -> Sums:
    """One contact, as the sums of many are made of it."""
    within = in_target(stay.wait_ms, terms.target_s, terms.under)
    sums = Sums(offered=1, talk_ms=stay.talk_ms, no_show=int(stay.no_show))
    if stay.outcome == "answered":
        sums.answered, sums.answered_in_target, sums.wait_answered_ms = 1, within, stay.wait_ms
    elif stay.outcome == "abandoned":
        sums.abandoned, sums.abandoned_in_target, sums.wait_abandoned_ms = 1, within, stay.wait_ms
        sums.abandoned_short = int(stay.wait_ms <= 1000 * terms.short_s)
    elif stay.outcome == "timed_out":
        sums.timed_out, sums.timed_out_in_target = 1, within
    elif stay.outcome != "waiting":
        sums.left_otherwise = 1
    return sums


def level(stay: Stay, terms: Terms, variant: str) -> tuple[int, int]:
    """What one contact adds to the numerator and the denominator of a service level."""
    is_young = stay.outcome == "waiting" and stay.wait_ms < 1000 * terms.target_s
    return service_level(counted(stay, terms), variant, int(is_young))


class Times(msgspec.Struct):
    """How long help took: count, sum and worst."""

    count: int = 0
    total_ms: int = 0
    worst_ms: int = 0

    def add(self, took_ms: int) -> None:
        self.count, self.total_ms = self.count + 1, self.total_ms + took_ms
        self.worst_ms = max(self.worst_ms, took_ms)

    def mean_s(self) -> float | None:
        return share(self.total_ms, 1000 * self.count)

    def worst_s(self) -> float | None:
        return self.worst_ms / 1000 if self.count else None


class Tally(msgspec.Struct):
    """ms and counts. `level` is (numerator, denominator), each queue by its own terms."""

    sums: Sums = msgspec.field(default_factory=Sums)
    called: int = 0  # tickets
    level: tuple[int, int] = (0, 0)
    handled: int = 0
    handled_ms: int = 0
    state_ms: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)  # (state, reason)
    closed: int = 0
    confirmed: int = 0
    ratings: dict[str, tuple[int, int]] = {}  # each of RATINGS, numerator and denominator
    acknowledged: Times = msgspec.field(default_factory=Times)
    arrived: Times = msgspec.field(default_factory=Times)
    scheduled_ms: int = 0
    astray_ms: int = 0  # of the scheduled, not as planned
    work_ms: int = 0  # scheduled as work
    worked_ms: int = 0  # on local days with work scheduled
    rostered: int = 0  # agents, at the starts of intervals
    attending: int = 0
    unplanned: int = 0  # signed in, and not rostered

    def add_contact(self, stay: Stay, terms: Terms, variant: str) -> None:
        self.sums.add(counted(stay, terms))
        self.called += int(stay.channel == "ticket" and stay.outcome == "answered")
        numerator, denominator = level(stay, terms, variant)
        self.level = self.level[0] + numerator, self.level[1] + denominator

    def add_served(self, served: Served) -> None:
        for name in RATINGS:
            before, more = self.ratings.get(name, (0, 0)), of(name, served)
            self.ratings[name] = before[0] + more[0], before[1] + more[1]

    def add_help(self, help: HelpGiven) -> None:
        for times, at_ms in ((self.acknowledged, help.acknowledged_ms), (self.arrived, help.arrived_ms)):
            if at_ms is not None:
                times.add(at_ms - help.raised_ms)

    def spent_ms(self, *states: str) -> int:
        return sum(ms for (state, _), ms in self.state_ms.items() if state in states)

    @property
    def signed_in_ms(self) -> int:
        return self.state_ms.total()

    def figures(self) -> dict[str, Any]:
        """Every named figure, None where there is nothing to divide by; shares are 0…1, times seconds."""
        busy_ms, ready_ms, sums = self.spent_ms(*HANDLING), self.spent_ms("ready"), self.sums
        contacts = (
            *(getattr(sums, name) for name in COUNTS),
            share(*self.level),
            share(sums.abandoned, sums.offered),
            share(sums.no_show, self.called),
            share(sums.wait_answered_ms, 1000 * sums.answered),
            share(self.handled_ms, 1000 * self.handled),
            share(self.confirmed, self.closed),
            None,
            self.ratings.get("rated", (0, 0))[0],
            *(share(*self.ratings.get(name, (0, 0))) for name in RATINGS[1:]),
        )
        people = (
            self.signed_in_ms // 1000,
            share(busy_ms, busy_ms + ready_ms),
            share(busy_ms, self.signed_in_ms),
            share(self.attending, self.rostered),
            self.unplanned,
            share(max(0, self.scheduled_ms - self.astray_ms), self.scheduled_ms),
            share(self.worked_ms, self.work_ms),
            self.acknowledged.mean_s(),
            self.acknowledged.worst_s(),
            self.arrived.mean_s(),
            self.arrived.worst_s(),
        )
        return dict(zip((*OF_CONTACTS, *OF_PEOPLE), (*contacts, *people), strict=True))


COUNTS = ("offered", "answered", "abandoned", "timed_out", "left_otherwise", "no_show", "abandoned_short")
OF_CONTACTS = (
    *COUNTS,
    *("service_level", "abandon_rate", "no_show_rate", "asa_s", "aht_s", "ownership"),
    "self_service",  # nothing measures it yet
    *RATINGS,
)
OF_PEOPLE = (
    *("signed_in_s", "occupancy", "utilisation", "attendance", "unplanned", "adherence", "conformance"),
    *("help_acknowledge_s", "help_acknowledge_worst_s", "help_arrive_s", "help_arrive_worst_s"),
)


def terms_of(books: Books, stay: Stay) -> Terms:
    """Those that held when its wait ended."""
    return books.terms(stay.queue, stay.entered_ms + stay.wait_ms)
