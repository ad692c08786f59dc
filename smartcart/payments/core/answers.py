"""What an answer of the gateway's leaves on a session and its attempt, in the record's transaction."""

from smartcart import clock
from smartcart.payments.core import attempts, fraud_check
from smartcart.payments.core import card_declines as kept_cards
from smartcart.payments.core.attempts import KnownAttempt
from smartcart.payments.core.locked_session import LockedSession
from smartcart.rules import patience
from smartcart.rules.outcomes import Outcome, OutcomeKind


def write(session: LockedSession, attempt: KnownAttempt, outcome: Outcome) -> None:
    session.action_url, session.action_secret = outcome.action_url, outcome.action_secret
    if outcome.interruption:
        session.interruption, session.interrupted_at = outcome.interruption, clock.now()
        attempts.note_interruption(attempt, outcome.interruption)


def decide(session: LockedSession, attempt: KnownAttempt, outcome: Outcome) -> None:
    """The attempt is over, and it is known what it did."""
    now = clock.now()
    session.refusal_code = "" if outcome.interruption else outcome.code  # otherwise it is no word of the bank's
    if outcome.advised:
        session.advice = outcome.advised.advice
        session.not_before = now + outcome.advised.wait if outcome.advised.wait else None
    if outcome.kind is OutcomeKind.DECLINED:
        kept_cards.declined(session, now)
    if outcome.gives_number_back:
        session.unsent += 1
        session.max_attempts = patience.with_number_given_back(session.max_attempts)
    attempts.decide(attempt, outcome.kind, outcome.code, now)
    fraud_check.settled(session, attempt.id, outcome)
    if outcome.kind is OutcomeKind.APPROVED and session.attempts > 1:
        attempts.release_others(session, attempt.id, now)
