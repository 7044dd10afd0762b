"""An agent's request for help, the andon: raised, acknowledged, arrived, closed."""

from typing import Literal

from edge.facts.base import Fact

HelpKind = Literal["supervisor", "technical", "safety"]
"""Safety help is silent: no lamp, wall or other agent's page shows it."""


class HelpRaised(Fact, frozen=True):
    desk: str
    agent: str = ""
    help: HelpKind = "supervisor"


class HelpEscalated(Fact, frozen=True):
    """Nobody has answered: now it is for the next."""

    desk: str
    help: HelpKind = "supervisor"


class HelpAcknowledged(Fact, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class HelpArrived(Fact, frozen=True):
    desk: str
    help: HelpKind = "supervisor"


class HelpClosed(Fact, frozen=True):
    desk: str
    help: HelpKind = "supervisor"
