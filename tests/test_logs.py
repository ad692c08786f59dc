"""What is written to the log, as it is written: JSON lines, with nothing in them that opens a door or pays."""

import json
import logging
import os
import pty
import re
import sys
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest

from smartcart.logs import init_logging

CARD = "4242 4242 4242 4242"
Line = Callable[..., dict[str, Any]]


@pytest.fixture(autouse=True)
def no_handler_of_flasks(monkeypatch: pytest.MonkeyPatch) -> None:
    """It gives the logger one that is never taken away, when it logs before the shop's is there, as in other tests."""
    monkeypatch.setattr(logging.getLogger("smartcart"), "handlers", [])


@pytest.fixture
def line() -> Line:
    """Logs as the shop does; returns the line that is written."""
    init_logging()
    (handler,) = (each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler)

    def log(message: object, *values: object, **more: Any) -> dict[str, Any]:
        handler.setStream(written := StringIO())
        logging.getLogger("smartcart").warning(message, *values, **more)
        found: dict[str, Any] = json.loads(written.getvalue())
        return found

    return log


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        (CARD, "***"),
        ("card_4242424242424242", "card_***"),
        ("3782-822463-10005", "***"),
        ("sk_test_51Nn and rk_live_x", "*** and ***"),
        ("whsec_abcdef", "***"),
        ("pi_1A_secret_abcdef", "pi_1A_secret_***"),
        ("GET /pay/abc-def/status", "GET /pay/***/status"),
        ("GET /resume/aB-c_d/status?seen=1", "GET /resume/***/status?seen=1"),
        ("POST /cards/link/ImFi-Yw.s_ig-x HTTP/1.1", "POST /cards/link/*** HTTP/1.1"),
    ],
)
def test_what_opens_a_door_or_pays_is_not_written(line: Line, secret: str, shown: str) -> None:
    assert line(secret)["event"] == shown
    assert line("asked for %s", secret)["event"] == f"asked for {shown}"


def test_nor_is_it_where_it_stands_in_a_trace(line: Line) -> None:
    try:
        raise ValueError(CARD)
    except ValueError:
        found = line("unforeseen", exc_info=True)
    assert "ValueError: ***" in found["exception"]
    assert CARD not in json.dumps(found)


def test_nor_is_it_where_it_is_no_text(line: Line) -> None:
    found = line({"typed": [4242424242424242, {"number": CARD}]})
    assert "4242" not in json.dumps(found)


def test_what_is_none_of_it_is_written_as_it_is(line: Line) -> None:
    assert line("order %s of %s, %d minor units", "SC-1042", "2026-11-23", 4200)["event"] == (
        "order SC-1042 of 2026-11-23, 4200 minor units"
    )


def test_in_a_terminal_people_read_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """A real one: what the process writes to it is what somebody would see."""
    ours, theirs = pty.openpty()
    monkeypatch.setenv("NO_COLOR", "1")
    with os.fdopen(theirs, "w") as terminal, os.fdopen(ours, "rb", buffering=0) as seen:
        monkeypatch.setattr(sys, "stderr", terminal)
        init_logging()
        try:
            raise ValueError(CARD)
        except ValueError:
            logging.getLogger("smartcart").exception("order %s could not be shown", "SC-1042")
        text = seen.read(10_000).decode()
    first, *trace = text.splitlines()
    assert re.fullmatch(r"\d\d:\d\d:\d\d \[error +\] order SC-1042 could not be shown +\[smartcart\]", first)
    assert trace[-1] == "ValueError: ***"
