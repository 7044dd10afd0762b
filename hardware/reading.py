"""From how far a board's digits are read, and whether that is far enough for the place that it is made for."""

from collections.abc import Iterator

from hardware.sheet import Board, Finding

PER_HEIGHT = 200  # a digit is read from 200 times its height
PLACES = {"desk": 0.5, "counter": 2.0, "room": 5.0, "hall": 10.0}  # what is made for it is read from so many m at least


def distance_m(board: Board) -> float:
    """0 without a screen."""
    return board.reading.digit_mm * PER_HEIGHT / 1000 if board.reading else 0.0


def findings(board: Board) -> Iterator[Finding]:
    """What has a screen says how tall its largest digits are, and where it stands or hangs."""
    said, screen = board.reading, board.tables.get("screen")
    if said is None or screen is None:
        if said or screen:
            text = "there is no screen that is read" if said else "must say digit_mm and place, since there is a screen"
            yield Finding(board.file, "reading", text)
        return
    pitch_um = max(
        (board.kind(part).pitch_um for part in board.known if board.kind(part).driver == "screen"), default=0
    )
    tall_mm, far_m = screen["height"] * pitch_um // 1000, distance_m(board)
    if said.place not in PLACES:
        yield Finding(board.file, "reading.place", f"must be one of {', '.join(PLACES)}, not {said.place!r}")
    elif not 0 < said.digit_mm <= tall_mm:
        text = f"must be 1 to {tall_mm}, since its picture is {tall_mm} mm high, not {said.digit_mm}"
        yield Finding(board.file, "reading.digit_mm", text)
    elif far_m < PLACES[said.place]:
        text = (
            f"digits of {said.digit_mm} mm are read from {far_m:g} m, and a {said.place} wants {PLACES[said.place]:g} m"
        )
        yield Finding(board.file, "reading.place", text)
