"""Somebody at a running shop, over HTTP: carries cookies and CSRF tokens, runs no JavaScript, follows no redirect."""

import re
from dataclasses import dataclass
from html import unescape
from secrets import token_hex
from typing import Any

from smartcart.drill.browser import Answer, Browser
from tests.support.waiting import wait_for


@dataclass(frozen=True)
class Status:
    """What the payment page's status says; `text` is what people read there."""

    state: str
    money: str
    attempts: int
    version: int
    text: str


def read_status(html: str) -> Status:
    """The payment status in a page or a fragment."""
    found = re.search(r'<section[^>]*data-testid="payment-status".*?</section>', html, re.DOTALL)
    assert found, f"no payment status in: {html[:2000]}"
    values = dict(re.findall(r'\bdata-(state|money|attempts|version)="([^"]*)"', found[0].partition(">")[0]))
    return Status(values["state"], values["money"], int(values["attempts"]), int(values["version"]), words(found[0]))


def words(html: str) -> str:
    """What people read of a piece of HTML: not what a script has in store."""
    html = re.sub(r"<template\b.*?</template>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


# The button of the page that asks whether the same things are wanted a second time.
SECOND_TIME = re.compile(r'name="again"\s+value="([^"]*)"')


class Visitor(Browser):
    """One browser at the shop at `url`."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url
        self._sessions: list[str] = []
        # One of its own: who orders the same with the address of another is asked about it, and the other written to.
        self.email = f"ada-{token_hex(4)}@example.org"

    def put_into_cart(self, slug: str) -> None:
        assert self.post("/cart/lines", product=slug, quantity="1").status == 303

    def check_out(self, **more: str) -> Answer:
        return self.post("/checkout", name="Ada Lovelace", email=self.email, **more)

    def order(self, slug: str = "teapot") -> str:
        """Buy something up to the payment page, and mean it if it may be the second time; returns the session's id."""
        self.put_into_cart(slug)
        answer = self.check_out()
        while asked := SECOND_TIME.search(answer.text):  # once more, where another went into the dark meanwhile
            answer = self.check_out(again=asked[1])
        assert answer.status == 303, answer.text
        self._sessions.append(answer.location.rpartition("/")[2])
        return self._sessions[-1]

    def pay(self, session: str, method: str = "sandbox_approve") -> Answer:
        """Press Pay, and mean it where another order of the same things is under way."""
        return self.post(f"/pay/{session}/attempts", method=method, again=" ".join(self._sessions))

    def cancel(self, session: str) -> Answer:
        return self.post(f"/pay/{session}/cancel")

    def status(self, session: str) -> Status:
        return read_status(self.get(f"/pay/{session}/status").text)

    def session(self, session: str) -> Any:
        """The session as the API shows it."""
        return self.get(f"/api/payments/session/{session}").json

    def summary(self, session: str) -> Any:
        return self.get(f"/api/payments/session/{session}/summary").json

    def wait_until(self, session: str, *states: str, limit: float = 10.0) -> Status:
        """The status once it is one of `states`. Raises AssertionError after `limit` seconds: what it is instead."""
        seen = []

        def reached() -> Status | None:
            seen[:] = [self.status(session)]
            return seen[0] if seen[0].state in states else None

        try:
            return wait_for(reached, limit)
        except AssertionError:
            raise AssertionError(f"not {' or '.join(states)} within {limit} s: {seen}") from None

    def confirm_with_bank(self, session: str, answer: str = "confirm") -> Answer:
        """Answer the bank's question on its own page."""
        path = self.session(session)["action_url"]
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.get(path).text)
        assert token, "no form on the bank's page"
        return self.post(path, csrf_token=token[1], answer=answer)
