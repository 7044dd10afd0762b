"""What a request must be before the panel listens to it, and the headers that keep its pages to themselves.

There is no sign-in yet: the page's own origin is what distinguishes a supervisor's click from another site's script.
"""

import ipaddress
from urllib.parse import urlsplit

from flask import Request, Response, abort

BODY_BYTES_MAX = 4 * 1024
LOCAL_ENDS = (".local", ".lan", ".internal", ".home.arpa", ".localhost")
HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def check_host(request: Request, own_name: str) -> None:
    """Aborts with 421 for a name that cannot be ours: a public name that was pointed at us (DNS rebinding)."""
    host = urlsplit(f"//{request.host}").hostname or ""
    if "." in host and host != own_name and not host.endswith(LOCAL_ENDS) and not _is_address(host):
        abort(421, f"{host} is not a name of this floor.")


def check_own_page(request: Request) -> None:
    """Aborts with 403 or 415 unless the request is one that only our own page can send."""
    if request.mimetype != "application/json":
        abort(415, "Ask in JSON.")
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if origin is None and site is None:
        abort(403, "The request does not say which page it comes from.")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403, "The request comes from another page.")
    if site is not None and site != "same-origin":
        abort(403, "The request comes from another page.")


def check_json(request: Request) -> None:
    """Aborts with 415 or 403 unless it is JSON, from our own page or from a program, which has no page."""
    if request.mimetype != "application/json":
        abort(415, "Ask in JSON.")
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403, "The request comes from another page.")


def check_form(request: Request) -> None:
    """Aborts with 403 unless the form is one of our own pages."""
    origin = request.headers.get("Origin")
    if origin is None or urlsplit(origin).netloc != request.host:
        abort(403, "The request comes from another page.")


def asked_by() -> str:
    """Who asks, as facts say it."""
    return "panel"


def add_headers(response: Response) -> Response:
    response.headers.update(HEADERS)
    response.headers.setdefault("Cache-Control", "no-store")
    return response


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
