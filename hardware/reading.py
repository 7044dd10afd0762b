"""From how far a board's digits are read, and whether that is far enough for the place that it is made for."""

from collections.abc import Iterator
from math import ceil

from hardware.form import Finding
from hardware.sheet import Board

PER_HEIGHT = 200  # a digit is read from 200 times its height
PLACES = {"desk": 0.5, "counter": 2.0, "room": 5.0, "hall": 10.0}  # what is made for it is read from so many m at least


def distance_m(board: Board) -> float:
    """0 without a screen."""
    return board.reading.digit_mm * PER_HEIGHT / 1000 if board.reading else 0.0


def findings(board: Board) -> Iterator[Finding]:
    """What has a screen says how tall its largest digits are, and where it stands or hangs."""
    said, screen = board.reading, board.tables.get("screen")
    if said is None or screen is None:
        if said:
            yield board.finding("reading", "there is no screen that is read", "Take this table away")
        elif screen:
            remedy = 'Add [reading] with digit_mm = …, and place = "desk", "counter", "room" or "hall"'
            yield board.finding("screen", "nothing says from how far it is read", remedy)
        return
    pitch_um = max(
        (board.kind(part).pitch_um for part in board.known if board.kind(part).driver == "screen"), default=0
    )
    tall_mm, far_m = screen.get("height", 0) * pitch_um // 1000, distance_m(board)
    most = f"Write digit_mm = {ceil(PLACES.get(said.place, 0) * 1000 / PER_HEIGHT)} or more"
    if said.place not in PLACES:
        yield board.finding("reading.place", f"no place {said.place!r}", f"There are {', '.join(PLACES)}")
    elif tall_mm > 0 and not 0 < said.digit_mm <= tall_mm:
        text = f"is {said.digit_mm}, and its picture is {tall_mm} mm high"
        yield board.finding("reading.digit_mm", text, f"Write 1 to {tall_mm}, as measured")
    elif far_m < PLACES[said.place]:
        near = [place for place, m in PLACES.items() if m <= far_m]
        text = (
            f"digits of {said.digit_mm} mm are read from {far_m:g} m, and a {said.place} wants {PLACES[said.place]:g} m"
        )
        instead = f"{most} and show them so" + (f', or place = "{near[-1]}"' if near else "")
        yield board.finding("reading.place", text, instead)
