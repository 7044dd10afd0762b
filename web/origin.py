"""Which page and which name a request comes by, and the headers that keep our pages to themselves."""

import ipaddress
from urllib.parse import urlsplit

from flask import Request, Response, abort

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


def check_origin(request: Request, *, must: bool) -> None:
    """Aborts with 403 if another page asks; `must`: also if the request does not say which page does."""
    origin = request.headers.get("Origin")
    if origin is None and must:
        abort(403, "The request does not say which page it comes from.")
    if origin is not None and urlsplit(origin).netloc != request.host:
        abort(403, "The request comes from another page.")


def check_json(request: Request) -> None:
    """Aborts with 415 for what a form of any page could send."""
    if request.mimetype != "application/json":
        abort(415, "Ask in JSON.")


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
