"""Font files: what flash/fonts.py makes, the firmware reads on MicroPython, glyph by glyph; and what it says of a broken one."""

import hashlib
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from edge import parts
from edge.commands import boards
from flash import fonts, tree
from flash import small as one_row

ROOT = Path(__file__).parents[2]
TREE_MAX_KB = 300  # of one slot
FLASH_KB = 2_048
ALIKE = ("ÐĐ", "“”", '"“', '"”', "-–", "i¡")  # pairs that eight rows cannot tell apart
DIGEST = """
import font, hashlib
f = font.Font(PATH)
made = hashlib.sha256()
for code in CODES:
    width, bits = f.glyph(code)
    made.update(bytes((width,)))
    made.update(bits)
give([f.height, made.digest().hex()])
"""


@pytest.fixture(scope="session")
def sources() -> fonts.Sources:
    return fonts.Sources(parts.font(), parts.font(parts.PIXELS))


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A flash's root with the fonts of a picture."""
    root = tmp_path_factory.mktemp("root")
    boards.put(boards.faces(tree.read_board("wallboard")), root)
    return root / "fonts"


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A font of three letters, of which every byte is known."""
    path = tmp_path / "fonts" / "small.fbf"
    path.parent.mkdir()
    path.write_bytes(fonts.pack(10, {"A": (6, bytes(10)), "é": (9, b"\xaa\x80" * 10), "陈": (10, b"\xff\xc0" * 10)}))
    return path


@pytest.mark.parametrize("height", [16, 24])
def test_every_character_is_read_as_it_was_drawn(
    run_micropython: Callable[..., Any], folder: Path, sources: fonts.Sources, height: int
) -> None:
    glyphs = fonts.text(height, sources)
    hanzi = [c for c in fonts.gb2312() if "\u4e00" <= c <= "\u9fff"]
    assert len(hanzi) == 6763
    assert set(fonts.gb2312()) | set(fonts.latin()) <= set(glyphs)
    made = hashlib.sha256()
    for c in sorted(glyphs):
        made.update(bytes((glyphs[c][0],)) + glyphs[c][1])
    read = run_micropython(DIGEST, PATH=str(folder / f"text{height}.fbf"), CODES=sorted(map(ord, glyphs)))
    assert read == [height, made.hexdigest()]


def test_numerals_fill_their_height(sources: fonts.Sources) -> None:
    for height in fonts.BIG_HEIGHTS:
        glyphs = fonts.numerals(height, sources)
        row = (glyphs["8"][0] + 7) // 8
        lines = [glyphs["8"][1][i : i + row] for i in range(0, height * row, row)]
        empty = sum(not any(line) for line in lines)
        assert empty <= 1 + height // 40, height
        assert {glyphs[c][0] for c in "0123456789"} == {glyphs["0"][0]}, "a number that counts must not move"
        assert all(len(bits) == height * ((width + 7) // 8) for width, bits in glyphs.values())


def test_a_row_of_leds_has_a_face_of_its_own() -> None:
    glyphs = one_row.glyphs(fonts.latin())
    names = "ÄÖÜäöüßÅåÆæØøÉéÈèÊêËëÇçÑñŁłŻżŹźŚśĆćŃńÓóĄąĘęŠšČčŽžŘřĚěŮůŐőŰűĞğŞşİıŢţĂăĀāĒēĪīŪū"
    assert set(map(chr, range(0x20, 0x7F))) | set(names) | set("–…→←°€") <= set(glyphs)
    assert {glyphs[c][0] for c in "0123456789"} == {6}
    assert all(len(bits) == 8 and 2 <= width <= 6 for width, bits in glyphs.values())
    alike = [(a, b) for a in glyphs for b in glyphs if a < b and glyphs[a] == glyphs[b] and a + b not in ALIKE]
    assert alike == []


def test_what_fits_a_screen_is_wanted() -> None:
    assert fonts.wanted({}) == []
    for size, names in (
        ((64, 8), ["text8"]),
        ((64, 16), ["text8", "text16", "big16"]),
        ((128, 64), ["text8", "text16", "text24", "big16", "big32", "big40", "big48", "big64"]),
    ):
        assert fonts.wanted({"screen": {"width": size[0], "height": size[1]}}) == names
    screen = {"width": 320, "height": 240}
    largest = [fonts.wanted({"role": role, "screen": screen})[-1] for role in ("wallboard", "dispenser")]
    assert largest == ["big192", "big96"], "no line of a dispenser fills its picture"


FOUND = """
import font
f = font.Font(PATH)
give([[f.has(code), f.glyph(code)[0], list(f.glyph(code)[1])] for code in CODES])
give([f.has("A"), f.width("Aé陈x"), font.codes("Aé陈\\U0001f600")])
"""


def test_the_search_at_its_ends(run_micropython: Callable[..., Any], small: Path) -> None:
    box = [False, 5, [0, 0xF0, *[0x90] * 6, 0xF0, 0]]
    missing = [0, ord("A") - 1, ord("B"), ord("é") + 1, ord("陈") - 1, ord("陈") + 1, 0xFFFF, 0x1F600]
    codes = [*map(ord, "Aé陈"), *missing]
    glyphs, rest = run_micropython(FOUND, PATH=str(small), CODES=codes)
    there = [[True, 6, [0] * 10], [True, 9, [0xAA, 0x80] * 10], [True, 10, [0xFF, 0xC0] * 10]]
    assert glyphs == there + [box] * len(missing)
    assert rest == [True, 6 + 9 + 10 + 5, [0x41, 0xE9, 0x9648, 0x1F600]]


BLOCKS = """
import font
f = font.Font(PATH)
give([code for code in range(600) if f.has(code) and list(f.glyph(code)[1]) == [code % 251]])
"""


@pytest.mark.parametrize("count", [1, 127, 128, 129, 256, 257])
def test_blocks_that_are_full_and_begun(run_micropython: Callable[..., Any], tmp_path: Path, count: int) -> None:
    codes = [2 * i + 1 for i in range(count)]
    path = tmp_path / "x.fbf"
    path.write_bytes(fonts.pack(1, {chr(code): (8, bytes((code % 251,))) for code in codes}))
    assert run_micropython(BLOCKS, PATH=str(path)) == codes


OPEN = """
import font
faces = font.Faces(FOLDER)
give([[each.height for each in faces.fonts], faces.faults, faces.best("A", 100, 100).height])
"""


def broken(data: bytes) -> dict[str, bytes]:
    flips = {f"bit at {at}": data[:at] + bytes((data[at] ^ 4,)) + data[at + 1 :] for at in range(24 + 5 + 3 * 3)}
    cuts = {f"cut at {at}": data[:at] for at in (0, 1, 3, 4, 23, 24, 30, 37, 38, len(data) - 1)}
    return flips | cuts | {"longer": data + b"x", "text": b"no font at all, but long enough", "zeros": bytes(100)}


def test_a_broken_font_is_left_out_with_a_sentence(run_micropython: Callable[..., Any], small: Path) -> None:
    cases = broken(small.read_bytes())
    small.unlink()
    for name, data in cases.items():
        (small.parent / f"{name}.fbf").write_bytes(data)
    heights, faults, best = run_micropython(OPEN, FOLDER=str(small.parent))
    assert (heights, best) == ([8], 8), "the plain face is always there"
    assert len(faults) == len(cases)
    for name in cases:
        [said] = [fault for fault in faults if f"/{name}.fbf " in fault]
        assert said.endswith((" is not whole.", " is no font.")), said


def test_a_folder_that_is_not_there(run_micropython: Callable[..., Any], tmp_path: Path) -> None:
    assert run_micropython(OPEN, FOLDER=str(tmp_path / "none")) == [[8], [], 8]
    (tmp_path / "gone.fbf").mkdir()
    assert run_micropython(OPEN, FOLDER=str(tmp_path)) == [
        [8],
        [f"The font {tmp_path}/gone.fbf cannot be read."],
        8,
    ]


FAILS = """
import font
f = font.Font(PATH)
class Dead:
    def seek(self, *at): raise OSError(5)
