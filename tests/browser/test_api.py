"""The HTTP API: every route of its table and of its OpenAPI document, its refusals, and a ticket's whole history."""

import json
import urllib.error
import urllib.request
from typing import Any

import msgspec
import pytest
from openapi_spec_validator import validate

from edge.facts import TicketIssued
from tests.browser.house import House
from web.api import SIGHTS, WISHES


def ask(house: House, path: str, said: object = None, **headers: str) -> tuple[int, Any]:
    """POST with a body, GET without."""
    body = None if said is None else json.dumps(said).encode()
    named = {"Content_Type": "application/json", "X_CSRF_Token": house.csrf()} | headers
    request = house.request(f"/api/v1{path}", body, **named)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def test_a_ticket_from_its_issue_to_its_end(house: House) -> None:
    ask(house, "/desks/1/sign-in", {"agent": "Agent1"})
    ask(house, "/desks/1/keys", {"key": "ready"})
    status, first = ask(house, "/tickets", {"queue": "payments", "contact": "mine"})
    assert (status, first["label"], first["ahead"], first["ticket"]) == (201, "C001", 0, "mine")
    status, second = ask(house, "/tickets", {"queue": "payments", "lang": "zh"})
    assert (status, second["label"], second["ahead"]) == (201, "C002", 1)
    status, again = ask(house, "/tickets", {"queue": "payments", "contact": "mine"})
    assert (status, again["label"], again["state"]) == (200, "C001", "waiting"), "asked again it is the same"
    assert again.keys() == first.keys()
    for key in ("next", "ready", "wrap_up", "ready"):
        assert ask(house, "/desks/1/keys", {"key": key})[0] == 200
    assert ask(house, "/tickets", {"queue": "payments", "contact": "mine"}) == (
        409,
        {"error": "The ticket mine has been on the floor and is over."},
    )
    _, told = ask(house, "/tickets/mine")
    assert [spell["state"] for spell in told["spells"]] == ["waiting", "called", "serving", "wrap_up"]
    assert [spell["agent"] for spell in told["spells"]] == ["", "Agent1", "Agent1", "Agent1"]
    ends = [spell["to_ms"] for spell in told["spells"]]
    assert [spell["from_ms"] for spell in told["spells"][1:]] == ends[:-1], "without a gap"
    assert told["state"] == "closed"
    assert ask(house, "/tickets/c001")[1] == told, "by today's label, in small letters too"
    house.wait_web(lambda: ask(house, "/tickets/C002")[0] == 200)
    _, waits = ask(house, "/tickets/C002")
    assert [(s["state"], s["to_ms"]) for s in waits["spells"]] == [("waiting", None)]
    assert [t["label"] for t in ask(house, "/tickets?queue=payments&state=waiting")[1]] == ["C002"]
    assert ask(house, "/tickets?limit=0") == (200, [])
    assert ask(house, "/tickets?que=payments") == (400, {"error": "There is no field que here."})
    issued = [fact for fact in house.journal() if isinstance(fact, TicketIssued)]
    assert [(fact.label, fact.lang) for fact in issued] == [("C001", ""), ("C002", "zh")]


def test_what_there_is_to_see(house: House) -> None:
    ask(house, "/tickets", {"queue": "payments", "contact": "mine"})
    house.wait_web(lambda: ask(house, "/tickets/mine")[0] == 200)
    _, queues = ask(house, "/queues")
    assert [(q["queue"], q["waiting"], q["why_not"]) for q in queues if q["letter"] == "C"] == [("payments", 1, "")]
    _, queue = ask(house, "/queues/payments")
    assert [ticket["label"] for ticket in queue["tickets"]] == ["C001"]
    _, desk = ask(house, "/desks/1")
    assert (desk["agent"], desk["presence"]) == (None, "signed_out")
    assert ask(house, "/calls") == (200, [])
    for path in ("/queues/none", "/desks/99", "/tickets/none"):
        status, told = ask(house, path)
        assert (status, told["error"][:12]) == (404, "There is no ")


