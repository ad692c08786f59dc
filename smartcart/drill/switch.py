"""A switch to other books of the gateway, which is another account there, while payments are on their way.

As an owner does who sets keys of another account, and sets the right ones again. Nobody begins a payment meanwhile: it
would belong to those books. All look at their pages, and a program presses Pay on what was tried before.
"""

import time
from typing import Any

from smartcart.drill import judgement
from smartcart.drill.books import Books
from smartcart.drill.browser import Browser
from smartcart.drill.gate import Gate
from smartcart.drill.judgement import OnRecord
from smartcart.drill.processes import Shop
from smartcart.rules.payment_states import OPEN

# So long the shop has for doing harm by itself, in seconds: some rounds of its jobs.
LASTS = 3.0
# So many payments are pressed on.
PRESSES = 10


def switch(shop: Shop, books: Books, key: str, gate: Gate) -> tuple[int, list[str]]:
    """Kill the shop, let it work with other books, and then with its own.

    Returns on how many payments Pay was pressed meanwhile, and what the shop did that it must not.

    `key` is an admin's.
    """
    program = Browser(*shop.addresses, key=key)
    with gate.shut():
        shop.kill()
        before = books.sessions()
        shop.work_with(shop.other_ledger)
        shop.set_clock(0)
        shop.start()
        pressed, accepted = _press_on(before, program)
        time.sleep(LASTS)
        shop.must_run()
        shop.kill()
        wrong = judgement.moved_elsewhere(before, books.sessions())
        shop.work_with(shop.ledger)
        shop.begin()
    shop.wait()
    _ask_about(before, program)
    return pressed, accepted + wrong


def _press_on(sessions: list[OnRecord], program: Browser) -> tuple[int, list[str]]:
    """Press Pay on payments that were tried: how many, and a sentence for each that was not refused."""
    tried = _tried(sessions)[:PRESSES]
    answers = {each: _status(program, f"/session/{each}/resume", method="sandbox_approve") for each in tried}
    wrong = [
        f"session {each}: Pay was answered with {status}" for each, status in answers.items() if not _refuses(status)
    ]
    return len(tried), wrong


def _ask_about(sessions: list[OnRecord], program: Browser) -> None:
    """Have the gateway asked what became of them, which the shop does by itself within a minute."""
    for each in _tried(sessions):
        _status(program, f"/session/{each}/complete")


def _status(program: Browser, call: str, **fields: Any) -> int:
    """What a call was answered with; 0 for no answer."""
    try:
        return program.call(call, **fields).status
    except OSError:
        return 0


def _tried(sessions: list[OnRecord]) -> list[str]:
    return [each.session for each in sessions if each.state in OPEN and each.attempts]


def _refuses(status: int) -> bool:
    return 400 <= status < 500 or status == 503
