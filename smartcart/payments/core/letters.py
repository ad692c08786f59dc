"""What a payment's shopper is to be written, by the rules: a row beside the step that calls for it."""

from collections.abc import Collection
from datetime import timedelta

from sqlalchemy import select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.outbox import effects as outbox
from smartcart.outbox.models import EffectKind, Receiver
from smartcart.payments.core.locked_session import LockedSession, lock
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.rules import letters
from smartcart.rules.letters import Letter
from smartcart.rules.payment_states import AT_REST, State
from smartcart.rules.weather import KEPT_AT_MOST, Weather
from smartcart.shop import consents


def of_step(session: LockedSession, before: State) -> None:
    """Write down the letter that a step calls for, if it calls for one; `before` is where the session stood."""
    if not session.order_id:
        return  # of a merchant's order nobody's address is known here
    if session.state is State.EXPIRED and not session.attempts:
        of_expired([session.id])
    is_wanted = session.letter_wanted_at is not None
    to_write = letters.of_step(before, session.state, session.attempts, is_wanted=is_wanted)
    if to_write is None:
        return
    at = clock.now() + timedelta(seconds=to_write.wait)
    outbox.write(EffectKind(to_write.letter), session.id, Receiver.MAIL, to_write.occasion, at)
    if to_write.letter is Letter.OUTCOME:
        session.letter_wanted_at = None  # the next attempt may be waited for on the page


def of_expired(session_ids: Collection[str]) -> None:
    """Write down the letters about sessions that ran out of time before an attempt, where that was agreed to."""
    at = clock.now() + timedelta(seconds=letters.NEVER_TRIED_FOR)
    agreed = select(PaymentSession.id).where(
        PaymentSession.id.in_(session_ids), consents.is_given_for(PaymentSession.order_id)
    )
    for session_id in db.session.scalars(agreed).all():
        outbox.write(EffectKind.NEVER_TRIED, session_id, Receiver.MAIL, at=at)


def of_order_before(session_id: str) -> None:
    """Somebody, on another device, was about to order the things of a session once more, and gave its address.

    Whoever that is, the address is written to where the money is: once a day, however often that is tried.
    """
    with writing():
        outbox.write(EffectKind.ORDERED_BEFORE, session_id, Receiver.MAIL, clock.now().date().isoformat())


def want(session_id: str) -> None:
    """Who ordered wants to be written to once it is known what became of a payment that is being checked, or once
    payments work again while they are out.

    Once it is known there is nothing to wait for, and nothing is noted. Raises NotFound.
    """
    weather = runtime().weather()
    with lock(session_id) as session:
        if session.order_id and session.state in AT_REST and weather.weather is Weather.OUT:
            # It is brought forward when they do.
            outbox.write(
                EffectKind.PAYMENTS_WORK, session.id, Receiver.MAIL, str(weather.since), clock.now() + KEPT_AT_MOST
            )
        if session.order_id and session.state is State.CHECKING and session.letter_wanted_at is None:
            session.letter_wanted_at = clock.now()
