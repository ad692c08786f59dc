"""A gateway that approves everything at once, so that the shop alone is measured."""

from collections.abc import Iterator

from smartcart.gateways.protocol import Charge, ChargeRequest, Handle, Method
from smartcart.rules.outcomes import APPROVED, NOT_CHARGED, Outcome


class InstantGateway:
    """Keeps no books: who has been charged is not asked."""

    name = "sandbox"
    is_test = True

    def methods(self) -> tuple[Method, ...]:
        return (Method(self.name, "A card"),)

    def open(self, handle: Handle) -> str:
        return f"reference of {handle.session}"

    def charge(self, request: ChargeRequest) -> Outcome:
        return APPROVED

    def look_up(self, handle: Handle, attempt: int) -> Outcome:
        return APPROVED

    def withdraw(self, handle: Handle, attempt: int) -> Outcome:
        return APPROVED

    def close(self, handle: Handle) -> Outcome:
        return NOT_CHARGED

    def refund(self, handle: Handle) -> bool:
        return True

    def charges(self) -> Iterator[Charge]:
        return iter(())
