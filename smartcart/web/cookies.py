"""The cookies of a browser, so that two answers that cross on their way take nothing from each other.

Flask's own cookie is for who has signed in; it is set only when what it holds has changed. Who shops has one apart
(`shopper`). Each message for the next page has a cookie of its own too, which only the page that shows it deletes.
"""

from collections.abc import Callable
from functools import lru_cache
from secrets import token_urlsafe
from typing import Any, cast

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_wtf.csrf import CSRFError, CSRFProtect
from itsdangerous import BadSignature, TimestampSigner, URLSafeSerializer, URLSafeTimedSerializer

from smartcart.web.shopper import AT_HAND, LIFETIME, Identities, Identity, identities, identities_in, newcomer
from smartcart.web.stamps import PatientSigner

# Where Flask and Flask-WTF look for them.
MESSAGES = "_flashes"
CSRF = "csrf_token"
SHOPPER_BEFORE = "shopper"  # where the id was kept before it had a cookie of its own

MESSAGE_PREFIX = "smartcart_said_"
# The next page is asked for at once; a shopper who never sees it is not told yesterday's news. In seconds.
MESSAGE_LIFETIME = 300
# More than any browser has of them at once; anybody may send 15,000, each of which is read, and deleted.
MOST_MESSAGES = 20

Said = list[tuple[str, str]]


class BrowserSession(SecureCookieSession):
    """What Flask and its extensions keep for a browser; messages and the forms' secret are no part of the cookie."""

    identities: Identities
    stored: dict[str, Any]
    said_before: dict[str, Said]

    def ask_for(self, identity: Identity) -> None:
        """Let Flask-WTF make and take forms for this id. It thinks that the cookie holds the secret."""
        dict.__setitem__(self, CSRF, identity.secret(str(dict.get(self, "_user_id", ""))))


class Cookies(SecureCookieSessionInterface):
    """Marked Secure where the shop is served over HTTPS; they work over plain HTTP on one's own machine."""

    session_class = BrowserSession

    def __init__(self) -> None:
        self._serializer: URLSafeTimedSerializer | None = None

    def get_signing_serializer(self, app: Flask) -> URLSafeTimedSerializer | None:
        """Made once: to make it takes half as long as to read a cookie with it."""
        if self._serializer is None and (made := super().get_signing_serializer(app)):
            made.signer = PatientSigner
            self._serializer = made
        return self._serializer

    def get_cookie_secure(self, app: Flask) -> bool:
        return is_over_https(app, request.scheme)

    def open_session(self, app: Flask, request: Request) -> BrowserSession:
        browser = cast(BrowserSession, super().open_session(app, request))
        browser.stored = dict(browser)
        browser.identities = _identities(app, request, browser)
        browser.said_before = _said_before(app, request)
        if said := [message for messages in browser.said_before.values() for message in messages]:
            dict.__setitem__(browser, MESSAGES, said)
        browser.ask_for(browser.identities.shopper)
        return browser

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        browser = cast(BrowserSession, session)
        form_was_shown = g.get(CSRF) is not None
        dict.pop(browser, CSRF, None)
        if "_user_id" not in browser:
            dict.pop(browser, "_fresh", None)  # Flask-Login says of everybody that they have not just signed in
        self._save_messages(app, browser, dict.pop(browser, MESSAGES, []), response)
        browser.modified = dict(browser) != browser.stored
        if browser or browser.modified:
            super().save_session(app, browser, response)
        elif browser.accessed:
            vary_by(response, "Cookie")
        self._save_shopper(app, browser.identities, form_was_shown, response)

    def _save_messages(self, app: Flask, browser: BrowserSession, said: Said, response: Response) -> None:
        before = [message for messages in browser.said_before.values() for message in messages]
        if before and said[: len(before)] == before:
            said = said[len(before) :]  # they wait for the next page
        else:
            for name in browser.said_before:
                self._set(app, response, name, "", 0)
        if said:
            value = _messages(app).dumps(said)
            self._set(app, response, MESSAGE_PREFIX + token_urlsafe(6), str(value), MESSAGE_LIFETIME)

    def _save_shopper(self, app: Flask, found: Identities, form_was_shown: bool, response: Response) -> None:
        """Given to a newcomer who may need it; and confirmed to who has done something, whose time begins anew."""
        shopper = found.shopper
        if g.get("csrf_valid") and response.status_code < 400:
            shopper = Identity(is_new=False, born=shopper.born, id=shopper.id)
        elif found.known or not (found.is_given or form_was_shown):
            return
        name, value = shopper.cookie
        self._set(app, response, name, value, int(LIFETIME.total_seconds()))

    def _set(self, app: Flask, response: Response, name: str, value: str, seconds: int) -> None:
        response.set_cookie(
            name,
            value,
            max_age=seconds,
            path=self.get_cookie_path(app),
            secure=self.get_cookie_secure(app),
            httponly=True,
            samesite="Lax",
        )


