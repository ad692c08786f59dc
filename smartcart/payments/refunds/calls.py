"""Begin, call, settle: money that goes back, with no transaction open while the gateway is asked.

These run on the gateway pool. Whatever cuts one short, the refund is on record with a time to come back to it.
"""

from flask import current_app

from smartcart.gateways.books import RefundAnswer
from smartcart.logs import concerning
from smartcart.payments.core import account_binding, gateway_accounts
from smartcart.payments.core.queries import Standing
from smartcart.payments.core.runtime import runtime
from smartcart.payments.refunds import from_books, transitions
from smartcart.payments.refunds.transitions import RefundToMake


def make(refund_id: str, actor: str, is_in_turn: bool = False) -> None:
    """Carry out a refund that is on record, or ask once more what became of it: its id makes it happen once.

    `is_in_turn` is said by the reconciler alone, as in `gateway_calls.ask`.
    """
    to_make = transitions.to_make(refund_id)
    if to_make is None:
        return
    if not gateway_accounts.is_here(to_make.gateway, to_make.account):
        transitions.wait_elsewhere(refund_id, actor)
        return
    answer = RefundAnswer.PENDING
    if to_make.is_ours:
        answer = _refunded(to_make)
        transitions.settle(refund_id, answer, actor, is_in_turn)
    # A refusal is most often of what was given back elsewhere, and what is pending has a reason in the books.
    if answer in (RefundAnswer.REFUSED, RefundAnswer.PENDING) and to_make.handle.session:
        follow(to_make.handle.session)


def follow(session_id: str) -> bool:
    """Take up what was given back at the gateway without us, and disputes; False when it could not be asked.

    Raises refusals.NotFound.
    """
    return gateway_accounts.follow_at_gateway(session_id, _take_up)


def _take_up(known: Standing) -> None:
    balance = runtime().gateway.balance(known.handle)
    if balance.charged and not known.account:
        account_binding.bind(known.handle.session)
    from_books.take_up(known.handle.session, balance)


def _refunded(to_make: RefundToMake) -> RefundAnswer:
    """An answer, whatever happens: a gateway library that raises leaves it unknown."""
    with concerning(to_make.handle.session, to_make.handle.order):
        try:
            return runtime().gateway.refund(to_make.handle, to_make.amount, to_make.key)
        except Exception:
            current_app.logger.exception("the gateway's answer to a refund could not be understood")
            return RefundAnswer.UNKNOWN
