"""What is seen outside, and what is asked of it."""

from typing import Literal

from edge.requests.base import Request


class ObserveOutside(Request, frozen=True):
    """Something outside answers, or (with `why`) does not."""

    name: str
    sort: Literal["light", "sign", "printer", "cloud"]
    why: str = ""


class ObserveOutsides(Request, frozen=True):
    """All that the site's file names outside; what else was known is gone."""

    names: tuple[str, ...]


class AskSlip(Request, frozen=True):
    """`job` is the asker's own, new for each: asked twice it is one job."""

    job: str
    printer: str
    slip: Literal["test", "notice", "ticket"]
    lang: Literal["en", "zh"] = "en"
    text: str = ""


class ObserveSlip(Request, frozen=True):
    """A job is on paper."""

    job: str


class CancelSlip(Request, frozen=True):
    job: str


class TakeNotice(Request, frozen=True):
    """Message `number` of the cloud's stream `lane`; one that was decided before earns nothing."""

    lane: str
    number: int
    id: str
    text: str
    until_ms: int
