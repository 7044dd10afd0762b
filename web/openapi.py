"""The API's OpenAPI document, made from its table of routes and from the types of the requests."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from edge import requests as r

if TYPE_CHECKING:
    from web.api import Sight, Wish

DONE = "Done: the facts that it earned, and the journal's number after them"
WRONG = {  # by status; each says its reason as {"error": sentence}
    400: "Nonsense: what is wrong with the request",
    401: "Nobody is signed in, or the token is not good",
    403: "Not for whoever asks",
    404: "There is none",
    405: "Asked in another way: GET to see, POST to do",
    409: "Refused. Nothing has changed",
    413: "The request is too long",
    415: "The request is not application/json",
    503: "The core does not answer: what has happened stands in the sentence",
}
OBJECT = {"type": "object"}
TICKET = {
    "ticket": {"type": "string", "description": "its name: `contact`, or one that nobody guesses"},
    "label": {"type": "string", "description": "what the visitor holds"},
    "queue": {"type": "string"},
    "state": {"type": "string"},
    "issued_ms": {"type": "integer", "description": "ms since 1970 UTC, as all that ends in _ms"},
    "expires_ms": {"type": ["integer", "null"]},
    "ahead": {"type": ["integer", "null"], "description": "how many wait before it; null where it does not wait"},
    "wait_s": {"type": ["integer", "null"], "description": "null where nothing can be promised"},
    "seq": {"type": "integer", "description": "the journal's number after it"},
}
_TERMS = {"target_s": "integer", "under": "boolean", "short_s": "integer", "variant": "string"}
_SPAN = {"from": "string", "by": "string", "every": "string"}
FILTERS = {
    "see_tickets": {"queue": "string", "state": "string", "limit": "integer"},
    "see_number": {"number": "string", "rows": "integer"} | _TERMS,
    "see_report": _SPAN | _TERMS,
    "see_time_chart": _SPAN,
}


def document(wishes: Iterable["Wish"], sights: Iterable["Sight"], cookie: str) -> dict[str, Any]:
    wishes = tuple(wishes)
    _, schemas = msgspec.json.schema_components([w.asks for w in wishes], ref_template="#/components/schemas/{name}")
    schemas["Ticket"] = {"type": "object", "properties": TICKET, "required": list(TICKET)}
    schemas["Error"] = {"type": "object", "properties": {"error": {"type": "string"}}, "required": ["error"]}
    paths: dict[str, Any] = {}
    for wish in wishes:
        _, named = _path(wish.path)
        schemas[wish.asks.__name__] = _body(schemas[wish.asks.__name__], named)
        _put(paths, wish.path, "post", wish.summary, wish.asks.__name__)
    for sight in sights:
        _put(paths, sight.path, "get", sight.summary, sight.sees.__name__)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Floorboard",
            "version": "1",
            "description": "Queues, tickets, desks and agents of one site.",
        },
        "servers": [{"url": "/api/v1"}],
        "security": [{"token": []}, {"session": [], "csrf": []}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "token": {"type": "http", "scheme": "bearer"},
                "session": {"type": "apiKey", "in": "cookie", "name": cookie},
                "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRF-Token"},
            },
        },
    }


def _put(paths: dict[str, Any], path: str, method: str, summary: str, name: str) -> None:
    where, named = _path(path)
    parameters: list[dict[str, Any]] = [
        {"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in named
    ]
    parameters += [{"name": n, "in": "query", "schema": {"type": kind}} for n, kind in FILTERS.get(name, {}).items()]
    operation: dict[str, Any] = {"operationId": name, "summary": summary, "parameters": parameters}
    good, wrong = {200: DONE if method == "post" else "What there is"}, [401, 403, 404, 405]
    if method == "post":
        wrong += [400, 409, 413, 415, 503]
        operation["requestBody"] = {
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        }
    elif name in FILTERS:
        wrong.append(400)
    is_issue = name == r.IssueTicket.__name__
    if is_issue:
        good = {201: "The ticket", 200: "The ticket, which was issued before, as it stands now"}
    operation["responses"] = {
        str(code): {"description": said, "content": _content("#/components/schemas/Ticket" if is_issue else "")}
        for code, said in good.items()
    } | {
        str(code): {"description": WRONG[code], "content": _content("#/components/schemas/Error")}
        for code in sorted(wrong)
    }
    paths.setdefault(where, {})[method] = operation


def _content(ref: str) -> dict[str, Any]:
    return {"application/json": {"schema": {"$ref": ref} if ref else OBJECT}}


def _path(path: str) -> tuple[str, list[str]]:
    """Flask's <name> as OpenAPI's {name}, and the names."""
    return re.sub(r"<(\w+)>", r"{\1}", path), re.findall(r"<(\w+)>", path)


def _body(schema: dict[str, Any], named: list[str]) -> dict[str, Any]:
    """The request without what the path and the edge fill in."""
    ours = {"ask", *r.OUR_OWN, *named}
    fields = {name: field for name, field in schema["properties"].items() if name not in ours}
    needed = [name for name in schema.get("required", []) if name not in ours]
    body = schema | {"properties": fields, "required": needed, "additionalProperties": False}
    if not needed:
        del body["required"]
    return body
