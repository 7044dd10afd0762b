"""What a site has: queues, desks, agents, boards, devices."""

from edge.facts.base import Fact


class QueueOpened(Fact, frozen=True):
    """Opened, or its settings changed."""

    queue: str
    letter: str = ""
    target_s: int = 20
    short_s: int = 5  # abandons within it are short
    variant: str = "answered"


class QueueRemoved(Fact, frozen=True):
    """No longer in the site's file; its figures stay."""

    queue: str


class DeskOpened(Fact, frozen=True):
    desk: str
    team: str = ""


class DeskRemoved(Fact, frozen=True):
    desk: str


class AgentMet(Fact, frozen=True):
    """Introduced by the site's TOML, or met for the first time in the exchange's record."""

    agent: str
    name: str = ""
    pin_key: str = ""
    queues: tuple[str, ...] = ()


class AgentRemoved(Fact, frozen=True):
    agent: str


class BoardLaidOut(Fact, frozen=True):
    """A layout of tiles, for wallboards and TVs: each an expression of edge.tiles."""

    board: str
    title: str = ""
    tiles: tuple[str, ...] = ()


class BoardRemoved(Fact, frozen=True):
    board: str


class DeviceRegistered(Fact, frozen=True):
    """Known to the site, so that the broker lets it in; or put elsewhere."""

    device: str
    role: str
    desk: str = ""  # of a desk unit or a counter display
    board: str = ""  # of a wallboard


class DeviceRevoked(Fact, frozen=True):
    device: str
