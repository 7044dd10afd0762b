"""The dispenser: a key for each queue, what waits there, and the number that a press has brought. One press is one ticket.

While it has lost the edge it says so and takes no press: a ticket that nobody was told of would be one too many.
"""

import wire
from micropython import const

import lamp
import stack
import visitor

AGAIN_MS = 1_500  # a ticket's number has come by then: who wants another one presses once more
TICKET_MS = 8_000  # a number stands
NO_MS = 4_000
_PAGE_MS = const(2_500)
_LARGE = const(120)  # pixels of height: all doors below each other
COMMA = (", ", "，")
WORDS = {
    "shut": ("closed now", "暂停取号"),
    "closed": ("closed", "已关闭"),
    "opens": ("opens %s", "%s 开放"),
    "full": ("full", "已满"),
    "nobody": ("nobody serves it now", "暂无人办理"),
    "waiting": ("%d waiting", "%d 人等候"),
    "minutes": ("about %d min", "约 %d 分钟"),
    "ahead": ("%d before you", "前面 %d 人"),
    "next": ("You are next", "下一位就是您"),
    "slip": ("Take your slip", "请取小票"),
    "note": ("Note your number", "请记住号码"),
    "again": ("Please press again", "请再按一次"),
    "none": ("No ticket", "未取到号"),
    "lost": ("Out of order", "暂停使用"),
    "ask": ("Please ask at a desk", "请到柜台咨询"),
}


class Dispenser(visitor.Visitor):
    KIND = "dispenser"

    def __init__(self, link, screen, name, bar):
        super().__init__(link, screen, name, bar)
        self._doors = {}  # by number, from 1; of whatever epoch
        self._answer = None  # the view that answered the last press, while it stands
        self._pressed = self._door_pressed = 0  # while it awaits its answer; and the last one

    def wish(self, name):
        door = int(name)
        if self.is_lost or door > self.view["doors"]:
            return None
        self._answer, self.until = None, None
        self._pressed = self._door_pressed = door
        return "take", {"door": door}

    def show(self, part, view):
        if part == "show/dispenser":
            self.view = view
        elif wire.shape(part) == "show/door":
            self._doors[int(part.split("/")[2])] = view
        else:
            raise wire.Nonsense("part")
        if self.is_answered and not self.is_lost:
            self.seq = self._pressed = 0
            self._answer = self.view
            self.stand(TICKET_MS if self.view["number"] else NO_MS)
            if self.view["number"]:
                self.ring()
        self.take(view)

    # the screen

    def picture(self):
        if self.is_lost:
            self.lay_out("lost")
            self.lines((3, self.say(WORDS["lost"]), "amber"), (2, self.say(WORDS["ask"]), "white"))
            return None
        left_ms = self.left_ms()
        if left_ms is None:
            self._answer = None
            return self._all()
        self._ticket(self._answer)
        return left_ms

    def _ticket(self, view):
        if not view["number"]:
            self.lay_out("no")
            door = self._doors.get(self._door_pressed)
            if view["verdict"] == "expired":
                why = self.say(WORDS["again"])
            elif door and door["state"] != "open":
                why = self._state(-1, door)  # in the device's own words
            else:
                why = view["why"]
            said = stack.wrapped(why, self.screen.width // 12, 3)
            self.lines((3, self.say(WORDS["none"]), "amber"), *[(2, line, "white") for line in said])
            return
        self.lay_out("ticket")
        before = self.say(WORDS["ahead"]) % view["ahead"] if view["ahead"] else self.say(WORDS["next"])
        if view["wait_min"]:
            before += self.say(COMMA) + self.say(WORDS["minutes"]) % view["wait_min"]
        hint = self.say(WORDS["slip" if view["slip"] else "note"])
        self.lines((5, view["number"], "green"), (2, view["title"], "white"), (2, before, "white"), (2, hint, "grey"))

    def _all(self):
        """All doors below each other; where there is no room for that, one after the other."""
        doors = [(n + 1, self._doors.get(n + 1)) for n in range(self.view["doors"])]
        if self.screen.height >= _LARGE:
            self.lay_out("doors %d" % len(doors))
            for i, (number, door) in enumerate(doors):
                self._door(number, door, self.screen.height * i // len(doors), self.screen.height // len(doors))
            return None
        pages = [(each, _PAGE_MS) for each in doors]
        if not pages:
            self.lay_out("none")
            return None
        (number, door), left_ms = self.turn(pages)
        self.lay_out("door %d" % number)
        if door and self.screen.is_row:
            self.screen.text((0, 0, self.screen.width, self.screen.height), "%d %s" % (number, door["title"]), "white")
        elif door:
            self.lines((3, "%d %s" % (number, door["title"]), "white"), (2, self._state(number, door), "white"))
        return left_ms

    def _door(self, number, door, y, height):
        """Its key's number, its queue and how that stands."""
        gap = max(1, height // 24)
        side = min(height, self.screen.width // 5) - 2 * gap
        is_open = door is not None and door["state"] == "open"
        box = gap, y + gap, side, height - 2 * gap
        self.screen.text(box, str(number), "black" if is_open else "grey", "green" if is_open else "slate")
        if door is None:
            return
        x = side + 4 * gap
        width = self.screen.width - x - gap
        upper = (height - 2 * gap) * 3 // 5
        self.screen.text((x, y + gap, width, upper), door["title"], "white" if is_open else "grey")
        ink = "white" if is_open and number != self._pressed else "amber"
        self.screen.text((x, y + gap + upper, width, height - 2 * gap - upper), self._state(number, door), ink)

    def _state(self, number, door):
        if number == self._pressed:
            return "..."
        if door["state"] != "open":
            why = self.say(WORDS[door["state"]])
            return why + self.say(COMMA) + self.say(WORDS["opens"]) % door["opens"] if door["opens"] else why
        said = self.say(WORDS["waiting"]) % door["waiting"]
        return said + self.say(COMMA) + self.say(WORDS["minutes"]) % door["wait_min"] if door["wait_min"] else said

    # the lamp

    def light(self, beat):
        """A pixel for each open door; all of them once a ticket has come; shakes its head when there is none."""
        if self.is_pending:
            return lamp.paint(".....#..", lamp.WHITE)
        if self._answer:
            return (
                lamp.paint("########", visitor.BLUE)
                if self._answer["number"]
                else lamp.paint(lamp.NO[beat % 2] + "...", lamp.RED)
            )
        doors = [self._doors.get(n + 1) for n in range(lamp.PIXELS)]
        shape = "".join(["#" if door and door["state"] == "open" else "." for door in doors[: self.view["doors"]]])
        return lamp.paint(shape + "." * (lamp.PIXELS - len(shape)), visitor.GREEN)


async def run(device, meta):
    await visitor.run(Dispenser, device, meta, AGAIN_MS)
