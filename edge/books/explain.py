"""Explain: what stands behind a number, as `service_level(payments, today)`: numerator, denominator, definition, and each
contact or period that counts, with its rows of the journal."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, get_args

from edge import spans
from edge.books import Books, Whose, ratings
from edge.books.adherence import Shift, astray_ms, attendance, shifts, worked
from edge.books.tally import COUNTS, HANDLING, counted, level, terms_of
from edge.facts import WORK, HelpKind
from edge.figures import FORMULAS, interval, share
from edge.floor import presence, team_of, works_for
from edge.fold.people import going_on
from edge.gains import HelpGiven, Period, Planned, Stay
from edge.spans import Span, Unclear
from edge.tiles import LIVE, split

SUBJECTS = Whose._fields
EVER_MS = 1 << 62
DAY_MS = 24 * 3600 * 1000
Counted = tuple[dict[str, Any], float, float | None]
"""A row, what it adds to the numerator, and to the denominator: None where the number is a count."""

DEFINITIONS = {
    "offered": "all who entered",
    "answered": "those who were answered, or called",
    "abandoned": "those who left while waiting",
    "abandoned_short": "those who left within the time of a short abandon",
    "timed_out": "those whose wait the exchange ended",
    "left_otherwise": "those who overflowed, were moved on, cancelled or refused, or expired",
    "no_show": "those who were called and did not come",
    "service_level": "as each queue counts it",
    "abandon_rate": "abandoned ÷ offered",
    "no_show_rate": "no-shows ÷ tickets called",
    "asa": "mean wait of the answered, s",
    "aht": "mean of talk, hold and wrap-up, s, where the wrap-up ended",
    "occupancy": "talk, hold and wrap-up ÷ those and ready",
    "utilisation": "talk, hold and wrap-up ÷ time signed in",
    "ownership": "tickets whose owner ended them or confirmed the outcome ÷ served tickets closed",
    "rated": "tickets that their visitors rated, where the service ended",
    "satisfaction": "mean rating, 1 to 5, of the tickets that were rated",
    "satisfied": "ratings of 4 and 5 ÷ tickets rated",
    "response_rate": "tickets rated ÷ tickets served",
    "response_of_asked": "tickets rated ÷ tickets served at a desk with a rating pad",
    "adherence": "scheduled time as planned ÷ scheduled time",
    "conformance": "time worked on days with work scheduled ÷ time scheduled as work",
    "attendance": "rostered and signed in ÷ rostered, at the start of each interval",
    "help_acknowledge": "mean time until help was acknowledged, s",
    "help_arrive": "mean time until help arrived, s",
    "waiting": "those who wait now",
    "longest_wait": "the greatest age among those who wait now, s",
    "serving": "those who are with an agent now, called or served",
    "ready": "agents who are ready now",
    "help": "open requests for help, but for silent ones",
}


class Number(NamedTuple):
    """What is asked for: a name of DEFINITIONS, of what ("": the site) and whose, and when."""

    name: str
    of: str = ""
    subject: str = ""
    span: str = ""

    def __str__(self) -> str:
        subject = self.subject if self.of == "queue" else f"{self.of}:{self.subject}" if self.of else ""
        inside = ", ".join(filter(None, (subject, self.span)))
        return f"{self.name}({inside})" if inside else self.name


def parse(text: str) -> Number:
    """Unclear says what would be right."""
    name, arguments = split(text)
    if name not in DEFINITIONS:
        raise Unclear(
            f"{text!r} is no number; as in service_level(payments, today), with one of {', '.join(DEFINITIONS)}"
        )
    span = arguments.pop() if arguments and spans.is_named(arguments[-1]) else ""
    subject = ", ".join(arguments)
    of, _, rest = subject.partition(":")
    if of in SUBJECTS and rest:
        return Number(name, of, rest, span)
    return Number(name, "queue" if subject else "", subject, span)


def explain(books: Books, text: str, *, rows: int | None = None, days: int | None = None) -> dict[str, Any]:
    """With so many rows at most, of so many days. Unclear, a sentence, for what is no number, or not of this floor, or not for this
    reader."""
    number = parse(text)
    _check(books, number)
    is_live = number.name in LIVE
    if is_live and number.span:
        raise Unclear(f"{number.name} is a number of this moment: it has no time")
    span = Span(books.now_ms, books.now_ms, "now") if is_live else spans.parse(number.span, books.zone, books.now_ms)
    if days is not None and span.to_ms - span.from_ms > days * DAY_MS:
        raise Unclear(f"That is more than {days} days: ask for less at once")
    return told(number, _SOURCES[number.name](books, number, span), rows) | {
        "terms": _terms(books, number, span) if number.name == "service_level" else [],
        "span": span.name,
        "from_ms": span.from_ms,
        "to_ms": span.to_ms,
    }


def told(number: Number, counted: Iterable[Counted], most: int | None) -> dict[str, Any]:
    """Added up, with the first rows."""
    numerator, denominator, kept, count = 0.0, 0.0, list[dict[str, Any]](), 0
    for row, up, down in counted:
        numerator = max(numerator, up) if number.name == "longest_wait" else numerator + up
        denominator += down or 0
        count += 1
        if most is None or count <= most:
            kept.append(row | {"numerator": up, "denominator": down})
    is_count = number.name in (*COUNTS, *LIVE, "rated")
    value = numerator if is_count else share(numerator, denominator)
    return {
        "number": str(number),
        "value": None if number.name == "longest_wait" and not count else value,
        "unit": _unit(number.name),
        "numerator": numerator,
        "denominator": None if is_count else denominator,
        "definition": DEFINITIONS[number.name],
        "rows_in_all": count,
        "rows": kept,
    }


def _unit(name: str) -> str:
    if name in ("asa", "aht", "help_acknowledge", "help_arrive", "longest_wait"):
        return "s"
    return "" if name in (*COUNTS, *LIVE, "rated", "satisfaction") else "share"


def _check(books: Books, number: Number) -> None:
    if books.queues is not None and (number.of == "kind" or number.name.startswith("help")):
        raise Unclear("Help is not for this reader to see")
    if number.of and not _knows(books, number.of, number.subject):
        raise Unclear(f"There is no {number.of} {number.subject} here")
    if number.of == "queue" and number.name in _OF_PEOPLE:
        raise Unclear(f"{number.name} is of agents, teams, vendors, tenants or the site, not of a queue")


def _knows(books: Books, of: str, name: str) -> bool:
    """Of a reader of some queues, only what these queues and who works for them are of."""
    floor = books.floor
    agents = [a for a in floor.agents.values() if books.staff is None or a.agent in books.staff]
    match of:
        case "queue":
            return books.sees(name) and (name in floor.queues or books.counts(name))
        case "agent":
            return books.knows(name)
        case "kind":
            return name in get_args(HelpKind)
        case "tenant":
            return any(q.tenant == name for q in floor.queues.values() if books.sees(q.queue))
    desks = floor.desks.values()
    teams = {team_of(floor, agent) for agent in agents} | ({d.team for d in desks} if books.staff is None else set())
    teams |= floor.teams.keys() if books.staff is None else set()
    if of == "team":
        return name in teams
    return any(team.vendor == name for team in floor.teams.values() if team.team in teams)


def _terms(books: Books, number: Number, span: Span) -> list[dict[str, Any]]:
    """Of the queues that count: by what, at the end of that time."""
    queues = [number.subject] if number.of == "queue" else sorted(q for q in books.floor.queues if books.sees(q))
    terms = [books.terms(queue, min(span.to_ms - 1, books.now_ms)) for queue in queues]
    return [
        {
            "queue": t.queue,
            "variant": t.variant,
            "formula": FORMULAS[t.variant],
            "target_s": t.target_s,
            "under": t.under,
            "short_s": t.short_s,
        }
        for t in terms
        if number.of != "tenant" or books.tenant(t.queue) == number.subject
    ]


def _is_of(number: Number, whose: Whose) -> bool:
    return not number.of or getattr(whose, number.of) == number.subject


# Rows


def _contact(books: Books, stay: Stay) -> dict[str, Any]:
    return {
        "contact": stay.contact if books.queues is None else stay.label,  # its name opens a ticket's own page
        "label": stay.label,
        "queue": stay.queue,
        "agent": stay.agent,
        "outcome": stay.outcome,
        "entered_ms": stay.entered_ms,
        "wait_s": stay.wait_ms / 1000,
        "journal": [stay.from_seq, stay.to_seq or None],
    }


def _period(books: Books, period: Period) -> dict[str, Any]:
    return {
        "agent": period.agent,
        "state": period.state,
        "reason": books.reason(period.reason),
        "from_ms": period.from_ms,
        "to_ms": period.to_ms,
        "journal": [period.from_seq, None],
    }


def _help(help: HelpGiven) -> dict[str, Any]:
    return {
        "desk": help.desk,
        "agent": help.agent,
        "help": help.kind,
        "helper": help.helper,
        "from_ms": help.raised_ms,
        "to_ms": help.closed_ms,
        "journal": [help.from_seq, help.to_seq or None],
    }


# Where a number's rows come from


def _contacts(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    for stay in books.stays(span):
        if _is_of(number, books.of_contact(stay)):
            up, down = _of_contact(books, number.name, stay, min(span.to_ms - 1, books.now_ms))
            if up or down:
                yield _contact(books, stay), up, down


def _of_contact(books: Books, name: str, stay: Stay, end_ms: int) -> tuple[float, float | None]:
    terms = terms_of(books, stay)
    sums = counted(stay, terms)
    called = int(stay.channel == "ticket" and stay.outcome == "answered")
    match name:
        case "service_level":
            return level(stay, terms, books.terms(stay.queue, end_ms).variant)
        case "abandon_rate":
            return sums.abandoned, sums.offered
        case "no_show_rate":
            return sums.no_show, called
        case "asa":
            return sums.wait_answered_ms / 1000, sums.answered
    return getattr(sums, name), None


def _handling(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    for _, stay in books.handled(span):
        if _is_of(number, books.of_contact(stay)):
            yield _contact(books, stay), (stay.talk_ms + stay.hold_ms) / 1000, 1
    for period in books.wrap_ups(span):
        if _is_of(number, books.of_wrap_up(period)):
            yield _period(books, period), (period.to_ms - period.from_ms) / 1000, 0


def _cases(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    for case in books.cases(span):
        if _is_of(number, books.of_contact(case)):
            name = case.contact if books.queues is None else case.label
            row: dict[str, Any] = {"contact": name, "label": case.label, "queue": case.queue}
            row |= {"agent": case.owner, "to_ms": case.closed_ms, "journal": [case.from_seq, case.to_seq or None]}
            yield row, int(case.confirmed), 1


def _served(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    """Of which ticket a rating is, no reader learns: only how each counts, and in which interval."""
    for served in books.served(span):
        up, down = ratings.of(number.name, served)
        if (up or down) and _is_of(number, books.of_contact(served)):
            row = {"queue": served.queue, "agent": served.agent, "to_ms": interval(served.ended_ms)}
            yield row, up, down


def _time(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    for period in books.periods(span):
        spent_s = (period.to_ms - period.from_ms) / 1000
        counts = number.name == "utilisation" or period.state in (*HANDLING, "ready")
        if counts and _is_of(number, books.of_time(period)):
            yield _period(books, period), spent_s * (period.state in HANDLING), spent_s


def _helps(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    for help in books.helps(span):
        at_ms = help.acknowledged_ms if number.name == "help_acknowledge" else help.arrived_ms
        if at_ms is not None and _is_of(number, books.of_help(help)):
            yield _help(help), (at_ms - help.raised_ms) / 1000, 1


def _shifts(books: Books, number: Number, span: Span) -> Iterator[Shift]:
    past = Span(span.from_ms, min(span.to_ms, books.now_ms + 1))
    return (
        shift
        for shift in shifts(books, past)
        if (shift.parts or shift.days) and _is_of(number, books.of_shift(shift.agent, shift.periods))
    )


def _adherence(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    for shift in _shifts(books, number, span):
        for part in shift.parts:
            not_so_ms = astray_ms(books, part, shift.periods)
            if not_so_ms is not None:
                due_ms = min(part.to_ms, books.now_ms) - part.from_ms
                yield _planned(books, part), (due_ms - not_so_ms) / 1000, due_ms / 1000


def _conformance(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    for shift in _shifts(books, number, span):
        for part in shift.parts:
            if part.activity == WORK and part.from_ms < books.now_ms:
                yield _planned(books, part), 0, (min(part.to_ms, books.now_ms) - part.from_ms) / 1000
        for period in worked(books, shift):
            yield _period(books, period), (period.to_ms - period.from_ms) / 1000, 0


def _planned(books: Books, part: Planned) -> dict[str, Any]:
    activity = books.reason(part.activity)
    state = f"planned: {activity}" if activity else "planned"
    return {"agent": part.agent, "state": state, "from_ms": part.from_ms, "to_ms": part.to_ms}


def _attendance(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    for shift in _shifts(books, number, span):
        for at_ms, rostered, there in attendance(shift, books.now_ms + 1):
            if rostered:
                state = "there" if there else "missing"
                yield {"agent": shift.agent, "state": state, "from_ms": at_ms}, int(there), 1


def _now(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    """Those who wait, and those who are with an agent."""
    everybody = Span(0, EVER_MS)
    contacts = books.floor.contacts
    for stay in books.open_stays(everybody):
        contact = contacts[stay.contact]
        is_there = contact.state == "waiting" if number.name != "serving" else bool(contact.agent)
        if is_there and _is_of(number, books.of_contact(stay)):
            age_s = max(0, books.now_ms - contact.entered_ms) / 1000
            yield _contact(books, stay), age_s if number.name == "longest_wait" else 1, None


def _ready(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    floor = books.floor
    queue = floor.queues.get(number.subject) if number.of == "queue" else None
    seen = [queue] if queue else [q for q in floor.queues.values() if books.sees(q.queue)]
    for agent in floor.agents.values():
        is_ready = agent.own == "ready" and presence(floor, agent) == "ready"
        is_of = queue is not None or _is_of(number, books.of_shift(agent.agent, going_on(floor, agent, books.now_ms)))
        if is_ready and is_of and any(works_for(agent, each) for each in seen):
            row = {"agent": agent.agent, "state": "ready", "from_ms": agent.since_ms}
            yield row | {"journal": [agent.period_seq, None]}, 1, None


def _asking(books: Books, number: Number, span: Span) -> Iterator[Counted]:
    """As the boards count it."""
    for help in books.open_helps():
        if help.kind != "safety" and _is_of(number, books.of_help(help)):
            yield _help(help), 1, None


_SOURCES: dict[str, Callable[[Books, Number, Span], Iterator[Counted]]] = {
    **dict.fromkeys((*COUNTS, "service_level", "abandon_rate", "no_show_rate", "asa"), _contacts),
    "aht": _handling,
    "ownership": _cases,
    **dict.fromkeys(ratings.RATINGS, _served),
    **dict.fromkeys(("occupancy", "utilisation"), _time),
    **dict.fromkeys(("help_acknowledge", "help_arrive"), _helps),
    "adherence": _adherence,
    "conformance": _conformance,
    "attendance": _attendance,
    **dict.fromkeys(("waiting", "longest_wait", "serving"), _now),
    "ready": _ready,
    "help": _asking,
}
_OF_PEOPLE = tuple(
    name
    for name, source in _SOURCES.items()
    if source in (_time, _helps, _adherence, _conformance, _attendance, _asking)
)
assert _SOURCES.keys() == DEFINITIONS.keys()
