"""The devices' rim: MQTT to the broker. Events in, decided, acknowledged after the commit; lamps and commands out.

docs/wire.md has the rules. All of it runs in the core's thread, which waits for this session as it waits for requests; a core that
hangs sends no beat.
"""

import secrets
import sys
import time
from collections import Counter
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

from edge import clock, identity, wire
from edge.core import Core, Failed, Outcome
from edge.devices import access, updates
from edge.devices.session import Session
from edge.devices.showing import Showing
from edge.facts import DeviceAsked, DeviceRegistered, DeviceRevoked, Fact, UpdateAsked
from edge.figures import local_offset_s
from edge.floor import Command, Floor
from edge.requests import DeviceEvent, ObserveAnswer, ObserveBroker, ObserveDevice, ObserveKeys, Request, Tick
from edge.settings import Settings

DAY_ZERO_MS = 946_684_800_000  # 2000-01-01 UTC
DAY_MS = 86_400_000
ROUND_S = 0.9  # at most so often; the core shows us the floor once a second
NONSENSE_SHOWN_MAX = 20  # lines on standard error, then only counts
QUIET_MS = wire.BEAT_LOST_MS  # a device not heard of so long after its time to greet is lost


class Devices:
    """The edge's MQTT session. `start` returns at once; a broker that is away is tried again for ever."""

    def __init__(self, core: Core, settings: Settings, state: Path) -> None:
        self.nonsense: Counter[str] = Counter()  # "<device> <part>: <what>" -> how often
        self.epoch = ""
        self.health: dict[str, dict[str, Any]] = {}  # device -> its last `health`, and when that came (at_ms)
        self._core, self._site, self._state = core, settings.site, state
        self._updates = updates.Updates(state)
        self._settings = settings
        self._known: frozenset[str] = frozenset()
        self._dispensers: frozenset[str] = frozenset()
        self._note_known()
        self._births: dict[str, dict[str, Any]] = {}  # device -> its $meta
        self._states: dict[str, str] = {}  # device -> its $state
        self._heard: set[str] = set()  # in this epoch
        self._unborn: set[str] = set()  # heard, but their births were not: QoS 0 may lose one
        self._greeted_by_ms = 0
        self._beat_at = 0.0
        self._acks: dict[tuple[str, str], int] = {}  # (device, lane) -> boot
        self._showing = Showing("", settings, self._send)
        self._walls_due_s: float | None = None  # when what hangs on walls may be shown further
        self._sessions = 0  # how many there have been
        self._failed: list[Request] = []  # observations that could not be kept: put again at the next round
        self._round_at = 0.0
        will = (self._topic("$state"), b'{"state":"lost"}')
        self._session = Session(settings, state, will, came=self._message, up=self._up, down=self._down, wake=core.wake)
        core.sources.append(self)

    def start(self) -> None:
        self._core.put(ObserveBroker(at_ms=self._core.now_ms(), is_there=False))
        self._session.start()

    def stop(self) -> None:
        """Says so to the devices, which need not wait for a missing beat."""
        self._session.publish(self._topic("$state"), b'{"state":"lost"}', retain=True)
        self._session.stop()

    def show(self, floor: Floor, touched: set[str], batch: Sequence[Fact]) -> None:
        now = time.monotonic()
        if is_round := now - self._round_at > ROUND_S:
            self._round_at = now
            self._session.tend()
            self._put_again()
        if any(isinstance(fact, DeviceRegistered | DeviceRevoked) for fact in batch):
            self._change_access(batch)
        now_ms = self._core.now_ms()
        if self.epoch:
            for desk in touched:  # first of all: somebody waits for the light
                self._showing.desk(floor, desk, now_ms)
            for device in {fact.event[0] for fact in batch if fact.event} & self._dispensers:
                self._showing.dispenser(floor, floor.devices[device], now_ms)
        for (device, lane), boot in self._acks.items():
            self._send(device, "ack", {"boot": boot, "upto": floor.mark(device, lane)})
        self._acks.clear()
        if not self.epoch:
            return
        self._ask(floor, batch)
        if batch or self._walls_due_s is not None or now_ms >= (self._showing.halls_due_ms or now_ms + 1):
            self._walls_due_s = self._showing.walls(floor, now_ms)
        if is_round:
            self._round(now)

    def _ask(self, floor: Floor, batch: Sequence[Fact]) -> None:
        for fact in batch:
            if isinstance(fact, DeviceAsked):
                self._send_command(fact.id, floor.commands.get(fact.id))
            elif isinstance(fact, UpdateAsked):
                self._send_order(fact.device)

    def fileno(self) -> int | None:
        return self._session.fileno()

    def wants_write(self) -> bool:
        return self._session.wants_write()

    def due_s(self) -> float | None:
        if not self.epoch:
            return None
        if self._walls_due_s is not None:
            return self._walls_due_s
        due_ms = self._showing.halls_due_ms
        return None if due_ms is None else time.monotonic() + clock.wait_s(due_ms - self._core.now_ms())

    def pump(self) -> None:
        self._session.pump()

    # The session's events.

    def _up(self) -> None:
        self._sessions += 1
        self._births.clear()
        self._states.clear()
        self._session.subscribe([(f"{wire.PREFIX}{self._site}/+/{part}", 0) for part in wire.FROM_DEVICE])
        self._session.subscribe([(access.ANSWERS, 1)])
        self._core.put(Tick(at_ms=self._core.now_ms()), partial(self._greet, self._sessions))

    def _down(self) -> None:
        self.epoch = ""
        self._observe(ObserveBroker(at_ms=self._core.now_ms(), is_there=False))

    def _message(self, message: mqtt.MQTTMessage) -> None:
        device, part = "?", "?"
        if message.topic == access.ANSWERS:
            self._take_access(message.payload)
            return
        try:
            _, device, part = wire.parts(message.topic)
            if device in self._known:
                self._take(device, part, message.payload)
        except wire.Nonsense as nonsense:
            self._count(f"{device} {part}: {nonsense}")

    def _count(self, what: str) -> None:
        self.nonsense[what] += 1
        if len(self.nonsense) <= NONSENSE_SHOWN_MAX and self.nonsense[what] == 1:
            print(f"nonsense from {what}", file=sys.stderr)

    def _take(self, device: str, part: str, payload: bytes | bytearray) -> None:
        fields = wire.decode(part, payload)
        if part == "ev":
            self._take_event(device, fields)
        elif part == "shown" and fields["epoch"] == self.epoch:
            self._showing.confirmed(device, fields["rev"])
        elif part == "rsp":
            self._answered(device, **fields)
        elif part == "up":
            self._send_piece(device, fields)
        elif part == "health":
            self.health[device] = {"at_ms": self._core.now_ms(), **fields}
            self._take_stuck(device, fields["stuck"])
        elif part == "$meta":
            self._births[device] = fields
            self._take_birth(device)
        elif part == "$state":
            self._states[device] = fields["state"]
            self._take_birth(device)

    def _answered(self, device: str, id: str, ok: bool, why: str) -> None:
        answer = ObserveAnswer(at_ms=self._core.now_ms(), by="device:" + device, device=device, id=id, ok=ok, why=why)
        self._core.put(answer)

    def _send_order(self, device: str) -> None:
        """To fetch new firmware, if it is its turn."""
        try:
            order = self._updates.order(self._core.floor, device)
        except updates.Gone as gone:
            rollout = self._core.floor.rollout
            self._answered(device, rollout.rollout if rollout else "", False, str(gone))
            return
        if order:
            self._send(device, "do", order)

    def _send_piece(self, device: str, wish: dict[str, Any]) -> None:
        try:
            piece = self._updates.piece(self._core.floor, device, wish)
        except updates.Gone:  # said at the order
            return
        self._session.publish(wire.topic(self._site, device, "piece"), piece)

    def _take_event(self, device: str, fields: dict[str, Any]) -> None:
        birth = self._births.get(device)
        if birth is None:
            self._unborn.add(device)
        if fields["epoch"] != self.epoch or birth is None:
            return  # unacknowledged: it is sent again in the right epoch, after the birth
        age_ms = fields["age_ms"]
        event = DeviceEvent(
            at_ms=self._core.now_ms() - (age_ms or 0),
            device=device,
            id=birth["id"],
            boot=fields["boot"],
            seq=fields["seq"],
            first=fields["first"],
            age_ms=age_ms,
            door=fields.get("door", 0),
            asked=fields.get("ask", 0),
            score=fields.get("score", 0),
            key=fields.get("key", ""),
            press=fields.get("press", ""),
            **{f"{kind}_key": identity.hide(self._state, kind, fields.get(kind, "")) for kind in ("pin", "badge")},
        )
        self._core.put(event, partial(self._decided, device, event.lane, event.boot))

    def _take_stuck(self, device: str, keys: str) -> None:
        known = self._core.floor.devices.get(device)
        if known and known.stuck != keys:
            self._observe(ObserveKeys(at_ms=self._core.now_ms(), by="device:" + device, device=device, keys=keys))

    def _take_birth(self, device: str) -> None:
        """`$meta` and `$state` may come in either order when they are retained."""
        state, birth = self._states.get(device), self._births.get(device)
        now_ms = self._core.now_ms()
        if state == "lost":
            self._observe(ObserveDevice(at_ms=now_ms, by="device:" + device, device=device))
        elif state and birth:
            came = ObserveDevice(at_ms=now_ms, by="device:" + device, device=device, state=state, **birth)
            self._core.put(came, partial(self._came, came))

    # What the core answers.

    def _observe(self, request: Request) -> None:
        """Put what has happened: it is kept, if not now then as soon as the journal can be written again."""
        self._core.put(request, partial(self._or_again, request))

    def _or_again(self, request: Request, outcome: Outcome) -> None:
        if isinstance(outcome, Failed):
            self._failed.append(request)

    def _put_again(self) -> None:
        failed, self._failed = self._failed, []
        for request in failed:
            if isinstance(request, ObserveDevice) and request.firmware:
                self._take_birth(request.device)  # as it is now
            elif not isinstance(request, ObserveBroker) or request.is_there == bool(self.epoch):
                self._observe(request)

    def _decided(self, device: str, lane: str, boot: int, outcome: Outcome) -> None:
        if not isinstance(outcome, Failed):
            self._acks[device, lane] = boot

    def _came(self, came: ObserveDevice, outcome: Outcome) -> None:
        self._or_again(came, outcome)
        device = came.device
        self._heard.add(device)
        self._showing.unsure(device)
        for id, command in self._core.floor.commands.items():
            if command.device == device:
                self._send_command(id, command)
        self._send_order(device)

    def _greet(self, session: int, _outcome: Outcome) -> None:
        """A new epoch: the beat first, then every lamp."""
        if session != self._sessions or not self._session.is_up:
            return  # it has gone meanwhile
        self.epoch = secrets.token_hex(4)
        self._observe(ObserveBroker(at_ms=self._core.now_ms(), is_there=True))
        self._heard.clear()
        self._greeted_by_ms = self._core.now_ms() + self._spread_ms() + QUIET_MS
        self._showing = Showing(self.epoch, self._settings, self._send)
        self._beat()
        self._session.publish(access.COMMANDS, access.LIST)
        for desk in self._core.floor.desks:
            self._showing.desk(self._core.floor, desk, self._core.now_ms())
        self._showing.walls(self._core.floor, self._core.now_ms())
        self._showing.lights(self._core.floor, self._core.now_ms())

    def _round(self, now: float) -> None:
        if now - self._beat_at > wire.BEAT_MS / 1000 - ROUND_S / 2:
            self._beat()
        self._showing.again(self._is_there)
        self._showing.lights(self._core.floor, self._core.now_ms())
        self._walls_due_s = self._showing.walls(self._core.floor, self._core.now_ms())
        while self._unborn:  # a new subscription brings the retained birth once more
            device = self._unborn.pop()
            self._session.subscribe([(wire.topic(self._site, device, part), 0) for part in ("$meta", "$state")])
        if self._greeted_by_ms and self._core.now_ms() > self._greeted_by_ms:
            self._greeted_by_ms = 0
            self._miss_the_silent()

    def _miss_the_silent(self) -> None:
        """Devices that the floor holds for present but that did not greet this epoch."""
        for device in self._core.floor.devices.values():
            if device.online and device.device not in self._heard:
                self._observe(ObserveDevice(at_ms=self._core.now_ms(), by="clock", device=device.device))

    def _is_there(self, device: str) -> bool:
        known = self._core.floor.devices.get(device)
        return device in self._heard and known is not None and known.online

    def _note_known(self) -> None:
        devices = self._core.floor.devices.values()
        self._known = frozenset(device.device for device in devices if device.role)
        self._dispensers = frozenset(device.device for device in devices if device.role == "dispenser")

    def _change_access(self, batch: Sequence[Fact]) -> None:
        self._note_known()
        for fact in batch:
            if isinstance(fact, DeviceRevoked):
                self._showing.forget(fact.device)
                self.health.pop(fact.device, None)
        came = [fact.device for fact in batch if isinstance(fact, DeviceRegistered)]
        gone = [fact.device for fact in batch if isinstance(fact, DeviceRevoked)]
        self._allow([name for name in came if name in self._known], [name for name in gone if name not in self._known])

    def _take_access(self, answer: bytes | bytearray) -> None:
        """Whom the broker lets in is made whom the floor knows, whatever was lost on the way."""
        for refusal in access.refusals(answer):
            print(refusal, file=sys.stderr)
        names = access.listed(answer)
        if names is not None:
            self._allow(sorted(self._known - names), sorted(names - self._known))

    def _allow(self, come: Sequence[str], gone: Sequence[str]) -> None:
        for command in access.commands(come, gone, self._site, self._state):
            self._session.publish(access.COMMANDS, command)

    def _send_command(self, id: str, command: Command | None) -> None:
        if command:
            self._send(command.device, "do", {"id": id, "cmd": command.cmd})

    def _beat(self) -> None:
        self._beat_at = time.monotonic()
        day, ms = divmod(self._core.now_ms() - DAY_ZERO_MS, DAY_MS)
        beat = {
            "state": "ready",
            "epoch": self.epoch,
            "spread_ms": self._spread_ms(),
            "day": max(0, day),  # a record may be older than that
            "ms": ms,
            "offset_s": local_offset_s(self._core.now_ms(), self._settings.zone),
        }
        self._publish(self._topic("$state"), "edge/$state", beat)

    def _spread_ms(self) -> int:
        return wire.SPREAD_MS_PER_DEVICE * len(self._known)

    def _topic(self, part: str) -> str:
        return wire.topic(self._site, "edge", part)

    def _send(self, device: str, part: str, fields: dict[str, Any]) -> None:
        self._publish(wire.topic(self._site, device, part), part, fields)

    def _publish(self, topic: str, shape: str, fields: dict[str, Any]) -> None:
        self._session.publish(topic, wire.encode(shape, fields), retain=wire.shape(shape) in wire.RETAINED)
