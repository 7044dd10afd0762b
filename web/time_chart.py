"""The page of agents' time: how each paid hour divides, as a picture and as CSV."""

import csv
import io

from flask import Blueprint, Response, render_template, request
from werkzeug.exceptions import BadRequest

from edge.books.time_chart import COLUMNS, OF_NO_TIME, chart, rows, svg
from web import words
from web.numbers import names, of_books, span

time_chart = Blueprint("time", __name__)


@time_chart.get("/time")
def page() -> tuple[str, int]:
    asked = {"from": request.args.get("from", "today"), "by": request.args.get("by", "team")}
    wrong, is_any = "", False
    try:
        names(*OF_NO_TIME)
        is_any = of_books(lambda books: any(books.periods(span(books))))
    except BadRequest as bad:
        wrong = bad.description or ""
    return render_template("time.html", asked=asked, wrong=wrong, is_any=is_any), 400 if wrong else 200


@time_chart.get("/time/picture")
def picture() -> Response:
    """As SVG, or with `format=csv` as rows."""
    by = names(*OF_NO_TIME)
    if request.args.get("format") == "csv":
        text = io.StringIO()
        writer = csv.DictWriter(text, ("from", *by, *COLUMNS), lineterminator="\n")
        writer.writeheader()
        writer.writerows(of_books(lambda books: rows(books, span(books), by)))
        return Response(text.getvalue(), mimetype="text/csv")
    lang = words.language(request.args.get("lang", "en"))
    table, titles = words.table(lang), of_books(lambda books: books.floor.reasons)

    def word(segment: tuple[str, str]) -> str:
        state, reason = segment
        known = titles.get(reason)
        title = (known.title_zh if lang == "zh" else known.title) if known else ""
        return title or (table.get(f"reason.{reason}", reason) if reason else table[f"presence.{state}"])

    of = of_books(lambda books: chart(books, span(books), by))
    return Response(svg(of, f"{table['time.title']} · {of.name}", word, table["time.hours"]), mimetype="image/svg+xml")
