"""Letters to the owner: what needs a person, one kind a letter or a day's worth, with the way to where it is seen."""

from sqlalchemy import select

from smartcart.database.session import db
from smartcart.mail.letter import Letter
from smartcart.outbox import owner_notices
from smartcart.outbox.models import Effect
from smartcart.outbox.owner_notices import Told
from smartcart.outbox.worker import NotAnyMore
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.rules.owner_letters import Subject
from smartcart.shop import identity

# One of them, and several; what is told of the gateway is one thing however often it was noted.
HEADINGS = {
    Subject.NEEDS_PERSON: ("A payment needs you", "{} payments need you"),
    Subject.MONEY: ("Money without a paid order", "Money without a paid order, {} times"),
    Subject.REFUND: ("A refund failed", "{} refunds failed"),
    Subject.DISPUTE: ("A dispute", "{} disputes"),
    Subject.GATEWAY_OUT: ("The gateway does not answer",) * 2,
    Subject.GATEWAY_BACK: ("The gateway answers again",) * 2,
    Subject.HELD: ("A payment waits for your word", "{} payments wait for your word"),
    Subject.MAIL: ("A letter could not be sent", "{} letters could not be sent"),
    Subject.WEBHOOKS: ("Webhooks were given up", "Webhooks were given up, {} times"),
    Subject.EVENTS_MISSING: ("The gateway's messages stay away, or are late",) * 2,
    Subject.EVENTS_BACK: ("The gateway's messages come again",) * 2,
    Subject.DRILL: ("The monthly drill",) * 2,
}
NOBODY = "no owner is named any more"
NOTHING = "what it was about has been forgotten"


def compose(effect: Effect) -> Letter:
    """What was gathered for this letter. Raises NotAnyMore when there is nobody to tell, or nothing."""
    settings, told = runtime().settings, owner_notices.told_in(effect.occasion)
    if not settings.owner_email:
        raise NotAnyMore(NOBODY)
    if not told:
        raise NotAnyMore(NOTHING)
    heading = heading_of(told[0]) if len(told) == 1 else f"{sum(each.number for each in told)} things need a look"
    return Letter(
        to=settings.owner_email,
        subject=f"{identity.of_shop()().name}: {heading}",
        template="owner",
        base_url=_base_url(),
        values={
            "heading": heading,
            "told": [(heading_of(each), each.first, each.number - len(each.first)) for each in told],
            "is_test": runtime().gateway.is_test,
        },
    )


def heading_of(told: Told) -> str:
    """How many of what."""
    one, several = HEADINGS[told.about]
    return one if told.number == 1 else several.format(told.number)


def _base_url() -> str:
    """Where the shop is reached: as it is set, or as shoppers reach it."""
    if configured := runtime().settings.base_url:
        return configured
    any_payment = db.session.scalar(select(PaymentSession.pay_url).limit(1)) or ""
    return any_payment.partition("/pay/")[0]
