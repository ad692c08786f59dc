"""Whether a text contains what looks like a card's number: the shop must never hold one."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate

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


# By the first digit, for anybody may send 64 KB of digits, each of which may begin a number.
_ISSUERS_BY_FIRST = {
    first: tuple(issuer for issuer in _ISSUERS if issuer[0][0] <= first <= issuer[1][0]) for first in "0123456789"
}
# What Luhn's formula counts for a digit that it doubles: both digits of that, added up.
_DOUBLED = {digit: sum(divmod(2 * int(digit), 10)) for digit in "0123456789"}


def has_card_number(text: str) -> bool:
    """Whether somewhere in the text there is what an issuer numbers cards with, with a check digit that fits."""
    if len(text) < FEWEST:  # most of what a request holds, and each would cost as much as a longer one
        return False
    runs = _GROUPS.findall(_UUID.sub(" ", _with_plain_digits(text)))
    return any(_is_any_issued(re.findall("[0-9]+", run)) for run in runs)


def _with_plain_digits(text: str) -> str:
    """Every digit as 0 to 9, of full width, in a circle or of another script as it may be."""
    return text if text.isascii() else "".join(str(unicodedata.digit(sign, sign)) for sign in text)


def _is_any_issued(groups: Sequence[str]) -> bool:
    """Whether whole groups that follow each other make one, as an expiry or a CVC may stand beside a number."""
    digits = "".join(groups)
    if len(digits) < FEWEST:
        return False
    sums = _luhn_sums(digits)
    return any(_has_check_digit(sums, begin, end) and _is_issued(digits[begin:end]) for begin, end in _spans(groups))


def _spans(groups: Sequence[str]) -> Iterator[tuple[int, int]]:
    """From where to where in all of their digits there are as many as a number has."""
    ends = list(accumulate(map(len, groups)))
    for place, begin in enumerate([0, *ends[:-1]]):
        for end in ends[place : place + MOST]:
            if end - begin > MOST:
                break
            if end - begin >= FEWEST:
                yield begin, end


def _is_issued(number: str) -> bool:
    issuers = _ISSUERS_BY_FIRST[number[0]]
    return any(first <= number[: len(first)] <= last and len(number) in lengths for first, last, lengths in issuers)


def _luhn_sums(digits: str) -> tuple[list[int], list[int]]:
    """What counts of the digits before each place: of numbers that end with one at an even place, and at an odd one."""
    values = [(int(digit), _DOUBLED[digit]) for digit in digits]
    even, odd = ([value[(place + doubled) % 2] for place, value in enumerate(values)] for doubled in (0, 1))
    return list(accumulate(even, initial=0)), list(accumulate(odd, initial=0))


def _has_check_digit(sums: tuple[list[int], list[int]], begin: int, end: int) -> bool:
    """Luhn's: every second digit from the right counts double, with the digits of what that makes added up."""
    counted = sums[(end - 1) % 2]
    return (counted[end] - counted[begin]) % 10 == 0
