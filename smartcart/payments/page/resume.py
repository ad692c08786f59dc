"""Where a link leads by which somebody comes to one payment, on any device: from a letter, or by the code on a screen.

Whoever has it may see where the payment stands, and pay it with a new way to pay: not cancel it, nor use a saved card,
nor learn a name, an address or another order. The address of the payment page, which opens more, is not told.

Mail programs open links, too. So opening one changes nothing but when the gateway is asked, and Pay is there once it
has answered.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from smartcart import clock
from smartcart.database import faults
from smartcart.payments.core import queries
from smartcart.payments.core.refusals import CardNumberGiven, FormTooOld, NothingToPayWith, Refused, TooFast
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Payer
from smartcart.payments.flow import desk
from smartcart.payments.page import again, link_copy, pay_form, recovery_links, session_with_order, status_copy
from smartcart.payments.page.reason_copy import problem_of
from smartcart.payments.page.recovery_links import Link, LinkOver, Purpose
from smartcart.payments.page.session_with_order import SessionWithOrder
from smartcart.payments.page.status_view import NOTHING, Page, Said, view
from smartcart.rules.card_numbers import has_card_number
from smartcart.rules.outcomes import Interruption
from smartcart.rules.patience import is_answer_of_now
from smartcart.rules.payment_states import ENDED_UNPAID, IN_FLIGHT, State
from smartcart.rules.recovery_links import NoToken, NotWhole
from smartcart.web.addresses import full_url, shoppers_address
from smartcart.web.fragments import is_fragment
from smartcart.web.limits import READING, limit_acts, limiter, rate_limit

resume = Blueprint("resume", __name__, url_prefix="/resume")
limit_acts(resume)

ACTOR, BY_PHONE = "recovery link", "phone"
# What the page's buttons send, besides Pay.
FORMS = ("look",)
# What else a payment page offers, and is not the link's holder's to do.
NOT_BY_LINK = {
    "may_cancel": False,
    "may_abandon": False,
    "may_want_back": False,
    "may_state": False,
    "letter_to": "",
    "extendable": False,
    "return_url": "",
}


@resume.url_value_preprocessor
def follow_link(endpoint: str | None, values: dict[str, Any] | None) -> None:
    """Views are given the session's id. Raises NotWhole, NoToken or LinkOver."""
    if values is not None:
        g.link = recovery_links.follow(values.pop("link_token"))
        values["session_id"] = g.link.session_id


@resume.before_request
def refuse_card_numbers() -> AnyResponse | None:
    if request.method in READING:
        return None
    typed = any(has_card_number(text) for field in request.form.items(multi=True) for text in field)
    return _refused(_link().session_id, CardNumberGiven()) if typed else None


@resume.after_request
def tell_nobody(response: Response) -> Response:
    """The address is the key, so no other page is told of it, the shop's own neither."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


@resume.errorhandler(NotWhole)
def not_whole(error: NotWhole) -> AnyResponse:
    return _leads_nowhere(404, "This link is not whole", link_copy.NOT_WHOLE)


@resume.errorhandler(NoToken)
def no_link(error: NoToken) -> AnyResponse:
    return _leads_nowhere(404, "This link leads nowhere", link_copy.NO_LINK)


@resume.errorhandler(LinkOver)
def link_over(error: LinkOver) -> AnyResponse:
    contact = runtime().settings.contact
    or_ask = f"; or ask the shop: {contact}" if contact else ""
    return _leads_nowhere(
        410, "This link is over", link_copy.OVER.format(good_for=link_copy.GOOD_FOR[error.purpose], contact=or_ask)
    )


@resume.errorhandler(429)
def too_fast(error: HTTPException) -> AnyResponse:
    return _refused(_link().session_id, TooFast())


@resume.errorhandler(CSRFError)
def form_too_old(error: CSRFError) -> AnyResponse:
    """The whole page is needed: its forms get the token that this one lacked."""
    page = _page_that_says(session_with_order.read(_link().session_id), FormTooOld.__name__)
    return Response(status=400, headers={"HX-Redirect": page}) if is_fragment() else redirect(page, 303)


@resume.get("/<link_token>")
def show(session_id: str) -> AnyResponse:
    opened_at = clock.now()
    _have_it_asked(session_id)
    lines = session_with_order.lines_of(session_id)
    session = session_with_order.read(session_id)
    is_news = request.args.get("seen", type=int) == session.version
    said = problem_of(session_id, request.args.get("said", "")) if is_news else ""
    response = make_response(
        render_template(
            "payments/resume.html",
            session=session,
            order_lines=lines.answer() if session.order_id else [],
            forms=FORMS,
            mine=False,
            **pay_form.values(session) | {"return_address": _return_address()},
            **_shown(session, opened_at, Said(said)),
        )
    )
    pay_form.open_to_gateway(response, session)
    return response


@resume.get("/<link_token>/status")
def status(session_id: str) -> AnyResponse:
    """The fragment, or 204 while the page that asks shows it already: that of a moment, at which it was opened."""
    session = session_with_order.read(session_id)
    opened_at = _opened_at()
    seen, pressed = request.args.get("seen", type=int), request.args.get("pressed", "")
    if pressed:
        attempts = request.args.get("attempts", type=int)
        return _fragment(session, opened_at, Said(status_copy.lost(session, pressed, attempts, seen)))
    is_shown = session.version == seen and _waits(session, opened_at) == ("waits" in request.args)
    return Response(status=204) if is_shown else _fragment(session, opened_at)


@resume.post("/<link_token>/attempts")
def attempt(session_id: str) -> AnyResponse:
    return _act(session_id, lambda: _pay(session_id, request.form.get("method", "")))


@resume.post("/<link_token>/look")
def look(session_id: str) -> AnyResponse:
    """The bank's question was answered in the page, or was not: the gateway is asked."""
    return _act(session_id, lambda: desk.check(session_id, _actor()))


