"""Why what was pressed was not done, in words, by the name of the refusal: with what is only known when it is shown."""

from smartcart import clock
from smartcart.moments import format_moment
from smartcart.payments.core import fraud_check, refusals
from smartcart.payments.core.refusals import RefusedByShop, SlowDown
from smartcart.payments.core.runtime import runtime
from smartcart.web.addresses import shoppers_address

# To the second: who waits for it presses in that very one.
SLOWED = (
    "Too much was tried in a short time, so no payment was begun. Nothing was taken and no attempt was used. You can"
    " pay again from {until} on."
)
REACHED_BY = " You reach it here: {contact}."


def problem_of(session_id: str, name: str) -> str:
    """The words of a refusal by the name of its class; empty if there is none of that name, or it holds no more."""
    if name == SlowDown.__name__:
        return _slowed(session_id)
    contact = runtime().settings.contact
    more = REACHED_BY.format(contact=contact) if contact and name == RefusedByShop.__name__ else ""
    return refusals.detail_of(name) + more


def _slowed(session_id: str) -> str:
    until = fraud_check.waits_until(session_id, shoppers_address(), clock.now())
    if until is None:
        return ""
    return SLOWED.format(until=format_moment(until, runtime().settings.time_zone, seconds=True))
