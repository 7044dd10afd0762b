"""The small screen of a desk unit: the number that is there, the agent's presence and for how long, and why a press was refused."""

from time import ticks_add, ticks_diff, ticks_ms

from micropython import const

import stack

WHY_MS = 6_000
_ANEW_MS = const(1_000)  # until a screen that does not answer is tried again
WORDS = {
    "signed_out": ("Signed out", "未签到"),
    "ready": ("Ready", "就绪"),
    "called": ("Called", "呼叫中"),
    "serving": ("Serving", "服务中"),
    "hold": ("On hold", "保持"),
    "wrap_up": ("Wrap-up", "事后处理"),
    "not_ready": ("Not ready", "未就绪"),
    "lost": ("EDGE LOST", "失去连接"),
    "pin": ("PIN", "密码"),
}


class Glance:
    """`draw` takes what the desk unit knows, and says after how many ms it wants to be called again."""

    def __init__(self, screen, name):
        self.screen, self._name = screen, name
        self._why, self._why_until = "", None
        self._layout = 0, 0

    def refused(self, why):
        self._why, self._why_until = why, ticks_add(ticks_ms(), WHY_MS)

    def draw(self, desk, view, view_at, digits):
        screen = self.screen
        wait_ms = self._lines(desk, view, view_at, digits)
        screen.flush()
        return wait_ms if screen.is_there else _ANEW_MS

    def _lines(self, desk, view, view_at, digits):
        if desk.tested:
            self._show((1, desk.tested[0], "white"))
            return None
        why = desk.link.trouble
        if desk.is_identifying or (view is None and not why):
            self._show((1, self._name, "white"))
            return None
        if view is None:
            self._show((1, self._name, "white"), (1, why, "amber"))
            return None
        if desk.is_lost:
            self._show((1, self._say(view, "lost"), "amber"), (1, why or self._name, "grey"))
            return None
        if self._why_until is not None:
            left_ms = ticks_diff(self._why_until, ticks_ms())
            if left_ms > 0:
                said = stack.wrapped(self._why, self.screen.width // 9, 3)
                self._show(*[(1, line, "amber") for line in said])
                return left_ms
            self._why_until = None
        if digits:
            self._show((1, self._say(view, "pin"), "white"), (1, "*" * digits, "white"))
            return None
        return self._presence(desk, view, view_at)

    def _presence(self, desk, view, view_at):
        word = self._say(view, view["presence"]) + ("..." if desk.is_pending else "")
        if view["age_s"] is None:
            self._show((1, word, "white"))
            return None
        passed_ms = ticks_diff(ticks_ms(), view_at)
        age_s = view["age_s"] + passed_ms // 1000
        since = (
            "%d:%02d" % (age_s // 60, age_s % 60) if age_s < 3600 else "%d:%02d h" % (age_s // 3600, age_s // 60 % 60)
        )
        number = view["number"]
        if number:
            self._show((5, number, "white"), (3, word + " " + since, "white"))
        else:
            self._show((1, word, "white"), (1, since, "white"))
        return 1000 - passed_ms % 1000 if age_s < 3600 else 60_000

    def _say(self, view, word):
        return stack.say(self.screen, view["lang"], WORDS[word])

    def _show(self, *lines):
        layout = len(lines), lines[0][0]
        if layout != self._layout:
            self._layout = layout
            self.screen.clear()
        stack.lines(self.screen, *lines)
