"""The queue_log: what each line earns, as conversations of lines and facts; and lines that are none."""

import pytest

from edge.exchange import Reading, read
from edge.facts import Fact
from edge.floor import Floor, presence
from edge.fold import apply
from edge.rules import decide
from tests.rules.scene import brief

T = 1_795_352_200


def told(*lines: str, floor: Floor | None = None) -> tuple[list[Fact], Reading, Floor]:
    floor, reading, facts = floor or Floor(), Reading(), []
    for line in read([line.encode() + b"\n" for line in lines], reading):
        earned = decide(floor, line)
        for fact in earned:
            apply(floor, fact)
        facts += earned
    return facts, reading, floor


def short(facts: list[Fact]) -> list[str]:
    """One line a fact: its kind and what it says, in the order of its fields."""
    return [" ".join(str(v) for v in row.values()) for row in brief(facts)]


def lines(*rest: str) -> list[str]:
    """Lines a second apart."""
    return [f"{T + i}|{line}" for i, line in enumerate(rest)]


MET = ["AgentMet Ana", "AgentSignedIn Ana", "PresenceChanged Ana ready", "QueueJoined Ana q"]
OPEN = "QueueOpened q"
IN = "c1|q|NONE|ENTERQUEUE||101|1"
ANSWER = "c1|q|Ana|CONNECT|1|c1.2|1"

