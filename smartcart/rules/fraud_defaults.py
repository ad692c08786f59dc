"""The rules that a shop has before its owner has changed any.

They are made so that honest shoppers meet none: whoever tries a card or two more, and many who share one address. Of
their payments few are declined, and of stolen cards that are tested most: a share of declines tells them apart.
"""

from smartcart.rules.velocity import Action, By, Measure, Rule

MINUTE, HOUR, DAY = 60, 3600, 86400

# Stripe's words for cards whose details were guessed or whose owner has reported them:
# https://docs.stripe.com/declines/codes
GUESSED_OR_STOLEN = (
    "incorrect_number",
    "invalid_number",
    "incorrect_cvc",
    "invalid_cvc",
    "invalid_expiry_month",
    "invalid_expiry_year",
    "lost_card",
    "stolen_card",
    "pickup_card",
    "fraudulent",
)

DEFAULTS = (
    Rule(
        "Many cards declined from one address",
        By.ADDRESS,
        Measure.DECLINED_CARDS,
        number=5,
        within=10 * MINUTE,
        action=Action.REFUSE,
        share=60,
        strangers=True,
    ),
    Rule(
        "Many small sums from one address, most of them declined",
        By.ADDRESS,
        Measure.ATTEMPTS,
        number=8,
        within=10 * MINUTE,
        action=Action.REFUSE,
        share=60,
        strangers=True,
        largest=500,
    ),
    Rule(
        "Guessed or stolen cards from one address",
        By.ADDRESS,
        Measure.DECLINES,
        number=4,
        within=10 * MINUTE,
        action=Action.REFUSE,
        share=50,
        strangers=True,
        codes=GUESSED_OR_STOLEN,
    ),
    Rule("Many cards declined for one shopper", By.SHOPPER, Measure.DECLINED_CARDS, 4, HOUR, Action.SLOW),
    Rule("Many cards declined for one e-mail address", By.EMAIL, Measure.DECLINED_CARDS, 4, HOUR, Action.SLOW),
    Rule("Very many cards declined for one e-mail address", By.EMAIL, Measure.DECLINED_CARDS, 8, DAY, Action.REFUSE),
    Rule("One shopper presses without end", By.SHOPPER, Measure.ATTEMPTS, 20, 10 * MINUTE, Action.SLOW),
    Rule("One card, many shoppers", By.CARD, Measure.SHOPPERS, 4, DAY, Action.CONFIRM),
    Rule(
        "The shop is under attack: far more cards are declined than usual",
        By.SHOP,
        Measure.DECLINED_CARDS,
        number=30,
        within=10 * MINUTE,
        action=Action.CONFIRM,
        share=50,
        strangers=True,
    ),
    Rule("One e-mail address, several countries", By.EMAIL, Measure.COUNTRIES, 3, DAY, Action.HOLD, is_on=False),
    Rule("Much money in a day for one e-mail address", By.EMAIL, Measure.SUM, 100_000, DAY, Action.HOLD, is_on=False),
)
