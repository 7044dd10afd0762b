"""What stands in the slots of the page's cards: the first picture, as texts. static/floor.js says the same for all later ones.

A card is (data, slots): `data` become its data-attributes; a slot is a text, or a number: the time since which the page counts.
"""

import math
import re
from datetime import datetime, tzinfo
from typing import Any

from edge.views import ROLLING
from web import words

Card = tuple[dict[str, Any], dict[str, Any]]
EMPTY: Card = ({}, {})  # what a template is made of


class Texts:
    """The words, ages and cards of one page in one language at one moment."""

    def __init__(self, lang: str, now_ms: int, zone: tzinfo) -> None:
        self._words, self._lang = words.table(lang), lang
        self._now_ms, self._zone = now_ms, zone

    def word(self, key: str, *values: object) -> str:
        return self._words.get(key, key).format(*values)

    def sentence(self, text: str) -> str:
        """The core's sentence in the page's language; as it is if nobody has translated it."""
        if self._lang == "zh":
            for english, chinese in words.SENTENCES:
                pattern = re.escape(english).replace(r"\{\}", "(.+)")
                if found := re.fullmatch(pattern, text):
                    return chinese.format(*found.groups())
        return text

    def age(self, since_ms: int | None) -> str:
        """mm:ss, from one hour on h:mm:ss."""
        if since_ms is None:
            return ""
        minutes, seconds = divmod(max(0, self._now_ms - since_ms) // 1000, 60)
        hours, minutes = divmod(minutes, 60)
        return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes:02}:{seconds:02}"

    def minutes(self, seconds: int) -> str:
        """A wait, as a visitor is told it: rather a minute more."""
        return self.word("kiosk.wait", -(-seconds // 60)) if seconds >= 60 else self.word("kiosk.wait_short")

    def bar(self, door: dict[str, Any]) -> str:
        """Why one cannot join, beside the queue's name."""
        opens_ms = door["opens_ms"]
        if opens_ms is None:
            return self.word(
                "kiosk.nobody_serves" if door["bar"] == "nobody" else f"kiosk.{door['bar']}", door["waiting"]
            )
        is_today = self.day(opens_ms)[:10] == self.day(self._now_ms)[:10]
        return self.word("kiosk.opens", self.clock_short(opens_ms) if is_today else self.day(opens_ms))

    def clock_short(self, at_ms: int) -> str:
        return self.clock(at_ms)[:5]

    def clock(self, at_ms: int | None = None) -> str:
        at = datetime.fromtimestamp((self._now_ms if at_ms is None else at_ms) / 1000, self._zone)
        return at.strftime("%H:%M:%S")

    def day(self, at_ms: int) -> str:
        """Date and time of what may be long ago."""
        return datetime.fromtimestamp(at_ms / 1000, self._zone).strftime("%Y-%m-%d %H:%M")

    def help(self, help: dict[str, Any]) -> Card:
        data = {
            "key": f"{help['desk']} {help['help']}",
            **{name: help[name] for name in ("desk", "help", "state", "asked")},
        }
        return data, {
            "number": help["desk"],
            "kind": self.word(f"help.{help['help']}"),
            "name": help["name"] or self.word("nobody"),
            "state": self.word("help.asked", help["asked"]) if help["asked"] else self.word(f"help.{help['state']}"),
            "raised": help["raised_ms"],
        }

    def queue(self, queue: dict[str, Any]) -> Card:
        level, today = queue["service_level"], queue["today"]
        data = {"key": queue["queue"], "queue": queue["queue"], "waiting": queue["waiting"]}
        data["shut"], data["barred"] = ("true" if queue["door"][key] else "" for key in ("shut", "why_not"))
        return data, {
            "letter": queue["letter"],
            "name": queue["queue"],
            "waiting": str(queue["waiting"]),
            "oldest": queue["oldest_ms"],
            "nobody": "" if queue["waiting"] else self.word("nobody_waits"),
            **{name: str(queue[name]) for name in ("serving", "ready")},
            **{name: str(today[name]) for name in ("offered", "answered", "abandoned", "timed_out")},
            **{name: str(today[name] or "") for name in ("left_otherwise", "no_show")},
            "asa": self._one_decimal(queue["asa_s"], "seconds"),
            "share": _percent(level["share"]),
            "counted": self.word("counted", level["numerator"], level["denominator"]),
            "variant": self.word(
                "under" if level["under"] else "within", self.word(f"variant.{level['variant']}"), level["target_s"]
            ),
            "formula": self.word(f"formula.{level['variant']}"),
            **{f"last_{minutes}": _percent(level["last"][minutes]) for minutes in ROLLING},
            "door": self._door(queue["door"]),
        }

    def _door(self, door: dict[str, Any]) -> str:
        """Why nobody can join, or until when one can, and for how many there is time."""
        if door["why_not"]:
            return self.sentence(door["why_not"])
        closes = self.word("closes", self.clock_short(door["closes_ms"])) if door["closes_ms"] else ""
        rest = self.word("can_serve", door["can_serve"]) if door["can_serve"] is not None else ""
        return " · ".join(filter(None, (closes, rest)))

    def desk(self, desk: dict[str, Any]) -> Card:
        agent, unit = desk["agent"], desk["device"]
        data, slots = self.agent(agent) if agent else self._nobody()
        data |= {"key": desk["desk"], "desk": desk["desk"], "help": " ".join(h["help"] for h in desk["help"])}
        data["unit"] = _unit(unit)
        refused = self.word("press_refused", self.sentence(desk["refused"])) if desk["refused"] else ""
        return data, {
            **slots,
            "number": desk["desk"],
            "team": desk["team"],
            "unit": self.word(f"unit.{_unit(unit)}") if unit else "",
            "unit_since": unit["since_ms"] if _unit(unit) == "lost" else None,
            "refused": refused,
        }

    def agent(self, agent: dict[str, Any]) -> Card:
        own = agent["after"] or agent["presence"]
        own = "break" if (own, agent["reason"]) == ("not_ready", "break") else own
        data = {"key": agent["agent"], "agent": agent["agent"], "presence": agent["presence"], "own": own}
        allowed_ms = agent["allowed_until_ms"]
        planned = agent["planned"]
        data |= {"allowed": allowed_ms or "", "astray": "true" if planned and planned["astray"] else ""}
        title = agent["reason_titles"][self._lang == "zh"]
        reason = title or self._words.get(f"reason.{agent['reason']}", agent["reason"])
        after = self.word(f"presence.{agent['after']}") if agent["after"] else ""
        if after and reason:
            after = self.word("with_reason", after, reason)
        contacts = ", ".join(f"{c['contact']} · {c['queue']}" for c in agent["contacts"])
        return data, {
            "name": agent["name"],
            "presence": self.word(f"presence.{agent['presence']}"),
            "since": agent["since_ms"],
            "reason": "" if after else reason,
            "contact": self.word("contact", contacts) if contacts else "",
            "then": self.word("then", after) if after else "",
            "allowed": self.word("allowed", self.clock_short(allowed_ms)) if allowed_ms else "",
            "planned": self._planned(planned) if data["astray"] else "",
        }

    def _planned(self, planned: dict[str, Any]) -> str:
        activity = self._words.get(f"reason.{planned['activity']}", planned["activity"])
        return self.word("planned", activity, self.clock_short(planned["until_ms"]))

    def attendance(self, attendance: dict[str, Any] | None) -> str:
        if attendance is None:
            return ""
        here = self.word("attendance", attendance["there"], attendance["rostered"])
        return here + (self.word("missing", ", ".join(attendance["missing"])) if attendance["missing"] else "")

    def tile(self, tile: dict[str, Any]) -> Card:
        label = tile["label"]
        if not label and tile["kind"] not in ("ticker", "notice"):
            label = self.word(f"tile.{tile['of'] or tile['tile']}")
        if tile["minutes"]:
            label = self.word("tile.last", tile["minutes"], label)
        data = {
            "key": str(tile["number"]),
            "tile": tile["tile"],
            "level": tile["level"],
            "minutes": tile["minutes"] or "",
            "kind": tile["kind"],
        }
        unit = self.word(f"tile.unit.{tile['unit']}") if tile["unit"] else ""
        return data, {
            "label": self.word("tile.of", tile["queue"], label) if tile["queue"] else label,
            "value": tile["value"] or ("–" if tile["kind"] == "call" else "")
            if tile["since_ms"] is None
            else tile["since_ms"],
            "unit": f"→ {tile['more']['desk']}" if tile["more"].get("desk") else unit,
            "text": tile["more"]["text"] if tile["kind"] in ("ticker", "notice") else "",
        }

    def since(self, value: str | int | None) -> str:
        """A slot's text: a number is the time since which it counts."""
        return self.age(value) if isinstance(value, int) else value or ""

    def _nobody(self) -> Card:
        data = {"agent": "", "presence": "signed_out", "own": "", "allowed": "", "astray": ""}
        slots = {"name": self.word("nobody"), "presence": self.word("presence.signed_out")}
        return data, slots | {"since": None, "reason": "", "contact": "", "then": "", "allowed": "", "planned": ""}

    def _one_decimal(self, value: float | None, unit: str) -> str:
        return "–" if value is None else self.word(unit, f"{_rounded(value * 10):.1f}")


def _unit(unit: dict[str, Any] | None) -> str:
    if unit is None:
        return ""
    if unit["online"]:
        return "online"
    return "unseen" if unit["since_ms"] is None else "lost"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{_rounded(share * 1000):.1f} %"


def _rounded(tenths: float) -> float:
    """Half up, as the page does it."""
    return math.floor(tenths + 0.5) / 10