CONVERSATIONS: dict[str, tuple[list[str], list[str]]] = {
    # name: lines, facts
    "answered and completed by the agent": (
        lines(IN, ANSWER, "c1|q|Ana|COMPLETEAGENT|1|7|1"),
        [OPEN, "ContactEntered c1 q", *MET, "ContactAnswered c1 Ana 1000", "ContactEnded c1 7000"],
    ),
    "completed by the caller": (
        lines(IN, ANSWER, "c1|q|Ana|COMPLETECALLER|1|7|1"),
        [OPEN, "ContactEntered c1 q", *MET, "ContactAnswered c1 Ana 1000", "ContactEnded c1 7000"],
    ),
    "abandoned": (
        lines(IN, "c1|q|NONE|ABANDON|1|1|4"),
        [OPEN, "ContactEntered c1 q", "ContactAbandoned c1 4000"],
    ),
    "timed out": (
        lines(IN, "c1|q|NONE|EXITWITHTIMEOUT|1|1|30"),
        [OPEN, "ContactEntered c1 q", "ContactTimedOut c1 30000"],
    ),
    "left by a key": (
        lines(IN, "c1|q|NONE|EXITWITHKEY|5|1|1|9"),
        [OPEN, "ContactEntered c1 q", "ContactLeft c1 cancelled 9000 pressed 5"],
    ),
    "left an empty queue": (
        lines(IN, "c1|q|NONE|EXITEMPTY|1|1|9"),
        [OPEN, "ContactEntered c1 q", "ContactLeft c1 overflowed 9000 nobody to answer"],
    ),
    "blind transfer": (
        lines(IN, ANSWER, "c1|q|Ana|BLINDTRANSFER|600|default|1|12|1"),
        [OPEN, "ContactEntered c1 q", *MET, "ContactAnswered c1 Ana 1000", "ContactEnded c1 transferred 600 12000"],
    ),
    "transfer, as older versions write it": (
        lines(IN, ANSWER, "c1|q|Ana|TRANSFER|600|default|1|12|1"),
        [OPEN, "ContactEntered c1 q", *MET, "ContactAnswered c1 Ana 1000", "ContactEnded c1 transferred 600 12000"],
    ),
    "attended transfer": (
        lines(IN, ANSWER, "c1|q|Ana|ATTENDEDTRANSFER|BRIDGE|b1|1|12|1"),
        [OPEN, "ContactEntered c1 q", *MET, "ContactAnswered c1 Ana 1000", "ContactEnded c1 transferred BRIDGE 12000"],
    ),
    "nobody picked up": (
        lines("NONE|q|Ana|ADDMEMBER|", IN, "c1|q|Ana|RINGNOANSWER|3000"),
        [OPEN, *MET, "ContactEntered c1 q", "RingUnanswered Ana c1 3000"],
    ),
    "the caller gave up while it rang": (
        lines("NONE|q|Ana|ADDMEMBER|", IN, "c1|q|Ana|RINGCANCELED|2500"),
        [OPEN, *MET, "ContactEntered c1 q", "RingUnanswered Ana c1 2500 True"],
    ),
    "paused and back": (
        lines("NONE|q|Ana|ADDMEMBER|", "NONE|q|Ana|PAUSE|Lunch", "NONE|q|Ana|UNPAUSE|"),
        [
            OPEN,
            *MET,
            "QueuePaused Ana q Lunch",
            "PresenceChanged Ana not_ready Lunch",
            "QueueUnpaused Ana q",
            "PresenceChanged Ana ready",
        ],
    ),
    "paused everywhere, told once for all and once for each": (
        lines("NONE|q|Ana|ADDMEMBER|", "NONE|NONE|Ana|PAUSEALL|Break", "NONE|q|Ana|PAUSE|Break")
        + lines("NONE|NONE|Ana|UNPAUSEALL|", "NONE|q|Ana|UNPAUSE|"),
        [
            OPEN,
            *MET,
            "QueuePaused Ana  Break",
            "PresenceChanged Ana not_ready Break",
            "QueueUnpaused Ana ",
            "PresenceChanged Ana ready",
        ],
    ),
    "paused in one queue of two is still ready": (
        lines("NONE|q|Ana|ADDMEMBER|", "NONE|r|Ana|ADDMEMBER|", "NONE|q|Ana|PAUSE|x"),
        [OPEN, *MET, "QueueOpened r", "QueueJoined Ana r", "QueuePaused Ana q x"],
    ),
    "the last queue left is the way out": (
        lines("NONE|q|Ana|ADDMEMBER|", "NONE|q|Ana|REMOVEMEMBER|"),
        [OPEN, *MET, "QueueLeft Ana q", "AgentSignedOut Ana"],
    ),
    "never announced, met on the way": (
        lines("NONE|q|Ana|PAUSE|Lunch"),
        [OPEN, *MET, "QueuePaused Ana q Lunch", "PresenceChanged Ana not_ready Lunch"],
    ),
    "nothing is known of somebody who is removed or unpaused": (
        lines("NONE|q|Ana|REMOVEMEMBER|", "NONE|q|Ana|UNPAUSE|", "NONE|NONE|Ana|PAUSEALL|"),
        [],
    ),
    "the exchange starts anew: its calls are gone": (
        lines(IN, "c2|q|NONE|ENTERQUEUE||1|2", ANSWER, "NONE|NONE|NONE|QUEUESTART|", "NONE|NONE|NONE|CONFIGRELOAD|"),
        [
            OPEN,
            "ContactEntered c1 q",
            "ContactEntered c2 q",
            *MET,
            "ContactAnswered c1 Ana 1000",
            "ContactEnded c1 unknown",
            "ContactLeft c2 cancelled 2000 exchange restarted",
        ],
    ),
    "connected but never entered": (
        lines(ANSWER),
        [OPEN, *MET, "ContactEntered c1 q True", "ContactAnswered c1 Ana 1000"],
    ),
    "completed but never connected": (
        lines("c1|q|Ana|COMPLETECALLER|3|7|1"),
        [OPEN, *MET, "ContactEntered c1 q True", "ContactAnswered c1 Ana 3000", "ContactEnded c1 7000"],
    ),
    "abandoned but never entered": (
        lines("c1|q|NONE|ABANDON|1|1|4"),
        [OPEN, "ContactEntered c1 q True", "ContactAbandoned c1 4000"],
    ),
    "entry told after the answer of the same second": (
        [f"{T}|{ANSWER}", f"{T}|{IN}"],
        [OPEN, *MET, "ContactEntered c1 q True", "ContactAnswered c1 Ana 1000"],
    ),
    "connected twice": (
        lines(IN, ANSWER, ANSWER),
        [OPEN, "ContactEntered c1 q", *MET, "ContactAnswered c1 Ana 1000"],
    ),
    "entered another queue without leaving the first": (
        lines(IN, "c1|r|NONE|ENTERQUEUE||101|1"),
        [
            OPEN,
            "ContactEntered c1 q",
            "QueueOpened r",
            "ContactLeft c1 cancelled 1000 entered again",
            "ContactEntered c1 r",
        ],
    ),
}


@pytest.mark.parametrize("name", CONVERSATIONS)
def test_conversation(name: str) -> None:
    record, facts = CONVERSATIONS[name]
    earned, reading, _ = told(*record)
    assert short(earned) == facts
    assert (reading.malformed, reading.unknown.total()) == (0, 0)


