"""Which gateway the shop works with."""

from pathlib import Path

from smartcart.gateways.protocol import Gateway
from smartcart.gateways.sandbox import Sandbox


def chosen_gateway(name: str, sandbox_ledger: Path) -> Gateway:
    """The gateway of that name. Raises LookupError for one there is not."""
    return {"sandbox": lambda: Sandbox(sandbox_ledger)}[name]()
