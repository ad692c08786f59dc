"""What the payment page says of the weather at the gateway, before anything is typed."""

from smartcart.payments.core.runtime import Runtime
from smartcart.payments.page.copy import masked
from smartcart.payments.page.snapshot import Snapshot
from smartcart.rules.weather import Weather

SAID = {
    Weather.FAIR: "",
    Weather.SLOW: "The payment service is slow at the moment, so it may take longer than usual until we know whether a"
    " payment went through.",
    Weather.OUT: "The payment service answers nobody at the moment, so a payment would most likely not go through now."
    " No money was taken. Your order is kept for as long as this lasts, a day at most: please come back later.",
}
WRITES = "We write to {address} when payments work again."
WHEN_KNOWN, WHEN_BACK = "Mail me when you know", "Mail me when payments work"


def of(session: Snapshot, parts: Runtime) -> dict[str, str]:
    """What is said, to be shown where somebody may pay now; and to which address, masked, a letter can be asked for."""
    weather = parts.weather().weather
    said = {"weather": weather.value, "weather_told": SAID[weather]}
    if weather is not Weather.OUT or not session.order_email:
        return said
    address = masked(session.order_email)
    if parts.wanted_letters.has(session.id):
        return said | {"weather_told": f"{SAID[weather]} {WRITES.format(address=address)}"}
    return said | {"letter_to": address, "letter_words": WHEN_BACK}
