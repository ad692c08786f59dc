"""A shop that is broken on purpose in each of its ways, for an owner's drill to find: code that Python runs first in
all processes of the drill, and nowhere else.

What the drill waits for in vain is not waited for long.
"""

import sys
from typing import Any

from tests.support.running import RunningShop

# Python runs it before anything else (https://docs.python.org/3/library/site.html).
FIRST = "sitecustomize.py"
IN_VAIN = 1.0


class SabotagedShop(RunningShop):
    """Its drills meet copies of it that break every promise while there is a file `FIRST` in its folder."""

    def program(self) -> list[str]:
        return [__name__, str(self.folder)]

    def break_copies(self) -> None:
        (self.folder / FIRST).write_text(f"from {__name__} import begin; begin()\n")


def main() -> None:
    """The shop itself, which is sound."""
    from smartcart import commands
    from smartcart.admin.drill import child

    child.CODE.insert(0, sys.argv.pop(1))
    commands.main()


def begin() -> None:
    if "smartcart.drill.on_copy" in sys.orig_argv:
        wait_less()
    else:
        for sabotage in WAYS:
            sabotage()


def wait_less() -> None:
    from smartcart.drill import owners_course, scenarios

    scenarios.SOON = owners_course.SETTLED_WITHIN = IN_VAIN


def charge_twice() -> None:
    """The gateway is asked again, as if it were for something else."""
    from smartcart.gateways.sandbox import ledger
    from smartcart.gateways.sandbox.gateway import Sandbox

    ledger.TABLES = ledger.TABLES.replace("session text not null unique", "session text not null")
    charge = Sandbox.charge

    def twice(sandbox: Sandbox, request: Any) -> Any:
        with sandbox.ledger._writing(request.reference) as books:
            books.execute(
                "insert into reference select reference || ' again', session, amount, currency, null, '' from reference"
                " where reference = ? on conflict do nothing",
                (request.reference,),
            )
            books.execute(
                "insert into charge values (? || ' again', 1, ?, 0) on conflict do nothing",
                (request.reference, sandbox.ledger.now()),
            )
        return charge(sandbox, request)

    Sandbox.charge = twice  # type: ignore[method-assign]


def lose_orders() -> None:
    """Money is taken, and the order does not hear of it."""
    from smartcart.shop import orders

    orders.pay = lambda *_: True


def lie() -> None:
    """Pages and letters say that nothing was taken where it was."""
    from smartcart.payments.page.copy import HEADINGS
    from smartcart.rules.payment_states import MONEY, Money, State

    MONEY[State.COMPLETED] = Money.NOT_TAKEN
    HEADINGS[State.COMPLETED] = HEADINGS[State.INTERRUPTED]


def sell_too_much() -> None:
    """One more is taken off the shelf for each."""
    from smartcart.shop import stock

    take = stock._take
    stock._take = lambda product_id, quantity: take(product_id, quantity + 1)


def sign_wrongly() -> None:
    """Merchants cannot tell that it is the shop that tells them."""
    from smartcart.merchant_webhooks import endpoints

    endpoints.secrets = lambda endpoint: ["whsec_b3RoZXIgb3RoZXIgb3RoZXIgb3RoZXI="]


def answer_with_errors() -> None:
    """To everybody who wants to cancel."""
    from smartcart.payments.flow import desk

    def break_down(*_: object, **__: object) -> Any:
        raise RuntimeError("broken on purpose")

    desk.cancel = break_down


def play_nothing() -> None:
    """The reply that is to be lost arrives."""
    from smartcart.gateways.sandbox.gateway import BEHAVIOURS

    BEHAVIOURS["sandbox_lost_reply"] = BEHAVIOURS["sandbox_approve"]


WAYS = (charge_twice, lose_orders, lie, sell_too_much, sign_wrongly, answer_with_errors, play_nothing)
