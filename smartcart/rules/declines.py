"""What a bank's "no" means for the next try with the same card.

The card schemes have merchants pay for tries that cannot succeed:

- Visa counts the answers that it calls category 1, "issuer will never approve" (response codes 04, 07, 12, 14, 15, 41,
  43, 46, 57, R0, R1 and R3), and of all others more than 20 tries in 30 days for one card and sum (Visa Core Rules,
  table "Decline Reason Code Use and Reattempt Rights", 20 since May 2025).
- Mastercard counts tries after the merchant advice codes 03 "do not try again" and 21 "payment cancellation", and those
  that come before the time that the codes 24 to 30 name (Transaction Processing Excellence, "Merchant Advice Codes").

Stripe tells the same as `decline_code`, `advice_code` and `network_advice_code`:
https://docs.stripe.com/declines/codes and https://docs.stripe.com/declines/card#retrying-issuer-declines. Of a card
that was reported lost or stolen it asks for nothing more to be told than of any other that was declined.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class Advice(StrEnum):
    """What to do with the card: never use it again here, not now, or only with its details put right."""

    NEVER = "never"
    LATER = "later"
    CORRECT = "correct"


@dataclass(frozen=True)
class Advised:
    """`wait` is how long the card must not be tried again; nothing where nobody says."""

    advice: Advice
    wait: timedelta | None = None


NEVER, LATER, CORRECT = Advised(Advice.NEVER), Advised(Advice.LATER), Advised(Advice.CORRECT)

# Stripe's `advice_code`: "do_not_try_again", "try_again_later", "confirm_card_data", and no other so far.
BY_ADVICE = {"do_not_try_again": NEVER, "try_again_later": LATER, "confirm_card_data": CORRECT}
# Stripe's `network_advice_code`. Mastercard's, from its table "Merchant Advice Codes"; 02 is "cannot approve at this
# time, try again later", for which it has merchants wait 72 hours.
BY_MASTERCARD = {
    "01": CORRECT,
    "02": Advised(Advice.LATER, timedelta(hours=72)),
    "03": NEVER,
    "21": NEVER,
    "24": Advised(Advice.LATER, timedelta(hours=1)),
    "25": Advised(Advice.LATER, timedelta(hours=24)),
    "26": Advised(Advice.LATER, timedelta(days=2)),
    "27": Advised(Advice.LATER, timedelta(days=4)),
    "28": Advised(Advice.LATER, timedelta(days=6)),
    "29": Advised(Advice.LATER, timedelta(days=8)),
    "30": Advised(Advice.LATER, timedelta(days=10)),
}
# For all other brands: 02, 03 and 21 are Visa's words for a cardholder who has stopped this payment, or all of a shop.
BY_OTHERS = {"02": NEVER, "03": NEVER, "21": NEVER}
# Stripe's `decline_code`, for Visa's category 1: 04 and 07 "pick up card", 41 lost, 43 stolen, 46 closed account, 57
# "not permitted to cardholder", R0 to R3 stopped or revoked; 14 and 15 are a number that nobody has issued, and so to
# be corrected. `do_not_try_again` and `restricted_card` are older words of Stripe's for 'never'.
BY_DECLINE = {
    **dict.fromkeys(("lost_card", "stolen_card", "pickup_card", "invalid_account", "transaction_not_allowed"), NEVER),
    **dict.fromkeys(("stop_payment_order", "revocation_of_authorization", "revocation_of_all_authorizations"), NEVER),
    **dict.fromkeys(("do_not_try_again", "restricted_card"), NEVER),
    **dict.fromkeys(("incorrect_number", "invalid_number", "expired_card"), CORRECT),
    **dict.fromkeys(("incorrect_cvc", "invalid_cvc", "invalid_expiry_month", "invalid_expiry_year"), CORRECT),
}

# Visa's limit is 20 in any 30 days. Half of it in each 30 days from a first decline on: so no 30 days have more.
WINDOW = timedelta(days=30)
MOST_DECLINES = 10


def advised(decline_code: str, advice_code: str = "", network_code: str = "", brand: str = "") -> Advised | None:
    """What the bank, the network or the reason itself says of another try; the strictest of them, and None where none
    says anything.

    The codes are Stripe's words, `network_code` its `network_advice_code`, and `brand` is the card's, as in visa; each
    is empty where it is not told.
    """
    by_network = BY_MASTERCARD if brand == "mastercard" else BY_OTHERS
    said = [
        found
        for table, code in ((by_network, network_code), (BY_ADVICE, advice_code), (BY_DECLINE, decline_code))
        if (found := table.get(code))
    ]
    return NEVER if NEVER in said else next(iter(said), None)