class FormProtection(CSRFProtect):
    """A form is taken whichever of the browser's ids its page was made for."""

    def init_app(self, app: Flask) -> None:
        super().init_app(app)
        app.jinja_env.globals["csrf_token"] = form_token

    def protect(self, apply_exemptions: bool = False) -> None:
        if request.method not in current_app.config["WTF_CSRF_METHODS"]:
            return
        browser = cast(BrowserSession, session)
        for identity in identities().known:
            browser.ask_for(identity)
            try:
                super().protect(apply_exemptions)
            except CSRFError:
                continue
            break
        else:
            super().protect(apply_exemptions)
        browser.ask_for(identities().shopper)


def form_token() -> str:
    """The token of a page's forms, as Flask-WTF's generate_csrf makes it; made once for who comes back soon."""
    token: str | None = g.get(CSRF)
    if token is None:
        token = _forms(current_app)(session[CSRF])
        setattr(g, CSRF, token)
    return token


def vary_by(response: Response, name: str) -> None:
    """As `response.vary.add`, which takes the header apart and sets it anew."""
    there = response.headers.get("Vary")
    if there is None:
        response.headers.add("Vary", name)
    elif name not in there:
        response.headers["Vary"] = f"{there}, {name}"


def is_over_https(app: Flask, scheme: str) -> bool:
    """By its own connection, or by what the settings say of the proxy in front."""
    return scheme == "https" or app.config["BASE_URL"].startswith("https://")


def _identities(app: Flask, request: Request, browser: BrowserSession) -> Identities:
    found = Identities(identities_in(app, request.cookies.items()))
    if not found.known and (before := dict.get(browser, SHOPPER_BEFORE)):
        found.offered, found.is_given = newcomer(str(before), is_new=False), True
    return found


def _said_before(app: Flask, request: Request) -> dict[str, Said]:
    """The messages that no page has shown yet, by their cookies."""
    ours = sorted(each for each in request.cookies.items() if each[0].startswith(MESSAGE_PREFIX))
    return {name: _read(app, value) for name, value in ours[:MOST_MESSAGES]}


def _read(app: Flask, cookie: str) -> Said:
    try:
        return [(str(category), str(message)) for category, message in _messages(app).loads(cookie)]
    except BadSignature:
        return []


def _messages(app: Flask) -> URLSafeSerializer:
    return URLSafeSerializer(app.config["SECRET_KEY"], salt="messages")


def _forms(app: Flask) -> Callable[[str], str]:
    """Signs as Flask-WTF has it, which takes that. A token says when it was made; as it never ends, that is nothing."""
    if "forms" not in app.extensions:
        salt = "wtf-csrf-token"
        key = TimestampSigner(app.config["SECRET_KEY"], salt).derive_key()
        signer = URLSafeTimedSerializer(key, salt, signer_kwargs={"key_derivation": "none"})
        app.extensions["forms"] = lru_cache(AT_HAND)(signer.dumps)
    made: Callable[[str], str] = app.extensions["forms"]
    return made
