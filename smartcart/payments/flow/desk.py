"""Where shopper, API and admin act. Each call answers at once; what takes time goes on in the gateway pool."""

from collections.abc import Callable
from concurrent.futures import TimeoutError as NotYet
from functools import partial

from smartcart import clock, work_queue
from smartcart.ids import new_id
from smartcart.payments.core import next_check, record, weather
from smartcart.payments.core.attempts import ChargeToMake
from smartcart.payments.core.gateway_pool import Reserve
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.queries import answered_at, find, standing
from smartcart.payments.core.refund_model import Refund
from smartcart.payments.core.refusals import Refused
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import NOBODY_KNOWN, Instrument, Payer
from smartcart.payments.flow import gateway_calls
from smartcart.payments.refunds import calls as refunds
from smartcart.payments.refunds import transitions
from smartcart.payments.saved_cards import queries as saved_cards
from smartcart.rules import patience
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import AT_REST, IN_FLIGHT, PAID, Move, State

# A gateway that is well answers a question in well under a second; longer than this a browser should not be kept
# waiting, and the answer goes on in the background.
SHORT_WAIT = 3.0


def pay(
    session_id: str,
    method: str,
    actor: str,
    payer: Payer = NOBODY_KNOWN,
    keep: bool = False,
    return_url: str = "",
) -> None:
    """Start an attempt; its outcome arrives on record. Raises Refused; then nothing was begun and none is counted.

    `keep` says whether the payer lets the gateway keep this card; `return_url` is where the bank sends them back, if
    not to the payment page.
    """
    if runtime().gateway.accepts(method):
        keep = keep and saved_cards.may_save(find(session_id), payer.shopper)
        instrument = Instrument(method, keep=keep, return_url=return_url, address=payer.address)
    else:
        customer = saved_cards.customer_to_charge(find(session_id), method, payer.shopper)
        instrument = Instrument(method, customer, address=payer.address)
    timeout, is_out = runtime().settings.payment_timeout, runtime().weather.is_out

    def begin(reserve: Reserve) -> ChargeToMake:
        admitted = partial(weather.admit, session_id, reserve) if is_out else reserve
        return record.begin(session_id, instrument, actor, timeout, admitted)

    try:
        runtime().pool.start(begin, gateway_calls.charge)
    except Refused as refusal:
        if refusal.judged:  # the transaction that it was decided in is undone
            record.note_judged(session_id, refusal.judged, actor)
        raise


def cancel(session_id: str, actor: str, reason: str = "") -> PaymentSession:
    """Cancel, at once or as soon as the outcome of the attempt in flight is known. Raises AlreadyPaid."""
    session = record.request_cancel(session_id, actor, reason)
    if session.state is State.ACTION_REQUIRED:
        return abandon(session_id, actor)
    if session.cancelling and session.state in gateway_calls.MAY_CLOSE:
        close = partial(gateway_calls.close, session_id, Move.CANCEL, actor)
        if standing(session_id).never_left:
            close()  # it asks nobody
        else:
            in_background(close)
    return find(session_id)


def capture(session_id: str, actor: str) -> PaymentSession:
    """Have what is set aside taken: written down first, and then asked for until the gateway has answered. Raises
    Refused."""
    record.capture(session_id, actor)
    return check(session_id, actor)


def release(session_id: str, actor: str, reason: str = "") -> PaymentSession:
    """Have what is set aside given free, and nothing else cancelled: written down first, as for `capture`. Raises
    Refused."""
    record.request_release(session_id, actor, reason)
    in_background(partial(gateway_calls.close, session_id, Move.CANCEL, actor))
    return find(session_id)


def want_back(session_id: str, actor: str) -> None:
    """Who cancelled too late wants the money back: the shop's owner is to decide. Raises NothingToReturn."""
    transitions.want_back(session_id, actor)


def abandon(session_id: str, actor: str) -> PaymentSession:
    """The shopper does not confirm with the bank; the gateway takes its question back or tells what happened."""
    record.abandon(session_id, actor, runtime().plan())
    return check(session_id, actor)


def check(session_id: str, actor: str) -> PaymentSession:
    """Ask the gateway now, and wait for the answer for a moment. Raises NotFound before anybody is asked."""
    find(session_id)
    in_background(lambda: gateway_calls.ask(session_id, actor))
    return find(session_id)


def check_soon(session_id: str, actor: str) -> None:
    """Have the gateway asked, and wait for nothing; when no thread is free, the reconciler does it at its next turn.

    Raises NotFound.
    """
    find(session_id)
    if runtime().pool.run(lambda: gateway_calls.ask(session_id, actor)) is None:
        next_check.come_due(session_id)


def come_back(session_id: str) -> None:
    """Somebody comes back by a link, or a mail program has opened it: the reconciler asks the gateway, once in a while.

    Nothing else changes. Raises NotFound.
    """
    if not patience.is_answer_of_now(answered_at(session_id), clock.now()):
        next_check.come_back_to(session_id)
        work_queue.wake()


def extend(session_id: str, actor: str) -> PaymentSession:
    """Give the shopper more time. Raises Refused."""
    record.extend(session_id, actor, runtime().settings.session_lifetime)
    return find(session_id)


def interrupt(session_id: str, interruption: Interruption, actor: str, detail: str = "") -> PaymentSession:
    """Write an interruption down; an attempt in flight is checked with the gateway in the background."""
    session = record.note_interruption(session_id, interruption, actor, detail)
    if session.state in IN_FLIGHT:
        runtime().pool.run(lambda: gateway_calls.ask(session_id, actor))
    return find(session_id)


def read(session_id: str) -> PaymentSession:
    """The session as it is now. One that ran out of time before an attempt ends when it is read, for that asks nobody.

    One that was tried has to be closed at the gateway first, which no look waits for: `reconciler.attend_overlooked`.
    """
    session = find(session_id)
    return session if session.attempts else end_if_over(session)


def end_if_over(session: PaymentSession) -> PaymentSession:
    """End a session that is out of time, whether or not the sweep has come by, and wait for it for a moment."""
    if not (session.state in AT_REST and session.expired(clock.now())):
        return session
    session_id = session.id  # the thread that works has no part in this one's rows
    in_background(lambda: gateway_calls.close(session_id, Move.EXPIRE, "clock"))
    return find(session_id)


def confirm(session_id: str, actor: str) -> PaymentSession:
    """The session, after the gateway was asked for the truth if that can still change it."""
    session = find(session_id)
    return session if session.state in PAID or not session.attempts else check(session_id, actor)


def refund(session_id: str, actor: str, amount: int | None = None, reason: str = "", refund_id: str = "") -> Refund:
    """Give money back: so much (minor units), or all that is left; the answer may have to be waited for.

    `refund_id` makes one refund of two presses on the same button. Raises Refused.
    """
    refund_id = refund_id or new_id()
    transitions.request(session_id, amount, reason, actor, refund_id)
    in_background(lambda: refunds.make(refund_id, actor))
    return transitions.find(refund_id)


def in_background(work: Callable[[], object]) -> None:
    """Let the pool work, and wait a moment for it; when the pool is full the reconciler does it."""
    future = runtime().pool.run(work)
    if future is not None:
        try:
            future.result(timeout=SHORT_WAIT)
        except NotYet:
            return
