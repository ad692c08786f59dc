"""A question to the gateway on a person's behalf."""

from smartcart.payments import accounts, desk, reading
from smartcart.payments.parts import parts
from smartcart.payments.pool import PoolFull
from smartcart.rules.outcomes import Outcome, OutcomeKind

NO_ANSWER = Outcome(OutcomeKind.UNKNOWN)


def gateway_says(session_id: str) -> Outcome | None:
    """What the gateway says of a session's last attempt now; None when there was none. Raises refusals.NotFound.

    Changes nothing. It is asked on the gateway's own threads: a silent gateway holds up the admin for a moment only.
    """
    known = reading.standing(session_id)
    if known.attempt_id is None:
        return None
    if not accounts.is_here(known.gateway, known.account):
        return NO_ANSWER
    answers: list[Outcome] = []
    try:
        asked = parts().pool.run(lambda: answers.append(parts().gateway.look_up(known.handle, known.attempt)))
        asked.result(desk.SHORT_WAIT)
    except (PoolFull, TimeoutError):
        return NO_ANSWER
    return answers[0] if answers else NO_ANSWER
