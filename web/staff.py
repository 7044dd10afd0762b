"""The accounts' page, for administrators: who may come in, as what, and which programs. Plain forms; no script."""

from collections.abc import Callable

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response as AnyResponse

from edge.accounts import Accounts, BadAccount
from edge.floor import Floor
from edge.rights import OF_AGENTS, ROLES, SCOPES
from web import guard

staff = Blueprint("staff", __name__, url_prefix="/accounts")

Answer = AnyResponse | tuple[str, int] | str


@staff.get("")
def page(said: str = "", link: str = "", token: str = "", of: str = "") -> str:
    """`link` and `token` are shown this once, to whoever has made them. After a mistake the form is as it was."""
    accounts = _accounts()
    agents, queues = current_app.extensions["house"].pictures.look(lambda floor, *_: _names(floor))
    return render_template(
        "accounts.html",
        accounts=accounts.all(),
        tokens=accounts.tokens(),
        roles=ROLES,
        scopes=SCOPES,
        agents=agents,
        known={agent for agent, _ in agents},
        queues=queues,
        said=said,
        form=request.form if said else MultiDict(),
        link=link and url_for("signing.enter", code=link, _external=True),
        token=token,
        of=of,
    )


@staff.post("")
def add() -> Answer:
    name = request.form.get("name", "").strip().lower()

    def make() -> str:
        role, agent, queues = _wanted()
        _accounts().add(name, role, guard.asked_by(), agent=agent, queues=queues)
        return page(link=_accounts().link(name, guard.asked_by()), of=name)

    return _try(make)


def _wanted() -> tuple[str, str, tuple[str, ...]]:
    """Role, agent and queues, those that the role has."""
    form, role = request.form, request.form.get("role", "")
    agent = form.get("agent", "") if role in OF_AGENTS else ""
    return role, agent, tuple(form.getlist("queues")) if role == "viewer" else ()


@staff.post("/<name>/change")
def change(name: str) -> Answer:
    def make() -> None:
        role, agent, queues = _wanted()
        _accounts().change(name, role, agent=agent, queues=queues)

    return _then(make)


@staff.post("/<name>/link")
def link(name: str) -> Answer:
    return _try(lambda: page(link=_accounts().link(name, guard.asked_by()), of=name))


@staff.post("/<name>/end")
def end(name: str) -> Answer:
    """All its sessions."""
    return _then(lambda: _accounts().end_sessions(name))


@staff.post("/<name>/remove")
def remove(name: str) -> Answer:
    return _then(lambda: _accounts().remove(name))


@staff.post("/tokens")
def add_token() -> Answer:
    name = request.form.get("of", "")
    label, scopes = request.form.get("label", "").strip(), tuple(request.form.getlist("scopes"))
    return _try(lambda: page(token=_accounts().add_token(name, label, scopes), of=label))


@staff.post("/tokens/<id>/remove")
def remove_token(id: str) -> Answer:
    return _then(lambda: _accounts().remove_token(id))


def _then(work: Callable[[], object]) -> Answer:
    def done() -> AnyResponse:
        work()
        return redirect(url_for(".page", lang=request.values.get("lang")), 303)

    return _try(done)


def _try(work: Callable[[], Answer]) -> Answer:
    """A mistake is told on the page; nothing has changed then."""
    try:
        return work()
    except BadAccount as bad:
        return page(said=str(bad)), 400


def _names(floor: Floor) -> tuple[list[tuple[str, str]], list[str]]:
    agents = sorted((a.name or a.agent, a.agent) for a in floor.agents.values() if a.of_site)
    return [(agent, name) for name, agent in agents], sorted(q.queue for q in floor.queues.values())


def _accounts() -> Accounts:
    accounts: Accounts = current_app.extensions["house"].accounts
    return accounts