@resume.get("/<link_token>/return")
@limiter.limit(rate_limit)  # it reads like a page, but the gateway is asked
def come_back(session_id: str) -> AnyResponse:
    """Back from the bank. Its address says nothing: the gateway is asked, and the page shows its answer."""
    desk.check_soon(session_id, _actor())
    return redirect(_address(), 303)


@resume.get("/<link_token>/again")
def ask_again(session_id: str) -> AnyResponse:
    """What ended unpaid can be ordered again: asks first, and shows the prices of today."""
    return again.ask(_link()) if _may_order_again() else redirect(_address(), 303)


@resume.post("/<link_token>/again")
def order_again(session_id: str) -> AnyResponse:
    return again.order(_link(), _actor()) if _may_order_again() else redirect(_address(), 303)


@resume.post("/<link_token>/left")
def left(session_id: str) -> AnyResponse:
    """A closing tab says so once, by beacon: a note in the trail of the payment that was under way in it."""
    session = queries.find(session_id)
    if session.state in IN_FLIGHT and session.interruption is not Interruption.BROWSER_CLOSED:
        desk.interrupt(session_id, Interruption.BROWSER_CLOSED, _actor())
    return Response(status=204)


def _have_it_asked(session_id: str) -> None:
    try:
        desk.come_back(session_id)
    except SQLAlchemyError as error:  # where nothing can be written, what there is to read is read all the same
        if not faults.is_fault(error):
            raise
        faults.log_fault(error)


def _link() -> Link:
    found: Link = g.link
    return found


def _actor() -> str:
    """Who acts: whoever has the letter, or the shopper at another screen."""
    return ACTOR if _link().purpose is Purpose.LETTER else BY_PHONE


def _may_order_again() -> bool:
    """Not by the code for a phone, which is of one payment and ends with it: the screen that showed it can."""
    return _link().purpose is Purpose.LETTER


def _address() -> str:
    return url_for("resume.show", link_token=_link().token)


def _return_address() -> str:
    return full_url("resume.come_back", link_token=_link().token)


def _pay(session_id: str, method: str) -> None:
    if not method and runtime().gateway.browser:  # the script that makes a token of what was typed did not run
        raise NothingToPayWith
    desk.pay(session_id, method, _actor(), Payer(address=shoppers_address()), return_url=_return_address())


def _act(session_id: str, action: Callable[[], object]) -> AnyResponse:
    """Do something, then show where the session stands."""
    try:
        action()
    except Refused as refusal:
        return _refused(session_id, refusal)
    return _shown_again(session_with_order.find(session_id))


def _refused(session_id: str, refusal: Refused) -> AnyResponse:
    """The truth with the reason on top of it."""
    _have_it_asked(session_id)  # what is known may have grown old since the page was opened
    return _shown_again(session_with_order.read(session_id), type(refusal).__name__)


def _shown_again(session: SessionWithOrder, said: str = "") -> AnyResponse:
    """As a fragment to htmx, and by redirect to any other browser: no page lives at the address of a form."""
    if is_fragment():
        return _fragment(session, clock.now(), Said(problem_of(session.id, said)))
    return redirect(_page_that_says(session, said), 303)


def _page_that_says(session: SessionWithOrder, said: str) -> str:
    more: dict[str, Any] = {"said": said, "seen": session.version} if said else {}
    return url_for("resume.show", link_token=_link().token, **more)


def _fragment(session: SessionWithOrder, opened_at: datetime, said: Said = NOTHING) -> Response:
    shown = _shown(session, opened_at, said)
    return make_response(render_template("payments/_status.html", swapped=True, **shown))


def _shown(session: SessionWithOrder, opened_at: datetime, said: Said) -> dict[str, Any]:
    """What the page and the fragment share. Nobody who reads it is taken for the owner."""
    waits = _waits(session, opened_at)
    known = replace(session, state=State.CHECKING, retry_at=None) if waits else session
    page = Page(_address(), lambda: "", url_for)
    shown = view(known, clock.now(), runtime(), page, said) | NOT_BY_LINK
    if session.state in ENDED_UNPAID and session.order_token is not None and _may_order_again():
        shown["next_step"] = again.way_on(_link())
    if shown["poll_url"]:
        shown["poll_url"] += f"&opened={opened_at.timestamp():.3f}{'&waits=1' if waits else ''}"
    return shown


def _waits(session: SessionWithOrder, opened_at: datetime) -> bool:
    """Whether what is on record of a session at rest is older than the moment when somebody came back to it.

    Until the gateway has answered it counts as unknown, and nobody is asked to pay.
    """
    if session.state is not State.INTERRUPTED or session.cancelling or session.expired(clock.now()):
        return False
    if session.is_elsewhere(runtime().gateway):
        return False
    return not is_answer_of_now(queries.answered_at(session.id), opened_at)


def _opened_at() -> datetime:
    """When the page was opened that asks, as it says; now, if it says nothing of use."""
    said = request.args.get("opened", type=float)
    try:
        return datetime.fromtimestamp(said, UTC) if said is not None else clock.now()
    except (ValueError, OverflowError, OSError):
        return clock.now()


def _leads_nowhere(status: int, title: str, detail: str) -> AnyResponse:
    return make_response(render_template("error.html", status=status, title=title, detail=detail), status)