def test_every_fact_of_a_line_names_the_line() -> None:
    facts, _, floor = told(*lines(IN, ANSWER))
    assert {fact.event for fact in facts} == {("queue_log", facts[0].event[1], n) for n in (1, 2)}  # type: ignore[index]
    again, _, _ = told(*lines(IN, ANSWER), floor=floor)
    assert again == [], "read again, it earns nothing"


def test_serving_while_paused_counts_as_serving() -> None:
    """docs/numbers.md, Presence: a contact accepted while in a custom not-ready state."""
    _, _, floor = told(*lines(IN, "NONE|q|Ana|PAUSE|Back office", ANSWER))
    assert presence(floor, floor.agents["Ana"]) == "serving"
    _, _, floor = told(*lines(IN, "NONE|q|Ana|PAUSE|Back office", ANSWER, "c1|q|Ana|COMPLETEAGENT|1|7|1"))
    assert (presence(floor, floor.agents["Ana"]), floor.agents["Ana"].reason) == ("not_ready", "Back office")


BAD = [
    # line                                              malformed, unknown, example
    (f"{T}|c1|q|NONE|CARRIERPIGEON|1", (0, 1), "line 2: unknown event 'CARRIERPIGEON'"),
    (f"{T}|c1|q", (1, 0), "line 2: cut short"),
    ("yesterday|c1|q|NONE|ENTERQUEUE", (1, 0), "line 2: no time at its start"),
    (f"{T}.x|c1|q|NONE|ENTERQUEUE", (1, 0), "line 2: no time at its start"),
    (f"{T}|NONE|q|NONE|ENTERQUEUE", (1, 0), "line 2: ENTERQUEUE without call"),
    (f"{T}|c1|NONE|NONE|ENTERQUEUE", (1, 0), "line 2: ENTERQUEUE without queue"),
    (f"{T}|c1|q|NONE|CONNECT|1|c2|1", (1, 0), "line 2: CONNECT without agent"),
    (f"{T}|c1|q|Ana|CONNECT|soon", (1, 0), "line 2: CONNECT with 'soon' where a number belongs"),
    (f"{T}|c1|q|Ana|CONNECT|-1", (1, 0), "line 2: CONNECT with '-1' where a number belongs"),
    (f"{T}|c1|q|NONE|ABANDON|1|1", (1, 0), "line 2: ABANDON with '' where a number belongs"),
    (f"{T}|c1|q|Ana|BLINDTRANSFER|1", (1, 0), "line 2: BLINDTRANSFER with '' where a number belongs"),
    ("\x00\x01\x02", (1, 0), "line 2: no time at its start"),
]


@pytest.mark.parametrize(("line", "counts", "example"), BAD)
def test_bad_lines_are_counted_and_shown_by_number(line: str, counts: tuple[int, int], example: str) -> None:
    facts, reading, _ = told(f"{T}|{IN}", line, f"{T + 5}|c1|q|NONE|ABANDON|1|1|5")
    assert short(facts) == [OPEN, "ContactEntered c1 q", "ContactAbandoned c1 5000"], "the others are read all the same"
    assert (reading.malformed, reading.unknown.total()) == counts
    assert reading.examples == [example]


def test_only_the_first_few_are_shown_but_all_are_counted() -> None:
    _, reading, _ = told(*["nonsense"] * 100)
    assert (reading.malformed, len(reading.examples)) == (100, 5)


def test_out_of_order_is_counted_and_booked_when_it_happened() -> None:
    facts, reading, _ = told(f"{T + 10}|{IN}", f"{T}|c2|q|NONE|ENTERQUEUE||1|1")
    assert (reading.out_of_order, reading.examples) == (1, ["line 2: earlier than the line before"])
    assert facts[-1].at_ms == T * 1000


def test_bytes_that_are_not_utf_8_and_fractions_of_a_second() -> None:
    reading = Reading()
    raw = f"{T}.25|c1|Verk".encode() + b"\xe4uf" + b"|NONE|ENTERQUEUE||101|1\r\n"
    (line,) = read([raw], reading)
    assert (line.at_ms, line.queue) == (T * 1000 + 250, "Verk�uf")


def test_an_interface_is_read_as_its_agent() -> None:
    raw = f"{T}|MANAGER|q|Local/a1@agents/n|ADDMEMBER|".encode()
    (line,) = read([raw], Reading(), members={"Local/a1@agents/n": "Ana"})
    assert line.agent == "Ana"
