"""What goes between a floor and the cloud: streams, subjects and payloads, for both ends."""

import asyncio
import os
import unicodedata
from collections.abc import Sequence
from typing import Annotated, Any, NamedTuple
from urllib.parse import urlsplit

import msgspec
import nats
from msgspec import Meta
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import StreamConfig, StreamInfo

FACTS, NOTICES = "FLOORBOARD_FACTS", "FLOORBOARD_NOTICES"
KEPT_S = 30 * 86_400.0  # so long a stream keeps what went through it
CONNECT_S = 5
ANSWER_S = 10.0  # for the hub to confirm
NOTICE_CHARS_MAX = 120
MINUTES_MAX = 10_080  # a week

STREAMS = {
    FACTS: StreamConfig(name=FACTS, subjects=["fb.*.facts.*"], max_age=KEPT_S),
    NOTICES: StreamConfig(name=NOTICES, subjects=["fb.*.notice", "fb.*.answer"], max_age=KEPT_S),
}


class Row(NamedTuple):
    """Of a journal: `fact` is its JSON, byte for byte as it stands there."""

    seq: int
    noted_ms: int
    fact: str


class Notice(msgspec.Struct, frozen=True):
    """Down to a site: a line for its wallboards, for so many minutes from `at_ms`."""

    id: str
    text: str
    minutes: int
    at_ms: int


class Answer(msgspec.Struct, frozen=True):
    """Up from a site: whether its floor has taken the notice, and how many wallboards it has online."""

    id: str
    ok: bool
    why: str = ""
    walls: int = 0


class Nonsense(Exception):
    """A message that is none of ours; the text says why."""


def facts_subject(site: str, incarnation: str) -> str:
    return f"fb.{site}.facts.{incarnation}"


def encode_rows(rows: Sequence[Row]) -> bytes:
    return msgspec.json.encode([(row.seq, row.noted_ms, msgspec.Raw(row.fact.encode())) for row in rows])


def decode_rows(payload: bytes) -> list[Row]:
    """At least one, in their order without a hole; Nonsense otherwise."""
    try:
        rows = [Row(seq, noted_ms, bytes(fact).decode()) for seq, noted_ms, fact in _rows.decode(payload)]
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as wrong:
        raise Nonsense(str(wrong)) from wrong
    if not rows or [row.seq for row in rows] != list(range(rows[0].seq, rows[0].seq + len(rows))):
        raise Nonsense("rows that do not follow each other")
    return rows


Count = Annotated[int, Meta(ge=0, le=2**53)]
_rows = msgspec.json.Decoder(list[tuple[Annotated[int, Meta(ge=1, le=2**53)], Count, msgspec.Raw]])


def decode_notice(payload: bytes) -> Notice:
    """Nonsense says what is wrong with it."""
    try:
        notice = msgspec.json.decode(payload, type=Notice)
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        raise Nonsense(str(wrong)) from wrong
    if why := wrong_with(notice):
        raise Nonsense(why)
    return notice


def wrong_with(notice: Notice) -> str:
    """Nothing if it can stand on a wall."""
    if not notice.id or len(notice.id) > 32:
        return "an id of 1 to 32 characters is wanted"
    if not notice.text.strip() or len(notice.text) > NOTICE_CHARS_MAX:
        return f"a line of 1 to {NOTICE_CHARS_MAX} characters is wanted"
    if any(unicodedata.category(c) == "Cc" for c in notice.text):
        return "one line without control characters is wanted"
    if not 1 <= notice.minutes <= MINUTES_MAX:
        return f"1 to {MINUTES_MAX} minutes are wanted"
    if not 0 < notice.at_ms < 2**53:
        return "a time in ms since 1970 is wanted"
    return ""


class NoCredentials(OSError):
    """The file of credentials cannot be read."""


async def connect(url: str, credentials: str, name: str, closed: asyncio.Event) -> Client:
    """One connection, which is not made again by itself: its end sets `closed`. OSError or nats.errors.Error if there is none
    within CONNECT_S."""
    if credentials and not os.access(credentials, os.R_OK):
        raise NoCredentials(credentials)

    async def tell() -> None:
        closed.set()

    options: dict[str, Any] = {"user_credentials": credentials} if credentials else {}
    options |= {"allow_reconnect": False, "max_reconnect_attempts": 1, "reconnect_time_wait": 0}
    return await nats.connect(url, name=name, connect_timeout=CONNECT_S, error_cb=_unheard, closed_cb=tell, **options)


async def _unheard(error: Exception) -> None:
    """The library would log it; whoever waits on the connection is told by its end."""


async def stream(hub: JetStreamContext, name: str) -> StreamInfo:
    """Made if it is not there."""
    return await hub.add_stream(STREAMS[name])


def why(url: str, error: BaseException) -> str:
    """A fragment of a sentence about a hub that failed."""
    parsed = urlsplit(url)  # without a password, which would go on into the journal
    place = f"{parsed.hostname}:{parsed.port}" if parsed.port else str(parsed.hostname)
    match error:
        case NoCredentials():
            return f"the credentials file {error} cannot be read"
        case nats.errors.AuthorizationError() | nats.errors.InvalidUserCredentialsError():
            return f"{place} refuses our credentials"
        case TimeoutError() | nats.errors.TimeoutError():
            return f"{place} does not answer in time"
        case nats.js.errors.APIError() if error.description:
            return f"{place} refuses: {error.description}"
        case (
            nats.js.errors.ServiceUnavailableError()
            | nats.js.errors.NoStreamResponseError()
            | nats.errors.NoRespondersError()
        ):
            return f"{place} has no JetStream"
        case OSError() if error.strerror:
            return f"{place}: {error.strerror}"
    return f"{place} is not there"