f._store.open = lambda path: Dead()
give([f.has("A"), f.width("A"), f.glyph("A")[0]])
"""


def test_a_flash_that_fails_later_gives_boxes(run_micropython: Callable[..., Any], small: Path) -> None:
    assert run_micropython(FAILS, PATH=str(small)) == [False, 5, 5]


BEST = """
import font
faces = font.Faces(FOLDER)
give([faces.best(*each).height for each in CASES])
"""


def test_of_two_heights_alike_the_larger_letters_come_first(
    run_micropython: Callable[..., Any], tmp_path: Path
) -> None:
    boards.put(boards.faces(tree.read_board("wallboard-led-16")), tmp_path)
    code = BEST.replace(".height for", ".width(each[0]) for")
    cases = [("42", 64, 16), ("等待", 64, 16), ("Waiting", 64, 16), ("Waiting line", 64, 8)]
    big, hanzi, words, row = run_micropython(code, FOLDER=str(tmp_path / "fonts"), CASES=cases)
    assert (big, hanzi) == (24, 32)
    assert words < 64
    assert row < 64


@pytest.mark.parametrize(
    ("string", "width", "height", "best"),
    [
        ("42", 310, 200, 192),
        ("42", 310, 150, 128),
        ("A012", 310, 200, 96),
        ("12:34", 150, 100, 40),
        ("95%", 320, 240, 96),
        ("正在服务", 100, 50, 24),
        ("正在服务", 90, 50, 16),
        ("正在服务", 10, 50, 16),  # fits nowhere: the caller scrolls it
        ("Ärger", 100, 50, 24),
        ("long enough to fit nowhere", 30, 30, 16),
        ("龘", 96, 100, 96),  # no font has it, so the largest box that fits
        ("", 10, 10, 16),
    ],
)
def test_the_best_font(
    run_micropython: Callable[..., Any], folder: Path, string: str, width: int, height: int, best: int
) -> None:
    assert run_micropython(BEST, FOLDER=str(folder), CASES=[(string, width, height)]) == [best]


HEAP = """
import gc
class Counting:
    reads = 0
    def __init__(self, file): self.file = file
    def seek(self, at): return self.file.seek(at)
    def readinto(self, into):
        Counting.reads += 1
        return self.file.readinto(into)
