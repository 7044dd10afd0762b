"""The cloud's end: rows from NATS JetStream into PostgreSQL, by key, so that what comes twice stands there once."""

import asyncio
import os
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import nats
import psycopg
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import ConsumerConfig

from edge.cloud import messages
from edge.cloud.messages import Nonsense, Row

DURABLE = "postgresql"
FETCH, FETCH_S = 16, 1.0
ACK_WAIT_S = 10.0  # then the hub sends again what a receiver that ended had not acknowledged
AGAIN_S_MIN, AGAIN_S_MAX = 0.5, 10.0
STORE_S = 10.0  # for PostgreSQL to store what one fetch brought
Result = TypeVar("Result")

TABLES = """
create schema if not exists floorboard;
create table if not exists floorboard.journal (
    site text, incarnation text, seq bigint, noted_ms bigint not null, fact json not null,
    primary key (site, incarnation, seq)
);
create table if not exists floorboard.source (
    site text, incarnation text, upto bigint not null default 0, heard_at timestamptz not null default now(),
    primary key (site, incarnation)
);
create or replace view floorboard.present as
select row.* from floorboard.journal as row join (
    select distinct on (site) site, incarnation from floorboard.source order by site, heard_at desc
) as newest using (site, incarnation);
"""
UPSERT = """
insert into floorboard.journal
select %s, %s, * from unnest(%s::bigint[], %s::bigint[], %s::json[]) on conflict do nothing
"""
# The rows beyond `upto` that follow it without a hole: there, seq less its place in the order is `upto`.
ADVANCE = """
insert into floorboard.source as known (site, incarnation) values (%(site)s, %(incarnation)s)
on conflict (site, incarnation) do update set heard_at = now();
"""
FOLLOWING = """
update floorboard.source set upto = coalesce((
    select max(seq) from (
        select seq, seq - row_number() over (order by seq) as before
        from floorboard.journal where site = source.site and incarnation = source.incarnation and seq > source.upto
    ) as beyond where before = source.upto), upto)
where site = %(site)s and incarnation = %(incarnation)s returning upto, (
    select max(seq) from floorboard.journal where site = source.site and incarnation = source.incarnation)
"""
STATUS = """
select site, incarnation, upto, extract(epoch from heard_at)::bigint,
    (select count(*) from floorboard.journal as row where row.site = source.site and row.incarnation = source.incarnation)
from floorboard.source order by site, heard_at
"""
GAPS = """
select after + 1, seq - 1 from (
    select seq, coalesce(lag(seq) over (order by seq), %(upto)s) as after
    from floorboard.journal where site = %(site)s and incarnation = %(incarnation)s and seq > %(upto)s
) as pair where seq > after + 1 order by seq
"""


class Source(NamedTuple):
    """What stands in PostgreSQL of one journal; `gaps` are pairs (first, last) of rows that are missing before others."""

    site: str
    incarnation: str
    upto: int
    heard_s: int
    rows: int
    gaps: list[tuple[int, int]]


class Store:
    """A connection to PostgreSQL, made again when it was lost. psycopg.Error from `take` means that nothing of it was kept.
    `makes`: the tables, if they are not there."""

    def __init__(self, dsn: str, *, makes: bool = False) -> None:
        self._dsn, self._makes = dsn, makes
        self._sql: psycopg.Connection[Any] | None = None
        self._holes: set[tuple[str, str]] = set()  # journals that have one, as far as was said

    def connect(self) -> psycopg.Connection[Any]:
        if self._sql is None or self._sql.closed:
            self._sql = psycopg.connect(self._dsn, connect_timeout=messages.CONNECT_S)
            if self._makes:
                with self._sql.transaction():
                    self._sql.execute(TABLES)
        return self._sql

    def cut(self) -> None:
        """From another thread: whatever waits for PostgreSQL ends with an error."""
        if self._sql is not None and not self._sql.closed:
            with socket.socket(fileno=os.dup(self._sql.fileno())) as line, suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)

    def take(self, batches: Sequence[tuple[str, str, list[Row]]]) -> list[str]:
        """Rows of (site, incarnation), in one transaction. Sentences about gaps that came or went."""
        sql = self.connect()
        said: list[str] = []
        with sql.transaction():
            for site, incarnation, rows in batches:
                seqs, noted, facts = zip(*rows, strict=True)
                sql.execute(UPSERT, (site, incarnation, list(seqs), list(noted), list(facts)))
                key = {"site": site, "incarnation": incarnation}
                sql.execute(ADVANCE, key)
                found = sql.execute(FOLLOWING, key).fetchone()
                assert found
                said += self._gap(site, incarnation, *found)
        return said

    def _gap(self, site: str, incarnation: str, upto: int, last: int) -> Iterator[str]:
        key = site, incarnation
        if upto < last and key not in self._holes:
            self._holes.add(key)
            yield f"{site} {incarnation}: rows after {upto:,} are missing before {last:,}."
        elif upto >= last and key in self._holes:
            self._holes.remove(key)
            yield f"{site} {incarnation}: whole again up to {upto:,}."

    def sources(self) -> list[Source]:
        sql = self.connect()
        with sql.transaction():
            if not sql.execute("select to_regclass('floorboard.source')").fetchone()[0]:  # type: ignore[index]
                return []
            return [
                Source(site, incarnation, upto, heard_s, rows, self._gaps(sql, site, incarnation, upto))
                for site, incarnation, upto, heard_s, rows in sql.execute(STATUS).fetchall()
            ]

    def _gaps(self, sql: psycopg.Connection[Any], site: str, incarnation: str, upto: int) -> list[tuple[int, int]]:
        return sql.execute(GAPS, {"site": site, "incarnation": incarnation, "upto": upto}).fetchall()

    def close(self) -> None:
        if self._sql is not None:
            self._sql.close()