NONSENSE = [
    ("/tickets", {}, 400, "missing required field `queue`"),
    ("/tickets", {"queue": 1}, 400, "Expected `str`"),
    ("/tickets", {"queue": "payments", "contact": "a/b"}, 400, "Expected `str` matching regex"),
    ("/tickets", {"queue": "payments", "by": "me"}, 400, "There is no field by here."),
    ("/tickets", {"queue": "payments", "at_ms": 1}, 400, "There is no field at_ms here."),
    ("/tickets", [], 400, "Expected `object`"),
    ("/tickets", {"queue": "none"}, 409, "There is no queue none."),
    ("/tickets/x/move", {"ticket": "y"}, 400, "There is no field ticket here."),
    ("/tickets/x/park", {"back_s": 0}, 400, "Expected `int` >= 1"),
    ("/desks/1/keys", {"key": "dance"}, 400, "Invalid enum value"),
    ("/desks/1/keys", {"key": "next"}, 409, "Nobody is signed in at desk 1."),
    ("/queues/payments/reopen", {}, 409, "payments is not shut."),
]


@pytest.mark.parametrize(("path", "said", "status", "why"), NONSENSE)
def test_what_cannot_be_is_refused_with_the_reason(
    house: House, path: str, said: object, status: int, why: str
) -> None:
    before = house.facts()
    got, told = ask(house, path, said)
    assert got == status
    assert why in next(iter(told.values()))
    assert house.facts() == before


def test_who_may_not_ask(house: House) -> None:
    assert ask(house, "/tickets", {"queue": "payments"}, Origin="http://elsewhere.example")[0] == 403
    assert ask(house, "/tickets", {"queue": "payments"}, Content_Type="text/plain")[0] == 415
    assert ask(house, "/nothing") == (404, {"error": "There is nothing at this address."})
    assert ask(house, "/calls", {}) == (405, {"error": "This address is asked in another way: GET to see, POST to do."})
    assert ask(house, "/tickets", {"queue": "x" * 5000}) == (413, {"error": "The request is longer than 4096 bytes."})
    assert "TicketIssued" not in house.facts()


def test_the_document_is_openapi_and_has_every_route(house: House) -> None:
    _, document = ask(house, "/openapi.json")
    validate(document)
    routes = {(method, path) for path, methods in document["paths"].items() for method in methods}
    plain = {("post", wish.path) for wish in WISHES} | {("get", sight.path) for sight in SIGHTS}
    assert routes == {(method, path.replace("<", "{").replace(">", "}")) for method, path in plain}
    schemas = document["components"]["schemas"]
    assert set(schemas["MoveTicket"]["properties"]) == {"queue", "agent", "desk", "place"}, "ticket is in the path"
    for wish in WISHES:
        assert not {"by", "at_ms", "ask"} & set(schemas[wish.asks.__name__]["properties"])


@pytest.mark.parametrize("wish", WISHES, ids=lambda wish: wish.asks.__name__)
def test_each_route_reaches_the_core(house: House, wish: Any) -> None:
    """With as much as its document says must be there; what comes back is an answer of the core."""
    _, document = ask(house, "/openapi.json")
    schema = document["components"]["schemas"][wish.asks.__name__]
    said = {name: _some(schema["properties"][name]) for name in schema.get("required", ())}
    status, told = ask(house, wish.path.replace("<", "").replace(">", ""), said)
    assert (status, next(iter(told))) in ((409, "error"), (200, "facts")), told


def _some(schema: dict[str, Any]) -> Any:
    if "enum" in schema:
        return schema["enum"][0]
    return {"string": "x", "integer": max(1, schema.get("minimum", 1))}[schema["type"]]


def test_the_answer_holds_the_facts_as_they_are_kept(house: House) -> None:
    _, told = ask(house, "/queues/payments/shut", {})
    (kept,) = [fact for fact in house.journal() if type(fact).__name__ == "QueueShut"]
    assert told["facts"] == [json.loads(msgspec.json.encode(kept))]
    assert kept.by == "tests"
