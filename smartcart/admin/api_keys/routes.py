"""The admin's view of the JSON API's keys."""

import logging
from collections.abc import Callable

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from smartcart.admin.access import require_login
from smartcart.payments.api import keys as api_keys

keys = Blueprint("keys", __name__, url_prefix="/admin/keys")
keys.before_request(require_login)

log = logging.getLogger(__name__)

# What a button says, by what it does; and that a key comes of it, which is shown this once.
ACTS = {"make": "made", "rotate": "made anew", "revoke": "revoked"}


@keys.get("")
def index() -> ResponseReturnValue:
    return _page()


@keys.post("")
def act() -> ResponseReturnValue:
    """Fields `act` and `name`. A key is in the answer itself: it must stay in no cookie and at no address."""
    wanted, name = request.form.get("act", ""), request.form.get("name", "").strip()
    if wanted not in ACTS:
        abort(400)
    try:
        said = _work(wanted, name)()
    except ValueError as refusal:
        return _page(refusal=f"Nothing was done: {refusal}."), 422
    log.info("the key of the API named %s was %s by admin", name, ACTS[wanted])
    return _page(said="" if said.startswith("sk_") else said, key=said if said.startswith("sk_") else "", name=name)


def _work(wanted: str, name: str) -> Callable[[], str]:
    return {
        "make": lambda: api_keys.make_key(name, is_admin="admin" in request.form),
        "rotate": lambda: api_keys.rotate(name),
        "revoke": lambda: api_keys.revoke(name),
    }[wanted]


def _page(said: str = "", key: str = "", name: str = "", refusal: str = "") -> str:
    return render_template("admin/keys.html", keys=api_keys.all_keys(), said=said, key=key, name=name, refusal=refusal)
