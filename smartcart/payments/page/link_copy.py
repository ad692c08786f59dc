"""What is said of a link that leads to no payment."""

from smartcart.payments.page.recovery_links import Purpose

NOT_WHOLE = (
    "The end of its address is missing: some mail programs cut long addresses off. Please copy the whole address from"
    " the mail, to its last letter. Nothing was paid and nothing was changed by opening it."
)
NO_LINK = (
    "Its address was changed on the way, or is none of this shop's. Please open it from the mail, as it stands there."
    " Nothing was paid and nothing was changed by opening it."
)
GOOD_FOR = {
    Purpose.LETTER: "It was good for seven days.",
    Purpose.PHONE: "It was good for as long as the payment was open.",
}
OVER = (
    "{good_for} Nothing was paid and nothing was changed by opening it. Where the payment stands, the browser still"
    " shows in which you ordered{contact}."
)
