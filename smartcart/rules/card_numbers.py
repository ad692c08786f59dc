"""Whether a text contains what looks like a card's number: the shop must never hold one."""

import re
import unicodedata
from collections.abc import Iterator

# First digits, from and to, with how many digits there are in all. As https://github.com/braintree/credit-card-type has
# them for the card forms of a payment service, with RuPay, Troy, UzCard and Humo, as
# https://en.wikipedia.org/wiki/Payment_card_number#Issuer_identification_number_(IIN) has them.
#
# Left out is what is hardly a card any more and often something else: 13 digits (Visas of long ago; every EAN), Maestro
# of fewer than 16, which is no longer issued, and what begins with 0 or 1 (UATP; moments in milliseconds). No IMEI
# begins with 34 or 37, so none is taken for an American Express, which has 15 digits like it.
_ISSUERS: tuple[tuple[str, str, tuple[int, ...]], ...] = (
    ("2131", "2131", (16, 17, 18, 19)),  # JCB
    ("2200", "2204", (16, 17, 18, 19)),  # Mir
    ("2221", "2720", (16,)),  # Mastercard
    ("300", "305", (14, 16, 19)),  # Diners Club
    ("309", "309", (14, 16, 19)),
    ("34", "34", (15,)),  # American Express
    ("3528", "3589", (16, 17, 18, 19)),  # JCB
    ("36", "36", (14, 16, 19)),  # Diners Club
    ("37", "37", (15,)),  # American Express
    ("38", "39", (14, 16, 19)),  # Diners Club
    ("4", "4", (16, 18, 19)),  # Visa, with Elo and Interac under it
    ("50", "50", (16, 17, 18, 19)),  # Maestro, Elo, Verve, Dankort
    ("51", "55", (16,)),  # Mastercard
    ("56", "59", (16, 17, 18, 19)),  # Maestro, Interac
    ("60", "60", (16, 19)),  # Discover, RuPay, Hipercard
    ("62", "62", (16, 17, 18, 19)),  # UnionPay
    ("63", "63", (16, 17, 18, 19)),  # Maestro, Elo, Hiper
    ("644", "659", (16, 18, 19)),  # Discover, Elo, Verve
    ("67", "67", (16, 17, 18, 19)),  # Maestro
    ("81", "82", (16, 17, 18, 19)),  # UnionPay, RuPay
    ("8600", "8600", (16,)),  # UzCard
    ("9792", "9792", (16,)),  # Troy
    ("9860", "9860", (16,)),  # Humo
)
FEWEST, MOST = 14, 19
# Digits in groups, whatever people write between them. What touches a letter is part of something else, such as a hash,
# and what follows a plus is a telephone's number.
_GROUPS = re.compile(r"(?<![^\W_])(?<!\+)[0-9]+(?:[\W_]+[0-9]+)*(?![^\W_])")
# Its groups of digits would be taken for a card's number once in a few thousand.
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)


def has_card_number(text: str) -> bool:
    """Whether somewhere in the text there is what an issuer numbers cards with, with a check digit that fits."""
    if len(text) < FEWEST:  # most of what a request holds, and each would cost as much as a longer one
        return False
    numbers = _numbers(_UUID.sub(" ", _with_plain_digits(text)))
    return any(_is_issued(number) and _has_check_digit(number) for number in numbers)


def _with_plain_digits(text: str) -> str:
    """Every digit as 0 to 9, of full width, in a circle or of another script as it may be."""
    return text if text.isascii() else "".join(str(unicodedata.digit(sign, sign)) for sign in text)


def _numbers(text: str) -> Iterator[str]:
    """All that is long enough: whole groups that follow each other, as an expiry or a CVC may stand beside a number."""
    for run in _GROUPS.finditer(text):
        groups = re.findall("[0-9]+", run[0])
        for first in range(len(groups)):
            number = ""
            for group in groups[first:]:
                number += group
                if len(number) > MOST:
                    break
                if len(number) >= FEWEST:
                    yield number


def _is_issued(number: str) -> bool:
    return any(first <= number[: len(first)] <= last and len(number) in lengths for first, last, lengths in _ISSUERS)


def _has_check_digit(number: str) -> bool:
    """Luhn's: every second digit from the right counts double, with the digits of what that makes added up."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2]]
    return (sum(doubled) + sum(map(int, number[::-2]))) % 10 == 0
