"""Tables as CSV that a spreadsheet opens as they are meant: RFC 4180, with a choice of signs.

https://www.rfc-editor.org/rfc/rfc4180
"""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

from flask import Response

# Excel takes a file for UTF-8 only if it begins with this.
BYTE_ORDER_MARK = "\ufeff"
# What a spreadsheet may run, or ask another machine with, as https://owasp.org/www-community/attacks/CSV_Injection has
# it, and the full-width forms of the same. An apostrophe disarms them, and quotes around every cell keep them
# from beginning one where the file is read with another separator.
_FORMULA = tuple("=+-@\t\r\n＝＋－＠")
# What it would make a number, a moment or a percentage of, and so of an id something else: 0042, 12E5, 3/4, 10:30.
_NUMBER = re.compile(r"\s*[\d.,:/'% -]*\d[\d.,:/'% -]*(E[+-]?\d+)?\s*", re.IGNORECASE | re.ASCII)

Cell = str | int | Decimal | date | None


@dataclass(frozen=True)
class Signs:
    """What stands between two cells, and before decimals."""

    separator: str
    decimal: str


# As the two halves of Europe have it; where decimals follow a comma, cells cannot.
SIGNS = {"point": Signs(",", "."), "comma": Signs(";", ",")}
USUAL = "point"


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Cell]], decimal: str = USUAL) -> Response:
    """An answer that a browser saves as `name`, sent while `rows` are read.

    `decimal` is a word of SIGNS; any other is the usual one. Text stays text, whatever it looks like: what a
    spreadsheet would run, or make a number of, has an apostrophe before it. Numbers are numbers, days and moments
    are such, as the clock on the wall shows them; None is empty.
    """
    answer = Response(_lines(chain([header], rows), SIGNS.get(decimal, SIGNS[USUAL])), mimetype="text/csv")
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    return answer


def _lines(rows: Iterable[Sequence[Cell]], signs: Signs) -> Iterator[str]:
    yield BYTE_ORDER_MARK
    writer = csv.writer(_Line(), delimiter=signs.separator, quoting=csv.QUOTE_ALL)
    for row in rows:
        yield writer.writerow([_in_file(cell, signs) for cell in row])


class _Line:
    """A file that the csv module writes to, which hands each line on."""

    def write(self, line: str) -> str:
        return line


def _in_file(cell: Cell, signs: Signs) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return f"'{cell}" if cell.startswith(_FORMULA) or _NUMBER.fullmatch(cell) else cell
    if isinstance(cell, datetime):
        return f"{cell:%Y-%m-%d %H:%M:%S}"
    return str(cell).replace(".", signs.decimal)
