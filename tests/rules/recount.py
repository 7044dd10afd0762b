"""The figures a second, naive way: over the whole record of a day, slowly, and without the fold."""

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from edge import facts as f
from edge.figures import Sums, interval
from edge.gains import Spell

IN, OUT = ("not_ready", ""), ("signed_out", "")
SHOWS = ("serving", "called", "hold")  # a contact that is with the agent, in the order in which one shows


def presences(facts: Iterable[f.Fact], spells: Iterable[Spell], until_ms: int) -> Counter[tuple[str, str, str]]:
    """(agent, state, reason) -> ms. Each own state holds from the time at which it happened, however late it was told."""
    owns: dict[str, list[tuple[int, str, str]]] = {}
    for fact in facts:
        if isinstance(fact, f.AgentSignedIn):
            owns.setdefault(fact.agent, []).append((fact.at_ms, *IN))
        elif isinstance(fact, f.AgentSignedOut):
            owns.setdefault(fact.agent, []).append((fact.at_ms, *OUT))
        elif isinstance(fact, f.PresenceChanged):
            owns.setdefault(fact.agent, []).append(
                (fact.at_ms, fact.presence, "" if fact.presence == "wrap_up" else fact.reason)
            )
    spells = [spell for spell in spells if spell.agent and spell.state in SHOWS]
    spent: Counter[tuple[str, str, str]] = Counter()
    for agent, changes in owns.items():
        changes.sort(key=lambda change: change[0])
        with_agent = [spell for spell in spells if spell.agent == agent]
        times = {at_ms for at_ms, _, _ in changes} | {t for s in with_agent for t in (s.from_ms, s.to_ms)} | {until_ms}
        cuts = sorted(t for t in times if t <= until_ms)
        for begin, end in pairwise(cuts):
            so_far = [change for change in changes if change[0] <= begin]
            signed = [state for _, state, reason in so_far if (state, reason) in (IN, OUT)][-1:]
            shown = {spell.state for spell in with_agent if spell.from_ms <= begin < spell.to_ms}
            if shown or signed == [IN[0]]:
                state, reason = next(((s, "") for s in SHOWS if s in shown), so_far[-1][1:])
                spent[agent, state, reason] += end - begin
    return +spent


def sums(facts: Iterable[f.Fact], most_ms: dict[str, int]) -> dict[tuple[int, str], Sums]:
    """(interval, queue) -> what entered then, and what became of it; without talk and handling. `most_ms`: the longest wait that
    is in time."""
    visits: dict[str, tuple[int, str, bool]] = {}  # contact -> when it entered which queue, and whether it was answered
    counted: dict[tuple[int, str], Sums] = {}

    def count(contact: str, **gain: int) -> None:
        entered_ms, queue, _ = visits[contact]
        counted.setdefault((interval(entered_ms), queue), Sums()).add(Sums(**gain))

    for fact in facts:
        match fact:
            case f.ContactEntered() | f.TicketIssued():
                visits[fact.contact] = (fact.at_ms, fact.queue, False)
                count(fact.contact, offered=1)
            case f.ContactAnswered() | f.TicketCalled() if not visits[fact.contact][2]:
                entered_ms, queue, _ = visits[fact.contact]
                wait_ms = fact.wait_ms or 0
                within = int(wait_ms <= most_ms[queue])
                count(fact.contact, answered=1, answered_in_target=within, wait_answered_ms=wait_ms)
                visits[fact.contact] = (entered_ms, queue, True)
            case f.ContactAbandoned():
                within = int(fact.wait_ms <= most_ms[visits[fact.contact][1]])
                short = int(fact.wait_ms <= 5000)
                count(fact.contact, abandoned=1, abandoned_in_target=within, abandoned_short=short)
                count(fact.contact, wait_abandoned_ms=fact.wait_ms)
            case f.ContactTimedOut():
                within = int(fact.wait_ms <= most_ms[visits[fact.contact][1]])
                count(fact.contact, timed_out=1, timed_out_in_target=within)
            case f.ContactLeft() if not visits[fact.contact][2]:
                count(fact.contact, left_otherwise=1)
            case f.ContactMoved() if fact.queue != visits[fact.contact][1]:
                if not visits[fact.contact][2]:
                    count(fact.contact, left_otherwise=1)
                visits[fact.contact] = (fact.at_ms, fact.queue, False)
                count(fact.contact, offered=1)
    return counted


def served(facts: Iterable[f.Fact]) -> set[str]:
    """Tickets whose service ended: the visitor stood there, and went for good."""
    there: set[str] = set()
    gone: set[str] = set()
    tickets: set[str] = set()
    for fact in facts:
        match fact:
            case f.TicketIssued():
                tickets.add(fact.contact)
            case f.ServingBegan():
                there.add(fact.contact)
            case f.ContactMoved() | f.ContactParked() | f.NoShowNoted() | f.TicketCalled():
                there.discard(fact.contact)
            case f.ServingEnded() | f.ContactEnded() if fact.contact in there & tickets:
                gone.add(fact.contact)
    return gone
