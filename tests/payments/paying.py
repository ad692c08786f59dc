"""A session that is paid, and what was given back of it, by both books."""

from smartcart.payments.core import queries, record
from smartcart.payments.core.refund_model import RefundState
from smartcart.payments.core.terms import Instrument
from smartcart.payments.flow import gateway_calls
from smartcart.payments.refunds import transitions
from smartcart.rules.payment_states import State
from smartcart.rules.precautions import Precaution
from tests.payments.opened import open_session, write_down
from tests.payments.scripted import Scripted
from tests.support.waiting import wait_for


def pay_new_session(shopper: str = "ada") -> str:
    """The id of a session of 42 euros that is paid."""
    session_id = open_session(shopper)
    pay(session_id)
    return session_id


def pay(session_id: str) -> None:
    gateway_calls.charge(write_down(session_id))
    assert queries.find(session_id).state is State.COMPLETED


def set_aside(session_id: str, method: str = "sandbox_approve", confirm: bool = False) -> str:
    """Carry out an attempt whose sum is to be set aside; returns the session's id."""
    instrument = Instrument(method, precaution=Precaution(confirm, set_aside=True))
    gateway_calls.charge(record.begin(session_id, instrument, "shopper", 30.0, reserve=lambda: True))
    return session_id


def given_back(gateway: Scripted) -> int:
    """What the gateway's own books say of all charges, in minor units."""
    return sum(charge.refunded for charge in gateway.charges())


def settled(refund_id: str) -> RefundState:
    """What became of a refund, once that is known."""
    wait_for(lambda: transitions.find(refund_id).state is not RefundState.REQUESTED)
    return transitions.find(refund_id).state
