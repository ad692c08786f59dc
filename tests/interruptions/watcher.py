"""Looks at a payment session all the time, at every place that tells of it, and keeps every answer."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event, Thread

from tests.support.running import RunningShop
from tests.support.visitor import Visitor, read_status, words

# What nobody may say of a payment whose outcome is not known. Whole words: `network_error` is a kind of interruption.
FAILURE = re.compile(
    r"\b(fail(s|ed|ure|ing)?|declined?|refused|rejected|unsuccessful(ly)?|errors?|denied|not paid|unpaid|no money"
    r"|nothing (was|has been) taken|went wrong|try again)\b",
    re.IGNORECASE,
)
# Looking 30 times a second leaves the shop its processor.
PAUSE = 0.03


@dataclass(frozen=True)
class Sight:
    """One answer: when it was asked for, and what it said. `text` is all that people read there."""

    asked_at: float
    place: str
    state: str
    money: str
    text: str


@contextmanager
def watching(shop: RunningShop, visitor: Visitor, session: str) -> Iterator[list[Sight]]:
    """Every answer about a session from now until the end of the block."""
    sights: list[Sight] = []
    over = Event()

    def watch() -> None:
        while not over.wait(PAUSE):
            sights.extend(_look(visitor, session))

    thread = Thread(target=watch)
    thread.start()
    try:
        yield sights
    finally:
        over.set()
        thread.join()


def _look(visitor: Visitor, session: str) -> Iterator[Sight]:
    asked_at = time.time()
    page = visitor.get(f"/pay/{session}").text
    status = read_status(page)
    # The names of the ways to pay stand beside it: one of them is "Declined card".
    yield Sight(asked_at, "page", status.state, status.money, words(re.sub(r"(?s)<fieldset.*?</fieldset>", "", page)))

    asked_at = time.time()
    status = visitor.status(session)
    yield Sight(asked_at, "fragment", status.state, status.money, status.text)

    asked_at = time.time()
    answer = visitor.get(f"/api/payments/session/{session}")
    yield Sight(asked_at, "API", answer.json["status"], answer.json["money"], answer.text)

    asked_at = time.time()
    answer = visitor.get(f"/api/payments/session/{session}/summary")
    known = answer.json["session"]
    yield Sight(asked_at, "summary", known["status"], known["money"], str(answer.json))


def assert_log_is_truthful(shop: RunningShop, session: str) -> None:
    """No log line says of this session, which was in the dark and never declined, that something failed."""
    lines = [line for line in shop.log_lines() if session[:6] in line]
    assert any("to checking" in line for line in lines), "hardly anything was logged"
    for line in lines:
        assert not FAILURE.search(line), line


def assert_truthful(sights: list[Sight], charged_at: float | None) -> None:
    """No answer calls a payment failed while nobody knows, and none denies a charge that was in the books before."""
    assert len(sights) > 8, "hardly anything was seen"
    for sight in sights:
        if sight.money == "checking":
            assert not FAILURE.search(sight.text), sight
        if charged_at is not None and charged_at <= sight.asked_at:
            assert sight.money in ("checking", "taken"), sight
        if charged_at is None:
            assert sight.money in ("checking", "not_taken"), sight