len(TEXT)
gc.collect(); start = gc.mem_alloc()
import font
gc.collect(); code = gc.mem_alloc()
faces = font.Faces(FOLDER)
gc.collect(); opened = gc.mem_alloc()
for face in faces.fonts:
    face.glyph("0")
gc.collect(); used = gc.mem_alloc()
text = faces.fonts[0]
text._store.file = Counting(text._store.file)
most = 0
for code_ in HANZI:
    before = Counting.reads
    text.glyph(code_)
    most = max(most, Counting.reads - before)
Counting.reads = 0
text.glyph(HANZI[-1])
again = Counting.reads
assert text.width(TEXT) == 16 * len(HANZI)
gc.collect(); after = gc.mem_alloc()
give({"code": code - start, "opened": opened - code, "used": used - opened, "grown": after - used, "reads": most,
      "again": again})
"""


def test_heap_and_reads(run_micropython: Callable[..., Any], folder: Path) -> None:
    """All twelve faces of a picture open and used, then each hanzi read once; of none does anything stay."""
    hanzi = [c for c in fonts.gb2312() if "\u4e00" <= c <= "\u9fff"]
    found = run_micropython(HEAP, FOLDER=str(folder), HANZI=list(map(ord, hanzi)), TEXT="".join(hanzi))
    assert found["reads"] == 2
    assert found["again"] == 0
    assert found["grown"] < 1024, found
    assert found["code"] + found["opened"] + found["used"] < 20_000, found


def test_the_fonts_fit_beside_two_slots(folder: Path) -> None:
    for name in tree.boards():
        facts = tomllib.loads((ROOT / "hardware" / "boards" / f"{name}.toml").read_text(encoding="utf-8"))
        kb = sum(len(content) for content in boards.faces(facts).values()) // 1024
        assert kb + 2 * TREE_MAX_KB < FLASH_KB, (name, kb)
        assert kb == 0 or facts["role"] != "desk" or "screen" in facts


def test_the_same_fonts_give_the_same_bytes(sources: fonts.Sources, folder: Path, tmp_path: Path) -> None:
    facts = {"screen": {"width": 64, "height": 16}}
    first = fonts.of_board(facts, sources, tmp_path / "one")
    assert first == fonts.of_board(facts, sources, tmp_path / "two") == fonts.of_board(facts, sources, tmp_path / "one")
    assert first["fonts/text16.fbf"] == (folder / "text16.fbf").read_bytes()
