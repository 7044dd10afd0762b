"""The stream of a live page: server-sent events, each picture that differs from the one before, and a beat between them."""

from collections.abc import Callable, Iterator

from flask import Response, abort, current_app

from edge import clock
from web import guard
from web.pictures import Picture, Pictures

BEAT_S = 2.5  # a page that hears nothing for 8 s says so
LIVE_MAX = 64  # open live pages; each takes a thread


def stream(of: Callable[[Picture], bytes]) -> Response:
    house = current_app.extensions["house"]
    if not house.live.acquire(blocking=False):
        abort(503, "Too many pages are open.")
    response = Response(_events(house.pictures, of, guard.standing()), mimetype="text/event-stream")
    response.headers["X-Accel-Buffering"] = "no"
    response.call_on_close(house.live.release)
    return response


def _events(pictures: Pictures, of: Callable[[Picture], bytes], stands: Callable[[], bool]) -> Iterator[bytes]:
    """Each picture that differs from the one before; `out` once whoever looks is signed out."""
    number, told = 0, b""
    while not pictures.stopped:
        picture = pictures.wait(number, min(BEAT_S, clock.steady_s()))
        if not stands():
            yield b"event: out\ndata: {}\n\n"
            return
        beat = b'event: beat\ndata: {"now_ms":%d,"speed":%g}\n\n' % (clock.now_ms(), clock.speed())
        number, event = picture.number, beat
        if of(picture) != told:
            told = of(picture)
            event += b"event: picture\ndata: " + told + b"\n\n"
        yield event
