"""The words of the page of boards, in English and 简体中文."""

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
    "lamp": ("Its lamp", "指示灯"),
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
