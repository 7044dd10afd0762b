"""The journal: the append-only record of facts in SQLite, with the figures and the checkpoint derived from it.

One process writes; any number read (WAL). A batch is one transaction, on the disk (synchronous=FULL) before it returns.
"""

import fcntl
import secrets
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TextIO

import msgspec
from sqlite_utils import Database, Migrations

from edge import derived, facts
from edge.derived import Derived
from edge.floor import FOLD_VERSION, Floor
from edge.fold import apply
from edge.gains import Gains
from edge.numbers import Numbers

READ_ROWS = 10_000
ID_MAX = (1 << 31) - 2  # what SQLite keeps in a file's head
CHECKPOINT_FACTS = 100_000  # a start folds at most about so many facts anew

migrations = Migrations("floorboard")


@migrations()
def the_journal(db: Database) -> None:
    db.execute(
        "create table journal (seq integer primary key, noted_ms integer not null, fact text not null,"
        " kind text generated always as (json_extract(fact, '$.kind')) virtual,"
        " at_ms integer generated always as (json_extract(fact, '$.at_ms')) virtual) strict"
    )


@migrations()
def the_derived(db: Database) -> None:
    derived.create(db)
    db.execute("create table checkpoint (version integer, seq integer, floor blob) strict")


@migrations()
def the_suspects(db: Database) -> None:
    """Events that were in hand when the core went down."""
    db.execute(
        "create table suspect (source text, lane text, number integer, crashes integer not null, raw text, error text,"
        " primary key (source, lane, number)) strict, without rowid"
    )


@migrations()
def the_served(db: Database) -> None:
    """Of journals that were begun before tickets could be rated."""
    derived.create_served(db)


@migrations()
def the_under(db: Database) -> None:
    """Of journals that were begun before a wait could have to be under its target."""
    derived.add_under(db)


class InUse(Exception):
    """Another process writes this journal."""


class Journal:
    """An open journal. sqlite3.Error from `append` means that nothing of the batch was kept.

    InUse if it is to be written and another process does: two deciders on one floor would each undo the other.
    """

    def __init__(self, path: Path | str, *, read_only: bool = False) -> None:
        self.path = Path(path)
        self._lock = None if read_only else _lock(Path(f"{path}-lock"))
        if read_only:
            self._sql = sqlite3.connect(f"file:{path}?mode=ro", uri=True, check_same_thread=False)
        else:
            self._sql = sqlite3.connect(path, check_same_thread=False)
        self._sql.isolation_level = None
        self._sql.execute("pragma busy_timeout=5000")
        self.derived = Derived(self._sql)
        if not read_only:
            self._sql.execute("pragma journal_mode=wal")
            self._sql.execute("pragma synchronous=full")
            migrations.apply(Database(self._sql))
            self.numbers = Numbers(self.path, self._id())

    def _id(self) -> int:
        """By which this journal is told from its copies."""
        known = self._sql.execute("pragma user_version").fetchone()[0]
        if not known:
            known = 1 + secrets.randbelow(ID_MAX)
            self._sql.execute(f"pragma user_version={known}")
        return int(known)

    def append(self, after: int, noted_ms: int, batch: list[facts.Fact], gains: Gains) -> None:
        """Facts after+1 … and what the derived tables gain by them, in one transaction."""
        rows = [(after + i, noted_ms, facts.encode(fact).decode()) for i, fact in enumerate(batch, 1)]
        try:
            self.numbers.note(after + len(batch), batch)
        except OSError as error:
            raise sqlite3.OperationalError(f"{error.filename}: {error.strerror}") from error
        self._sql.execute("begin immediate")
        try:
            self._sql.executemany("insert into journal (seq, noted_ms, fact) values (?, ?, ?)", rows)
            self.derived.add(gains)
            self._sql.execute("commit")
        except sqlite3.Error:
            self.roll_back()
            raise

    def roll_back(self) -> None:
        if self._sql.in_transaction:
            self._sql.execute("rollback")

    def rows(self, after: int, most: int) -> list[tuple[int, int, str]]:
        """(seq, noted_ms, fact as it is stored) of the next so many, in order."""
        sql = "select seq, noted_ms, fact from journal where seq > ? order by seq limit ?"
        return self._sql.execute(sql, (after, most)).fetchall()

    def read(self, after: int = 0) -> Iterator[tuple[int, int, facts.Fact]]:
        """(seq, noted_ms, fact) of all later facts, in order."""
        while True:
            rows = self.rows(after, READ_ROWS)
            for seq, noted_ms, fact in rows:
                yield seq, noted_ms, facts.decode(fact)
            if len(rows) < READ_ROWS:
                return
            after = rows[-1][0]

    def load(self) -> Floor:
        """The floor as the whole journal makes it: from the checkpoint if it is of this fold's version."""
        row = self._sql.execute("select floor from checkpoint where version = ?", (FOLD_VERSION,)).fetchone()
        floor = msgspec.msgpack.decode(row[0], type=Floor) if row else Floor()
        after = floor.seq
        while rows := self.rows(after, READ_ROWS):
            for _, _, fact in rows:
                apply(floor, facts.decode(fact))
            after = rows[-1][0]
            floor.gains.clear()  # these were taken before
        floor.touched.clear()
        return floor

    def checkpoint(self, floor: Floor) -> None:
        self._sql.execute("begin immediate")
        self._sql.execute("delete from checkpoint")
        row = (FOLD_VERSION, floor.seq, msgspec.msgpack.encode(floor))
        self._sql.execute("insert into checkpoint values (?, ?, ?)", row)
        self._sql.execute("commit")

    def last_seq(self) -> int:
        return self._sql.execute("select coalesce(max(seq), 0) from journal").fetchone()[0]

    def last_noted_ms(self) -> int:
        row = self._sql.execute("select noted_ms from journal order by seq desc limit 1").fetchone()
        return row[0] if row else 0

    def suspect(self, key: facts.Event, raw: str, error: str) -> None:
        """Remember that the core goes down with this event in hand."""
        self.roll_back()
        self._sql.execute(
            "insert into suspect values (?, ?, ?, 1, ?, ?)"
            " on conflict do update set crashes = crashes + 1, error = excluded.error",
            (*key, raw, error),
        )

    def crashes(self, key: facts.Event) -> tuple[int, str, str]:
        """(crashes, raw, error) of an event."""
        row = self._sql.execute(
            "select crashes, raw, error from suspect where source = ? and lane = ? and number = ?",
            key,
        ).fetchone()
        return row or (0, "", "")

    def suspects(self) -> bool:
        return self._sql.execute("select 1 from suspect").fetchone() is not None

    def back_up(self, to: Path) -> None:
        """A consistent copy, while others write. It is another journal: whoever goes on with it does not know what came since."""
        self._sql.execute("vacuum into ?", (str(to),))
        with closing(sqlite3.connect(to)) as copy:
            copy.execute("pragma user_version=0")

    def close(self) -> None:
        if self._lock:
            self.numbers.leave(self.last_seq())
        self._sql.close()
        if self._lock:
            self._lock.close()


def _lock(path: Path) -> TextIO:
    """Held until it is closed, or the process ends in whatever way."""
    file = path.open("w")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.close()
        raise InUse(f"{path.name.removesuffix('-lock')} is being written by another process.") from error
    return file
