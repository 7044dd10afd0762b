"""Which tests there are, in their order, what they are called, and for which boards each is."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Facts = Mapping[str, Any]  # a board's file, parsed
COLOUR_SCREENS = ("ili9341", "st7796", "ws2812")  # the others know lit and dark


class Step(NamedTuple):
    name: str  # test_NAME in test_device.py
    title: str
    title_zh: str
    fits: Callable[[Facts], bool]


def _always(_facts: Facts) -> bool:
    return True


def _has(*tables: str) -> Callable[[Facts], bool]:
    return lambda facts: any(facts.get(table) for table in tables)


def _is_desk(facts: Facts) -> bool:
    return bool(facts["role"] == "desk" and facts.get("lamp") and "help" in facts.get("keys", {}))


STEPS = (
    Step("boot_banner", "Start", "启动", _always),
    Step("memory", "Memory", "内存与闪存", _always),
    Step("keys", "Keys", "按键", _has("keys")),
    Step("lamp_colours", "Lamp colours", "灯色", _has("lamp")),
    Step("picture", "Picture", "画面", _has("screen")),
    Step("sound", "Sound", "声音", _has("buzzer")),
    Step("parts", "Badge, light", "读卡器、光传感器", _has("badge", "light")),
    Step("network", "Network join", "接入网络", _always),
    Step("broker", "Broker over TLS", "TLS 登录", _always),
    Step("press_to_lamp", "Press to lamp", "按键到灯", _is_desk),
    Step("rollback", "Rollback", "固件回退", _always),
    Step("update", "Update", "无线更新", _always),
    Step("watchdog", "Watchdog", "看门狗", _always),
)
BY_NAME = {step.name: step for step in STEPS}


def of(facts: Facts) -> list[Step]:
    """Those for a board, in their order."""
    return [step for step in STEPS if step.fits(facts)]


def is_coloured(facts: Facts) -> bool:
    """Of a board with a screen: it has colours."""
    return facts["screen"]["part"] in COLOUR_SCREENS
