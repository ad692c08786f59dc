"""Whether a proxy stands in front of which the shop was not told, so that everybody seems to come from one address."""

from collections.abc import Sequence

from sqlalchemy import select

from smartcart.admin.login.models import SignIn
from smartcart.database.session import db
from smartcart.doctor import Finding, ok, warning
from smartcart.doctor.addresses import is_public
from smartcart.rules.proxies import is_private

LIMITS = "Limits take all shoppers for one, and wrong passwords of anybody keep every new browser from signing in."


def sign_ins() -> Sequence[SignIn]:
    """Those of the last week."""
    return db.session.scalars(select(SignIn).where(SignIn.address != "")).all()


def check(found: Sequence[SignIn], base_url: str, are_trusted: bool = False) -> Finding:
    """Sign-ins stand for all requests: whoever signs in at a public address of the shop comes from a public one.

    `are_trusted` is whether any proxies are believed.
    """
    addresses = {sign_in.address for sign_in in found}
    if len(addresses) != 1 or not is_private(*addresses):
        return ok("proxies", "Requests come from addresses of their own, as far as sign-ins of the last week tell.")
    [address] = addresses
    if is_public(base_url) or any(sign_in.forwarded for sign_in in found):
        to_do = f"If that is your proxy: SMARTCART_TRUSTED_PROXIES={address}"
        return warning("proxies", f"All sign-ins of the last week came from {address}. {LIMITS}", to_do)
    told = "as a proxy that is trusted has told" if are_trusted else "and nothing tells of a proxy"
    return ok("proxies", f"All sign-ins of the last week came from {address}, {told}.")
