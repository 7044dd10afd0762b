"""A ticket's life: every cell of docs/tickets.md, numbers, returns, owners, and several services in one visit."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from edge import facts as f
from edge import requests as r
from edge.floor import ANNOUNCED_MAX
from edge.fold import apply
from edge.requests import Refused
from edge.rules.tickets import LIFE
from tests.rules.scene import NOW_MS, Scene

PAGE = Path(__file__).parents[2] / "docs" / "tickets.md"
S = 1000


def rows() -> dict[str, dict[str, str]]:
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    table = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head = table[0][1:]
    return {row[0]: dict(zip(head, row[1:], strict=True)) for row in table[2:]}


def test_the_page_is_the_table() -> None:
    assert {state: {what: then for what, then in row.items() if then != "–"} for state, row in rows().items()} == LIFE


def ask(what: str) -> r.Request | tuple[str, str]:
    """As a request, or a press (key, short or long)."""
    asked: dict[str, r.Request | tuple[str, str]] = {
        "call": r.CallTicket(desk="2", ticket="A1", at_ms=NOW_MS),
        "recall": ("recall", "short"),
        "come": ("ready", "short"),
        "not come": ("next", "long"),
        "hold": ("recall", "long"),
        "resume": ("recall", "long"),
        "finish": ("wrap_up", "short"),
        "end": ("ready", "short"),
        "move": r.MoveTicket(ticket="A1", queue="support", at_ms=NOW_MS),
        "park": r.ParkTicket(ticket="A1", back_s=60, at_ms=NOW_MS),
        "return": r.ReturnTicket(ticket="A1", at_ms=NOW_MS),
        "cancel": r.CancelTicket(ticket="A1", at_ms=NOW_MS),
    }
    return asked[what]


def put(scene: Scene, state: str) -> None:
    """A1 in that state; ana at desk 1, bo ready at desk 2."""
    scene.signed_in()
    scene.given(f.AgentSignedIn(agent="bo", desk="2", at_ms=NOW_MS))
    scene.given(f.PresenceChanged(agent="bo", presence="ready", at_ms=NOW_MS))
    if state in ("waiting", "parked"):
        scene.waiting("A1")
        if state == "parked":
            scene.given(f.ContactParked(contact="A1", until_ms=NOW_MS + 60 * S, at_ms=NOW_MS))
        return
    scene.called()
    more = {
        "serving": [f.ServingBegan],
        "hold": [f.ServingBegan, f.ContactHeld],
        "wrap_up": [f.ServingBegan, f.ServingEnded],
    }
    for fact in more.get(state, []):
        scene.given(fact(contact="A1", at_ms=NOW_MS))
    if state == "wrap_up":
        scene.given(f.PresenceChanged(agent="ana", presence="wrap_up", at_ms=NOW_MS))


CELLS = [(state, what, then) for state, row in rows().items() for what, then in row.items() if what != "expire"]


@pytest.mark.parametrize(("state", "what", "then"), CELLS)
def test_cell(scene: Scene, state: str, what: str, then: str) -> None:
    put(scene, state)
    asked = ask(what)
    if isinstance(asked, tuple):
        if then == "–":
            return  # what the keys do elsewhere is docs/desk-keys.md
        scene.press(*asked)
    elif then == "–":
        with pytest.raises(Refused, match=r"A1 is .*: that cannot be done now\."):
            scene.when(asked)
        assert scene.floor.contacts["A1"].state == state
        return
    else:
        scene.when(asked)
    known = scene.floor.contacts.get("A1")
    assert (known.state if known else "closed") in then.split(" or ")


@pytest.mark.parametrize("state", ["waiting", "parked"])
def test_it_expires_at_closing_time_where_its_queue_says_so(state: str) -> None:
    scene = Scene(bare=True)
    scene.given(
        f.SiteNamed(site="s", timezone="Europe/Berlin", at_ms=NOW_MS),
        f.CalendarSet(calendar="week", week={"sun": "09:00-12:00, 13:00-17:00"}, at_ms=NOW_MS),
        f.QueueOpened(queue="payments", letter="A", hours="week", expire=True, at_ms=NOW_MS),
    )
    (issued,) = scene.when(r.IssueTicket(queue="payments", at_ms=at("2026-11-22 10:00")))
    assert isinstance(issued, f.TicketIssued)
    assert issued.expires_ms == at("2026-11-22 17:00")
    if state == "parked":
        scene.when(r.ParkTicket(ticket="A001", back_s=24 * 3600, at_ms=at("2026-11-22 10:01")))
    (left,) = scene.when(r.Tick(at_ms=at("2026-11-22 18:00")))
    assert isinstance(left, f.ContactLeft)
    assert (left.outcome, left.at_ms) == ("expired", at("2026-11-22 17:00")), (
        "at its deadline, whenever that was noticed"
    )


def at(text: str, zone: str = "Europe/Berlin") -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


# Numbers


def issued(scene: Scene, when: int, **fields: object) -> str:
    (fact,) = scene.when(r.IssueTicket(queue="payments", at_ms=when, **fields))  # type: ignore[arg-type]
    assert isinstance(fact, f.TicketIssued)
    return fact.label


def numbered(**settings: object) -> Scene:
    scene = Scene(bare=True)
    scene.given(
        f.SiteNamed(site="s", timezone="Europe/Berlin", at_ms=NOW_MS),
        f.QueueOpened(queue="payments", letter="A", at_ms=NOW_MS, **settings),  # type: ignore[arg-type]
    )
    return scene


def gone(scene: Scene, label: str, when: int) -> None:
    scene.when(r.CancelTicket(ticket=label, at_ms=when))


def test_daily_numbers_begin_again_at_the_sites_own_midnight() -> None:
    scene = numbered()
    assert [issued(scene, at("2026-11-22 23:58")) for _ in range(2)] == ["A001", "A002"]
    gone(scene, "A001", at("2026-11-22 23:59"))
    assert issued(scene, at("2026-11-23 00:01")) == "A001", "23:01 in UTC"
    assert issued(scene, at("2026-11-23 00:02")) == "A003", "A002 is still in somebody's hand"


def test_continuous_numbers_go_on_and_begin_again_after_the_last() -> None:
    scene = numbered(first=8, last=11, width=2, period="continuous")
    day = at("2026-11-22 23:00")
    assert [issued(scene, day + n * 3600 * S) for n in range(3)] == ["A08", "A09", "A10"]
    gone(scene, "A08", day)
    assert issued(scene, day) == "A11"
    assert issued(scene, day) == "A08"
    with pytest.raises(Refused, match=r"^All numbers of payments are given out\.$"):
        issued(scene, day)


def test_a_days_numbers_are_never_given_out_twice() -> None:
    scene = numbered(last=2, width=1)
    for label in ("A1", "A2"):
        assert issued(scene, at("2026-11-22 10:00")) == label
        gone(scene, label, at("2026-11-22 10:00"))
    with pytest.raises(Refused, match="given out today"):
        issued(scene, at("2026-11-22 23:59"))
    assert issued(scene, at("2026-11-23 00:00")) == "A1"


def test_asked_twice_it_is_one_ticket(scene: Scene) -> None:
    assert len(scene.when(r.IssueTicket(queue="payments", contact="mine", at_ms=NOW_MS))) == 1
    assert scene.when(r.IssueTicket(queue="payments", contact="mine", at_ms=NOW_MS)) == []
    scene.when(r.CancelTicket(ticket="mine", at_ms=NOW_MS))
    assert scene.when(r.IssueTicket(queue="payments", contact="mine", at_ms=NOW_MS)) == [], "nor after its end"


def test_numbers_skipped_after_a_restored_backup() -> None:
    scene = numbered()
    day = at("2026-11-22 10:00")
    issued(scene, day)
    scene.when(r.SkipNumbers(queue="payments", number=30, at_ms=day))
    assert issued(scene, day) == "A031"
    assert scene.when(r.SkipNumbers(queue="payments", number=30, at_ms=day)) == [], "that far it is already"


# Not come


@pytest.mark.parametrize(("no_show", "line"), [("after", "bcdAe"), ("end", "bcdeA"), ("void", "bcde")])
def test_a_no_show_returns_as_its_queue_says_and_only_once(no_show: f.NoShow, line: str) -> None:
    scene = Scene()
    scene.given(f.QueueOpened(queue="payments", letter="A", no_show=no_show, no_show_after=3, at_ms=NOW_MS))
    scene.signed_in()
    for contact in "Abcde":
        scene.waiting(contact)
    scene.press("next")
    scene.press("next", "long")
    assert "".join(scene.floor.queues["payments"].waiting) == line
    if no_show == "void":
        return
    scene.when(r.CallTicket(desk="1", ticket="A", at_ms=NOW_MS))
    assert scene.floor.announcements[-1].id == 2
    scene.press("next", "long")
    assert "A" not in scene.floor.contacts
    (sums,) = scene.floor.sums("payments", 0, 2 * NOW_MS)
    assert (sums.answered, sums.no_show) == (1, 1), "a ticket is answered once, and not shown once"


def test_a_recall_beyond_the_queues_is_a_no_show(scene: Scene) -> None:
    scene.given(f.QueueOpened(queue="payments", recalls=2, at_ms=NOW_MS))
    scene.signed_in()
    scene.called()
    kinds = [type(fact).__name__ for _ in range(3) for fact in scene.press("recall")]
    assert kinds == ["TicketRecalled", "TicketRecalled", "NoShowNoted"]
    assert [a.id for a in scene.floor.announcements] == [3], "listed once, under its last announcement"
    assert scene.floor.announcements[0].recall


# Moving


def line_of(scene: Scene, queue: str = "payments") -> str:
    return "".join(scene.floor.queues[queue].waiting)


@pytest.mark.parametrize(("place", "line"), [("front", "Aabc"), ("back", "abcA"), ("original", "aAbc")])
def test_a_ticket_is_moved_to_the_place_that_was_asked_for(scene: Scene, place: r.Place, line: str) -> None:
    scene.signed_in()
    for contact, second in (("a", 1), ("b", 3), ("c", 4)):
        scene.waiting(contact, queue="support", at_ms=NOW_MS + second * S)
    scene.waiting("A", at_ms=NOW_MS + 2 * S)
    scene.when(r.MoveTicket(ticket="A", queue="support", place=place, at_ms=NOW_MS + 9 * S))
    assert line_of(scene, "support") == line


def test_what_is_for_one_agent_waits_for_that_agent_alone_while_there(scene: Scene) -> None:
    scene.signed_in()
    scene.given(f.AgentSignedIn(agent="bo", desk="2", at_ms=NOW_MS))
    scene.waiting("A1")
    scene.when(r.MoveTicket(ticket="A1", agent="bo", at_ms=NOW_MS))
    (refused,) = scene.press("next")
    assert isinstance(refused, f.PressRefused)
    scene.given(f.AgentSignedOut(agent="bo", at_ms=NOW_MS))
    (called,) = scene.press("next")
    assert isinstance(called, f.TicketCalled), "who has gone holds nobody up"


def test_an_agent_gets_what_is_for_the_desk_even_of_another_queue(scene: Scene) -> None:
    scene.signed_in()
    scene.waiting("B1", queue="support")
    scene.when(r.MoveTicket(ticket="B1", desk="1", at_ms=NOW_MS))
    (called,) = scene.press("next")
    assert isinstance(called, f.TicketCalled)


def test_the_visit_goes_on_in_the_next_queue_and_each_counts_it(scene: Scene) -> None:
    scene.signed_in()
    scene.when(r.IssueTicket(queue="payments", contact="A1", then=("support",), at_ms=NOW_MS))
    for key, second in (("next", 10), ("ready", 20), ("wrap_up", 50)):
        scene.when(r.PressKey(desk="1", key=key, at_ms=NOW_MS + second * S))  # type: ignore[arg-type]
    contact = scene.floor.contacts["A1"]
    assert (contact.state, contact.queue, contact.entered_ms) == ("waiting", "support", NOW_MS + 50 * S)
    assert contact.issued_ms == NOW_MS
    assert scene.floor.agents["ana"].own == "wrap_up"
    (first,) = scene.floor.sums("payments", 0, 2 * NOW_MS)
    (second,) = scene.floor.sums("support", 0, 2 * NOW_MS)
    assert (first.offered, first.answered, first.talk_ms) == (1, 1, 30 * S)
    assert (second.offered, second.answered) == (1, 0)


def test_parked_it_returns_at_its_time_to_its_place(scene: Scene) -> None:
    for contact, second in (("A", 0), ("b", 1), ("c", 2)):
        scene.waiting(contact, at_ms=NOW_MS + second * S)
    scene.when(r.ParkTicket(ticket="A", back_s=60, at_ms=NOW_MS + 5 * S))
    assert line_of(scene) == "bc"
    (returned,) = scene.when(r.Tick(at_ms=NOW_MS + 100 * S))
    assert returned.at_ms == NOW_MS + 65 * S
    assert line_of(scene) == "Abc"


# Owners


def test_the_first_who_serves_owns_it_and_confirms_what_another_ended(scene: Scene) -> None:
    scene.signed_in()
    scene.given(f.AgentSignedIn(agent="bo", desk="2", at_ms=NOW_MS))
    scene.serving("A1")
    scene.when(r.MoveTicket(ticket="A1", desk="2", at_ms=NOW_MS))
    for key in ("ready", "next", "ready", "ready"):
        scene.when(r.PressKey(desk="2", key=key, at_ms=NOW_MS))  # type: ignore[arg-type]
    assert "A1" not in scene.floor.contacts
    with pytest.raises(Refused, match=r"Only Ana, who owns A1, or Bo, who served it last"):
        scene.when(r.ConfirmOutcome(ticket="A1", agent="cy", at_ms=NOW_MS))
    (confirmed,) = scene.when(r.ConfirmOutcome(ticket="A1", agent="ana", at_ms=NOW_MS))
    assert isinstance(confirmed, f.OutcomeConfirmed)
    with pytest.raises(Refused, match="Nothing is to be confirmed"):
        scene.when(r.ConfirmOutcome(ticket="A1", agent="ana", at_ms=NOW_MS))


def test_taken_over_nothing_is_left_to_confirm(scene: Scene) -> None:
    scene.signed_in()
    scene.given(f.AgentSignedIn(agent="bo", desk="2", at_ms=NOW_MS))
    scene.serving("A1")
    scene.when(r.MoveTicket(ticket="A1", desk="2", at_ms=NOW_MS))
    for key in ("ready", "next", "ready"):
        scene.when(r.PressKey(desk="2", key=key, at_ms=NOW_MS))  # type: ignore[arg-type]
    scene.when(r.TakeOver(ticket="A1", at_ms=NOW_MS))
    scene.when(r.PressKey(desk="2", key="ready", at_ms=NOW_MS))
    assert scene.floor.confirming == {}


def test_an_outcome_that_nobody_confirms_lapses_after_a_day(scene: Scene) -> None:
    scene.signed_in()
    scene.serving("A1")
    scene.given(f.OwnerChanged(contact="A1", agent="bo", at_ms=NOW_MS))
    scene.press("ready")
    assert "A1" in scene.floor.confirming
    (lapsed,) = scene.when(r.Tick(at_ms=NOW_MS + 48 * 3600 * S))
    assert (type(lapsed), lapsed.at_ms) == (f.OutcomeLapsed, NOW_MS + 24 * 3600 * S)


# Wrap-up


ENDS: list[Callable[[Scene], object]] = [
    lambda scene: scene.press("ready"),
    lambda scene: scene.press("break"),
    lambda scene: scene.press("ready", "long"),
    lambda scene: scene.when(r.ChangePresence(agent="ana", presence="ready", at_ms=NOW_MS + 90 * S)),
    lambda scene: scene.when(r.SignOut(agent="ana", at_ms=NOW_MS + 90 * S)),
]


@pytest.mark.parametrize("end", ENDS)
def test_wrap_up_ends_when_the_agent_says_so_and_not_before(scene: Scene, end: Callable[[Scene], object]) -> None:
    put(scene, "wrap_up")
    scene.waiting("A2")
    for seconds in (10, 3600):
        scene.when(r.Tick(at_ms=NOW_MS + seconds))
    scene.press("recall")
    scene.press("help")
    assert scene.floor.contacts["A1"].state == "wrap_up"
    end(scene)
    assert "A1" not in scene.floor.contacts


def test_a_late_press_does_not_end_a_newer_wrap_up(scene: Scene) -> None:
    put(scene, "wrap_up")
    scene.press("ready", age_ms=600 * S)
    assert scene.floor.contacts["A1"].state == "wrap_up"


# Refusals


@pytest.mark.parametrize(
    ("request_", "why"),
    [
        (r.IssueTicket(queue="none", at_ms=NOW_MS), "There is no queue none."),
        (r.IssueTicket(queue="payments", then=("none",), at_ms=NOW_MS), "There is no queue none."),
        (r.CallTicket(desk="1", ticket="A9", at_ms=NOW_MS), "There is no ticket A9 on the floor."),
        (r.CallTicket(desk="9", ticket="A1", at_ms=NOW_MS), "There is no desk 9."),
        (r.CallTicket(desk="2", ticket="A1", at_ms=NOW_MS), "Nobody is signed in at desk 2."),
        (r.PressKey(desk="2", key="next", at_ms=NOW_MS), "Nobody is signed in at desk 2."),
        (r.PressKey(desk="1", key="recall", at_ms=NOW_MS), "Nobody is called at this desk."),
        (r.PressKey(desk="1", key="ready", at_ms=NOW_MS), "That is so already."),
        (r.MoveTicket(ticket="A1", at_ms=NOW_MS), "A ticket is moved to one of a queue, an agent or a desk."),
        (r.MoveTicket(ticket="A1", agent="zz", at_ms=NOW_MS), "There is no agent zz."),
        (r.MoveTicket(ticket="A1", queue="payments", place="original", at_ms=NOW_MS), "A1 waits in payments already."),
        (r.TakeOver(ticket="A1", at_ms=NOW_MS), "A1 is with nobody now."),
        (r.ReopenQueue(queue="payments", at_ms=NOW_MS), "payments is not shut."),
    ],
)
def test_an_impossible_wish_is_refused_with_the_reason(scene: Scene, request_: r.Request, why: str) -> None:
    scene.signed_in()
    scene.waiting("A1")
    with pytest.raises(Refused) as refused:
        scene.when(request_)
    assert str(refused.value) == why


def test_a_desk_does_not_call_a_second_one(scene: Scene) -> None:
    scene.signed_in()
    scene.serving("A1")
    scene.waiting("A2")
    with pytest.raises(Refused, match=r"^Desk 1 has A1: end that first\.$"):
        scene.when(r.CallTicket(desk="1", ticket="A2", at_ms=NOW_MS))


def test_the_fold_of_old_tickets_leaves_nothing_behind(scene: Scene) -> None:
    """A floor after many tickets is as small as before."""
    scene.signed_in()
    for number in range(300):
        contact = f"t{number}"
        for fact in (
            f.TicketIssued(contact=contact, queue="payments", number=1, label=contact, at_ms=NOW_MS),
            f.TicketCalled(contact=contact, agent="ana", desk="1", announcement=number, wait_ms=0, at_ms=NOW_MS),
            f.ServingBegan(contact=contact, at_ms=NOW_MS),
            f.ContactEnded(contact=contact, at_ms=NOW_MS),
        ):
            apply(scene.floor, fact)
    floor = scene.floor
    assert not floor.contacts
    assert not floor.labels
    assert not floor.dues
    assert len(floor.announcements) == ANNOUNCED_MAX
