"""What is paid with, in a word of which there are few."""

import re

CARD = "card"
# What a gateway makes for each single card: Stripe's payment methods, sources and tokens
# (https://docs.stripe.com/api/payment_methods/object#payment_method_object-id), and the cards that the sandbox keeps.
_OF_ONE_CARD = re.compile(r"(pm|src|tok|card|sandbox_card)_\w{14,}")


def way_to_pay(token: str) -> str:
    """The word for a method's token: `card` for one that was made for a single card, any other is its own word."""
    return CARD if _OF_ONE_CARD.fullmatch(token) else token
