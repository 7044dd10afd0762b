"""The tables that are derived from the facts, in the journal's own file: figures, spells, stays, periods and what else a
report is made of. They are written in
the transaction of the facts themselves, and could be dropped and made anew from them."""

import sqlite3
from collections.abc import Iterable, Iterator

import msgspec
from sqlite_utils import Database

from edge.figures import COLUMNS, Sums
from edge.gains import OWN, Case, Gains, HelpGiven, Period, Planned, Served, Spell, Stay, Terms


def create(db: Database) -> None:
    columns = ", ".join(f"{column} integer not null" for column in COLUMNS)
    db.execute(
        f"create table figures (interval_ms integer, queue text, {columns}, primary key (interval_ms, queue))"
        " strict, without rowid"
    )
    db.execute(
        "create table spell (contact text, label text, queue text, state text, agent text, from_ms integer,"
        " to_ms integer, primary key (contact, from_ms, to_ms, state)) strict, without rowid"
    )
    db.execute(
        "create table stay (entered_ms integer, queue text, contact text, label text, channel text, outcome text,"
        " wait_ms integer, agent text, team text, talk_ms integer, hold_ms integer, wrap_ms integer, no_show integer,"
        " ended_ms integer, from_seq integer, to_seq integer, primary key (entered_ms, from_seq)) strict, without rowid"
    )
    db.execute("create index stay_ended on stay (ended_ms)")
    db.execute(
        "create table period (agent text, from_ms integer, to_ms integer, state text, reason text, desk text, team text,"
        " queue text, from_seq integer, primary key (agent, from_ms)) strict, without rowid"
    )
    db.execute("create index period_to on period (to_ms)")
    db.execute(
        "create table help (raised_ms integer, desk text, team text, kind text, agent text, helper text,"
        " acknowledged_ms integer, arrived_ms integer, closed_ms integer, escalated integer, from_seq integer,"
        " to_seq integer, primary key (raised_ms, desk, kind, from_seq)) strict, without rowid"
    )
    create_terms(db)
    db.execute(
        'create table "case" (closed_ms integer, contact text, label text, queue text, owner text, team text,'
        " confirmed integer, from_seq integer, to_seq integer, primary key (closed_ms, from_seq)) strict, without rowid"
    )
    db.execute(
        "create table plan (agent text, day text, from_ms integer, to_ms integer, activity text,"
        " primary key (agent, day, from_ms)) strict, without rowid"
    )
    db.execute("create index plan_to on plan (to_ms)")
    create_served(db)


def create_terms(db: Database) -> None:
    db.execute(
        "create table terms (from_ms integer, queue text, target_s integer, under integer, short_s integer, variant text,"
        " primary key (queue, from_ms)) strict, without rowid"
    )


def add_under(db: Database) -> None:
    """To terms that say nothing of it: the target itself was in time."""
    if "under" in db["terms"].columns_dict:
        return
    db.execute("alter table terms rename to terms_before")
    create_terms(db)
    db.execute("insert into terms select from_ms, queue, target_s, 0, short_s, variant from terms_before")
    db.execute("drop table terms_before")


def create_served(db: Database) -> None:
    db.execute(
        "create table if not exists served (ended_ms integer, contact text, label text, queue text, agent text, team text,"
        " desk text, asked integer, score integer, from_seq integer, to_seq integer, primary key (ended_ms, contact))"
        " strict, without rowid"
    )


