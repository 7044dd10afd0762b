"""How facts of help change the floor, and the record of how soon it came."""

from edge import facts as f
from edge.floor import Floor, Help, asked, team_of
from edge.gains import HelpGiven


def raised(floor: Floor, fact: f.HelpRaised) -> None:
    desk, agent = floor.desks[fact.desk], floor.agents.get(fact.agent)
    team = team_of(floor, agent) if agent else desk.team
    desk.help[fact.help] = Help("raised", fact.at_ms, fact.at_ms, fact.agent, team, from_seq=floor.seq + 1)
    _wait(floor, fact.desk, fact.help, fact.at_ms)


def escalated(floor: Floor, fact: f.HelpEscalated) -> None:
    floor.desks[fact.desk].help[fact.help].step += 1
    _wait(floor, fact.desk, fact.help, fact.at_ms)


def _wait(floor: Floor, desk: str, kind: str, at_ms: int) -> None:
    """For one supervisor's answer, as long as there is a next; then it is for all."""
    floor.touched.add(desk)
    if asked(floor, floor.desks[desk], kind):
        floor.unanswered[desk, kind] = at_ms + 1000 * floor.help_s
    else:
        floor.unanswered.pop((desk, kind), None)


def acknowledged(floor: Floor, fact: f.HelpAcknowledged) -> None:
    help = _turn(floor, fact, "acknowledged")
    help.acknowledged_ms, help.helper = fact.at_ms, fact.by


def arrived(floor: Floor, fact: f.HelpArrived) -> None:
    help = _turn(floor, fact, "arrived")
    help.acknowledged_ms = fact.at_ms if help.acknowledged_ms is None else help.acknowledged_ms
    help.arrived_ms, help.helper = fact.at_ms, fact.by


def _turn(floor: Floor, fact: f.HelpAcknowledged | f.HelpArrived, state: str) -> Help:
    help = floor.desks[fact.desk].help[fact.help]
    help.state, help.since_ms = state, fact.at_ms
    floor.touched.add(fact.desk)
    floor.unanswered.pop((fact.desk, fact.help), None)
    return help


def closed(floor: Floor, fact: f.HelpClosed) -> None:
    desk = floor.desks[fact.desk]
    help = desk.help.pop(fact.help)
    floor.touched.add(fact.desk)
    floor.unanswered.pop((fact.desk, fact.help), None)
    given = HelpGiven(
        raised_ms=help.raised_ms,
        desk=fact.desk,
        team=help.team,
        kind=fact.help,
        agent=help.agent,
        helper=help.helper,
        acknowledged_ms=help.acknowledged_ms,
        arrived_ms=help.arrived_ms,
        closed_ms=fact.at_ms,
        escalated=help.step,
        from_seq=help.from_seq,
        to_seq=floor.seq + 1,
    )
    floor.gains.helps.append(given)
