"""The shop is stopped and started again while many use it: who was heard is answered."""

import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from threading import Event, Thread
from urllib.parse import urlencode

import pytest

from tests.support.running import RunningShop
from tests.support.waiting import wait_for

RESTARTS = 2
# Enough answers between two restarts that connections of every kind are in use.
ANSWERS = 100
PATIENCE = 20.0


@pytest.fixture(scope="module")
def shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    shop = new_shop()
    shop.start()
    return shop


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Client:
    """One that asks again and again, and counts what came of it. `kept`: on the same connection as long as it may."""

    def __init__(self, shop: RunningShop, *, kept: bool, posts: bool) -> None:
        self._shop = shop
        self._kept = kept
        self._posts = posts
        self._headers = {} if kept else {"Connection": "close"}
        self._form = ""
        self._connection: HTTPConnection | None = None
        self.seen: Counter[str] = Counter()
        self.lost: list[str] = []

    def run(self, over: Event) -> None:
        self._open_page()
        while not over.is_set():
            self._ask_once()
        self._leave()

    def _open_page(self) -> None:
        connection = HTTPConnection("127.0.0.1", self._shop.port, timeout=PATIENCE)
        connection.request("GET", "/")
        answer = connection.getresponse()
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', answer.read().decode())
        assert token
        self._form = urlencode({"csrf_token": token[1], "product": "teapot", "quantity": "1"})
        self._headers["Cookie"] = (answer.headers["Set-Cookie"] or "").partition(";")[0]
        self._put_into_cart()
        connection.close()

    def _put_into_cart(self) -> None:
        """One thing, whose number is set again and again: a cart that is added to gets full."""
        connection = HTTPConnection("127.0.0.1", self._shop.port, timeout=PATIENCE)
        connection.request("POST", "/cart/lines", self._form, {**self._headers, **FORM})
        assert connection.getresponse().status == 303
        connection.close()

    def _ask_once(self) -> None:
        connection = self._connected()
        if connection is None:
            return
        try:
            if self._posts:
                connection.request("POST", "/cart/lines/teapot", self._form, {**self._headers, **FORM})
            else:
                connection.request("GET", "/", headers=self._headers)
            answer = connection.getresponse()
            answer.read()
        except (OSError, HTTPException) as error:
            self.lost.append(f"{'kept' if self._kept else 'new'} connection: {error!r}")
            self._leave()
            return
        self.seen[str(answer.status)] += 1
        if answer.will_close:
            self._leave()

    def _connected(self) -> HTTPConnection | None:
        """None while nobody listens: whoever is not let in has not been heard."""
        if self._connection is None:
            connection = HTTPConnection("127.0.0.1", self._shop.port, timeout=PATIENCE)
            try:
                connection.connect()
            except ConnectionRefusedError:
                self.seen["refused"] += 1
                time.sleep(0.01)
                return None
            self._connection = connection
        return self._connection

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@pytest.fixture
def clients(shop: RunningShop) -> Iterator[list[Client]]:
    over = Event()
    clients = [Client(shop, kept=kept, posts=posts) for kept in (True, False) for posts in (True, False) for _ in "12"]
    threads = [Thread(target=client.run, args=[over]) for client in clients]
    for thread in threads:
        thread.start()
    yield clients
    over.set()
    for thread in threads:
        thread.join(PATIENCE)


def test_who_was_heard_is_answered(shop: RunningShop, clients: list[Client]) -> None:
    def answered() -> int:
        return sum(count for client in clients for status, count in client.seen.items() if status != "refused")

    for _ in range(RESTARTS):
        enough = answered() + ANSWERS
        wait_for(lambda enough=enough: answered() >= enough, PATIENCE)  # type: ignore[misc]
        shop.stop()
        shop.start()
    enough = answered() + ANSWERS
    wait_for(lambda: answered() >= enough, PATIENCE)

    assert [loss for client in clients for loss in client.lost] == []
    seen = sum((client.seen for client in clients), Counter[str]())
    assert set(seen) == {"200", "303", "refused"}, "there was no gap, or something else was answered"
