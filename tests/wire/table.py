"""The field table of docs/wire.md, made from wire.SHAPES; run it to bring the page up to date."""

from pathlib import Path

from edge import wire

PAGE = Path(__file__).parents[2] / "docs" / "wire.md"
BEGIN, END = "<!-- fields: made by tests/wire/table.py -->\n", "<!-- end of fields -->"


def table() -> str:
    """Markdown: one row per field of every payload, in the wire's own order."""
    rows = ["| part | field | may be null | value |", "| --- | --- | --- | --- |"]
    for part, shape in wire.SHAPES.items():
        rows += [_row(part, name, check) for name, check in shape.items()]
        for kind, more in wire.KINDS.get(part, {}).items():
            rows += [_row(f"{part}, kind {kind}", name, check) for name, check in more.items()]
        if part == "do":
            for cmd, more in wire.ORDERS.items():
                rows += [_row(f"do, cmd {cmd}", name, check) for name, check in more.items()]
    return "\n".join(rows) + "\n"


def with_table(page: str) -> str:
    """The page with its table made anew."""
    before, _, rest = page.partition(BEGIN)
    return before + BEGIN + table() + END + rest.partition(END)[2]


def _row(part: str, name: str, check: tuple) -> str:  # type: ignore[type-arg]  # a check is ("int", low, high) and the like
    return f"| `{part}` | `{name.rstrip('?')}` | {'yes' if name.endswith('?') else ''} | {_value(*check)} |"


def _value(kind: str, *limits: object) -> str:
    if kind == "int":
        return f"whole number, {limits[0]} to {limits[1]}"
    if kind == "text":
        return f"text, at most {limits[0]} characters"
    if kind == "word":
        assert isinstance(limits[0], tuple)
        return ", ".join(f"`{word}`" for word in limits[0])
    if kind == "digits":
        return f"text of {limits[0]} digits, each 1 to 5"
    if kind == "hex":
        count = str(limits[0]) if limits[0] == limits[1] else f"{limits[0]} to {limits[1]}"
        return f"text of {count} small hexadecimal digits, an even number"
    if kind == "points":
        return f"at most {limits[0]} characters, each a space or `{wire.POINT_LEAST}` to `{wire.POINT_MOST}`"
    if kind == "code":
        return f"base64 of {', '.join(map(str, list(wire.CODES)[:-1]))} or {list(wire.CODES)[-1]} characters"
    return "`true` or `false`"


if __name__ == "__main__":
    PAGE.write_text(with_table(PAGE.read_text()))
