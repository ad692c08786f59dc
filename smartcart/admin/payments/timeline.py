"""The audit trail as a person reads it: a sentence for every event."""

from smartcart.admin.payments.labels import ANSWERS, INTERRUPTIONS, label
from smartcart.payments.api.serializers import error_category
from smartcart.payments.core.models import Attempt, Event, EventKind
from smartcart.payments.core.refund_model import Refund
from smartcart.payments.core.runtime import runtime
from smartcart.rules.outcomes import Interruption, OutcomeKind
from smartcart.rules.payment_states import ENDED_UNPAID, Move

MOVES = {
    Move.ATTEMPT: "Attempt {attempt} began, with {method}.",
    Move.APPROVED: "The gateway confirmed attempt {attempt}: the money was taken.",
    Move.DECLINED: "The bank declined attempt {attempt}{because}. Nothing was taken.",
    Move.UNREACHABLE: "Attempt {attempt} never reached the gateway{because}. Nothing was taken.",
    Move.NOT_CHARGED: "The gateway confirmed that attempt {attempt} took nothing.",
    Move.ATTEMPTS_USED_UP: "Attempt {attempt} was the last, and took nothing{because}. The payment is over.",
    Move.ACTION_REQUIRED: "The bank wants the shopper to confirm attempt {attempt}.",
    Move.ABANDONED: "Attempt {attempt} is no longer waited for at the bank. Asking the gateway.",
    Move.NO_ANSWER: "Nobody knows yet what became of attempt {attempt}{because}. Asking the gateway.",
    Move.AUTHORIZED: "The sum was set aside by attempt {attempt}. Nothing is taken before the owner says so.",
    Move.CAPTURE: "The sum that is set aside is to be taken. Asking the gateway.",
    Move.RELEASED: "The sum was set free. Nothing was taken, and nothing can be any more.",
    Move.LAPSED: "The sum is not set aside any more. Nothing was taken, and nothing can be any more.",
    Move.CANCEL: "Cancelled. No money can be taken any more.",
    Move.EXPIRE: "The time ran out. No money can be taken any more.",
    Move.REFUNDED: "All of the money was given back.",
    Move.REFUND_FAILED: "Not all of the money is with the shopper any more.",
}

KINDS = {
    EventKind.OPENED: "The payment was opened.",
    EventKind.EXTENDED: "More time was given ({detail}).",
    EventKind.CANCEL_REQUESTED: "Cancelling was asked for{because}.",
    EventKind.INTERRUPTED: "An interruption was reported{because}.",
    EventKind.ASKED: "The gateway was asked: {answer}.",
    EventKind.NEEDS_PERSON: "This needs a person{because}.",
    EventKind.REFUND_DUE: "The money has to be given back{because}.",
    EventKind.TOLD: "The gateway told of it by itself{because}.",
    EventKind.REFUND_REQUESTED: "Giving money back was asked for{because}.",
    EventKind.REFUND_MADE: "Money was given back{because}.",
    EventKind.REFUND_FAILED: "Money that was given back has come back{because}.",
    EventKind.REFUND_REFUSED: "The gateway refused to give money back{because}.",
    EventKind.DISPUTED: "A dispute{because}.",
    EventKind.JUDGED: "The fraud rules or the card schemes' limits were met: {detail}.",
}

LATE = "The gateway confirmed attempt {attempt} after all, after the payment had ended: the money was taken."


def sentence(event: Event) -> str:
    """What happened."""
    return _pattern(event).format(
        attempt=event.attempt,
        method=method_word(event.detail),
        detail=event.detail,
        answer=_answer(event.detail),
        because=_because(event),
    )


def actor(event: Event | Refund) -> str:
    """Who did it."""
    name = event.actor.removeprefix("key ")
    return f"API key {name}" if name != event.actor else name


def mishap(attempt: Attempt) -> str:
    """What went wrong with an attempt, with the gateway's own word for it in brackets."""
    category = error_category(attempt)
    if category is None:
        return "nothing"
    return f"{label(category)} ({attempt.code})" if attempt.code else label(category)


def method_word(token: str) -> str:
    """A way to pay as the shopper knows it."""
    labels = {method.token: method.label for method in runtime().gateway.methods()}
    return labels.get(token, token)


def _pattern(event: Event) -> str:
    if event.kind is not EventKind.MOVED:
        return KINDS[event.kind]
    if event.move == Move.APPROVED and event.before in ENDED_UNPAID:
        return LATE
    return MOVES[Move(event.move)]


def _because(event: Event) -> str:
    """The interruption and the detail in brackets or after a colon, where there are any."""
    reasons = [INTERRUPTIONS[event.interruption]] if event.interruption else []
    reasons += [event.detail] if event.detail else []
    return f": {', '.join(reasons)}" if reasons else ""


def _answer(detail: str) -> str:
    """What the gateway said, or what kept it from answering."""
    if detail in set(OutcomeKind):
        return ANSWERS[OutcomeKind(detail)]
    return INTERRUPTIONS[Interruption(detail)] if detail in set(Interruption) else detail
