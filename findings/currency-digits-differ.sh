#!/usr/bin/env bash
# Babel 2.19.0 (the CLDR's data) and ISO 4217 (as the package iso4217 1.16.20260101 brings list one) do not agree on how
# many decimals a currency has: for 15 of them Babel says none, where ISO 4217 says two, and three for the Iraqi dinar.
# The CLDR tells what people there write; gateways and banks count minor units by ISO 4217. So a sum of 1999 minor units
# of the Hungarian forint (19.99) is shown as "HUF20", and who turns what people type into minor units by Babel's
# precision charges a hundredth of it (a thousandth in dinars). Prints both; fails when either is different.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check babel==2.19.0 iso4217==1.16.20260101
"$folder/venv/bin/python" - <<'PYTHON'
import sys
from decimal import Decimal

from babel.numbers import format_currency, get_currency_precision
from iso4217 import Currency

SEEN = {"IQD": (3, 0)} | dict.fromkeys("AFN ALL COP HUF IDR IRR KPW LAK LBP MGA MMK SOS SYP YER".split(), (2, 0))
pairs = {one.code: (one.exponent, get_currency_precision(one.code)) for one in Currency if one.exponent is not None}
differ = {code: pair for code, pair in pairs.items() if pair[0] != pair[1]}
print(f"{len(differ)} of {len(pairs)} currencies:")
for code, (iso, babel) in sorted(differ.items()):
    print(f"  {code}: ISO 4217 says {iso} decimals, Babel {babel}")
shown = format_currency(Decimal(1999).scaleb(-pairs["HUF"][0]), "HUF", locale="en")
print(f"1999 minor units of HUF are shown as {shown!r}")
if differ != SEEN:
    sys.exit(f"it has changed: {sorted(set(differ.items()) ^ set(SEEN.items()))}")
if shown != "HUF20":
    sys.exit("it has changed: the sum is shown otherwise")
PYTHON
