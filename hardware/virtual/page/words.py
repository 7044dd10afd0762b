"""The words of the page of boards, in English and 简体中文."""

from collections.abc import Mapping, Sequence
from typing import Any

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Boards made of software", "软件模拟板"),
    "lead": (
        "Each is a whole board, and runs the real firmware once that is on it. Press a key with the mouse; hold it for a long one.",
        "每块都是完整的板子，刷入固件后运行真实固件。用鼠标按键；按住为长按。",
    ),
    "other_language": ("中文", "English"),
    "lost": (
        "The boards do not answer: they have ended, or this page is cut off.",
        "模拟板无应答：已结束，或本页连接中断。",
    ),
    "on": ("Plug in", "通电"),
    "off": ("Pull the plug", "断电"),
    "console": ("Console", "控制台"),
    "faults": ("Faults on its wires", "总线故障"),
    "screen": ("What its screen shows", "屏幕画面"),
    "lamp": ("Its lamp", "指示灯"),
    "began_blank": ("Began blank: floorboard flash makes a device of it", "初始为空板：用 floorboard flash 制成设备"),
    "plays_itself": ("plays itself", "自动演示"),
    "Desk unit": ("Desk unit", "工位设备"),
    "Desk unit with screen and badge": ("Desk unit with screen and badge", "工位设备（带屏幕和刷卡）"),
    "Desk unit, ESP32-S3": ("Desk unit, ESP32-S3", "工位设备（ESP32-S3）"),
    "Desk unit, ESP32-C3": ("Desk unit, ESP32-C3", "工位设备（ESP32-C3）"),
    "Desk unit, Ethernet and PoE": ("Desk unit, Ethernet and PoE", "工位设备（网线供电）"),
    "Dispenser": ("Dispenser", "取号机"),
    "Rating pad": ("Rating pad", "评价器"),
    "Counter display": ("Counter display", "窗口显示屏"),
    "Counter display, LED matrix": ("Counter display, LED matrix", "窗口显示屏（点阵）"),
    "Hall display": ("Hall display", "大厅显示屏"),
    "Hall display, LED matrix": ("Hall display, LED matrix", "大厅显示屏（点阵）"),
    "Hall display, colour LEDs 16 × 64": ("Hall display, colour LEDs 16 × 64", "大厅显示屏（彩色点阵 16 × 64）"),
    "Desk wallboard, ILI9341": ("Desk wallboard, ILI9341", "桌面看板（2.8 寸彩屏）"),
    "Desk wallboard, ST7796": ("Desk wallboard, ST7796", "桌面看板（4 寸彩屏）"),
    "Wallboard, LED matrix": ("Wallboard, LED matrix", "看板（点阵）"),
    "Wallboard, colour LEDs 8 × 32": ("Wallboard, colour LEDs 8 × 32", "看板（彩色点阵 8 × 32）"),
    "Wallboard, colour LEDs 16 × 64": ("Wallboard, colour LEDs 16 × 64", "看板（彩色点阵 16 × 64）"),
    "lamp.lost": ("Cannot reach the edge", "无法联系边缘控制器"),
    "lamp.no": ("That key does nothing now", "此键当前无效"),
    "lamp.stuck": ("A key is stuck, or held down", "有按键卡住或被按住"),
    "lamp.digits": ("Signing in: {} of 6 digits", "签到中：已输入 {}/6 位"),
    "lamp.pending": ("waiting for an answer", "等待应答"),
    "lamp.signed_out": ("Signed out: type the six digits of a PIN with keys 1 to 5", "未签到：用 1–5 键输入六位密码"),
    "lamp.ready": ("Ready", "就绪"),
    "lamp.called": ("Called: Ready when the customer comes", "呼叫中：客户到后按就绪"),
    "lamp.serving": ("Serving", "服务中"),
    "lamp.hold": ("On hold", "保持"),
    "lamp.wrap_up": ("Wrap-up", "事后处理"),
    "lamp.not_ready": ("Not ready", "未就绪"),
    "dispenser.doors": ("A number at key {}", "可取号：按键 {}"),
    "dispenser.shut": ("No queue is open", "暂停取号"),
    "dispenser.ticket": ("A number is given", "已取号"),
    "dispenser.no": ("No number is given", "未取到号"),
    "rating.asleep": ("Sleeps until a service at its desk ends", "休眠中：服务结束后请顾客评价"),
    "rating.ask": ("Asks for a rating: 1 bad, 5 good", "请顾客评价：1 差，5 好"),
    "rating.thanks": ("Thanks for the rating", "感谢评价"),
    "help.raised": ("help asked for", "已求助"),
    "help.acknowledged": ("help is coming", "已有人应答求助"),
    "help.arrived": ("help is here", "求助已到场"),
    "key.ready": ("Ready", "就绪"),
    "key.break": ("Break", "休息"),
    "key.wrap_up": ("Wrap-up", "事后"),
    "key.next": ("Next", "下一位"),
    "key.recall": ("Recall", "重呼"),
    "key.help": ("Help", "求助"),
}
LANGUAGES = ("en", "zh")
BETWEEN = " · "


def language(asked: str) -> str:
    return "zh" if asked.lower().startswith("zh") else "en"


def table(lang: str) -> dict[str, str]:
    return {key: pair[LANGUAGES.index(lang)] for key, pair in WORDS.items()}


def note(text: str, word: Mapping[str, str]) -> str:
    """Each of its parts that is a word of the table stands in that language."""
    return BETWEEN.join(word.get(part, part) for part in text.split(BETWEEN))


def says(role: str, view: Any, lamp: Sequence[Sequence[int]], word: Mapping[str, str]) -> str:
    """What a lamp of that role says, in the words of a table. `view`: it as a desk's, a `View` of hardware/virtual/reading.py."""
    return _desk(view, word) if role == "desk" else _visitor(role, view, lamp, word)


def _visitor(role: str, view: Any, lamp: Sequence[Sequence[int]], word: Mapping[str, str]) -> str:
    """Of a dispenser or a rating pad. Its shapes are a desk's too: where they mean the same they are amber or red."""
    lit = [any(pixel) for pixel in lamp]
    red, green, blue = next((pixel for pixel in lamp if any(pixel)), (0, 0, 0))
    is_warm = red > green and not blue
    if is_warm and view and (view.lost or view.stuck):
        return word["lamp.lost" if view.lost else "lamp.stuck"]
    if role == "rating":
        if all(lit):
            return word["rating.thanks"] if green > red else ""
        return word["rating.ask" if any(lit) else "rating.asleep"]
    if is_warm and view and view.no:
        return word["dispenser.no"]
    if all(lit):
        return word["dispenser.ticket"] if blue > red else ""
    if any(lit) and not green > red:
        return word["lamp.pending"]
    doors = [str(n) for n, is_open in enumerate(lit, 1) if is_open]
    return word["dispenser.doors"].format(", ".join(doors)) if doors else word["dispenser.shut"]


def _desk(view: Any, word: Mapping[str, str]) -> str:
    if view is None:
        return ""
    if view.lost:
        said = ["lamp.lost"]
    elif view.stuck:
        said = ["lamp.stuck"]
    elif view.no:
        said = ["lamp.no"]
    else:
        said = ["lamp.digits" if view.digits else f"lamp.{view.presence}"]
    said += ["lamp.pending"] * view.pending + [f"help.{view.help}"] * (view.help not in (None, "none"))
    return BETWEEN.join(word[key].format(view.digits) for key in said)
