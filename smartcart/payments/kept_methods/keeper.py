"""Who keeps the cards: a gateway, which knows none of another's, and in test mode none of those that are real."""

from smartcart.payments.parts import parts


def keeper() -> str:
    gateway = parts().gateway
    return f"{gateway.name} test" if gateway.is_test else gateway.name