async def receive(url: str, credentials: str, dsn: str, say: Callable[[str], None]) -> None:
    """For ever, through the loss of either end; `say` hears a sentence about each loss, return and gap."""
    store, again_s, lost = Store(dsn, makes=True), AGAIN_S_MIN, ""
    while True:
        try:
            closed = asyncio.Event()
            client = await messages.connect(url, credentials, "floorboard receive", closed)
            try:
                inbox = await _inbox(client.jetstream(timeout=messages.ANSWER_S))
                await _in_time(store, store.connect)
                say("Receiving again." if lost else "Receiving.")
                again_s, lost = AGAIN_S_MIN, ""
                while not closed.is_set():
                    await _take(inbox, store, say)
            finally:
                await client.close()
            why = messages.why(url, ConnectionResetError())
        except psycopg.Error as error:
            why = f"PostgreSQL: {str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__}"
        except (nats.errors.Error, OSError, TimeoutError) as error:
            why = messages.why(url, error)
        if why != lost:
            lost = why
            say(f"Waiting: {why}.")
        await asyncio.sleep(again_s)
        again_s = min(AGAIN_S_MAX, 2 * again_s)


async def _inbox(hub: JetStreamContext) -> JetStreamContext.PullSubscription:
    await messages.stream(hub, messages.FACTS)
    config = ConsumerConfig(durable_name=DURABLE, ack_wait=ACK_WAIT_S, max_ack_pending=4 * FETCH)
    subject = messages.facts_subject("*", "*")
    return await hub.pull_subscribe(subject, durable=DURABLE, stream=messages.FACTS, config=config)


async def _take(inbox: JetStreamContext.PullSubscription, store: Store, say: Callable[[str], None]) -> None:
    """Acknowledged once it stands in PostgreSQL; what could not be stored is asked for again at once."""
    try:
        came = await inbox.fetch(FETCH, timeout=FETCH_S)
    except TimeoutError:  # nothing came: the library has two of that name, and raises either
        await inbox.consumer_info()  # it may have gone with its stream, and would be silent for ever
        return
    batches = []
    for message in came:
        try:
            batches.append((message, (*_source(message), messages.decode_rows(message.data))))
        except Nonsense as nonsense:
            say(f"{message.subject}: a message is none of ours and is left out: {nonsense}.")
    try:
        said = await _in_time(store, lambda: store.take([batch for _, batch in batches]))
    except psycopg.DataError:
        said = [sentence for message, batch in batches for sentence in await _alone(store, message, batch)]
    except psycopg.Error:
        for message in came:
            await message.nak()
        raise
    for sentence in said:
        say(sentence)
    for message in came:
        await message.ack()


async def _alone(store: Store, message: Msg, batch: tuple[str, str, list[Row]]) -> list[str]:
    """Where one message of several cannot be stored, the others can; it is left out, since it never will be."""
    try:
        return await _in_time(store, lambda: store.take([batch]))
    except psycopg.DataError as wrong:
        return [f"{message.subject}: a message cannot be stored and is left out: {str(wrong).splitlines()[0]}."]


async def _in_time(store: Store, call: Callable[[], Result]) -> Result:
    """In a thread; psycopg.OperationalError if PostgreSQL says nothing for STORE_S, as one that was stopped does."""
    working = asyncio.ensure_future(asyncio.to_thread(call))
    try:
        return await asyncio.wait_for(asyncio.shield(working), STORE_S)
    except (TimeoutError, asyncio.CancelledError) as late:
        store.cut()
        with suppress(psycopg.Error):
            await working
        if isinstance(late, TimeoutError):
            raise psycopg.OperationalError("it does not answer in time") from late
        raise


def _source(message: Msg) -> tuple[str, str]:
    _, site, _, incarnation = message.subject.split(".")
    return site, incarnation
