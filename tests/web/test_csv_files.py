"""A table that the owner opens in a spreadsheet: what is in a cell stays what it is."""

import csv
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from io import StringIO

import pytest
from flask import Flask

from smartcart.web.csv_files import SIGNS, Cell, csv_file


def read(rows: list[list[Cell]], decimal: str = "point", separator: str = ",") -> list[list[str]]:
    """What a program finds that reads the file; the first line is the header's."""
    with Flask(__name__).app_context():
        text = csv_file("orders.csv", ["What"], rows, decimal).get_data(as_text=True)
    return list(csv.reader(StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator))


@pytest.mark.parametrize("first", ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"])
def test_what_a_spreadsheet_would_run_is_text(first: str) -> None:
    formula = f'{first}HYPERLINK("http://example.com")'
    assert read([[formula]])[1] == [f"'{formula}"]


@pytest.mark.parametrize("number", ["0042", "123456789012345678", "12E5", "3/4", "10:30", "1.5", "12 %", "2026-11-29"])
def test_what_looks_like_a_number_and_is_an_id_stays_text(number: str) -> None:
    assert read([[number]])[1] == [f"'{number}"]


@pytest.mark.parametrize("text", ["SC-1042", "Ann", "a=b", "two\nlines", 'say "hi"', "a;b,c", "pi_3", ""])
@pytest.mark.parametrize(("decimal", "separator"), [("point", ","), ("comma", ";")])
def test_other_text_is_as_it_was(text: str, decimal: str, separator: str) -> None:
    assert read([[text, "x"]], decimal, separator)[1] == [text, "x"]


@pytest.mark.parametrize(("decimal", "shown"), [("point", "-1234.50"), ("comma", "-1234,50"), ("nonsense", "-1234.50")])
def test_a_number_is_one_with_the_decimal_sign_that_is_wanted(decimal: str, shown: str) -> None:
    separator = SIGNS["comma"].separator if decimal == "comma" else ","
    assert read([[Decimal("-1234.50"), 7, None]], decimal, separator)[1] == [shown, "7", ""]


def test_days_and_moments_are_what_spreadsheets_know_as_such() -> None:
    moment = datetime(2026, 11, 29, 14, 3, 5, 999, tzinfo=UTC)
    assert read([[moment.date(), moment]])[1] == ["2026-11-29", "2026-11-29 14:03:05"]


def test_it_is_saved_under_its_name_and_begins_as_excel_wants_it() -> None:
    with Flask(__name__).app_context():
        answer = csv_file("café.csv", ["Näme"], [])
    assert answer.get_data() == b'\xef\xbb\xbf"N\xc3\xa4me"\r\n'
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith("attachment; filename")


def test_lines_are_sent_while_rows_are_read() -> None:
    asked = []

    def rows() -> Iterator[list[Cell]]:
        for number in range(3):
            asked.append(number)
            yield [number]

    with Flask(__name__).app_context():
        lines = csv_file("many.csv", ["Number"], rows()).iter_encoded()
    assert [next(lines) for _ in range(3)][1:] == [b'"Number"\r\n', b'"0"\r\n']
    assert asked == [0]
