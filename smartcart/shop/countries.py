"""Countries that something can be sent to: ISO 3166-1's two letters, under the names that the CLDR has for them."""

from functools import cache

from babel import Locale

# What the CLDR names besides: unions, parts of other countries that ISO 3166 keeps letters for, and those for tests.
# Kosovo's XK is not ISO's own, but from the letters that ISO leaves to its users, and all who send things use it.
_NO_COUNTRIES = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "ZZ"])


@cache
def names() -> dict[str, str]:
    """Names by code, in the order of the names."""
    territories = Locale("en").territories.items()
    named = {code: name for code, name in territories if len(code) == 2 and code not in _NO_COUNTRIES}
    return dict(sorted(named.items(), key=lambda item: item[1]))


def name_of(code: str) -> str:
    """The name, or the code itself where it has none any more."""
    return names().get(code, code)
