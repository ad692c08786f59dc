"""What the fraud rules and the card schemes' limits say of an attempt, in the transaction that begins it."""

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import select

from smartcart.database.session import db
from smartcart.fraud import sightings
from smartcart.fraud.guard import Verdict
from smartcart.payments.core import attempts, audit_trail
from smartcart.payments.core.locked_session import LockedSession
from smartcart.payments.core.models import Event, EventKind, PaymentSession
from smartcart.payments.core.queries import is_event_of
from smartcart.payments.core.refusals import CardRefused, RefusedByShop, SlowDown
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.terms import Instrument
from smartcart.rules.declines import Advice
from smartcart.rules.outcomes import Outcome, OutcomeKind
from smartcart.rules.velocity import Action, Sighting
from smartcart.shop import orders


@dataclass(frozen=True)
class Judged:
    """An attempt that may begin: with what precaution, how it is remembered, and what the owner is told of it.

    `sighting` is None where the rules are off, and `reason` empty where none was met.
    """

    instrument: Instrument
    sighting: Sighting | None = None
    reason: str = ""


def judge(session: LockedSession, instrument: Instrument, now: datetime) -> Judged:
    """Whether an attempt may begin now, and how. Raises CardRefused, RefusedByShop and SlowDown."""
    if not runtime().fraud.is_on:
        return Judged(instrument)
    sighting = _sighting(session, instrument, now)
    judged = sighting if _may_be_known(session, instrument) else sighting._replace(card="")  # nobody need look for it
    verdict = runtime().fraud.judge(judged)
    _refuse(session, verdict, now)
    asked = instrument.precaution | verdict.by_rules.precaution
    if session.attempts:  # what was thought of an attempt holds for those that follow it
        asked |= attempts.precaution_of(session.id, session.attempts)
    if asked != instrument.precaution:
        instrument = replace(instrument, precaution=asked)
    return Judged(instrument, sighting, verdict.by_rules.reason)


def waits_until(session_id: str, address: str, now: datetime) -> datetime | None:
    """Until when who pays a session from there has to wait, by the rules; None where they need not."""
    session = db.session.get(PaymentSession, session_id, populate_existing=True)
    if session is None or not runtime().fraud.is_on:
        return None
    sighting = _sighting(session, Instrument(session.method, address=address), now)
    return runtime().fraud.judge(sighting).by_rules.until


def remember(session: LockedSession, judged: Judged, attempt_id: int, actor: str) -> None:
    """An attempt has begun that was judged."""
    if judged.sighting is not None:
        sightings.add(attempt_id, judged.sighting)
    if judged.reason:
        _tell(session, judged.reason, actor)


def settled(session: LockedSession, attempt_id: int, outcome: Outcome) -> None:
    """It is known what became of an attempt, and maybe what card it was."""
    fraud = runtime().fraud
    if not fraud.is_on:
        return
    card = fraud.hashed("card", outcome.card)
    never = outcome.advised is not None and outcome.advised.advice is Advice.NEVER
    sightings.settle(attempt_id, outcome.kind, outcome.code, never, card)
    if card and (session.customer or outcome.kind is not OutcomeKind.APPROVED):  # else its token never comes again
        sightings.learn_card(_token(session.id, session.method, session.customer), card)


def note(session: LockedSession, reason: str, actor: str) -> None:
    """Tell the owner in the trail why no attempt was begun, unless that is the last that was told."""
    last = select(Event.kind, Event.detail).where(is_event_of(session.id)).order_by(Event.id.desc()).limit(1)
    if db.session.execute(last).first() != (EventKind.JUDGED, reason):
        _tell(session, reason, actor)


def _tell(session: LockedSession, reason: str, actor: str) -> None:
    audit_trail.add(session.id, EventKind.JUDGED, actor, reason)


def _refuse(session: LockedSession, verdict: Verdict, now: datetime) -> None:
    found = verdict.by_rules
    refusal: CardRefused | RefusedByShop | SlowDown
    if verdict.by_schemes:
        refusal = CardRefused(session.money)
    elif found.action is Action.SLOW and found.until:
        refusal = SlowDown(session.money, found.until, now)
    elif found.action is Action.REFUSE:
        refusal = RefusedByShop(session.money)
    else:
        return
    refusal.judged = verdict.by_schemes or found.reason
    raise refusal


def _sighting(session: LockedSession | PaymentSession, instrument: Instrument, now: datetime) -> Sighting:
    """Of a merchant's payments the owner is the merchant's word for a shopper, and nothing else is known."""
    fraud = runtime().fraud
    email, country = orders.email_and_country(session.order_id) if session.order_id else ("", "")
    return Sighting(
        at=now,
        shopper=fraud.hashed("shopper", f"{session.merchant} {session.owner}" if session.owner else ""),
        email=fraud.hashed_email(email),
        address=fraud.hashed("address", instrument.address),
        card=_card(session, instrument),
        amount=session.amount,
        currency=session.currency,
        country=country,
    )


def _card(session: LockedSession | PaymentSession, instrument: Instrument) -> str:
    """The card as far as it is known before it is charged: as the gateway has told of its token, or else the token."""
    token = _token(session.id, instrument.method, instrument.customer)
    return (sightings.card_behind(token) if _may_be_known(session, instrument) else "") or token


def _may_be_known(session: LockedSession | PaymentSession, instrument: Instrument) -> bool:
    """Whether its card may have been seen: one that is not kept has a token of its session's own."""
    return bool(instrument.customer or session.attempts)


def _token(session_id: str, method: str, customer: str) -> str:
    """What stands for a card before the gateway tells it. Only a kept one is the same in all sessions."""
    return runtime().fraud.hashed("card", method if customer else f"{method} {session_id}")
