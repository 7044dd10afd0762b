"""What a desk unit's lamp says, safe mode's screen, a sticker: made by the real firmware and programs, for docs/technician.md."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from PIL import Image, ImageDraw, ImageFont

from edge import parts
from edge.commands import boards
from edge.commands.bench.stand import UP_S, Played, Stand
from flash import filesystem, label
from hardware.virtual import Board, air

BOARD, SCREEN = "desk-unit", "wallboard"  # whose lamp, and whose screen
PICTURES = {"lamp": "What a desk unit's lamp says", "safe-mode": "A screen in safe mode", "label": "A device's sticker"}
STRANGER = "stranger"  # a device that the broker does not know
STILL_S, BLINK_S = 1.2, 4.6  # how long a state is looked at: what blinks has its rare half then
SETTLED_S, LOOK_S = 0.3, 0.02
FRAMES_MAX = 4
SAFE = {"boot": 6, "slot": "a", "fails": 6, "trial": 0, "said": ""}
NONE: dict[str, Any] = {"help": "none", "age_s": None, "boot": 0, "seq": 0, "verdict": "none", "why": "", "number": ""}
CELL, GAP, TEXT = 22, 10, 16  # pixels
LEVEL_MAX = 64  # of the firmware; an eye sees the square root
GROUND, INK, BODY, OFF = (236, 238, 241), (40, 46, 54), (28, 31, 36), (52, 57, 64)

Frame = tuple[tuple[int, int, int], ...]


class Sign(NamedTuple):
    """What it means, and the lamp's pictures that take turns."""

    en: str
    zh: str
    frames: list[Frame]


PRESENCES = (
    ("signed_out", "Signed out: type the PIN", "未签到：请输入密码"),
    ("ready", "Ready", "就绪"),
    ("called", "Called: somebody is on the way", "已呼叫：客户正在前来"),
    ("serving", "Serving", "服务中"),
    ("hold", "Hold", "保持"),
    ("wrap_up", "Wrap-up", "事后处理"),
    ("not_ready", "Not ready", "未就绪"),
)
HELPS = (
    ("raised", "Help is asked for", "已请求帮助"),
    ("acknowledged", "Somebody has heard", "有人已回应"),
    ("arrived", "Somebody is there", "有人已到场"),
)


def names() -> list[str]:
    """The devices that a stand must let in."""
    return [BOARD, SCREEN, f"safe-{BOARD}"]


def signs(stand: Stand) -> list[Sign]:
    return [*_online(stand), *_away(stand), *_safe(stand)]


def _online(stand: Stand) -> Iterator[Sign]:
    board = stand.board(BOARD, BOARD)
    with Played(stand, board) as edge:
        edge.greet()
        for presence, en, zh in PRESENCES:
            yield _shown(edge, en, zh, presence=presence)
        for help, en, zh in HELPS:
            yield _shown(edge, en, zh, presence="serving", help=help)
        board.press("next")
        edge.wait_events(1)
        boot, seq = edge.event
        fields = {"presence": "ready", "verdict": "refused", "why": "No.", "boot": boot, "seq": seq}
        yield _shown(edge, "No: it was refused", "不行：请求被拒绝", **fields)
        stand.say(BOARD, "do", {"id": "1", "cmd": "identify"})
        time.sleep(STILL_S)
        yield Sign("Identify: this is the one", "识别：就是这台", _frames(board, STILL_S))
    board = stand.board(BOARD, BOARD)
    with Played(stand, board) as edge:
        edge.greet()
        stand.go()
        board.wait_lamp(lambda view: view.lost, UP_S)
        yield Sign("The edge is lost; a press is kept", "与边缘控制器失去联系；按键会保存", _frames(board, STILL_S))
        stand.come()


def _shown(edge: Played, en: str, zh: str, **fields: Any) -> Sign:
    rev = edge.show("show/lamp", {**NONE, "lang": "en", **fields})
    edge.wait_shown(rev)
    time.sleep(SETTLED_S)
    return Sign(en, zh, _frames(edge.board, STILL_S))


