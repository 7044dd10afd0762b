"""The lamp's pictures: all told apart by which pixels are lit alone, and read back as what they were made from."""

from itertools import product

import pytest

from edge import wire
from hardware.virtual.reading import View, confirmed, lamp, read

CODE_BEAT = (lamp.CODE_OF - 2) * lamp.LOST_BEATS  # the first that says why the edge is lost


def lit(pixels: tuple[tuple[int, int, int], ...]) -> str:
    return "".join("#" if any(pixel) else "." for pixel in pixels)


def states() -> dict[tuple[object, ...], str]:
    """Every state of the lamp that must be told apart, by shape."""
    shapes = {}
    for presence, help, pending in product(wire.PRESENCES, wire.HELP, (False, True)):
        shapes["shows", presence, help, pending] = lit(lamp.pattern(presence, help, pending, False, "done", 0, 0))
    for presence, help, pending in product(wire.PRESENCES, wire.HELP, (False, True)):
        pixels = lamp.pattern(presence, help, pending, False, "done", 0, 0)
        shapes["stuck", help, pending] = lit(lamp.stuck(pixels))
    for digits, help in product(range(1, wire.PIN_DIGITS), wire.HELP):
        shapes["digits", digits, help] = lit(lamp.pattern("signed_out", help, False, False, "none", digits, 0))
    for beat, pending in product((0, 2), (False, True)):
        shapes["lost", beat, pending] = lit(lamp.pattern("ready", "raised", pending, True, "refused", 3, beat))
    for (code, words), pending in product(lamp.CODES, (False, True)):
        trouble = words.split(", ")[0]
        shapes["lost", code, pending] = lit(
            lamp.pattern("ready", "raised", pending, True, "none", 3, CODE_BEAT, trouble)
        )
    for help, pending, beat in product(wire.HELP, (False, True), (0, 1)):
        shapes["no", help, pending, beat] = lit(lamp.pattern("ready", help, pending, False, "expired", 0, beat))
    return shapes


def test_no_two_states_light_the_same_pixels() -> None:
    shapes = states()
    assert len(set(shapes.values())) == len(shapes)
    assert len({lit(lamp.identify(0)), lit(lamp.identify(1)), *shapes.values()}) == len(shapes) + 2


def test_pictures_are_read_back() -> None:
    for presence, help, pending in product(wire.PRESENCES, wire.HELP, (False, True)):
        pixels = lamp.pattern(presence, help, pending, False, "none", 0, 0)
        assert read(pixels) == View(presence, help, pending, False, False, 0)
        assert confirmed(pixels) == (None if pending else presence)
    for digits in range(1, wire.PIN_DIGITS):
        pixels = lamp.pattern("signed_out", "none", False, False, "none", digits, 0)
        assert read(pixels) == View("signed_out", "none", False, False, False, digits)
        assert confirmed(pixels) is None
    for beat in range(8):
        pixels = lamp.pattern("ready", "raised", False, True, "none", 0, beat)
        assert read(pixels) == View(None, None, False, True, False, 0)
        assert confirmed(pixels) is None
        assert read(lamp.pattern("ready", "none", False, False, "refused", 0, beat)).no
        assert read(lamp.identify(beat)) is None


def test_a_stuck_key_is_read_back() -> None:
    view = read(lamp.stuck(lamp.pattern("ready", "raised", True, False, "none", 0, 0)))
    assert view == View(None, "raised", True, False, False, 0, stuck=True)


def test_why_it_is_lost_stands_a_quarter_of_the_time() -> None:
    for words in [words for _, words in lamp.CODES]:
        for word in words.split(", "):
            views = [read(lamp.pattern("ready", "none", False, True, "none", 0, beat, word)) for beat in range(32)]
            assert all(view and view.lost and view.presence is None for view in views)
            said = {beat: view.trouble for beat, view in enumerate(views) if view and view.trouble}
            assert said == dict.fromkeys([*range(12, 16), *range(28, 32)], words)


def test_lost_blinks_at_one_hertz_and_nothing_else_blinks() -> None:
    frames = [lit(lamp.pattern("ready", "none", False, True, "none", 0, beat)) for beat in range(8)]
    assert len(set(frames)) == 2
    assert frames[0] == frames[1] != frames[2] == frames[3] and frames[:4] == frames[4:]
    assert 2 * lamp.LOST_BEATS * lamp.BEAT_MS == 1000
    for presence in wire.PRESENCES:
        assert len({lamp.pattern(presence, "raised", True, False, "done", 0, beat) for beat in range(8)}) == 1


def test_the_words_are_the_wires() -> None:
    assert tuple(lamp.SHAPES) == wire.PRESENCES
    assert tuple(lamp.HELP) == wire.HELP
    assert len(lamp.DIGITS) == wire.PIN_DIGITS
    pixels = [pixel for shape, colour in lamp.SHAPES.values() for pixel in colour]
    assert max(pixels) <= 64


# What a pixel looks like to an eye that lacks one sort of cone (Viénot, Brettel and Mollon, 1999, for the first two; for the third
# Brettel, Viénot and Mollon, 1997, on the side of its plane where our blues lie), on linear red, green and blue.
BLIND = {
    "protanopia": ((0.112, 0.885, -0.0005), (0.112, 0.885, -0.0005), (0.0045, -0.0045, 1.0)),
    "deuteranopia": ((0.292, 0.705, -0.0003), (0.292, 0.705, -0.0003), (-0.0223, 0.0223, 1.0)),
    "tritanopia": ((1.0102, 0.1352, -0.1454), (0.0, 0.8613, 0.1387), (0.0, 0.3785, 0.6215)),
}
LUMINANCE = (0.2126, 0.7152, 0.0722)
SEEN_MIN = (
    3.0  # of 255: an LED beside one that is off is seen from far less, and this is a quarter of the dimmest white
)


@pytest.mark.parametrize("eye", BLIND)
def test_whoever_sees_no_red_green_or_blue_sees_the_same_shapes(eye: str) -> None:
    """Every pixel that is lit is seen as lit; and by that alone all states are told apart (the test above)."""
    colours = {
        pixel
        for presence, help, pending in product(wire.PRESENCES, wire.HELP, (False, True))
        for pixel in lamp.pattern(presence, help, pending, False, "none", 0, 0)
        if any(pixel)
    }
    for beat in (0, 2):
        colours |= {pixel for pixel in lamp.pattern("ready", "none", False, True, "none", 0, beat) if any(pixel)}
        colours |= {pixel for pixel in lamp.pattern("ready", "none", False, False, "refused", 0, beat) if any(pixel)}
    colours |= {pixel for pixel in lamp.stuck(lamp.pattern("ready", "none", False, False, "none", 0, 0)) if any(pixel)}
    for colour in colours:
        seen = [sum(a * b for a, b in zip(row, colour, strict=True)) for row in BLIND[eye]]
        assert sum(max(0.0, a) * b for a, b in zip(seen, LUMINANCE, strict=True)) >= SEEN_MIN, (colour, seen)
