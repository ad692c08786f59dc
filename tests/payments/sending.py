"""An order that is paid, and goes somewhere."""

from smartcart.database.session import writing
from smartcart.payments.core import queries
from smartcart.shop import deliveries
from smartcart.shop.deliveries import Address
from tests.payments.paying import pay_new_session

ADDRESS = Address("12 Rue des Lilas", "", "75011", "Paris", "", "FR")


def pay_to_be_sent(shopper: str = "ada") -> str:
    """The id of its session, of 42 euros."""
    session = pay_new_session(shopper)
    with writing():
        deliveries.add(order_of(session), ADDRESS)
    return session


def order_of(session: str) -> int:
    return queries.find(session).order_id or 0
