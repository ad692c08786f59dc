"""The shop is restarted while many use it: who was heard is answered; where systemd listens, everybody is."""

import re
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from threading import Event, Thread
from typing import Any
from urllib.parse import urlencode

import pytest

from smartcart.server.listener import Listener, let_nobody_in
from tests.support.connections import ask, connected, rest, status
from tests.support.databases import ON_SQLITE
from tests.support.running import SMARTCART, START_LIMIT, RunningShop
from tests.support.systemd import started_with
from tests.support.waiting import wait_for

RESTARTS = 2
# Enough answers between two restarts that connections of every kind are in use.
ANSWERS = 100
PATIENCE = START_LIMIT
# Between polls: so long, and half a second more, a shop that leaves answers on who is quiet. On a busy machine it comes
# to pass that one is quiet for longer; what is closed sooner was lost. In seconds, and few: nobody here pauses so long.
KEPT_AT_LEAST = 0.5
# A socket that is lent knows nothing of the database; on PostgreSQL a shop is restarted at its own.
AT_SYSTEMD = ON_SQLITE
# Between a connection and its first request, where client and network are busy, in seconds. A server that closes what
# it has taken over and not heard from yet loses who hesitates.
HESITATION = 0.05


@pytest.fixture(scope="module")
def shop(new_shop: Callable[..., RunningShop]) -> RunningShop:
    shop = new_shop(poll_interval=KEPT_AT_LEAST)
    shop.start()
    return shop


class ActivatedShop(RunningShop):
    """It serves at a socket that is systemd's, which listens whether there is a shop or not."""

    listening: socket.socket
    _group: int

    def spawn(self, *command: str) -> Any:
        """Not forked: as systemd starts it, from nothing and with file 3."""
        file = self.listening.fileno()
        asked = started_with(file, [SMARTCART, *command])
        with self.log.open("ab") as log:
            process = subprocess.Popen(
                asked, env=self.environment, stdout=log, stderr=log, pass_fds=[file], process_group=0
            )
        self._group = process.pid
        return process

    def port_is_free(self) -> bool:
        """It never is, and the next shop does not mind; but who comes now must not meet a worker that is ending."""
        return not any(_is_of_group(status, self._group) for status in Path("/proc").glob("[0-9]*/stat"))


@pytest.fixture(scope="module")
def activated_shop(new_shop: Callable[..., ActivatedShop]) -> Iterator[ActivatedShop]:
    shop = new_shop(ActivatedShop, poll_interval=KEPT_AT_LEAST)
    with socket.create_server(("127.0.0.1", shop.port)) as shop.listening:
        shop.start("--port", "1")  # systemd's holds, whatever else is said
        yield shop


def _is_of_group(status: Path, group: int) -> bool:
    """Whether that process runs in the group; see proc_pid_stat(5): its name in brackets, state, parent, group."""
    try:
        state, _, its_group = status.read_text().rpartition(")")[2].split()[:3]
    except (FileNotFoundError, ProcessLookupError):
        return False  # it has ended
    return state != "Z" and int(its_group) == group


FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class Client:
    """One that asks again and again, and counts what came of it. `kept`: on the same connection as long as it may."""

    def __init__(self, shop: RunningShop, *, kept: bool, posts: bool, hesitates: float) -> None:
        self._shop = shop
        self._hesitates = hesitates
        self._kept = kept
        self._posts = posts
        self._headers = {} if kept else {"Connection": "close"}
        self._form = ""
        self._connection: HTTPConnection | None = None
        self._heard_at = 0.0
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
            if time.monotonic() < self._heard_at + KEPT_AT_LEAST:
                self.lost.append(f"{'kept' if self._kept else 'new'} connection: {error!r}")
            self._leave()
            return
        self._heard_at = time.monotonic()
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
            time.sleep(self._hesitates)
            self._heard_at = time.monotonic()
        return self._connection

    def _leave(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


@contextmanager
def clients(shop: RunningShop) -> Iterator[list[Client]]:
    """Of all kinds, at work while the shop is restarted, and until they are answered again."""
    over = Event()
    clients = [
        Client(shop, kept=kept, posts=posts, hesitates=hesitates)
        for kept in (True, False)
        for posts in (True, False)
        for hesitates in (0.0, HESITATION)
    ]
    threads = [Thread(target=client.run, args=[over]) for client in clients]
    for thread in threads:
        thread.start()
    yield clients
    over.set()
    for thread in threads:
        thread.join(PATIENCE)


def seen_through_restarts(shop: RunningShop) -> Counter[str]:
    """Returns how often each answer was seen; nobody has lost one."""

    def answered() -> int:
        return sum(count for client in at_work for status, count in client.seen.items() if status != "refused")

    def more_are_answered() -> None:
        enough = answered() + ANSWERS
        wait_for(lambda: answered() >= enough, PATIENCE)

    with clients(shop) as at_work:
        for _ in range(RESTARTS):
            more_are_answered()
            shop.stop()
            shop.start()
        more_are_answered()
    assert [loss for client in at_work for loss in client.lost] == []
    return sum((client.seen for client in at_work), Counter[str]())


def test_who_was_heard_is_answered(shop: RunningShop) -> None:
    assert set(seen_through_restarts(shop)) - {"refused"} == {"200", "303"}


@AT_SYSTEMD
def test_where_systemd_listens_nobody_is_even_refused(activated_shop: ActivatedShop) -> None:
    assert set(seen_through_restarts(activated_shop)) == {"200", "303"}


@AT_SYSTEMD
def test_where_systemd_listens_who_comes_after_a_crash_is_answered_by_the_next_shop(
    activated_shop: ActivatedShop,
) -> None:
    activated_shop.kill()
    with connected(activated_shop.port) as early:
        early.sendall(b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
        activated_shop.start()
        early.settimeout(PATIENCE)
        assert status(rest(early)) == 200


@AT_SYSTEMD
def test_where_systemd_listens_a_shop_that_was_killed_at_its_very_end_keeps_nobody_from_the_next(
    activated_shop: ActivatedShop,
) -> None:
    activated_shop.kill()
    let_nobody_in(Listener(activated_shop.listening, is_lent=True))  # so far it had come
    activated_shop.start()
    assert status(ask(activated_shop.port, "/livez")) == 200
