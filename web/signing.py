"""Signing in: by name and password, or once by the code of a link, with which one chooses the password. Plain forms; no script."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from edge import passwords
from edge.accounts import SCREEN_S, Accounts, BadAccount, WrongPassword
from edge.rights import SCREENS
from web import guard

signing = Blueprint("signing", __name__)
FREE_TRIES = 5  # of one name from one address; then each failure makes the next try wait
WAIT_S_MAX = 300
ADDRESS_WAIT_S_MAX = 5  # behind one address may be a whole building
FORGET_S = 3600
KNOWN_MAX = 10_000
HASHES_MAX = 4  # at once: the others have threads to answer with


class Tries:
    """Failures to sign in, by name and address; of one address on its own, too, for it may try many names."""

    def __init__(self) -> None:
        self._failed: dict[tuple[str, str], tuple[int, float]] = {}
        self._lock = threading.Lock()
        self.turns = threading.BoundedSemaphore(HASHES_MAX)

    def wait_s(self, name: str, address: str) -> int:
        """How long until the next try."""
        with self._lock:
            own_s = self._wait_s((name, address), FREE_TRIES, WAIT_S_MAX)
            return max(own_s, self._wait_s(("", address), 4 * FREE_TRIES, ADDRESS_WAIT_S_MAX))

    def fail(self, name: str, address: str) -> None:
        with self._lock:
            for key in ((name, address), ("", address)):
                count, at_s = self._failed.pop(key, (0, 0.0))
                count = count if time.monotonic() - at_s < FORGET_S else 0
                self._failed[key] = count + 1, time.monotonic()
            while len(self._failed) > KNOWN_MAX:
                del self._failed[next(iter(self._failed))]

    def succeed(self, name: str, address: str) -> None:
        with self._lock:
            self._failed.pop((name, address), None)
            self._failed.pop(("", address), None)

    def _wait_s(self, key: tuple[str, str], free: int, most_s: int) -> int:
        count, at_s = self._failed.get(key, (0, 0.0))
        wait_s = 0 if count < free else min(most_s, 2 ** min(count - free, 16))
        return max(0, round(at_s + wait_s - time.monotonic() + 0.5)) if wait_s else 0


@contextmanager
def _hashing(name: str, address: str) -> Iterator[None]:
    """Around whatever looks at a password. BadAccount at once if there were too many wrong ones, or too many are looked at now."""
    tries: Tries = current_app.extensions["house"].tries
    wait_s = tries.wait_s(name, address)
    if wait_s:
        raise BadAccount(f"Too many wrong tries: wait {wait_s} s.")
    if not tries.turns.acquire(blocking=False):
        raise BadAccount("Too many sign in at once: try again.")
    try:
        yield
    except WrongPassword:
        tries.fail(name, address)
        raise
    finally:
        tries.turns.release()
    tries.succeed(name, address)


@signing.get("/")
def home() -> AnyResponse:
    """Wherever one works."""
    who = guard.asker()
    page = "signing.sign_in"
    for right, place in (
        ("floor", "panel.floor"),
        ("desk", "desk.choose"),
        ("boards", "panel.boards"),
        ("kiosk", "kiosk.choose"),
    ):
        if guard.may(right):
            page = place
            break
    return redirect(url_for(page, lang=request.args.get("lang")), 302 if who else 303)


@signing.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> AnyResponse | str | tuple[str, int]:
    if request.method == "GET":
        return _form()
    name, password = request.form.get("name", "").strip().lower(), request.form.get("password", "")
    address = request.remote_addr or ""
    try:
        with _hashing(name, address):
            secret = _accounts().sign_in(name, password)
    except BadAccount as bad:
        return _form(str(bad)), 403
    return _begin(secret, _next())


@signing.route("/password", methods=["GET", "POST"])
def password() -> AnyResponse | str | tuple[str, int]:
    """One's own, changed by whoever knows it."""
    who = guard.asker()
    if who is None or who.role in SCREENS:
        return redirect(url_for(".sign_in", lang=request.args.get("lang")), 303)
    if request.method == "GET":
        return _password("")
    form, address = request.form, request.remote_addr or ""
    try:
        if form.get("password", "") != form.get("again", ""):
            raise BadAccount("The two passwords are not the same.")
        with _hashing(who.name, address):
            _accounts().change_password(
                request.cookies.get(guard.cookie(), ""), form.get("old", ""), form.get("password", "")
            )
    except BadAccount as bad:
        return _password(str(bad)), 400
    return redirect(url_for(".home", lang=request.args.get("lang")), 303)


@signing.post("/sign-out")
def sign_out() -> AnyResponse:
    _accounts().end(request.cookies.get(guard.cookie(), ""))
    gone = redirect(url_for(".sign_in", lang=request.values.get("lang")), 303)
    gone.delete_cookie(guard.cookie())
    return gone


@signing.get("/enter")
def code() -> AnyResponse | str:
    """For a code that is read somewhere and typed in."""
    typed = request.args.get("code", "").strip()
    return (
        redirect(url_for(".enter", code=typed, lang=request.args.get("lang")))
        if typed
        else render_template("code.html")
    )


@signing.route("/enter/<code>", methods=["GET", "POST"])
def enter(code: str) -> AnyResponse | tuple[str, int]:
    """A screen only presses a button; a person chooses a password."""
    accounts, said = _accounts(), ""
    account = accounts.of_link(code)
    if account and request.method == "POST":
        password = request.form.get("password", "")
        try:
            if account.role not in SCREENS and password != request.form.get("again", ""):
                raise BadAccount("The two passwords are not the same.")
            return _begin(accounts.enter(code, password), url_for(".home", lang=request.values.get("lang")))
        except BadAccount as bad:
            said = str(bad)
    asks = bool(account and account.role not in SCREENS)
    page = render_template("enter.html", account=account, asks=asks, code=code, said=said, least=passwords.CHARS[0])
    return page, 200 if account and not said else 400 if account else 410


def _form(said: str = "") -> str:
    first = not any(account.has_password for account in _accounts().all())
    asked = {key: request.values.get(key, "") for key in ("next", "name")}
    return render_template("sign_in.html", said=said, first=first, **asked)


def _password(said: str) -> str:
    return render_template("password.html", said=said, least=passwords.CHARS[0])


def _begin(secret: str, where: str) -> AnyResponse:
    _accounts().end(request.cookies.get(guard.cookie(), ""))
    answer = redirect(where, 303)
    who = _accounts().who(secret) or abort(500)
    answer.set_cookie(
        guard.cookie(),
        secret,
        max_age=SCREEN_S if who.role in SCREENS else None,
        httponly=True,
        samesite="Lax",
        secure=request.is_secure,
    )
    return answer


def _next() -> str:
    """Where one wanted to go, if that is here."""
    wanted = request.form.get("next", "")
    parts = urlsplit(wanted)
    is_ours = (
        wanted.isprintable()
        and wanted.startswith("/")
        and not wanted.startswith(("//", "/\\"))
        and not parts.netloc
        and not parts.scheme
    )
    return wanted if is_ours else url_for(".home", lang=request.form.get("lang"))


def _accounts() -> Accounts:
    accounts: Accounts = current_app.extensions["house"].accounts
    return accounts
