"""kill -9 of those who write a merchant's events, and of those who number them, while somebody reads all the while."""

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from flask import Flask

from smartcart.payments.core import merchant_feed
from smartcart.payments.core.merchant_feed import NumberedEvent
from tests.interruptions import feed_at_work
from tests.payments.opened import MERCHANT
from tests.support.forks import Forked
from tests.support.running import RunningShop
from tests.support.waiting import wait_for

# A busy machine, on which processes take turns.
LIMIT = 60.0
AT_WORK = {"write": 3, "number": 2}
# So many more events are read between one kill and the next.
BETWEEN_KILLS = 25
KILLS = 8


class Processes(RunningShop):
    """Writers and numberers on one database, of each as many as are wanted."""

    def __init__(self, folder: Path, database: str) -> None:
        super().__init__(folder, database)
        self.at_work: list[tuple[str, Forked]] = []

    def program(self) -> list[str]:
        return [feed_at_work.__name__]

    def add(self, work: str) -> None:
        self.at_work.append((work, self.spawn(work)))

    def replace_one(self) -> None:
        """Who has been at it for longest is killed, and another begins in its place."""
        work, process = self.at_work.pop(0)
        self.add(work)
        process.kill()

    def kill_all(self, work: str) -> None:
        for each in [each for each in self.at_work if each[0] == work]:
            self.at_work.remove(each)
            each[1].kill()
            each[1].wait(LIMIT)


class Reader:
    """Reads on and on, and keeps what it has read. Raises AssertionError for a number that does not follow."""

    def __init__(self) -> None:
        self.events: list[NumberedEvent] = []

    def read_on(self) -> bool:
        page = merchant_feed.read(MERCHANT.merchant, len(self.events), 100)
        numbers = [event.number for event in page.events]
        assert numbers == list(range(len(self.events) + 1, len(self.events) + 1 + len(numbers)))
        self.events += page.events
        return bool(numbers)


def read_under_fire(processes: Processes, kills: int, between_kills: int) -> list[NumberedEvent]:
    """All that there is to read in the end, read all the while."""
    reader = Reader()
    for work, number in AT_WORK.items():
        for _ in range(number):
            processes.add(work)
    for kill in range(1, kills + 1):
        while len(reader.events) < kill * between_kills:
            wait_for(reader.read_on, LIMIT)
        processes.replace_one()
    processes.kill_all("write")
    # PostgreSQL may still be at what a process has sent that is gone.
    wait_for(lambda: not reader.read_on() and told_of_each(reader.events) == dict(on_record(processes)), LIMIT)
    return reader.events


def told_of_each(events: list[NumberedEvent]) -> dict[str, list[str]]:
    told = defaultdict(list)
    for event in events:
        told[event.session["id"]].append(str(event.type))
    return told


def on_record(processes: Processes) -> Iterator[tuple[str, list[str]]]:
    for session, state in processes.rows("select id, state from payment_session"):
        yield session, ["payment.opened"] if state == "created" else ["payment.opened", f"payment.{state}"]


def test_every_event_is_read_once_and_in_order_whoever_dies(app: Flask, database: str, tmp_path: Path) -> None:
    processes = Processes(tmp_path, database)
    try:
        events = read_under_fire(processes, KILLS, BETWEEN_KILLS)
    finally:
        for work in AT_WORK:
            processes.kill_all(work)
    assert len({event.event_id for event in events}) == len(events) >= KILLS * BETWEEN_KILLS
