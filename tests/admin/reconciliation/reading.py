"""What tests of the inbox read in it, and a gateway that is away."""

from smartcart.gateways.protocol import GatewayError
from tests.admin.browser import AdminBrowser, rows


def count(admin: AdminBrowser) -> list[str]:
    """What the badge of the navigation says."""
    return rows(admin.get("/admin/orders").text, "inbox-count")


def down(*_: object) -> None:
    raise GatewayError("down")
