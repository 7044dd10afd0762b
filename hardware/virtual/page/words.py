"""The words of the page of boards, in English and 简体中文."""

from collections.abc import Mapping
from typing import Any

WORDS: dict[str, tuple[str, str]] = {
    "title": ("Boards made of software", "软件模拟板"),
    "lead": (
        "Each runs the real firmware and is signed in at this floor. Press a key with the mouse; hold it for a long press.",
        "每块板都运行真实固件，并已接入本现场。用鼠标按键；按住为长按。",
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
    "Desk unit": ("Desk unit", "工位设备"),
    "Desk unit with screen and badge": ("Desk unit with screen and badge", "工位设备（带屏幕和刷卡）"),
    "Dispenser": ("Dispenser", "取号机"),
    "Rating pad": ("Rating pad", "评价器"),
    "Counter display": ("Counter display", "窗口显示屏"),
    "Counter display, LED matrix": ("Counter display, LED matrix", "窗口显示屏（点阵）"),
    "Hall display": ("Hall display", "大厅显示屏"),
    "Hall display, LED matrix": ("Hall display, LED matrix", "大厅显示屏（点阵）"),
    "Wallboard": ("Wallboard", "看板"),
    "Wallboard, LED matrix": ("Wallboard, LED matrix", "看板（点阵）"),
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


def language(asked: str) -> str:
    return "zh" if asked.lower().startswith("zh") else "en"


def table(lang: str) -> dict[str, str]:
    return {key: pair[LANGUAGES.index(lang)] for key, pair in WORDS.items()}


def says(view: Any, word: Mapping[str, str]) -> str:
    """What a lamp says: a `View` of firmware/lamp.py, or None, in the words of a table."""
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
    return " · ".join(word[key].format(view.digits) for key in said)
