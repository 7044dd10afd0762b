"""What the accounts' database holds, and what an account can be."""

import re
from typing import NamedTuple

from sqlite_utils import Database, Migrations

from edge.rights import OF_AGENTS, ROLES

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")

migrations = Migrations("accounts")


@migrations()
def the_accounts(db: Database) -> None:
    db.execute(
        "create table account (name text primary key, role text not null, agent text not null, queues text not null,"
        " password text not null, made_s integer not null, made_by text not null) strict"
    )
    for table, rest in (
        ("session", "name text not null, seen_s integer not null, until_s integer not null"),
        ("link", "name text not null, until_s integer not null, by text not null"),
        (
            "token",
            "name text not null, label text not null, scopes text not null, made_s integer not null, used_s integer",
        ),
    ):
        db.execute(f"create table {table} (digest text primary key, {rest}) strict")


class BadAccount(Exception):
    """It cannot be so; the text is a sentence for a human."""


class WrongPassword(BadAccount):
    """Or there is no such account."""

    def __init__(self) -> None:
        super().__init__("Name or password is wrong.")


class Account(NamedTuple):
    """`seen_s`: when one of its `sessions` that are good was last seen, by ten minutes; None without one."""

    name: str
    role: str
    agent: str
    queues: tuple[str, ...]
    has_password: bool
    sessions: int
    seen_s: int | None
    made_by: str


class Token(NamedTuple):
    id: str
    name: str
    label: str
    scopes: tuple[str, ...]
    made_s: int
    used_s: int | None  # by ten minutes; None: never


ACCOUNTS = (
    "select a.name, a.role, a.agent, a.queues, a.password <> '', count(s.digest), max(s.seen_s), a.made_by"
    " from account a left join session s on s.name = a.name and s.until_s > ?"
)


def account(row: tuple[str, str, str, str, int, int, int | None, str]) -> Account:
    name, role, agent, queues, has_password, sessions, seen_s, by = row
    return Account(name, role, agent, lines(queues), bool(has_password), sessions, seen_s, by)


def check(name: str, role: str, agent: str, queues: tuple[str, ...]) -> None:
    if not NAME.fullmatch(name):
        raise BadAccount("A name has 1 to 32 of a-z, 0-9, dot, - and _, and begins with a letter or a digit.")
    if role not in ROLES:
        raise BadAccount(f"There is no role {role}; there are {', '.join(ROLES)}.")
    if role == "agent" and not agent:
        raise BadAccount("An agent's account wants its agent, as the site's file has it.")
    if agent and role not in OF_AGENTS:
        raise BadAccount(f"An account with the role {role} has no agent.")
    if role == "viewer" and not queues:
        raise BadAccount("A viewer's account wants the queues that it sees.")
    if queues and role != "viewer":
        raise BadAccount("Only a viewer's account names queues.")


def lines(text: str) -> tuple[str, ...]:
    return tuple(filter(None, text.split("\n")))
