"""The letters of an order that was paid. They say where the money is in the payment page's own words."""

from dataclasses import replace

from smartcart.mail import about_payment
from smartcart.mail.letter import Attachment, Letter
from smartcart.outbox.models import Effect
from smartcart.payments.core.runtime import runtime
from smartcart.payments.page import copy, session_with_order
from smartcart.shop import agreements, legal_texts
from smartcart.shop.legal_models import LegalPage

# Of a payment that was on record as ended without money, and that the gateway has charged after all.
CAME_LATE = (
    "This payment had ended when the payment service told us of your money. You need not do anything: we have written"
    " down here what became of it."
)


TERMS_ATTACHED = "The terms that you agreed to are attached to this letter, as they were when you ordered."


def compose(effect: Effect) -> Letter:
    """As the session stands on record now, whatever has become of its money since it was paid."""
    return _receipt(effect)


def compose_late(effect: Effect) -> Letter:
    """The same of money that came after the session had ended without."""
    return _receipt(effect, CAME_LATE)


def _receipt(effect: Effect, *before: str) -> Letter:
    session = session_with_order.find(effect.session_id)
    sentence = copy.sentence(session, runtime().settings.time_zone)
    terms = _terms_agreed_to(session.order_token or "")
    letter = about_payment.letter(session, "receipt", [*before, sentence, TERMS_ATTACHED if terms else ""])
    return replace(letter, attachments=terms)


def _terms_agreed_to(order_token: str) -> tuple[Attachment, ...]:
    """The terms of an order in the edition that it names, if it names any.

    They go along whole: who buys at a distance is to have the contract confirmed on a durable medium (Directive
    2011/83/EU, article 8 (7)). A mail is one (recital 23); a link to the shop's own page is not (Court of Justice,
    C-49/11, Content Services).
    """
    agreed = agreements.of_token(order_token).answer()
    edition = agreed.editions.get(LegalPage.TERMS) if agreed else None
    text = legal_texts.edition(LegalPage.TERMS, edition) if edition else None
    return (Attachment(f"{LegalPage.TERMS.heading}.txt", text.words),) if text else ()
