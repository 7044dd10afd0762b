"""The API's OpenAPI document, made from its table of routes and from the types of the requests."""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import msgspec

from edge import requests as r

if TYPE_CHECKING:
    from web.api import Sight, Wish

SAID = {  # what an answer is, by its status
    200: "Done: the facts that it earned, and the journal's number after them",
    201: "The ticket",
    400: "Nonsense: what is wrong with the request",
    401: "Nobody is signed in",
    403: "Not for this role",
    404: "There is none",
    409: "Refused: a sentence that says why. Nothing has changed",
    503: "The core does not answer: what has happened stands in the sentence",
}
OBJECT = {"type": "object"}


def document(wishes: Iterable["Wish"], sights: Iterable["Sight"], cookie: str) -> dict[str, Any]:
    wishes = tuple(wishes)
    _, schemas = msgspec.json.schema_components([w.asks for w in wishes], ref_template="#/components/schemas/{name}")
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
    operation: dict[str, Any] = {
        "operationId": name,
        "summary": summary,
        "parameters": [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in named],
    }
    codes = [200, 401, 403, 404]
    if method == "post":
        operation["requestBody"] = {
            "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}
        }
        codes = [201 if name == r.IssueTicket.__name__ else 200, 400, 401, 403, 409, 503]
    content = {"application/json": {"schema": OBJECT}}
    operation["responses"] = {str(code): {"description": SAID[code], "content": content} for code in codes}
    paths.setdefault(where, {})[method] = operation


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
