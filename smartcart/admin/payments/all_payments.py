"""All payments, also those that are over, the newest first, narrowed down as one likes."""

from typing import Any

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import true, tuple_

from smartcart.admin import filters, lookup
from smartcart.admin.access import require_login
from smartcart.admin.filters import Filters
from smartcart.admin.long_lists import Part, part_of
from smartcart.payments.core.models import IS_GIVEN_BACK, IS_IN_STATE, NEEDS_A_PERSON, PaymentSession
from smartcart.rules.payment_states import MONEY, Money, State

all_payments = Blueprint("all_payments", __name__, url_prefix="/admin/payments")
all_payments.before_request(require_login)

KEY = (PaymentSession.created_at, PaymentSession.id)


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
    narrowed, states = _narrowed(wanted), _states(state, money)
    is_in = [PaymentSession.state.in_(states)] if state or money else []
    after = [tuple_(*KEY) < (lookup.find_session(before).created_at, before)] if before else []
    besides = [PaymentSession.currency == wanted.currency] if wanted.currency else []
    if narrowed:
        return part_of(KEY, narrowed[:1], [*narrowed[1:], *is_in, *besides], after)
    if State.COMPLETED in states:  # which has no index
        return part_of(KEY, [true()], [*is_in, *besides], after)
    return part_of(KEY, [IS_IN_STATE[each] for each in states], besides, after)


def _states(state: State | None, money: Money | None) -> list[State]:
    """Those that are asked for, which is all where none is."""
    return [each for each in State if state in (each, None) and money in (MONEY[each], None)]


def _narrowed(wanted: Filters) -> list[Any]:
    """What has an index, what fewest have first."""
    return [
        *([NEEDS_A_PERSON] if wanted.needs_person else []),
        *([filters.is_on(wanted.day, PaymentSession.created_at)] if wanted.day else []),
        *([IS_GIVEN_BACK] if wanted.is_given_back else []),
    ]