class Derived:
    """On the journal's connection, and within its transactions."""

    def __init__(self, sql: sqlite3.Connection) -> None:
        self._sql = sql

    def add(self, gains: Gains) -> None:
        figures = [(at, queue, *(getattr(gain, c) for c in COLUMNS)) for (at, queue), gain in gains.figures.items()]
        self._sql.executemany(_FIGURES, figures)
        self._sql.executemany(_SPELL, map(msgspec.structs.astuple, gains.spells))
        self._sql.executemany(_STAY, map(msgspec.structs.astuple, gains.stays))
        self._sql.executemany(_HELP, map(msgspec.structs.astuple, gains.helps))
        self._sql.executemany(_TERMS, map(msgspec.structs.astuple, gains.terms))
        self._sql.executemany(_CASE, map(msgspec.structs.astuple, gains.cases))
        self._sql.executemany(_SERVED, map(msgspec.structs.astuple, gains.served))
        self._sql.executemany("delete from plan where agent = ? and day = ?", gains.plans)
        for parts in gains.plans.values():
            self._sql.executemany(_PLAN, map(msgspec.structs.astuple, parts))
        if any(period.late for period in gains.periods):
            for period in gains.periods:  # each changes what those before it have left
                self._correct(period) if period.late else self._put([period])
        else:
            self._put(gains.periods)

    def _put(self, periods: Iterable[Period]) -> None:
        self._sql.executemany(_PERIOD, (msgspec.structs.astuple(period)[:-1] for period in periods))

    def _correct(self, late: Period) -> None:
        """What was the agent's own then, was another."""
        sql = (
            "select * from period where agent = ?1 and to_ms > ?2 and from_ms < ?3 and from_ms >= coalesce("
            "(select max(from_ms) from period where agent = ?1 and from_ms <= ?2), 0) order by from_ms"
        )
        for old in [Period(*row) for row in self._sql.execute(sql, (late.agent, late.from_ms, late.to_ms))]:
            if old.state in OWN:
                self._sql.execute("delete from period where agent = ? and from_ms = ?", (old.agent, old.from_ms))
                self._put(corrected(old, late))

    def figures(self) -> Iterator[tuple[int, str, Sums]]:
        """(interval, queue, sums) of all time, in order."""
        for row in self._sql.execute("select * from figures order by interval_ms, queue"):
            yield row[0], row[1], Sums(*row[2:])

    def spells(self, contact: str) -> list[Spell]:
        """Of one contact, in order."""
        sql = "select * from spell where contact = ? order by from_ms, to_ms"
        return [Spell(*row) for row in self._sql.execute(sql, (contact,))]

    def is_over(self, contact: str) -> bool:
        """Its last spell has ended a stay."""
        sql = (
            "select 1 from stay where contact = ?1"
            " and entered_ms >= (select min(from_ms) from spell where contact = ?1)"
            " and entered_ms <= (select max(to_ms) from spell where contact = ?1)"
            " and ended_ms = (select max(to_ms) from spell where contact = ?1)"
        )
        return self._sql.execute(sql, (contact,)).fetchone() is not None

    def closed(self, label: str, from_ms: int) -> str:
        """The contact that came last with that label since then, in small or capital letters; "" if none did."""
        sql = "select contact from stay where entered_ms >= ? and label = ? collate nocase order by entered_ms desc limit 1"
        found = self._sql.execute(sql, (from_ms, label)).fetchone()
        return str(found[0]) if found else ""

    def stays(self, from_ms: int, to_ms: int) -> Iterator[Stay]:
        """That began then, in order; those that go on are on the floor."""
        sql = "select * from stay where entered_ms >= ? and entered_ms < ? order by entered_ms, from_seq"
        return (Stay(*row) for row in self._sql.execute(sql, (from_ms, to_ms)))

    def periods(self, from_ms: int, to_ms: int) -> Iterator[Period]:
        """That reach into that time, by agent and in order."""
        sql = "select * from period where to_ms > ? and from_ms < ? order by +agent, from_ms"
        return (Period(*row) for row in self._sql.execute(sql, (from_ms, to_ms)))

    def handled(self, from_ms: int, to_ms: int) -> Iterator[tuple[int, Stay]]:
        """(when its handling ended, stay) of those who were served, in order: a call's ends with the wrap-up that follows it."""
        sql = (
            "select coalesce(p.to_ms, s.ended_ms) as booked_ms, s.* from stay s left join period p"
            " on s.channel = 'call' and p.agent = s.agent and p.from_ms = s.ended_ms and p.state = 'wrap_up'"
            " where s.ended_ms >= ?1 - 86400000 and s.ended_ms < ?2 and booked_ms >= ?1 and booked_ms < ?2"
            " and (s.talk_ms > 0 or s.hold_ms > 0 or s.wrap_ms > 0 or (s.channel = 'call' and s.outcome = 'answered'))"
            " order by booked_ms, s.from_seq"
        )
        return ((row[0], Stay(*row[1:])) for row in self._sql.execute(sql, (from_ms, to_ms)))

    def wrap_ups(self, from_ms: int, to_ms: int) -> Iterator[Period]:
        """Those after a contact that ended then, whole, in order."""
        sql = (
            "select * from period where to_ms >= ? and to_ms < ? and state = 'wrap_up' and queue <> ''"
            " order by to_ms, agent"
        )
        return (Period(*row) for row in self._sql.execute(sql, (from_ms, to_ms)))

    def fact(self, seq: int) -> str:
        """Of the journal itself, as it is stored; "" if there is none."""
        found = self._sql.execute("select fact from journal where seq = ?", (seq,)).fetchone()
        return str(found[0]) if found else ""

    def knows(self, agent: str) -> bool:
        """Whether it ever was on this floor."""
        return self._sql.execute("select 1 from period where agent = ? limit 1", (agent,)).fetchone() is not None

    def terms(self) -> list[Terms]:
        """Of all queues and times, in order."""
        rows = self._sql.execute("select * from terms order by queue, from_ms")
        return [Terms(from_ms, queue, target_s, bool(under), *rest) for from_ms, queue, target_s, under, *rest in rows]

    def cases(self, from_ms: int, to_ms: int) -> Iterator[Case]:
        """That were closed then, and confirmed or left to lapse since, in order."""
        sql = 'select * from "case" where closed_ms >= ? and closed_ms < ? order by closed_ms'
        return (Case(*row) for row in self._sql.execute(sql, (from_ms, to_ms)))

    def served(self, from_ms: int, to_ms: int) -> Iterator[Served]:
        """Tickets whose service ended then, in order."""
        sql = "select * from served where ended_ms >= ? and ended_ms < ? order by ended_ms, from_seq"
        return (Served(*row) for row in self._sql.execute(sql, (from_ms, to_ms)))

    def plans(self, from_ms: int, to_ms: int) -> list[Planned]:
        """Parts of shifts that reach into that time, by agent and in order."""
        sql = "select * from plan where to_ms > ? and from_ms < ? order by +agent, from_ms"
        return [Planned(*row) for row in self._sql.execute(sql, (from_ms, to_ms))]

    def helps(self, from_ms: int, to_ms: int) -> Iterator[HelpGiven]:
        """That were raised then, in order."""
        sql = "select * from help where raised_ms >= ? and raised_ms < ? order by raised_ms"
        return (HelpGiven(*row) for row in self._sql.execute(sql, (from_ms, to_ms)))


