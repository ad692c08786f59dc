"""Who keeps the cards: an account at a gateway, which knows none of another's, and in test mode none that are real."""

from sqlalchemy import ColumnElement, String, and_, bindparam, or_, update

from smartcart.database.session import execute, writing
from smartcart.payments.core import gateway_accounts
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.saved_card_model import CardHolder, SavedCard


def account() -> str:
    gateway = runtime().gateway
    return f"{gateway.name} test" if gateway.is_test else gateway.name


def is_saved_here(kind: type[CardHolder | SavedCard]) -> ColumnElement[bool]:
    """The cards and their holders that may be known to the account that the shop works with."""
    return and_(kind.gateway == account(), gateway_accounts.of_here(kind.account))


def is_saved_at(kind: type[CardHolder | SavedCard]) -> ColumnElement[bool]:
    """The same for a statement that is made once, and is given `here()` each time."""
    its_account = bindparam("at_account", type_=String)
    return and_(
        kind.gateway == bindparam("at_gateway"), or_(its_account == "", kind.account == "", kind.account == its_account)
    )


def here() -> dict[str, str]:
    """The account that the shop works with now."""
    return {"at_gateway": account(), "at_account": gateway_accounts.account_here()}


def bind(customer: str) -> None:
    """A customer was found in the books that the shop works with: with all cards it belongs there from now on."""
    with writing():
        for kind in (CardHolder, SavedCard):
            unbound = update(kind).where(kind.customer == customer, kind.gateway == account(), kind.account == "")
            execute(unbound.values(account=gateway_accounts.account_here()))
