"""The payment page. Who holds its address may see where the payment stands and pay; who ordered is not shown.

The address is the key: 192 random bits, never sent to another site. That is what lets a second device carry on.
"""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from smartcart import clock
from smartcart.database.session import db
from smartcart.ids import is_id
from smartcart.moments import format_end
from smartcart.payments.core import letters, queries
from smartcart.payments.core.refusals import CardNumberGiven, FormTooOld, NotFound, NothingToPayWith, Refused, TooFast
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Payer
from smartcart.payments.flow import desk
from smartcart.payments.page import pay_form, phone, reason_copy, second_order, session_with_order, status_copy
from smartcart.payments.page import seen as seen_by_people
from smartcart.payments.page.session_with_order import SessionWithOrder
from smartcart.payments.page.status_view import NOTHING, Page, Said, view
from smartcart.payments.saved_cards import queries as saved_cards
from smartcart.payments.saved_cards.queries import ShownCard
from smartcart.rules.card_numbers import has_card_number
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import IN_FLIGHT
from smartcart.shop.shown_orders import ShownLine
from smartcart.web import compression, static_files
from smartcart.web.addresses import own_address, shoppers_address
from smartcart.web.fragments import is_fragment
from smartcart.web.limits import READING, limit_acts, limiter, rate_limit
from smartcart.web.security import allow_style
from smartcart.web.shopper import current_shopper

pages = Blueprint("payments", __name__, url_prefix="/pay")
limit_acts(pages)

ACTOR = "shopper"
# What the page's buttons send, besides Pay.
FORMS = ("extend", "cancel", "abandon", "look", "letter", "want-back")
# What the page says of a wish for more time; of what was refused it says the refusal, by its name.
HELD_UNTIL = "held_until"


@pages.url_value_preprocessor
def refuse_strange_ids(endpoint: str | None, values: dict[str, str] | None) -> None:
    """What cannot be an id of a session, or the token of an order, is not looked for."""
    if not all(is_id(value) for value in (values or {}).values()):
        raise NotFound


@pages.before_request
def refuse_card_numbers() -> AnyResponse | None:
    if request.method in READING:
        return None  # nothing is typed into it
    if any(has_card_number(text) for field in request.form.items(multi=True) for text in field):
        return _refused((request.view_args or {})["session_id"], CardNumberGiven())
    return None


@pages.errorhandler(429)
def too_fast(error: HTTPException) -> AnyResponse:
    return _refused((request.view_args or {})["session_id"], TooFast())


@pages.errorhandler(CSRFError)
def form_too_old(error: CSRFError) -> AnyResponse:
    """The whole page is needed: its forms get the token that this one lacked."""
    session = session_with_order.read((request.view_args or {})["session_id"])
    page = _page_that_says(session, FormTooOld.__name__)
    return Response(status=400, headers={"HX-Redirect": page}) if is_fragment() else redirect(page, 303)


@pages.errorhandler(NotFound)
def not_found(refusal: NotFound) -> AnyResponse:
    page = render_template("error.html", status=404, title="No such payment", detail=refusal.detail)
    return make_response(page, 404)


@pages.get("/<session_id>")
def show(session_id: str) -> AnyResponse:
    shopper = current_shopper()
    lines, kept = session_with_order.lines_of(session_id), saved_cards.kept_for(shopper)
    session = session_with_order.read(session_id)
    is_news = request.args.get("seen", type=int) == session.version
    said = _said(session, request.args.get("said", "")) if is_news else NOTHING
    offered = saved_cards.offered(session, shopper, kept)
    return _page(session, shopper, lines.answer() if session.order_id else [], offered, said)


@pages.get("/<session_id>/status")
def status(session_id: str) -> AnyResponse:
    """The fragment, or 204 while the page that asks shows it already. Touches the database only.

    `poll` answers most of these before Flask begins, and the same.
    """
    session = session_with_order.read(session_id)
    seen, pressed = request.args.get("seen", type=int), request.args.get("pressed", "")
    if pressed:  # and not answered: the page waits for the truth, whether or not it is a new one
        attempts = request.args.get("attempts", type=int)
        return _fragment(session, Said(status_copy.lost(session, pressed, attempts, seen)))
    return Response(status=204) if session.version == seen else _fragment(session)


@pages.get("/<session_id>/phone.svg")
def phone_code(session_id: str) -> Response:
    return phone.picture_of(session_with_order.read(session_id))


@pages.get("/order/<token>")
def of_order(token: str) -> AnyResponse:
    """From an order to its payment page, the latest if it has had several."""
    session_id = queries.latest_of_order(token)
    return redirect(url_for("payments.show", session_id=session_id), 303)


@pages.post("/<session_id>/attempts")
def attempt(session_id: str) -> AnyResponse:
    return _act(session_id, lambda: _pay(session_id, request.form.get("method", ""), "keep" in request.form))


@pages.post("/<session_id>/look")
def look(session_id: str) -> AnyResponse:
    """The bank's question was answered in the page, or was not: the gateway is asked."""
    return _act(session_id, lambda: desk.check(session_id, ACTOR))


