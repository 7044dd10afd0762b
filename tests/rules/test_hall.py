"""Whose turn it is in a hall, for how long, and what stays listed."""

from edge import facts as f
from edge import views, wire
from edge.floor import ANNOUNCED_MAX, Board
from edge.hall import HALL_SHOWN_MS, LISTED_MS, Hall, Turn, hall, hall_page, view
from tests.rules.scene import NOW_MS, Scene

S = 1000


def call(scene: Scene, label: str, desk: str = "1", at_ms: int = NOW_MS) -> None:
    """A ticket that is called out of the line, whoever sits there."""
    scene.given(
        f.TicketIssued(contact=f"c-{label}", queue="payments", number=1, label=label, at_ms=at_ms),
        f.AgentMet(agent=f"agent-{label}", queues=("payments",), at_ms=at_ms),
        f.TicketCalled(
            contact=f"c-{label}",
            agent=f"agent-{label}",
            desk=desk,
            announcement=scene.floor.announced + 1,
            wait_ms=0,
            at_ms=at_ms,
        ),
    )


def recall(scene: Scene, label: str, at_ms: int) -> None:
    scene.given(f.TicketRecalled(contact=f"c-{label}", announcement=scene.floor.announced + 1, at_ms=at_ms))


def watch(
    scene: Scene, from_ms: int, to_ms: int, before: Turn | None = None, step_ms: int = 100
) -> list[tuple[str, int]]:
    """Each label that stood large, with how long it had stood when another came or the time was over."""
    seen: list[tuple[str, int]] = []
    turn = before
    for now_ms in range(from_ms, to_ms, step_ms):
        turn = hall(scene.floor, now_ms, turn).turn
        label = turn.call.label if turn else ""
        if not seen or seen[-1][0] != label:
            seen.append((label, 0))
        seen[-1] = (label, seen[-1][1] + step_ms)
    return seen


def lines(made: Hall) -> list[str]:
    return [call.label for call in made.lines]


def test_nobody_is_called(scene: Scene) -> None:
    made = hall(scene.floor, NOW_MS)
    assert made == Hall(None, (), None)
    shown = view(made, NOW_MS, "en")
    assert (shown["announcement"], shown["age_s"], shown["number"], shown["desk1"]) == (0, None, "", "")
    assert wire.decode("show/hall", wire.encode("show/hall", {"epoch": "e", "rev": 1, **shown}))


def test_simultaneous_calls_are_all_seen_each_for_its_time(scene: Scene) -> None:
    for n in range(1, 6):
        call(scene, f"A{n}", desk=str(n), at_ms=NOW_MS + n)
    seen = watch(scene, NOW_MS + 10, NOW_MS + 60 * S)
    assert [label for label, _ in seen] == ["A1", "A2", "A3", "A4", "A5"]
    assert all(HALL_SHOWN_MS - 100 <= for_ms <= HALL_SHOWN_MS + 100 for _, for_ms in seen[:-1])


def test_without_a_memory_it_is_the_same_at_each_moment(scene: Scene) -> None:
    """An edge that has started again shows what it would have shown."""
    for n in range(1, 4):
        call(scene, f"A{n}", at_ms=NOW_MS + n)
    turns = {ms: hall(scene.floor, NOW_MS + ms).turn for ms in (0, 1, 5_000, 5_001, 10_000, 10_001, 99_000)}
    labels = {ms: turn.call.label if turn else "" for ms, turn in turns.items()}
    assert labels == {0: "", 1: "A1", 5_000: "A1", 5_001: "A2", 10_000: "A2", 10_001: "A3", 99_000: "A3"}


def test_a_call_after_a_pause_is_shown_at_once_and_says_when_the_next_comes(scene: Scene) -> None:
    call(scene, "A1")
    first = hall(scene.floor, NOW_MS)
    assert first.changes_ms == NOW_MS + LISTED_MS
    call(scene, "A2", desk="2", at_ms=NOW_MS + 60 * S)
    made = hall(scene.floor, NOW_MS + 60 * S, first.turn)
    assert made.turn == Turn(scene.floor.announcements[1], NOW_MS + 60 * S)
    call(scene, "A3", at_ms=NOW_MS + 61 * S)
    made = hall(scene.floor, NOW_MS + 61 * S, made.turn)
    assert made.turn and made.turn.call.label == "A2"
    assert made.changes_ms == NOW_MS + 65 * S
    shown = view(made, NOW_MS + 61 * S, "en")
    assert (shown["announcement"], shown["number"], shown["desk"], shown["age_s"]) == (2, "A2", "2", 1)
    assert [shown[f"number{n}"] for n in (1, 2)] == ["A1", ""]


