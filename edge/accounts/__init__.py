"""Accounts of people, screens and programs, in a small database of their own beside the journal: secrets are no facts.

A password is kept as argon2id; a session, a link and a token as the SHA-256 of what its holder has, 256 or 80 random bits.
"""

import hashlib
import re
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from edge import passwords
from edge.accounts.tables import ACCOUNTS, Account, BadAccount, Token, WrongPassword, account, check, lines, migrations
from edge.rights import SCOPES, SCREENS, Who, scopes_of

__all__ = ["Account", "Accounts", "BadAccount", "Token", "WrongPassword"]

FILE = "accounts.db"
DAY_S = 86_400
PERSON_S = 12 * 3600  # a session of one who is not seen for so long has ended
SCREEN_S = 400 * DAY_S
FOREVER_S = 1 << 62
SEEN_S = 600  # between two notes of when a session was seen
LINK_S = DAY_S
TOKEN_PREFIX = "fb_"  # noqa: S105 - so that a leaked one can be found
LETTERS = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"  # none that looks like another
CODE_LETTERS = 16  # 79 bits


class Accounts:
    """The open database; any thread may call, and any process may have it open beside."""

    def __init__(self, state: Path) -> None:
        """OSError or sqlite3.Error if it cannot be opened."""
        path = state / FILE
        path.touch(mode=0o600)
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._db.execute("pragma journal_mode = wal")
        migrations.apply(Database(self._db))
        self._lock = threading.Lock()
        self._known: dict[str, tuple[Who, int]] = {}  # by digest: whose it is, and until when it is good
        self._used: dict[str, int] = {}  # by digest: when it was last noted that a token was
        self._version = 0

    def close(self) -> None:
        self._db.close()

    # accounts

    def all(self) -> list[Account]:
        with self._lock:
            rows = self._db.execute(ACCOUNTS + " group by a.name order by a.name", (_now_s(),))
            return [account(row) for row in rows]

    def find(self, name: str) -> Account | None:
        with self._lock:
            row = self._db.execute(ACCOUNTS + " where a.name = ? group by a.name", (_now_s(), name)).fetchone()
            return account(row) if row else None

    def add(self, name: str, role: str, by: str, *, agent: str = "", queues: tuple[str, ...] = ()) -> None:
        """One that nobody can use before a link of it was opened."""
        check(name, role, agent, queues)
        with self._writing() as db:
            if db.execute("select 1 from account where name = ?", (name,)).fetchone():
                raise BadAccount(f"There is an account {name} already.")
            row = (name, role, agent, "\n".join(queues), "", _now_s(), by)
            db.execute("insert into account values (?, ?, ?, ?, ?, ?, ?)", row)

    def change(self, name: str, role: str, *, agent: str = "", queues: tuple[str, ...] = ()) -> None:
        """What it may from now on; its sessions end. One that becomes a screen or a person comes in anew, by a link."""
        check(name, role, agent, queues)
        with self._writing() as db:
            before = self._role_of(name)
            if role != "admin":
                self._check_others(db, name)
            is_other = (before in SCREENS) != (role in SCREENS)
            row = (role, agent, "\n".join(queues), is_other, name)
            db.execute(
                "update account set role = ?, agent = ?, queues = ?, password = iif(?, '', password) where name = ?",
                row,
            )
            db.execute("delete from session where name = ?", (name,))

    def _check_others(self, db: sqlite3.Connection, name: str) -> None:
        """BadAccount if nobody else could make accounts."""
        others = db.execute("select 1 from account where role = 'admin' and password <> '' and name <> ?", (name,))
        if self._role_of(name) == "admin" and not others.fetchone():
            raise BadAccount(f"{name} is the only administrator: make another one first.")

    def remove(self, name: str) -> None:
        """With its sessions, links and tokens."""
        with self._writing() as db:
            self._check_others(db, name)
            for table in ("account", "session", "link", "token"):
                db.execute(f"delete from {table} where name = ?", (name,))  # noqa: S608 - our own names

    def end_sessions(self, name: str) -> int:
        """How many there were."""
        with self._writing() as db:
            self._role_of(name)
            return db.execute("delete from session where name = ?", (name,)).rowcount

    # links: good once, for a day, for whoever has one

    def link(self, name: str, by: str) -> str:
        """A new code; older ones of the account are void."""
        code = "".join(secrets.choice(LETTERS) for _ in range(CODE_LETTERS))
        with self._writing() as db:
            self._role_of(name)
            db.execute("delete from link where name = ? or until_s <= ?", (name, _now_s()))
            db.execute("insert into link values (?, ?, ?, ?)", (_digest(_plain(code)), name, _now_s() + LINK_S, by))
        return "-".join(code[i : i + 4] for i in range(0, CODE_LETTERS, 4))

    def first(self) -> str | None:
        """The code by which the first administrator comes in; None once there is one."""
        if any(account.role == "admin" and account.has_password for account in self.all()):
            return None
        if not self.find("admin"):
            self.add("admin", "admin", "console")
        return self.link("admin", "console")

    def of_link(self, code: str) -> Account | None:
        """Whose link it is, if it is still good."""
        with self._lock:
            found = self._db.execute(
                "select name from link where digest = ? and until_s > ?", (_digest(_plain(code)), _now_s())
            ).fetchone()
        return self.find(found[0]) if found else None

    def enter(self, code: str, password: str = "") -> str:
        """Use the link up: a new session. A person sets the password with it, and all older sessions end. BadAccount if not."""
        account = self.of_link(code)
        if account is None:
            raise BadAccount("This link is no longer good: ask an administrator for another one.")
        kept = ""
        if account.role not in SCREENS:
            kept = _made(account.name, password)
        with self._writing() as db:
            if not db.execute("delete from link where digest = ?", (_digest(_plain(code)),)).rowcount:
                raise BadAccount("This link has just been used.")
            if kept:
                db.execute("update account set password = ? where name = ?", (kept, account.name))
                db.execute("delete from session where name = ?", (account.name,))
            return self._begin(db, account.name)

    # sessions

    def sign_in(self, name: str, password: str) -> str:
        """A new session. WrongPassword takes as long."""
        kept = self._verify(name, password)
        with self._writing() as db:
            return self._begin(db, name, kept)

    def _verify(self, name: str, password: str) -> str:
        """What is kept of it. While that is looked at, it may be changed: hand it on to the change that follows."""
        with self._lock:
            row = self._db.execute("select password from account where name = ?", (name,)).fetchone()
        kept = str(row[0]) if row else ""
        if not passwords.is_right(kept, password):
            raise WrongPassword
        return kept

    def change_password(self, secret: str, old: str, new: str) -> None:
        """Of the account whose session that is; its other sessions end. BadAccount if it cannot be."""
        who = self.who(secret)
        if who is None or who.scopes is not None or who.role in SCREENS:
            raise BadAccount("Sign in first.")
        fresh = _made(who.name, new)
        kept = self._verify(who.name, old)
        with self._writing() as db:
            changed = db.execute(
                "update account set password = ? where name = ? and password = ?"
                " and exists (select 1 from session where digest = ?)",
                (fresh, who.name, kept, _digest(secret)),
            )
            if not changed.rowcount:
                raise BadAccount("Sign in first.")
            db.execute("delete from session where name = ? and digest <> ?", (who.name, _digest(secret)))

    def begin(self, name: str) -> str:
        """What the holder of a new session has."""
        with self._writing() as db:
            return self._begin(db, name)

    def _begin(self, db: sqlite3.Connection, name: str, kept: str | None = None) -> str:
        """WrongPassword if the account's is no longer `kept`."""
        secret, now_s = secrets.token_urlsafe(32), _now_s()
        span_s = _span_s(self._role_of(name))
        if (
            kept is not None
            and not db.execute("select 1 from account where name = ? and password = ?", (name, kept)).fetchone()
        ):
            raise WrongPassword
        db.execute("delete from session where until_s <= ?", (now_s,))
        db.execute("insert into session values (?, ?, ?, ?)", (_digest(secret), name, now_s, now_s + span_s))
        return secret

    def end(self, secret: str) -> None:
        with self._writing() as db:
            db.execute("delete from session where digest = ?", (_digest(secret),))

    def who(self, secret: str, *, renew: bool = True) -> Who | None:
        """Of a session or a token; None if it is not, or no longer, good. `renew`: somebody is there who asks."""
        digest, now_s = _digest(secret), _now_s()
        with self._lock:
            version = self._db.execute("pragma data_version").fetchone()[0]
            if version != self._version:  # another process has written
                self._known.clear()
                self._version = version
            known = self._known.get(digest) or (
                self._of_token if secret.startswith(TOKEN_PREFIX) else self._of_session
            )(digest)
            if known is None or known[1] <= now_s:
                return None
            who, until_s = known
            if renew and who.scopes is None and until_s - now_s < _span_s(who.role) - SEEN_S:
                until_s = now_s + _span_s(who.role)
                row = (now_s, until_s, digest)
                self._db.execute("update session set seen_s = ?, until_s = ? where digest = ?", row)
            elif renew and who.scopes is not None and now_s - self._used.get(digest, 0) >= SEEN_S:
                self._used[digest] = now_s
                self._db.execute("update token set used_s = ? where digest = ?", (now_s, digest))
            self._known[digest] = who, until_s
            return who

    def _of_session(self, digest: str) -> tuple[Who, int] | None:
        """And until when it is good."""
        row = self._db.execute(
            "select name, role, agent, queues, until_s from session join account using (name) where digest = ?",
            (digest,),
        ).fetchone()
        return (_who(*row[:4]), row[4]) if row else None

    def _of_token(self, digest: str) -> tuple[Who, int] | None:
        row = self._db.execute(
            "select name, role, agent, queues, scopes, label from token join account using (name) where digest = ?",
            (digest,),
        ).fetchone()
        return (_who(*row[:4])._replace(scopes=tuple(row[4].split()), program=row[5]), FOREVER_S) if row else None

    # programs

    def add_token(self, name: str, label: str, scopes: tuple[str, ...]) -> str:
        """What the program has; it is shown this once."""
        wrong = sorted(set(scopes) - SCOPES.keys())
        if wrong:
            raise BadAccount(f"There is no scope {wrong[0]}; there are {', '.join(SCOPES)}.")
        if not scopes:
            raise BadAccount(f"A token wants a scope; there are {', '.join(SCOPES)}.")
        if not re.fullmatch(r"[^\x00-\x1f\x7f]{1,64}", label):
            raise BadAccount("A token wants a name of 1 to 64 characters, so that one knows later what it is for.")
        secret = TOKEN_PREFIX + secrets.token_urlsafe(32)
        with self._writing() as db:
            role = self._role_of(name)
            useless = sorted(set(scopes) - set(scopes_of(role)))
            if useless:
                raise BadAccount(f"{name} has the role {role}, for which the scope {useless[0]} is of no use.")
            row = (_digest(secret), name, label, " ".join(sorted(set(scopes))), _now_s())
            db.execute("insert into token values (?, ?, ?, ?, ?, null)", row)
        return secret

    def tokens(self) -> list[Token]:
        with self._lock:
            rows = self._db.execute(
                "select digest, name, label, scopes, made_s, used_s from token order by name, made_s"
            )
            return [
                Token(digest[:8], name, label, tuple(scopes.split()), made, used)
                for digest, name, label, scopes, made, used in rows
            ]

    def remove_token(self, id: str) -> None:
        with self._writing() as db:
            if not db.execute("delete from token where substr(digest, 1, 8) = ?", (id,)).rowcount:
                raise BadAccount(f"There is no token {id}.")

    # the rest

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction."""
        with self._lock, self._db:
            self._known.clear()
            self._db.execute("begin immediate")
            yield self._db

    def _role_of(self, name: str) -> str:
        row = self._db.execute("select role from account where name = ?", (name,)).fetchone()
        if row is None:
            raise BadAccount(f"There is no account {name}.")
        return str(row[0])


def _who(name: str, role: str, agent: str, queues: str) -> Who:
    return Who(name, role, agent, lines(queues))


def _span_s(role: str) -> int:
    """How long a session is good after it was last seen."""
    return SCREEN_S if role in SCREENS else PERSON_S


def cookie_name(site: str, port: int) -> str:
    """Of a session: by site and port, since two floors on one machine share a browser's cookies."""
    return f"floorboard-{site}-{port}"


def _made(name: str, password: str) -> str:
    """What is kept of a new password."""
    if why := passwords.too_easy(name, password):
        raise BadAccount(why)
    return passwords.hashed(password)


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _plain(code: str) -> str:
    """As it is typed in: with or without hyphens, small or large."""
    return re.sub(r"[\s-]", "", code).upper()


def _now_s() -> int:
    return int(time.time())
