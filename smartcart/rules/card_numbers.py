"""Whether a text contains what looks like a card's number: the shop must never hold one."""

import re
from collections.abc import Iterator

# ISO/IEC 7812. Payment cards begin with neither 0 nor 1; every moment in milliseconds does with 1.
FEWEST, MOST = 13, 19
# Digits in groups, as people write them. What touches a letter is part of something else, such as a hash, and what
# follows a plus is a telephone's number.
_GROUPS = re.compile(r"(?<![^\W_])(?<!\+)[0-9]+(?:[\s\-–][0-9]+)*(?![^\W_])")
# Its groups of digits would be taken for a card's number once in a few thousand.
_UUID = re.compile(r"\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)


def has_card_number(text: str) -> bool:
    """Whether somewhere in the text there are as many digits as a card's number has, with a check digit that fits."""
    return any(number[0] not in "01" and _has_check_digit(number) for number in _numbers(_UUID.sub(" ", text)))


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


def _has_check_digit(number: str) -> bool:
    """Luhn's: every second digit from the right counts double, with the digits of what that makes added up."""
    doubled = [sum(divmod(2 * int(digit), 10)) for digit in number[-2::-2]]
    return (sum(doubled) + sum(map(int, number[::-2]))) % 10 == 0
