"""Random days: whatever is asked, in whatever order, is decided or refused; the floor stays whole; and nothing ever crashes."""

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from edge import facts as f
from edge import requests as r
from edge.exchange import EVENTS
from edge.floor import Floor, presence
from edge.fold import apply
from edge.requests import Refused
from edge.rules import decide
from edge.views import floor_page, lamp
from edge.wire import KEYS, PRESENCES, PRESSES
from tests.rules.scene import NOW_MS

AGENTS = st.sampled_from(["ana", "bo", "cy"])
DESKS = st.sampled_from(["1", "2", "9"])
QUEUES = st.sampled_from(["q", "r", "new"])
CONTACTS = st.sampled_from(["c1", "c2", "c3"])
HELP = st.sampled_from(["supervisor", "safety"])
STEP_MS = st.integers(-5_000, 60_000)
DATA = st.tuples(*[st.sampled_from(["0", "1", "7", "30"])] * 6)

REQUESTS = st.one_of(
    st.builds(r.SignIn, agent=AGENTS, desk=DESKS),
    st.builds(r.SignOut, agent=AGENTS),
    st.builds(
        r.ChangePresence, agent=AGENTS, presence=st.sampled_from(["ready", "wrap_up", "not_ready"]), reason=st.just("x")
    ),
    st.builds(r.EnterContact, contact=CONTACTS, queue=QUEUES),
    st.builds(r.RaiseHelp, desk=DESKS, help=HELP),
    st.builds(r.AcknowledgeHelp, desk=DESKS, help=HELP),
    st.builds(r.ArriveAtHelp, desk=DESKS, help=HELP),
    st.builds(r.CloseHelp, desk=DESKS, help=HELP),
    st.builds(
        r.AskDevice,
        id=CONTACTS,
        device=st.sampled_from(["desk-1", "desk-9"]),
        cmd=st.just("identify"),
        until_ms=st.just(0),
    ),
    st.builds(r.ObserveAnswer, device=st.just("desk-1"), id=CONTACTS, ok=st.booleans()),
    st.builds(r.ObserveDevice, device=st.sampled_from(["desk-1", "desk-9"]), firmware=st.sampled_from(["", "1"])),
    st.builds(r.ObserveBroker, is_there=st.booleans()),
    st.builds(r.Tick),
    st.builds(
        r.DeviceEvent,
        device=st.sampled_from(["desk-1", "desk-2", "desk-9"]),
        id=st.just("aa"),
        boot=st.integers(1, 2),
        seq=st.just(0),
        first=st.just(0),
        age_ms=st.sampled_from([0, 0, 0, 4_000, 100_000, 90_000_000, None]),
        key=st.sampled_from(KEYS),
        press=st.sampled_from(PRESSES),
        pin_key=st.sampled_from(["", "", "", "key-ana", "key-bo", "key-no"]),
    ),
    st.builds(
        r.ObserveLine,
        source=st.just("queue_log"),
        lane=st.just("x"),
        number=st.just(0),
        event=st.sampled_from(sorted(EVENTS)),
        call=CONTACTS,
        queue=QUEUES,
        agent=AGENTS,
        data=DATA,
    ),
)


def opened() -> Floor:
    floor = Floor()
    for fact in (
        f.QueueOpened(queue="q", at_ms=NOW_MS),
        f.QueueOpened(queue="r", at_ms=NOW_MS),
        f.DeskOpened(desk="1", at_ms=NOW_MS),
        f.DeskOpened(desk="2", at_ms=NOW_MS),
        f.DeviceRegistered(device="desk-1", role="desk", desk="1", at_ms=NOW_MS),
        f.DeviceRegistered(device="desk-2", role="desk", desk="2", at_ms=NOW_MS),
        f.AgentMet(agent="ana", pin_key="key-ana", queues=("q", "r"), at_ms=NOW_MS),
        f.AgentMet(agent="bo", pin_key="key-bo", queues=("q",), at_ms=NOW_MS),
    ):
        apply(floor, fact)
    floor.touched.clear()
    return floor


def numbered(floor: Floor, request: r.Request, at_ms: int, line: int) -> r.Request:
    """With the time and the number that its rim would give it."""
    if isinstance(request, r.DeviceEvent):
        seq = floor.mark(request.device, request.lane) + 1
        return msgspec.structs.replace(request, at_ms=at_ms - (request.age_ms or 0), seq=seq, first=1)
    if isinstance(request, r.ObserveLine):
        return msgspec.structs.replace(request, at_ms=at_ms // 1000 * 1000, number=line)
    return msgspec.structs.replace(request, at_ms=at_ms)


def check_whole(floor: Floor, now_ms: int) -> None:
    with_agents = [c for agent in floor.agents.values() for c in agent.contacts]
    waiting = [c for queue in floor.queues.values() for c in queue.waiting]
    assert sorted(with_agents + waiting) == sorted(floor.contacts), "each contact is in one place"
    for contact in floor.contacts.values():
        assert (contact.state == "waiting") == (contact.contact in floor.queues[contact.queue].waiting)
        assert (contact.state == "waiting") == (contact.agent == "")
    for agent in floor.agents.values():
        assert presence(floor, agent) in PRESENCES
        assert not agent.desk or (floor.desks[agent.desk].agent == agent.agent and agent.signed_in)
        assert agent.signed_in or not agent.contacts, "nobody serves who is not there"
    for desk in floor.desks.values():
        assert not desk.agent or floor.agents[desk.agent].desk == desk.desk
        lamp(floor, desk, now_ms)
    whole = [sums for by_queue in floor.figures.values() for sums in by_queue.values()]
    ended = sum(s.answered + s.abandoned + s.timed_out + s.left_otherwise for s in whole)
    assert sum(s.offered for s in whole) == ended + len(waiting), "offered is what ended and what waits"
    assert all(getattr(s, name) >= 0 for s in whole for name in s.__struct_fields__)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(REQUESTS, STEP_MS), min_size=40, max_size=100))
def test_the_floor_stays_whole(asked: list[tuple[r.Request, int]]) -> None:
    floor, facts, now_ms = opened(), [], NOW_MS
    for line, (request, step_ms) in enumerate(asked, 1):
        now_ms += step_ms
        before = msgspec.msgpack.encode(floor)
        try:
            earned = decide(floor, numbered(floor, request, now_ms, line))
        except Refused as refusal:
            assert str(refusal)[0].isalnum()
            assert str(refusal).endswith("."), "a sentence"
            assert not isinstance(
                request, r.DeviceEvent | r.ObserveLine | r.ObserveDevice | r.ObserveAnswer | r.ObserveBroker
            )
            assert msgspec.msgpack.encode(floor) == before
            continue
        assert msgspec.msgpack.encode(floor) == before, "deciding only reads"
        for fact in earned:
            assert f.decode(f.encode(fact)) == fact
            apply(floor, fact)
        facts += earned
        floor.touched.clear()
        floor.deltas.clear()
        check_whole(floor, now_ms)
        floor_page(floor, now_ms, (0, 2 * NOW_MS))
    again = opened()
    for fact in facts:
        apply(again, fact)
    again.touched.clear()
    again.deltas.clear()
    assert again == floor, "replay gives the same floor"
