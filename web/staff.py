"""The accounts' page, for administrators: who may come in, as what, and which programs. Plain forms; no script."""

from collections.abc import Callable

from flask import Blueprint, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from edge.accounts import Accounts, BadAccount
from edge.floor import Floor
from edge.rights import OF_AGENTS, ROLES, SCOPES
from web import guard

staff = Blueprint("staff", __name__, url_prefix="/accounts")

Answer = AnyResponse | tuple[str, int] | str


@staff.get("")
def page(said: str = "", link: str = "", token: str = "", of: str = "") -> str:
    """`link` and `token` are shown this once, to whoever has made them."""
    accounts = _accounts()
    agents, queues = current_app.extensions["house"].pictures.look(lambda floor, *_: _names(floor))
    return render_template(
        "accounts.html",
        accounts=accounts.all(),
        tokens=accounts.tokens(),
        roles=ROLES,
        scopes=SCOPES,
        agents=agents,
        queues=queues,
        said=said,
        link=link and url_for("signing.enter", code=link, _external=True),
        token=token,
        of=of,
    )


@staff.post("")
def add() -> Answer:
    form = request.form
    name, role = form.get("name", "").strip().lower(), form.get("role", "")
    agent = form.get("agent", "") if role in OF_AGENTS else ""
    queues = tuple(form.getlist("queues")) if role == "viewer" else ()

    def make() -> str:
        _accounts().add(name, role, guard.asked_by(), agent=agent, queues=queues)
        return page(link=_accounts().link(name, guard.asked_by()), of=name)

    return _try(make)


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


@staff.post("/<name>/tokens")
def add_token(name: str) -> Answer:
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
