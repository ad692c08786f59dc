"""What came between an attempt and its end, as a person is told: on the page as by the API."""

from smartcart.rules.outcomes import Interruption

INTERRUPTIONS = {
    Interruption.TIMEOUT: "The payment service did not answer in time.",
    Interruption.NETWORK_ERROR: "The connection to the payment service broke.",
    Interruption.BROWSER_CLOSED: "The payment page was closed while a payment was under way.",
    Interruption.GATEWAY_ERROR: "The payment service had a problem.",
    Interruption.CRASH: "Our server was interrupted while a payment was under way.",
}