def corrected(old: Period, late: Period) -> Iterator[Period]:
    """A period, once it is known that the agent's own state was another for part of it: what is left before it, the other, and
    what is left after it."""
    begin, end = max(old.from_ms, late.from_ms), min(old.to_ms, late.to_ms)
    parts = [(old.from_ms, begin, old), (begin, end, late), (end, old.to_ms, old)]
    for from_ms, to_ms, of in parts:
        if from_ms < to_ms and of.state != "signed_out":
            queue = of.queue if of.state == "wrap_up" else ""
            yield msgspec.structs.replace(
                old, state=of.state, reason=of.reason, queue=queue, from_ms=from_ms, to_ms=to_ms, from_seq=of.from_seq
            )


def _insert(table: str, columns: int) -> str:
    return f"insert or replace into {table} values ({', '.join('?' * columns)})"  # noqa: S608 # names of ours


_SPELL = _insert("spell", len(Spell.__struct_fields__))
_STAY = _insert("stay", len(Stay.__struct_fields__))
_HELP = _insert("help", len(HelpGiven.__struct_fields__))
_PERIOD = _insert("period", len(Period.__struct_fields__) - 1)  # without `late`
_TERMS = _insert("terms", len(Terms.__struct_fields__))
_CASE = _insert('"case"', len(Case.__struct_fields__))
_SERVED = _insert("served", len(Served.__struct_fields__))
_PLAN = _insert("plan", len(Planned.__struct_fields__))
_FIGURES = (
    _insert("figures", 2 + len(COLUMNS)).replace(" or replace", "")
    + " on conflict do update set "
    + ", ".join(f"{column} = {column} + excluded.{column}" for column in COLUMNS)
)
