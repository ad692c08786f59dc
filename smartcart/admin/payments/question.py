"""A question to the gateway on a person's behalf."""

from smartcart.payments.core import gateway_accounts, queries
from smartcart.payments.core.runtime import runtime
from smartcart.payments.flow import desk
from smartcart.rules.outcomes import Outcome, OutcomeKind

NO_ANSWER = Outcome(OutcomeKind.UNKNOWN)


def gateway_says(session_id: str) -> Outcome | None:
    """What the gateway says of a session's last attempt now; None when none has left us. Raises refusals.NotFound.

    Changes nothing. It is asked on the gateway's own threads: a silent gateway holds up the admin for a moment only.
    """
    known = queries.standing(session_id)
    if known.never_left:
        return None
    if not gateway_accounts.is_here(known.gateway, known.account):
        return NO_ANSWER
    answers: list[Outcome] = []
    desk.in_background(lambda: answers.append(runtime().gateway.ask(known.handle, known.attempt)))
    return answers[0] if answers else NO_ANSWER
