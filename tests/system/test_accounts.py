"""Accounts, sessions, links and tokens as they are kept, and the command that makes them."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from edge import accounts as a
from edge import passwords
from edge.accounts import Accounts, BadAccount
from edge.commands.site import left_alone
from edge.facts import AgentRemoved
from edge.rights import RIGHTS, ROLES, SCOPES, Who
from edge.rules.site import Change
from tests.system.test_commands import ROOT, floorboard

GOOD = "correct horse battery"


@pytest.fixture
def accounts(tmp_path: Path) -> Accounts:
    return Accounts(tmp_path)


def person(accounts: Accounts, name: str = "ana", role: str = "supervisor") -> str:
    """Its session."""
    accounts.add(name, role, "tests", agent="Agent1" if role == "agent" else "")
    return accounts.enter(accounts.link(name, "tests"), GOOD)


def test_a_person_chooses_a_password_by_a_link_and_signs_in_by_it(accounts: Accounts) -> None:
    secret = person(accounts)
    assert accounts.who(secret) == Who("ana", "supervisor")
    again = accounts.sign_in("ana", GOOD)
    assert again and again != secret and accounts.who(again)
    for name, password in (("ana", GOOD + "x"), ("nobody", GOOD)):
        with pytest.raises(a.WrongPassword):
            accounts.sign_in(name, password)
    accounts.end(again)
    assert accounts.who(again) is None
    assert accounts.who(secret), "the other one goes on"


def test_a_link_is_good_once_and_voids_older_ones(accounts: Accounts) -> None:
    accounts.add("ana", "supervisor", "tests")
    old, new = accounts.link("ana", "tests"), accounts.link("ana", "tests")
    with pytest.raises(BadAccount, match="no longer good"):
        accounts.enter(old, GOOD)
    typed = new.lower().replace("-", " ")
    session = accounts.enter(typed, GOOD)
    with pytest.raises(BadAccount, match="no longer good"):
        accounts.enter(new, GOOD)
    accounts.enter(accounts.link("ana", "tests"), GOOD + "2")
    assert accounts.who(session) is None, "whoever had the old password is out"
    with pytest.raises(a.WrongPassword):
        accounts.sign_in("ana", GOOD)


def test_the_old_password_and_a_new_link_at_once(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    """While it is looked at, another one is chosen: then it was the old one's last moment."""
    session, verified = person(accounts), passwords.is_right

    def meanwhile(kept: str, password: str) -> bool:
        found = verified(kept, password)
        monkeypatch.setattr(passwords, "is_right", verified)
        accounts.enter(accounts.link("ana", "tests"), GOOD + "2")
        return found

    monkeypatch.setattr(passwords, "is_right", meanwhile)
    with pytest.raises(a.WrongPassword):
        accounts.sign_in("ana", GOOD)
    assert [account.sessions for account in accounts.all()] == [1], "the link's"
    session = accounts.begin("ana")
    monkeypatch.setattr(passwords, "is_right", lambda kept, password: meanwhile(kept, GOOD + "2"))
    with pytest.raises(BadAccount, match="Sign in first"):
        accounts.change_password(session, GOOD + "2", GOOD + "3")
    assert accounts.sign_in("ana", GOOD + "2")


@pytest.mark.parametrize("password", ["", "short", "ababababab", "aaaaaaaaaaaa", "x" * 201])
def test_a_password_that_is_easy_to_guess_leaves_the_link_as_it_was(accounts: Accounts, password: str) -> None:
    accounts.add("ana", "supervisor", "tests")
    link = accounts.link("ana", "tests")
    with pytest.raises(BadAccount, match=r"at least 10 characters|too easy"):
        accounts.enter(link, password)
    assert accounts.enter(link, GOOD)


def test_what_is_kept_lets_nobody_in(accounts: Accounts, tmp_path: Path) -> None:
    session, link = person(accounts), accounts.link("ana", "tests")
    token = accounts.add_token("ana", "a program", ("see",))
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("accounts.db*"))
    for secret in (GOOD, session, link, link.replace("-", ""), token):
        assert secret.encode() not in kept
    assert b"$argon2id$" in kept
    assert {path.stat().st_mode & 0o077 for path in tmp_path.glob("accounts.db*")} == {0}


