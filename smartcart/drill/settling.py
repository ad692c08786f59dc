"""What a drill waits for before its books are read: every payment has come to its end, every letter is written."""

import time
from collections.abc import Callable, Sequence

from smartcart.drill import plans
from smartcart.drill.books import Books
from smartcart.drill.processes import Shop
from smartcart.drill.shoppers import Place, Shopper, Story

# A session that was begun with a clock that was ahead has time for as long. Its end is awaited with one that is ahead
# of that, in seconds.
MUCH_LATER = 2 * plans.MOST_OFF
# What was put off in one of them is due in the next.
MOST_JUMPS = 5
TICK = 0.2


def set_clock(shop: Shop, seconds: int) -> None:
    """Let all of the shop begin again with a clock that is so far ahead."""
    shop.kill()
    shop.set_clock(seconds)
    shop.begin()


def let_time_pass(shop: Shop, books: Books, limit: float) -> None:
    """So much that the payments come to their end, too, and all letters are written; or what is left is stuck.

    A letter may wait for minutes, for who has not seen it on the page, and for an hour where it could not be sent.
    Each jump waits `limit` seconds at most.
    """
    for jump in range(1, MOST_JUMPS + 1):
        if not (books.unsettled() or books.letters_waiting()):
            break
        set_clock(shop, jump * MUCH_LATER)
        wait_while(lambda: books.unsettled() or books.letters_at_hand(shop.clock), limit)
    if shop.clock:
        set_clock(shop, 0)


def wait_while(condition: Callable[[], object], limit: float) -> bool:
    """Whether it was over within `limit` seconds."""
    ends = time.monotonic() + limit
    while condition():
        if time.monotonic() > ends:
            return False
        time.sleep(TICK)
    return True


def last_look(shop: Shop, sessions: Sequence[str]) -> Story:
    """What every payment page says in the end, also those that nobody has come back to."""
    shop.wait()
    shopper = Shopper(plans.ONLOOKER, Place(shop.addresses))
    for session in sessions:
        shopper.look(session)
    return shopper.story
