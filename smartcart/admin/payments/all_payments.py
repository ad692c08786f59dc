"""All payments, also those that are over, the newest first, narrowed down as one likes."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import tuple_

from smartcart.admin import filters, lookup
from smartcart.admin.access import require_login
from smartcart.admin.filters import Filters
from smartcart.admin.long_lists import Part, part_of
from smartcart.payments.core.models import IS_GIVEN_BACK, IS_IN_STATE, IS_OPEN, PaymentSession
from smartcart.rules.payment_states import MONEY, Money, State

all_payments = Blueprint("all_payments", __name__, url_prefix="/admin/payments")
all_payments.before_request(require_login)

KEY = (PaymentSession.created_at, PaymentSession.id)
STATES = {money: [state for state in State if MONEY[state] is money] for money in Money}


@all_payments.get("")
def index() -> ResponseReturnValue:
    wanted, state, money = filters.asked_for(), filters.one_of(State, "state"), filters.one_of(Money, "money")
    part = _part(wanted, state, money, request.args.get("before", ""))
    return render_template(
        "admin/all_payments.html",
        sessions=lookup.sessions_of_ids(part.ids),
        part=part,
        wanted=wanted,
        state=state,
        money=money,
        states=list(State),
        moneys=list(Money),
        in_address={"state": state, "money": money, **wanted.in_address()},
    )


def _part(wanted: Filters, state: State | None, money: Money | None, before: str) -> Part:
    if money and state is None and len(STATES[money]) == 1:
        [state], money = STATES[money], None  # which has an index
    by_index = _by_index(wanted, state, money)
    besides = by_index[1:]
    if state is State.COMPLETED:
        besides.append(PaymentSession.state == state)
    if money:
        besides.append(PaymentSession.state.in_(STATES[money]))
    if wanted.currency:
        besides.append(PaymentSession.currency == wanted.currency)
    after = [tuple_(*KEY) < (lookup.find_session(before).created_at, before)] if before else []
    return part_of(KEY, [*by_index[:1], *after], besides)


def _by_index(wanted: Filters, state: State | None, money: Money | None) -> list[Any]:
    """What has an index, what fewest have first."""
    return [
        *([PaymentSession.id.in_(lookup.for_a_person(PaymentSession.id))] if wanted.needs_person else []),
        *([filters.is_on(wanted.day, PaymentSession.created_at)] if wanted.day else []),
        *([IS_GIVEN_BACK] if wanted.is_given_back else []),
        *([IS_IN_STATE[state]] if state in IS_IN_STATE else []),
        *([IS_OPEN] if money is Money.CHECKING else []),  # of which there are few at any time
    ]