def _away(stand: Stand) -> Iterator[Sign]:
    """Lost, and the code that says why: what it was told of its way is not so."""
    faults: dict[tuple[str, str, str], dict[str, Any]] = {
        ("no network", "… no network: is the access point on?", "……没有网络：接入点开着吗？"): {"points": []},
        ("wifi password", "… the Wi-Fi's password is wrong", "……Wi-Fi 密码不对"): {
            "points": [air.Point(air.NAME, "another")]
        },
        ("no broker", "… no broker there: broker.host, port", "……找不到 MQTT 服务器：检查 broker.host 和端口"): {
            "port": 9
        },
        ("refused", "… not known there: provision it again", "……不被识别：请重新配置"): {"name": STRANGER},
    }
    for (words, en, zh), fault in faults.items():
        board = stand.board(fault.get("name", BOARD), BOARD)
        board.air.points = fault.get("points", board.air.points)
        if "port" in fault:
            _change(board, "device.json", {"port": fault["port"]})
        board.power_on()
        board.wait_console("No way to the edge: " + words, 2 * UP_S)
        frames = _frames(board, BLINK_S)
        board.power_off()
        yield Sign(en, zh, frames[-1:])


def _safe(stand: Stand) -> Iterator[Sign]:
    board = stand.board(f"safe-{BOARD}", BOARD)
    _change(board, "boot.json", SAFE)
    with Played(stand, board):
        board.power_on()
        board.wait_lamp(lambda view: bool(board.lamp and board.lamp[0] != (0, 0, 0)), UP_S)
        yield Sign("Safe mode: it waits for new firmware", "安全模式：等待新固件", _frames(board, STILL_S))


def safe_screen(stand: Stand) -> Image.Image:
    board = stand.board(SCREEN, SCREEN)
    _change(board, "boot.json", SAFE)
    with Played(stand, board):
        board.power_on()
        board.wait_screen(lambda screen: screen.rev > 0, UP_S)
        time.sleep(STILL_S)
        assert board.screen
        return board.screen.image().convert("RGB")


def _change(board: Board, name: str, fields: dict[str, Any]) -> None:
    """Fields of a file in its flash, while it is off."""
    held = boards.stored(board)
    held[name] = json.dumps({**json.loads(held.get(name, b"{}")), **fields}).encode()
    board.write(boards.VFS_AT, filesystem.image(held, boards.VFS_BYTES))


def _frames(board: Board, seconds: float) -> list[Frame]:
    """The lamp's different pictures, in the order in which they came, the rarest last."""
    seen: dict[Frame, int] = {}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if board.lamp:
            seen[board.lamp] = seen.get(board.lamp, 0) + 1
        time.sleep(LOOK_S)
    most = max(seen.values())
    return sorted(seen, key=lambda frame: seen[frame] < most / 3)[:FRAMES_MAX]


def draw(rows: list[Sign]) -> Image.Image:
    """All signs, one below the other: the lamp's pictures, then what they mean."""
    font = ImageFont.truetype(str(parts.font()), TEXT)
    pixels = len(rows[0].frames[0])
    wide = pixels * CELL + 2 * GAP
    columns = max(len(row.frames) for row in rows)
    height = CELL + 2 * GAP
    words = max(round(font.getlength(text)) for row in rows for text in (row.en, row.zh)) + 2 * GAP
    drawn = Image.new("RGB", (GAP + columns * (wide + GAP) + words, len(rows) * (height + GAP) + GAP), GROUND)
    pen = ImageDraw.Draw(drawn)
    for number, row in enumerate(rows):
        y = GAP + number * (height + GAP)
        for i, frame in enumerate(row.frames):
            x = GAP + i * (wide + GAP)
            pen.rounded_rectangle((x, y, x + wide, y + height), GAP, BODY)
            for n, rgb in enumerate(frame):
                at = x + GAP + n * CELL
                colour = tuple(min(255, round(255 * (level / LEVEL_MAX) ** 0.5)) for level in rgb) if any(rgb) else OFF
                pen.ellipse((at + 2, y + GAP + 2, at + CELL - 2, y + GAP + CELL - 2), colour)
        x = GAP + columns * (wide + GAP) + GAP
        pen.text((x, y + height / 2 - 2), row.en, INK, font, anchor="ls")
        pen.text((x, y + height / 2 + 2), row.zh, INK, font, anchor="lt")
    return drawn


def sticker() -> Image.Image:
    drawn = label.draw("desk-9", "desk 9 · lab", "Desk unit", "24:0a:c4:5e:11:9c", "lab", parts.font())
    framed = Image.new("1", (drawn.width + 2, drawn.height + 2))
    framed.paste(drawn, (1, 1))
    return framed


def write(out: Path) -> list[Path]:
    """Make them anew."""
    paths = [out / f"{name}.png" for name in PICTURES]
    with Stand(names()) as stand:
        made = draw(signs(stand)), safe_screen(stand), sticker()
    for picture, path in zip(made, paths, strict=True):
        picture.save(path, optimize=True)
    return paths
