"""The way to the edge: Wi-Fi, the broker session, the edge's epoch and beat, and one task that sends all there is to send."""

import asyncio
import random
from time import ticks_add, ticks_diff, ticks_ms

import wire
from micropython import const

import alive
from trouble import Closed

_BACKOFF_MS_MIN = const(500)
BACKOFF_MS_MAX = 30_000
_SPREAD_PART = const(4)  # of the spread that the edge asks for: the time in which a floor's first new connections come
LEAVE_TRIES = 10  # in vain, in a row: another access point may have a way
_SAID_MAX = const(4)
_AGAIN_MS = const(4_000)  # until a view that was not confirmed has come again
_REST_MS = const(60_000)
_WHY_CHARS = const(64)  # of wire.py's `health`
# Of the loop: joining three access points, a connection that fails, or the longest backoff.
_SILENT_MS_MAX = const(75_000)


class Link:
    """What a role holds of the edge. `net` is a Wifi or Lan, `device` the device file, `meta` the `$meta` payload.

    `on_show(part, payload)`, `on_do(payload)`, `on_piece(bytes)` and `on_change()` are plain functions, called when a view, a
    command or a piece of an update came from the edge and when `epoch`, `is_ready` or `trouble` changed.
    """

    def __init__(self, net, device, session, meta, outbox):
        self.net, self.device, self._session, self.meta = net, device, session, meta
        self._prefix = wire.topic(device["site"], device["name"], "")
        self._beat_topic = wire.topic(device["site"], "edge", "$state")
        self.state = "ready"  # or updating, or safe
        self.order = None  # of new firmware, while it is followed
        self.outbox = outbox
        self.epoch = None  # of the edge, as last heard on this session
        self.is_ready = False  # greeted, and the beat goes on
        self.last_beat = None  # the last `edge/$state` that was a beat: by it a role that shows a time knows one
        self.nonsense = 0
        self._missed = 0  # 2: a view may have been among it, so none is confirmed; 1: that is over, and rests
        self.up_s = 0
        self.stuck = ""  # keys, with commas
        self.late_ms = 0  # worst lateness of the beat's watch since it was last asked for
        self.trouble = ""  # a word of trouble.py, while not ready; "" until the first attempt has ended
        self.why = ""  # the last session ended, or did not begin
        self.on_show = self.on_do = self.on_piece = self.nothing
        self.on_change = lambda: None
        self._beat_at = ticks_ms()
        self._greeted = None  # the epoch that has our birth
        self._shown = self._health = None
        self._said = []
        self._work = asyncio.Event()
        self._beat = asyncio.Event()

    # what a role asks

    def press(self, kind, fields, now):
        """Keep an event until the edge has decided it; gives its seq."""
        seq = self.outbox.add(kind, fields, now)
        self._work.set()
        return seq

    def shown(self, epoch, rev, draw_ms):
        """Only the newest matters: it confirms all parts up to its rev."""
        if self._shown and self._shown["epoch"] == epoch and self._shown["rev"] > rev:
            return
        self._shown = {"epoch": epoch, "rev": rev, "draw_ms": draw_ms}
        self._work.set()

    def health(self, fields):
        self._health = fields
        self._work.set()

    def nothing(self, *_):
        """Nobody wants to know."""

    def reply(self, fields):
        self.say("rsp", fields)

    def say(self, part, fields):
        """An answer, a change of `state`, a wish for a piece: sent after the events."""
        if len(self._said) < _SAID_MAX:
            self._said.append((part, fields))
        self._work.set()

    @property
    def dropped(self):
        """What the edge or the broker sent that is not of the wire, or too long."""
        return self.nonsense + self._session.oversized

    async def run(self):
        """For ever: connect, stay, wait, again."""
        try:
            await self._run()
        finally:  # by a bug
            self.outbox.save()

    async def _run(self):
        asyncio.create_task(self._send_all())
        asyncio.create_task(self._watch_beat())
        alive.expect("link", None, _SILENT_MS_MAX)
        tries = 0
        while True:
            # In a task of its own: the session cancels its reader when a write fails, and a cancel that comes late, when the reader
            # has ended already, must not end us.
            try:
                await asyncio.create_task(self._stay())
            except Closed as closed:
                self._ended(closed)
            except asyncio.CancelledError:
                self._session.close()
                self._ended(Closed("broker closed" if self.net.is_joined else "no network", "lost"))
            tries = 0 if self._greeted else tries + 1  # only an edge that was there proves that the way is good
            if tries and not tries % LEAVE_TRIES and self.net.is_joined:
                self.net.leave()
            self._greeted = self.epoch = None
            self._change(False)
            alive.sign("link")
            await asyncio.sleep_ms(
                random.randrange(self._backoff_ms(tries))
            )  # full jitter: a floor does not come back as one
            alive.sign("link")

    def _backoff_ms(self, tries):
        """By the size of the floor, as far as the edge has told: a thousand handshakes at once would time each other out."""
        spread_ms = self.last_beat["spread_ms"] // _SPREAD_PART if self.last_beat else 0
        return min(BACKOFF_MS_MAX, max(_BACKOFF_MS_MIN, spread_ms) << min(tries, 6))

    def _ended(self, closed):
        self._tell(closed.args[0], "".join([c if c >= " " else " " for c in str(closed)[:_WHY_CHARS]]))

    def _tell(self, trouble, why):
        if why != self.why:
            print("No way to the edge:", why)
        self.trouble, self.why = trouble, why

    async def _stay(self):
        """One session, to the Closed that it ends with."""
        try:
            await self.net.join()
        except OSError as error:  # its driver is at a loss
            raise Closed("no network", str(error))
        alive.sign("link")
        device = self.device
        wishes = [(self._beat_topic, 0)]  # first: its epoch is to come before retained views
        wishes.extend([(self._topic(part), 1) for part in wire.TO_DEVICE])
        will = (self._topic("$state"), wire.encode("$state", {"state": "lost"}))
        await self._session.open(device["host"], device["port"], device["name"], device["password"], will, wishes)
        self.trouble = "edge silent"  # it is to be heard yet
        self._change(False)
        staying = asyncio.create_task(self._stay_joined(asyncio.current_task()))
        try:
            await self._session.run(self._on_message)
        finally:
            staying.cancel()

    async def _stay_joined(self, session):
        await self.net.stay()
        session.cancel()  # nothing would come over the air, and nothing would tell

    def _topic(self, part):
        return self._prefix + part

    # what the edge says

    def _on_message(self, topic, payload):
        try:
            if topic == self._beat_topic:
                self._take_state(wire.decode("edge/$state", payload))
                return
            part = topic[len(self._prefix) :] if topic.startswith(self._prefix) else ""
            if part == "piece":
                self.on_piece(payload)
            else:
                self._take(part, wire.decode(part, payload))
        except wire.Nonsense:
            self.nonsense += 1
            if not self._missed:
                self._missed = 2
                asyncio.create_task(self._miss())

    async def _miss(self):
        """There was no room for it, perhaps: a later view's rev must not confirm it before the edge has sent it again. What stays
        nonsense, of a newer edge, holds up little: it rests."""
        await asyncio.sleep_ms(_AGAIN_MS)
        self._missed = 1
        self._work.set()
        await asyncio.sleep_ms(_REST_MS)
        self._missed = 0

    def _take(self, part, payload):
        if part == "ack":
            self.outbox.acknowledged(payload["boot"], payload["upto"])
            self._work.set()
        elif part.startswith("show/"):
            self.on_show(part, payload)
        elif part == "do":
            self.on_do(payload)
        else:
            raise wire.Nonsense("part")

    def _take_state(self, state):
        if state["state"] != "ready":
            self._tell("edge silent", "edge silent")
            self._change(False)
            return
        self.last_beat, self._beat_at = state, ticks_ms()
        self.outbox.clock.beat(state["day"], state["ms"], self._beat_at, not self._session.is_retained)
        self.trouble = ""
        self._beat.set()
        if state["epoch"] == self.epoch:
            if self.is_ready != (self._greeted == self.epoch):
                self._change(not self.is_ready)
            elif self.outbox.held or self.outbox.unread:
                self._work.set()  # what has a moment may have waited for the time
            return
        self.epoch = state["epoch"]
        self._change(False)
        asyncio.create_task(self._greet_after(self.epoch, random.randrange(state["spread_ms"] + 1)))

    async def _greet_after(self, epoch, wait_ms):
        """Birth: what this is, that it is here, then all that is held. Spread, so that a floor does not greet at once."""
        await asyncio.sleep_ms(wait_ms)
        if epoch != self.epoch or self._greeted == epoch:
            return
        try:
            await self._session.publish(self._topic("$meta"), wire.encode("$meta", self.meta), retain=True)
            await self._session.publish(
                self._topic("$state"), wire.encode("$state", {"state": self.state}), retain=True
            )
        except Closed:
            return
        if epoch == self.epoch:
            self._greeted = epoch
            self.outbox.again()
            self._change(True)

    def _change(self, is_ready):
        self.is_ready = is_ready
        self.on_change()
        self._work.set()

    async def _watch_beat(self):
        """A frozen edge sends no will: without a beat it is lost."""
        while True:
            left_ms = wire.BEAT_LOST_MS - ticks_diff(ticks_ms(), self._beat_at)
            if left_ms > 0:
                due = ticks_add(ticks_ms(), left_ms)
                await asyncio.sleep_ms(left_ms)
                self.late_ms = max(self.late_ms, ticks_diff(ticks_ms(), due))
                continue
            if self.is_ready:
                self._tell("edge silent", "edge silent")
                self._change(False)
            self._beat.clear()
            await self._beat.wait()

    # what is sent

    async def _send_all(self):
        alive.expect("send", self._work.set)
        while True:
            alive.sign("send")
            self._work.clear()
            try:
                wait_ms = await self._send_some()
            except Closed:
                wait_ms = None  # the next session says when
            if wait_ms is None:
                await self._work.wait()
            elif wait_ms:
                try:
                    await asyncio.wait_for_ms(self._work.wait(), wait_ms)
                except asyncio.TimeoutError:
                    pass

    async def _send_some(self):
        """Send one message, presses before reports; without a line, presses go to flash. 0: there may be more; else as
        `Outbox.wait_ms`."""
        now = ticks_ms()
        if not self.is_ready:
            wait_ms = self.outbox.spill_wait_ms(now)
            if wait_ms == 0:
                self.outbox.save()
            return wait_ms
        wait_ms = self.outbox.wait_ms(now)
        if wait_ms == 0:
            await self._session.publish(self._topic("ev"), self.outbox.next(self.epoch, now))
        elif self._said:
            part, fields = self._said.pop(0)
            await self._session.publish(self._topic(part), wire.encode(part, fields), retain=part in wire.RETAINED)
        elif self._shown and self._missed < 2:
            fields, self._shown = self._shown, None
            await self._session.publish(self._topic("shown"), wire.encode("shown", fields), qos=0)
        elif self._health:
            fields, self._health = self._health, None
            await self._session.publish(self._topic("health"), wire.encode("health", fields), qos=0)
        else:
            return wait_ms
        return 0
