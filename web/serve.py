"""Running the web under waitress until SIGTERM."""

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

from waitress.server import create_server
from waitress.task import ThreadedTaskDispatcher

from edge.settings import Settings
from web.app import LIVE_MAX, create

THREADS = LIVE_MAX + 16  # every live page holds one; the rest answer
CONNECTIONS_MAX = 4 * LIVE_MAX
UNSENT_BYTES_MAX = 1 << 20  # for a page that does not read; then its own thread waits
REQUEST_BYTES_MAX = 64 * 1024
LOOK_S = 2.0  # for the first look at the floor; without one, pages say that the core is away
END_S = 1  # waitress counts whole seconds here


class _Threads(ThreadedTaskDispatcher):
    """Ends within END_S, even if a page has stopped reading."""

    def shutdown(self, cancel_pending: bool = True, timeout: int = END_S) -> bool:
        return bool(super().shutdown(cancel_pending, timeout))


def serve(settings: Settings, state: Path) -> None:
    """Until SIGTERM. A bug in the thread of the pictures ends the process, so that no page shows a floor that stands still."""
    app = create(settings, state)
    pictures = app.extensions["house"].pictures
    threads = _Threads()
    threads.set_thread_count(THREADS)
    server = create_server(
        app,
        _dispatcher=threads,
        host=settings.web.bind,
        port=settings.web.port,
        threads=THREADS,
        connection_limit=CONNECTIONS_MAX,
        outbuf_high_watermark=UNSENT_BYTES_MAX,
        max_request_body_size=REQUEST_BYTES_MAX,
        asyncore_use_poll=True,
        ident=None,
        clear_untrusted_proxy_headers=True,
        **_proxy(settings.web.proxy),
    )

    def end(*_: object) -> None:
        signal.signal(
            signal.SIGTERM, signal.SIG_IGN
        )  # the kernel tells the end of each of the parent's threads, and `stop` takes a lock
        pictures.stop()
        sys.exit()

    signal.signal(signal.SIGTERM, end)
    threading.excepthook = _crash
    blank = pictures.picture.number
    pictures.start()
    pictures.wait(blank, LOOK_S)  # whoever asks meanwhile waits, rather than hear that there is no such board
    server.run()


def _proxy(address: str) -> dict[str, Any]:
    """What waitress is told of the proxy before it, if there is one."""
    said = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host"}
    return {"trusted_proxy": address, "trusted_proxy_headers": said} if address else {}


def _crash(thread: threading.ExceptHookArgs) -> None:
    sys.excepthook(thread.exc_type, thread.exc_value or thread.exc_type(), thread.exc_traceback)
    sys.stderr.flush()
    os._exit(1)