@pages.post("/<session_id>/cancel")
def cancel(session_id: str) -> AnyResponse:
    return _act(session_id, lambda: desk.cancel(session_id, ACTOR))


@pages.post("/<session_id>/want-back")
def want_back(session_id: str) -> AnyResponse:
    """The wish to cancel came too late, and the shopper wants the money back."""
    return _act(session_id, lambda: desk.want_back(session_id, ACTOR))


@pages.post("/<session_id>/letter")
def want_letter(session_id: str) -> AnyResponse:
    """Who sees it checked wants to be written to once it is known."""
    return _act(session_id, lambda: letters.want(session_id))


@pages.post("/<session_id>/extend")
def extend(session_id: str) -> AnyResponse:
    return _act(session_id, lambda: desk.extend(session_id, ACTOR), HELD_UNTIL)


@pages.post("/<session_id>/abandon")
def abandon(session_id: str) -> AnyResponse:
    """The shopper does not want to confirm with the bank after all."""
    return _act(session_id, lambda: desk.abandon(session_id, ACTOR))


@pages.get("/<session_id>/return")
@limiter.limit(rate_limit)  # it reads like a page, but the gateway is asked
def come_back(session_id: str) -> AnyResponse:
    """Back from the bank. Its address says nothing: the gateway is asked, and the payment page shows its answer."""
    desk.check_soon(session_id, ACTOR)
    return redirect(url_for("payments.show", session_id=session_id), 303)


@pages.post("/<session_id>/left")
def left(session_id: str) -> AnyResponse:
    """A closing tab says so once, by beacon. It is a note in the trail, not a failure."""
    session = queries.find(session_id)
    if session.state in IN_FLIGHT and session.interruption is not Interruption.BROWSER_CLOSED:
        desk.interrupt(session_id, Interruption.BROWSER_CLOSED, ACTOR)
    return Response(status=204)


def _pay(session_id: str, method: str, keep: bool) -> None:
    if not method and runtime().gateway.browser:  # the script that makes a token of what was typed did not run
        raise NothingToPayWith
    second_order.ask_first(session_id, request.form.get("again", "").split())
    desk.pay(session_id, method, ACTOR, Payer(current_shopper(), shoppers_address()), keep)


def _act(session_id: str, action: Callable[[], object], said: str = "") -> AnyResponse:
    """Do something, then show where the session stands; `said` names what there is to say of it."""
    try:
        action()
    except NotFound:
        raise
    except Refused as refusal:
        return _refused(session_id, refusal)
    return _shown_again(session_with_order.find(session_id), said)


def _refused(session_id: str, refusal: Refused) -> AnyResponse:
    """The truth with the reason on top of it."""
    return _shown_again(session_with_order.read(session_id), type(refusal).__name__)


def _shown_again(session: SessionWithOrder, said: str) -> AnyResponse:
    """As a fragment to htmx, and by redirect to any other browser: no page lives at the address of a form."""
    if is_fragment():
        return _fragment(session, _said(session, said))
    return redirect(_page_that_says(session, said), 303)


def _page_that_says(session: SessionWithOrder, said: str) -> str:
    """The page's address. What is said there depends on no cookie, and holds as long as the session stays as it is."""
    more: dict[str, Any] = {"said": said, "seen": session.version} if said else {}
    return url_for("payments.show", session_id=session.id, **more)


def _said(session: SessionWithOrder, name: str) -> Said:
    if name == HELD_UNTIL:
        end = format_end(session.expires_at, runtime().settings.time_zone, clock.now())
        return Said(notice=status_copy.HELD_UNTIL.format(end=end))
    return Said(problem=reason_copy.problem_of(session.id, name))


def _page(
    session: SessionWithOrder, shopper: str, lines: list[ShownLine], kept: tuple[ShownCard, ...], said: Said
) -> Response:
    if not session.merchant:  # whose words are no stranger's: the shop's own, and its reader's
        compression.allow()
    style = static_files.style_of("css/shop.css") if compression.is_first_visit() else None
    response = make_response(
        render_template(
            "payments/pay.html",
            style=style,
            session=session,
            order_lines=lines,
            # Only who ordered is shown the name, the e-mail address and the way to the receipt, which has both.
            forms=FORMS,
            mine=session.merchant == "" and session.owner == shopper,
            phone=phone.code_of(session),
            **pay_form.values(session, kept, saved_cards.may_save(session, shopper)),
            **_shown(session, said),
        )
    )
    pay_form.open_to_gateway(response, session)
    if style:
        allow_style(response, style.source)
    return response


def _fragment(session: SessionWithOrder, said: Said = NOTHING) -> Response:
    return make_response(render_template("payments/_status.html", swapped=True, **_shown(session, said)))


def _shown(session: SessionWithOrder, said: Said) -> dict[str, Any]:
    """What the page and the fragment share."""
    if request.method == "GET":
        seen_by_people.note(session, runtime().pool, db.engine)
    page = Page(own_address("payments.show", session_id=session.id), current_shopper, own_address)
    shown = view(session, clock.now(), runtime(), page, said)
    return shown | {"before": second_order.beside(session) if shown["choosing"] else ()}