def test_sessions_end_by_themselves_a_screens_later(
    accounts: Accounts, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana = person(accounts)
    accounts.add("hall-tv", "display", "tests")
    screen = accounts.enter(accounts.link("hall-tv", "tests"))
    begun = a._now_s()
    monkeypatch.setattr(a, "_now_s", lambda: begun + a.PERSON_S - 60)
    assert accounts.who(ana, renew=False), "a live page that nobody touches"
    monkeypatch.setattr(a, "_now_s", lambda: begun + a.PERSON_S + 1)
    assert accounts.who(ana) is None
    monkeypatch.setattr(a, "_now_s", lambda: begun + a.PERSON_S - 60)
    assert accounts.who(ana), "and is seen: it begins anew"
    monkeypatch.setattr(a, "_now_s", lambda: begun + 2 * a.PERSON_S - 120)
    assert Accounts(tmp_path).who(ana)
    monkeypatch.setattr(a, "_now_s", lambda: begun + 4 * a.PERSON_S)
    assert accounts.who(ana) is None
    assert accounts.who(screen)
    monkeypatch.setattr(a, "_now_s", lambda: begun + 3 * a.SCREEN_S)
    assert accounts.who(screen) is None


def test_a_link_ends_after_a_day(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    accounts.add("ana", "supervisor", "tests")
    link, made = accounts.link("ana", "tests"), a._now_s()
    monkeypatch.setattr(a, "_now_s", lambda: made + a.LINK_S + 1)
    assert accounts.of_link(link) is None


def test_what_another_process_takes_away_is_away_at_once(accounts: Accounts, tmp_path: Path) -> None:
    session, token = person(accounts), accounts.add_token("ana", "a program", ("see",))
    assert accounts.who(session) and accounts.who(token)
    other = Accounts(tmp_path)
    other.remove_token(other.tokens()[0].id)
    assert accounts.who(token) is None
    other.end_sessions("ana")
    assert accounts.who(session) is None
    again = accounts.begin("ana")
    assert accounts.who(again)
    other.remove("ana")
    assert accounts.who(again) is None


def test_the_last_administrator_stays(accounts: Accounts) -> None:
    code = accounts.first()
    assert code
    accounts.enter(code, GOOD)
    assert accounts.first() is None
    accounts.add("bo", "admin", "admin")
    with pytest.raises(BadAccount, match="admin is the only administrator"):
        accounts.remove("admin")  # bo has no password yet
    accounts.enter(accounts.link("bo", "admin"), GOOD)
    accounts.remove("admin")
    assert [account.name for account in accounts.all()] == ["bo"]


@pytest.mark.parametrize(
    ("name", "role", "more", "why"),
    [
        ("Ana Ruiz", "supervisor", {}, "A name has"),
        ("", "supervisor", {}, "A name has"),
        ("ana", "boss", {}, "There is no role boss; there are visitor,"),
        ("ana", "agent", {}, "An agent's account wants its agent"),
        ("tv", "display", {"agent": "Agent1"}, "An account with the role display has no agent"),
        ("acme", "viewer", {}, "A viewer's account wants the queues"),
        ("ana", "supervisor", {"queues": ("sales",)}, "Only a viewer's account names queues"),
        ("taken", "supervisor", {}, "There is an account taken already."),
    ],
)
def test_an_account_that_cannot_be(accounts: Accounts, name: str, role: str, more: dict[str, str], why: str) -> None:
    accounts.add("taken", "display", "tests")
    with pytest.raises(BadAccount, match=why):
        accounts.add(name, role, "tests", **more)  # type: ignore[arg-type]
    assert len(accounts.all()) == 1


def test_a_token_may_what_its_scopes_and_its_account_both_may(accounts: Accounts) -> None:
    person(accounts, "ana", "supervisor")
    person(accounts, "tess", "technician")
    ana = accounts.who(accounts.add_token("ana", "gate", ("tickets", "see")))
    tess = accounts.who(accounts.add_token("tess", "all", ("see", "devices")))
    assert ana and tess
    assert [bool(ana.may(what)) for what in ("IssueTicket", "floor", "ShutQueue", "accounts")] == [1, 1, 0, 0]
    assert [bool(tess.may(what)) for what in ("AskDevice", "floor", "IssueTicket", "accounts")] == [1, 1, 0, 0]
    for label, scopes, why in (
        ("", ("see",), "wants a name"),
        ("x", (), "wants a scope"),
        ("x", ("all",), "There is no scope all"),
    ):
        with pytest.raises(BadAccount, match=why):
            accounts.add_token("ana", label, scopes)
    accounts.add("gate", "visitor", "tests")
    with pytest.raises(BadAccount, match="gate has the role visitor, for which the scope desks is of no use"):
        accounts.add_token("gate", "x", ("tickets", "desks"))
    gate = accounts.who(accounts.add_token("gate", "printer", ("tickets", "see")))
    assert gate
    assert [bool(gate.may(what)) for what in ("IssueTicket", "doors", "lines", "CallTicket", "priority")] == [
        1,
        1,
        0,
        0,
        0,
    ]
    assert (ana.lacks("ShutQueue"), ana.lacks("IssueTicket"), gate.lacks("ShutQueue")) == ("queues", "", "")


def test_a_token_says_when_it_was_used(accounts: Accounts, monkeypatch: pytest.MonkeyPatch) -> None:
    person(accounts)
    token = accounts.add_token("ana", "gate", ("see",))
    assert accounts.tokens()[0].used_s is None
    begun = a._now_s()
    for later_s, noted_s in ((0, 0), (60, 0), (a.SEEN_S, a.SEEN_S)):
        monkeypatch.setattr(a, "_now_s", lambda now_s=begun + later_s: now_s)
        accounts.who(token)
        assert accounts.tokens()[0].used_s == begun + noted_s


def test_what_an_account_may_can_change(accounts: Accounts) -> None:
    session = person(accounts)
    accounts.change("ana", "agent", agent="Agent2")
    assert accounts.who(session) is None, "its sessions end"
    assert accounts.who(accounts.sign_in("ana", GOOD)) == Who("ana", "agent", "Agent2")
    accounts.change("ana", "display")
    with pytest.raises(a.WrongPassword):
        accounts.sign_in("ana", GOOD)
    with pytest.raises(BadAccount, match="An agent's account wants its agent"):
        accounts.change("ana", "agent")
    person(accounts, "bo", "admin")
    with pytest.raises(BadAccount, match="bo is the only administrator"):
        accounts.change("bo", "supervisor")


@pytest.mark.parametrize(
    ("name", "password", "why"),
    [
        ("ana", "bananas and figs", ""),
        ("anna", "hannah's old cat", "the account's name stands in it"),
        ("x", "abababababab", "it has too few different characters"),
    ],
)
def test_why_a_password_is_too_easy(name: str, password: str, why: str) -> None:
    assert passwords.too_easy(name, password) == (why and f"This password is too easy to guess: {why}.")


def test_every_role_and_scope_is_of_use() -> None:
    for number, role in enumerate(ROLES, 1):
        assert any(right[number] for right in RIGHTS.values()), role
    assert {right.scope for right in RIGHTS.values()} - {""} == SCOPES.keys()


def test_the_command(tmp_path: Path) -> None:
    state = tmp_path / "state"
    assert "There are no accounts in" in floorboard("account", "list", "--state", str(state)).stderr
    state.mkdir()
    (state / "started.toml").write_text('site = "lab"\n[web]\nport = 8123\n')
    accounts = Accounts(state)
    accounts.add("ana", "supervisor", "tests")

    def run(*args: str) -> subprocess.CompletedProcess[str]:
        return floorboard("account", *args, "--state", str(state))

    link = run("link", "ana")
    assert link.stdout.startswith("http://127.0.0.1:8123/enter/")
    session = accounts.enter(link.stdout.strip().rpartition("/")[2], GOOD)
    token = run("token", "ana", "the gate", "--scope", "see").stdout.strip()
    assert accounts.who(token) == Who("ana", "supervisor", scopes=("see",), program="the gate")
    told = json.loads(run("list", "--json").stdout)
    assert [(row["name"], row["role"], row["sessions"]) for row in told["accounts"]] == [("ana", "supervisor", 1)]
    plain = run("list").stdout
    assert f"token {told['tokens'][0]['id']}  of ana: the gate (see), since " in plain
    assert run("revoke", told["tokens"][0]["id"]).stdout == f"The token {told['tokens'][0]['id']} is void.\n"
    assert accounts.who(token) is None
    assert run("sign-out", "ana").stdout == "ana: 1 session ended.\n"
    assert accounts.who(session) is None
    assert run("remove", "ana").stdout == "ana is removed.\n"
    for args, why in ((("remove", "ana"), "There is no account ana."), (("revoke", "x"), "There is no token x.")):
        assert (run(*args).returncode, run(*args).stderr) == (2, f"floorboard: {why}\n")


def test_serve_says_how_the_first_administrator_comes_in(tmp_path: Path) -> None:
    from tests.system.test_commands import site_at

    serving = subprocess.Popen(
        [sys.executable, "-m", "edge", *site_at(tmp_path)],
        cwd=ROOT,
        env=os.environ,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert serving.stdout
        serving.stdout.readline()
        said = serving.stdout.readline()
        assert said.startswith(
            "Nobody can sign in yet. The first administrator enters, within a day, at http://127.0.0.1:"
        )
        accounts = Accounts(tmp_path / "state")
        assert accounts.who(accounts.enter(said.split("/enter/")[1].strip(), GOOD)) == Who("admin", "admin")
        added = floorboard(
            "account", "add", "bo", "--role", "agent", "--agent", "nobody", "--state", str(tmp_path / "state")
        )
        assert (added.returncode, added.stderr) == (2, "floorboard: There is no agent nobody in the site's file.\n")
        added = floorboard("account", "add", "tv", "--role", "display", "--state", str(tmp_path / "state"))
        assert "/enter/" in added.stdout
    finally:
        serving.terminate()
        serving.wait(15)


def test_the_docs_show_the_table() -> None:
    rows = ["| | " + " | ".join(("token's scope", *ROLES)) + " |", "| --- " * (2 + len(ROLES)) + "|"]
    rows += [f"| `{what}` | " + " | ".join(right) + " |" for what, right in RIGHTS.items()]
    told = (ROOT / "docs" / "accounts.md").read_text(encoding="utf-8")
    assert "\n".join(rows) in told, "docs/accounts.md is to have:\n" + "\n".join(rows)


def test_an_account_whose_agent_leaves_the_file_is_named(accounts: Accounts, tmp_path: Path) -> None:
    person(accounts, "bo", "agent")
    person(accounts, "ana", "supervisor")
    goes = Change("-", "agent", "Agent1", {}, AgentRemoved(agent="Agent1", at_ms=0))
    (said,) = left_alone([goes], tmp_path)
    assert said.startswith("The account bo is of agent Agent1, who goes: ")
    assert left_alone([goes._replace(sign="~")], tmp_path) == []
