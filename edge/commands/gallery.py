"""`floorboard hardware gallery`: pictures of every tile, size and language, made by the real firmware from its bytes on the bus."""

import argparse
import time
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from edge import parts
from edge.commands import Stop, scenes, signs
from edge.commands.bench.stand import Played, Silent, Stand
from flash import tree
from hardware import sheet
from hardware.virtual import Board

FOLDER = Path(__file__).parents[2] / "docs" / "gallery"
PAGE = "README.md"
PRELUDE = "import wire; wire.BEAT_LOST_MS = 600_000"  # a picture may take its time on a slow day
ROW_WIDTH = 384  # of the picture of LEDs
GAP, TEXT = 8, 14
GROUND, INK = (236, 238, 241), (40, 46, 54)
COLOURS = 64  # of a picture: few, so that the files are small
HEAP_KB = 160
QUIET_S = 0.04


def boards() -> list[str]:
    """Those with a screen."""
    return [name for name in sheet.boards() if "screen" in tree.read_board(name)]


def run(args: argparse.Namespace) -> int:
    names = [args.board] if args.board else boards()
    if unknown := set(names) - set(boards()):
        raise Stop(f"No board {unknown.pop()!r} with pictures; there are {', '.join(boards())}.")
    args.out.mkdir(parents=True, exist_ok=True)
    with Stand(names) as stand:
        for name in names:
            try:
                picture = _board(stand, name)
            except Silent as silent:
                raise Stop(f"{name}: {silent}") from silent
            target = args.out / f"{name}.png"
            picture.quantize(COLOURS, dither=Image.Dither.NONE).save(target, optimize=True)
            print(target)
    if not args.board:
        for target in signs.write(args.out):
            print(target)
        (args.out / PAGE).write_text(page(), encoding="utf-8")
    return 0


def page() -> str:
    """The page of all boards, as Markdown."""
    lines = [
        "# Gallery",
        "",
        "Every kind of tile and every role, on each board, in English and Chinese: drawn by the real firmware on virtual boards,",
        "read back from the bytes on their display bus. `floorboard hardware gallery` makes it anew.",
    ]
    for name in boards():
        facts = tree.read_board(name)
        lines += [
            "",
            f"## {facts['title']} ({facts['screen']['width']}×{facts['screen']['height']})",
            "",
            f"![{name}]({name}.png)",
        ]
    for name, title in signs.PICTURES.items():
        lines += ["", f"## {title}", "", f"![{name}]({name}.png)"]
    return "\n".join(lines) + "\n"


def _board(stand: Stand, name: str) -> Image.Image:
    """All its scenes, the languages beside each other."""
    board = stand.board(name, name, heap_kb=HEAP_KB, prelude=PRELUDE)
    columns: list[list[tuple[str, Image.Image]]] = []
    with Played(stand, board) as edge:
        edge.greet()
        for lang in scenes.LANGS:
            made = scenes.ROLES[board.hardware["role"]]
            height = board.hardware["screen"]["height"]
            columns.append([picture for scene in made(lang, height < 24) for picture in _scene(stand, edge, scene)])
    return _sheet(columns)


def _scene(stand: Stand, edge: Played, scene: scenes.Scene) -> list[tuple[str, Image.Image]]:
    rev, before = 0, edge.events
    for key in scene.keys:
        edge.board.press(key)
        time.sleep(QUIET_S)
    if scene.keys and scene.views:
        edge.wait_events(before + 1)
    for part, fields in scene.views:
        boot, seq = edge.event
        rev = edge.show(part, {**fields, "boot": boot, "seq": seq} if "seq" in fields else fields)
    if rev:
        edge.wait_shown(rev)
    if scene.is_lost:
        stand.go()
    began = time.monotonic()
    found: list[tuple[str, Image.Image]] = []
    for number, at_s in enumerate(scene.at_s):
        time.sleep(max(0.0, began + at_s - time.monotonic()))
        picture = _picture(edge.board)
        if not found or picture.tobytes() != found[-1][1].tobytes():
            found.append((scene.name if number == 0 else f"after {at_s:g} s", picture))
    if scene.is_lost:
        stand.come()
    return found


def _picture(board: Board) -> Image.Image:
    screen = board.screen
    assert screen
    end = time.monotonic() + 1
    while (
        time.monotonic() - screen.seen_at < QUIET_S and time.monotonic() < end
    ):  # the bus is a socket: what is drawn is read later
        time.sleep(QUIET_S / 10)
    image = screen.image().convert("RGB")
    if screen.height < 24:
        image = image.resize((ROW_WIDTH, ROW_WIDTH * image.height // image.width), Image.Resampling.LANCZOS)
    return image


def _sheet(columns: list[list[tuple[str, Image.Image]]]) -> Image.Image:
    font = ImageFont.truetype(str(parts.font()), TEXT)
    width = max(image.width for column in columns for _, image in column)
    rows = max(map(len, columns))
    height = max(image.height for column in columns for _, image in column)
    across = 2 if width <= ROW_WIDTH else 1  # of a language
    down = -(-rows // across)
    cell_width, cell_height = width + GAP, height + TEXT + 2 * GAP
    drawn = Image.new("RGB", (len(columns) * across * cell_width + GAP, down * cell_height + GAP), GROUND)
    pen = ImageDraw.Draw(drawn)
    for number, column in enumerate(columns):
        for i, (name, image) in enumerate(column):
            x = GAP + (number * across + i % across) * cell_width
            y = GAP + i // across * cell_height
            pen.text((x, y), name, INK, font)
            drawn.paste(image, (x, y + TEXT + GAP // 2))
    return drawn
