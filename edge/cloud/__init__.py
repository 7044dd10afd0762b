"""The cloud rim: journal rows go up to NATS JetStream in their order, notices come down; one connection, one thread.

A row counts as sent when the hub has confirmed that it stored it. What the hub holds last is compared with the journal at each
connection: where they differ, this journal was put back from a backup, and goes up as another incarnation.
"""

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
import nats
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig

from edge import clock
from edge.cloud import cursor, messages
from edge.cloud.messages import Answer, Row
from edge.facts import Fact
from edge.floor import Floor
from edge.journal import Journal
from edge.requests import ObserveOutside, Request, TakeNotice
from edge.settings import Settings

NAME = "cloud"
ROWS_MAX = 1_000  # of one message …
BYTES_MAX = 512 * 1024  # … which the hub's limit of 1 MiB must hold
LOOK_S = 1.0  # at the latest so often the journal is looked at
FETCH_S = 5.0
AGAIN_S_MIN, AGAIN_S_MAX = 1.0, 15.0
END_S = 2.0
WAYS = ("up", "down")

Tell = Callable[..., None]
"""tell(request), or tell(request, done) with a callable that is given the core's answer in another thread."""


class PutBack(Exception):
    """The journal is another than it was: look anew how far it has gone up."""


class Cloud:
    """Lives from `start` to `stop`; `show` from the replica's thread."""

    def __init__(self, settings: Settings, state: Path, tell: Tell) -> None:
        self._settings, self._state, self._tell = settings.cloud, state, tell
        self._site = settings.site
        self._walls = 0  # online
        self._path = state / "cloud.json"
        self._cursor = cursor.read(self._path)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._living: asyncio.Task[None] | None = None
        self._news = asyncio.Event()
        self._again_s = AGAIN_S_MIN
        self._working: set[str] = set()  # of WAYS
        self._thread = threading.Thread(target=lambda: asyncio.run(self._live()), name="cloud", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def show(self, floor: Floor, facts: Sequence[Fact]) -> None:
        self._walls = sum(1 for d in floor.devices.values() if d.role == "wallboard" and d.online)
        if facts and self._loop:
            _call_soon(self._loop, self._news.set)

    def stop(self) -> None:
        if self._loop and self._living:
            self._loop.call_soon_threadsafe(self._living.cancel)
            self._thread.join(END_S)

    async def _live(self) -> None:
        self._loop, self._living = asyncio.get_running_loop(), asyncio.current_task()
        try:
            while True:
                try:
                    await self._session()
                except PutBack:
                    self._again_s = AGAIN_S_MIN
                except sqlite3.OperationalError as error:
                    if "no such table" not in str(error):  # it is being made this moment
                        self._observe(f"the journal cannot be read: {error}")
                except (nats.errors.Error, OSError, TimeoutError) as error:
                    self._observe(messages.why(self._settings.nats, error))
                await asyncio.sleep(self._again_s)
                self._again_s = min(AGAIN_S_MAX, 2 * self._again_s)
        except asyncio.CancelledError:
            return

    async def _session(self) -> None:
        """One connection, to its end; what ended it is raised."""
        closed = asyncio.Event()
        client = await messages.connect(
            self._settings.nats, self._settings.credentials, f"floorboard {self._site}", closed
        )
        hub = client.jetstream(timeout=messages.ANSWER_S)
        tasks = []
        try:
            await self._find_place(hub)
            self._working = set()
            tasks = [asyncio.create_task(each) for each in (self._upload(hub), self._notices(hub), closed.wait())]
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
            raise ConnectionResetError
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await client.close()

    def _works(self, way: str) -> None:
        """Only a hub that takes rows, or has none to take, and gives notices is there: else it would come and go each second."""
        if way not in self._working:
            self._working.add(way)
            if len(self._working) == len(WAYS):
                self._observe("")
                self._again_s = AGAIN_S_MIN

    def _observe(self, why: str) -> None:
        self._tell(ObserveOutside(name=NAME, sort="cloud", why=why, by="rims"))

    # up

    async def _find_place(self, hub: JetStreamContext) -> None:
        """How far this journal has gone up, by what the hub itself holds last of it."""
        known, created = self._cursor, str((await messages.stream(hub, messages.FACTS)).created)
        journal = self._journal()
        try:
            last = await self._last(hub, known.incarnation)
            ours = journal.rows(known.upto - 1, 1) if known.upto else []
            if known.upto and (not ours or cursor.digest(ours[0][2]) != known.last):
                known = cursor.Cursor.new()
            elif last is None and known.stream != created:
                known.upto = 0
            elif last is not None and journal.rows(last.seq - 1, 1) == [last]:
                known.upto, known.last = last.seq, cursor.digest(last.fact)
            elif last is not None:
                known = cursor.Cursor.new()
        finally:
            journal.close()
        known.stream = created
        self._keep(known)

    async def _last(self, hub: JetStreamContext, incarnation: str) -> Row | None:
        try:
            message = await hub.get_last_msg(messages.FACTS, messages.facts_subject(self._site, incarnation))
        except nats.js.errors.NotFoundError:
            return None
        try:
            return messages.decode_rows(message.data or b"")[-1]
        except messages.Nonsense:
            return Row(0, 0, "")  # somebody else's, and not as our journal has it

    async def _upload(self, hub: JetStreamContext) -> None:
        """In order, one message at a time: what is confirmed has nothing before it that is not."""
        subject = messages.facts_subject(self._site, self._cursor.incarnation)
        journal, inode = self._journal(), self._inode()
        try:
            while True:
                self._news.clear()
                rows = _fitting([Row(*row) for row in journal.rows(self._cursor.upto, ROWS_MAX)])
                if rows:
                    await hub.publish(
                        subject, messages.encode_rows(rows), stream=messages.FACTS, timeout=messages.ANSWER_S
                    )
                    self._cursor.upto, self._cursor.last = rows[-1].seq, cursor.digest(rows[-1].fact)
                    self._keep(self._cursor)
                    self._works("up")
                    continue
                if self._inode() != inode or journal.last_seq() < self._cursor.upto:
                    raise PutBack
                await _event_or_s(self._news, LOOK_S)
                self._works("up")
        finally:
            journal.close()

    def _journal(self) -> Journal:
        return Journal(self._state / "journal.db", read_only=True)

    def _inode(self) -> int:
        return (self._state / "journal.db").stat().st_ino

    def _keep(self, known: cursor.Cursor) -> None:
        self._cursor = known
        cursor.write(self._path, known)

    # down

    async def _notices(self, hub: JetStreamContext) -> None:
        lane = str((await messages.stream(hub, messages.NOTICES)).created)
        consumer = ConsumerConfig(durable_name=f"site-{self._site}", ack_wait=2 * messages.ANSWER_S)
        inbox = await hub.pull_subscribe(
            f"fb.{self._site}.notice", durable=consumer.durable_name, stream=messages.NOTICES, config=consumer
        )
        self._works("down")
        while True:
            try:
                came = await inbox.fetch(1, timeout=FETCH_S)
            except TimeoutError:  # nothing came: the library has two of that name, and raises either
                await inbox.consumer_info()
                continue
            for message in came:
                answer = await self._take(message, lane)
                await hub.publish(f"fb.{self._site}.answer", msgspec.json.encode(answer), timeout=messages.ANSWER_S)
                await message.ack()

    async def _take(self, message: Msg, lane: str) -> Answer:
        """Decided by the floor before it is acknowledged; asked again by the hub it is the same event, and decided once."""
        try:
            notice = messages.decode_notice(message.data)
        except messages.Nonsense as wrong:
            return Answer(id=_id_of(message.data), ok=False, why=str(wrong))
        decided: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        request: Request = TakeNotice(
            lane=lane,
            number=message.metadata.sequence.stream,
            id=notice.id,
            text=notice.text,
            until_ms=min(notice.at_ms, clock.now_ms()) + 60_000 * notice.minutes,
            by="cloud",
        )
        loop = asyncio.get_running_loop()
        self._tell(request, lambda answer: _call_soon(loop, _settle, decided, answer))
        if any(fact["kind"] == "NoticeEnded" for fact in (await decided)["facts"]):
            return Answer(id=notice.id, ok=False, why="its time had run out")
        return Answer(id=notice.id, ok=True, walls=self._walls)


def _call_soon(loop: asyncio.AbstractEventLoop, *what: Any) -> None:
    """From another thread; nothing once the loop has ended."""
    with suppress(RuntimeError):
        loop.call_soon_threadsafe(*what)


def _settle(decided: "asyncio.Future[dict[str, Any]]", answer: dict[str, Any]) -> None:
    if not decided.done():  # the session that waited for it may have ended
        decided.set_result(answer)


def _id_of(payload: bytes) -> str:
    """Of a message that is not a notice, so that whoever sent it hears of it if that is possible."""
    try:
        return str(msgspec.json.decode(payload, type=dict[str, Any]).get("id", ""))[:32]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return ""


def _fitting(rows: Sequence[Row]) -> Sequence[Row]:
    """As many as one message holds, at least one."""
    size = 0
    for number, row in enumerate(rows):
        size += len(row.fact.encode()) + 40  # and its two numbers
        if size > BYTES_MAX and number:
            return rows[:number]
    return rows


async def _event_or_s(event: asyncio.Event, wait_s: float) -> None:
    try:
        await asyncio.wait_for(event.wait(), wait_s)
    except TimeoutError:
        pass