def test_a_late_press_has_its_whole_time_too(scene: Scene) -> None:
    call(scene, "A1", at_ms=NOW_MS)
    before = hall(scene.floor, NOW_MS).turn
    call(scene, "A2", at_ms=NOW_MS + 6 * S)  # told 4 s later, with
    call(scene, "A3", at_ms=NOW_MS + 10 * S)
    seen = watch(scene, NOW_MS + 10 * S, NOW_MS + 30 * S, before)
    assert [label for label, _ in seen] == ["A2", "A3"]
    assert seen[0][1] >= HALL_SHOWN_MS


def test_a_recall_is_a_new_announcement_and_cuts_nobody_short(scene: Scene) -> None:
    for label in ("A1", "A2", "A3"):
        call(scene, label)
    before = None
    for ms in range(0, 7_000, 100):
        before = hall(scene.floor, NOW_MS + ms, before).turn
    assert before and before.call.label == "A2"
    recall(scene, "A2", NOW_MS + 7 * S)
    seen = watch(scene, NOW_MS + 7 * S, NOW_MS + 30 * S, before)
    assert [label for label, _ in seen] == ["A2", "A3", "A2"]
    assert seen[0][1] >= HALL_SHOWN_MS - 2_100 and seen[1][1] >= HALL_SHOWN_MS
    made = hall(scene.floor, NOW_MS + 30 * S)
    assert made.turn and made.turn.call.id == 4
    assert lines(made) == ["A3", "A1"], "a ticket is listed once"


def test_the_last_called_stay_listed_newest_first_and_six_of_them(scene: Scene) -> None:
    for n in range(ANNOUNCED_MAX + 3):
        call(scene, f"A{n:02}", at_ms=NOW_MS + n * 10 * S)
    made = hall(scene.floor, NOW_MS + 10 * (ANNOUNCED_MAX + 6) * S)
    assert made.turn and made.turn.call.label == "A66"
    assert lines(made) == ["A65", "A64", "A63", "A62", "A61", "A60"]


def test_who_waits_for_his_turn_is_not_listed_before_it(scene: Scene) -> None:
    for label in ("A1", "A2", "A3"):
        call(scene, label)
    assert lines(hall(scene.floor, NOW_MS + 6 * S)) == ["A1"]


def test_an_old_call_is_no_longer_shown(scene: Scene) -> None:
    call(scene, "A1")
    turn = hall(scene.floor, NOW_MS).turn
    made = hall(scene.floor, NOW_MS + LISTED_MS, turn)
    assert view(made, NOW_MS + LISTED_MS, "en")["announcement"] == 0
    assert (made.lines, made.changes_ms) == ((), None)
    call(scene, "A2", at_ms=NOW_MS + LISTED_MS)
    made = hall(scene.floor, NOW_MS + LISTED_MS, made.turn)
    assert view(made, NOW_MS + LISTED_MS, "en")["number"] == "A2"
    assert lines(made) == []


def test_a_floor_whose_announcements_begin_anew(scene: Scene) -> None:
    """Another journal under the edge's feet: what was remembered is of another world."""
    call(scene, "A1")
    call(scene, "A2")
    turn = hall(scene.floor, NOW_MS + 9 * S).turn
    other = Scene()
    call(other, "B1")
    made = hall(other.floor, NOW_MS + 9 * S, turn)
    assert made.turn and made.turn.call.label == "B1"


def test_the_page_has_all_that_are_listed_and_its_boards_language(scene: Scene) -> None:
    call(scene, "A1", desk="2")
    page = hall_page(scene.floor, Board("b", lang="zh"), NOW_MS + 1)
    assert page == {
        "lang": "zh",
        "announced": 1,
        "calls": [{"id": 1, "number": "A1", "desk": "2", "at_ms": NOW_MS}],
    }
    assert hall_page(scene.floor, Board("b"), NOW_MS + LISTED_MS)["calls"] == []


def test_a_counter_shows_what_its_visitor_holds_and_the_same_announcement(scene: Scene) -> None:
    scene.signed_in()
    scene.given(f.TicketIssued(contact="x-17", queue="payments", number=17, label="A017", at_ms=NOW_MS))

    def counter() -> dict[str, object]:
        return views.counter(scene.floor, scene.floor.desks["1"], "zh")

    scene.press("next")
    assert counter() == {"number": "A017", "state": "called", "announcement": 1, "lang": "zh"}
    assert hall(scene.floor, NOW_MS).turn == Turn(scene.floor.announcements[0], NOW_MS)
    scene.press("recall")
    assert counter() == {"number": "A017", "state": "called", "announcement": 2, "lang": "zh"}
    scene.press("ready")
    assert counter() == {"number": "A017", "state": "serving", "announcement": 0, "lang": "zh"}
