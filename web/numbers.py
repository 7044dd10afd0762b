"""Numbers of the API, from the books: what stands behind one, reports, the agents' time; each reader's own."""

from collections.abc import Callable
from typing import Any, TypeVar

from flask import abort, current_app, request

from edge.books import Books, Wanted, Whose
from edge.books.explain import explain
from edge.books.reports import report
from edge.books.time_chart import OF_NO_TIME, rows
from edge.figures import VARIANTS
from edge.rights import OWN
from edge.spans import EVERY, Span, Unclear, parse
from web import guard

DAYS_MAX = 92
BUSY_S = 15.0  # that one waits for another's report
DAY_MS = 24 * 3600 * 1000
ASKED = ("from", "by", "every")
WANTED = ("target_s", "under", "short_s", "variant")

Seen = TypeVar("Seen")


def see_number() -> Any:
    """`number` is as on a board; `rows` says how many to give."""
    args = _args("number", "rows", *WANTED)
    most = _count("rows")
    return of_books(lambda books: explain(books, args.get("number", ""), rows=most, days=DAYS_MAX))


def see_report() -> Any:
    """`from` a time or a range of days, `by` names with commas, `every` part of it; terms count it anew."""
    _args(*ASKED, *WANTED)
    by, every = names(), _every("")
    return of_books(lambda books: {"from": span(books).name, "rows": report(books, span(books), every, by)})


def see_time_chart() -> Any:
    _args(*ASKED)
    by, every = names(*OF_NO_TIME), _every("hour")
    return of_books(lambda books: {"from": span(books).name, "rows": rows(books, span(books), by, every)})


def of_books(view: Callable[[Books], Seen]) -> Seen:
    """What `view` makes of the books of whoever asks; 400 with a sentence for what is no number or no time."""
    who, args = guard.asker(), request.args
    queues = frozenset(who.queues) if who and guard.may("figures") == OWN else None
    if args.get("variant", VARIANTS[0]) not in VARIANTS:
        abort(400, f"There is no variant {args['variant']}: there are {', '.join(VARIANTS)}.")
    wanted = Wanted(_count("target_s"), _count("short_s"), args.get("variant", ""), _truth("under"))
    house = current_app.extensions["house"]
    if not house.reading.acquire(timeout=BUSY_S):
        abort(503, "Another report is being made: ask again.")
    try:
        seen = house.pictures.books(view, queues, wanted)
    except Unclear as error:
        abort(400, f"{error}.")
    finally:
        house.reading.release()
    return abort(503, "There is no journal yet.") if seen is None else seen


def span(books: Books) -> Span:
    """Unclear if it is none, or too long for a page to wait for."""
    found = parse(request.args.get("from", "today"), books.zone, books.now_ms)
    if found.to_ms - found.from_ms > DAYS_MAX * DAY_MS:
        raise Unclear(f"That is more than {DAYS_MAX} days: ask for less at once")
    return found


def names(*never: str) -> tuple[str, ...]:
    by = tuple(filter(None, request.args.get("by", "").split(",")))
    known = [name for name in Whose._fields if name not in never]
    if wrong := next((name for name in by if name not in known), ""):
        abort(400, f"There is no {wrong} to go by: there are {', '.join(known)}.")
    return by


def _every(usual: str) -> str:
    every = request.args.get("every", usual)
    if every not in ("", *EVERY):
        abort(400, f"There is no part {every}: there are {', '.join(EVERY)}.")
    return every


def _count(name: str) -> int | None:
    text = request.args.get(name)
    if text is not None and not (text.isdecimal() and len(text) < 9):
        abort(400, f"{name} is a whole number.")
    return None if text is None else int(text)


def _truth(name: str) -> bool | None:
    text = request.args.get(name)
    if text not in (None, "true", "false"):
        abort(400, f"{name} is true or false.")
    return None if text is None else text == "true"


def _args(*known: str) -> Any:
    if wrong := next((name for name in request.args if name not in known), ""):
        abort(400, f"There is no field {wrong} here.")
    return request.args
