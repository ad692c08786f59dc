"""Where a link of a letter leads that says "no more of these".

Opening it changes nothing: programs open the links of letters, too. The press is a POST, and the same POST comes from
mail providers, in one step and without cookies (RFC 8058, section 3.1): the link alone says who it is about, and it is
answered without a redirect, which they do not follow.
"""

from flask import Blueprint, Response, make_response, render_template
from flask.typing import ResponseReturnValue

from smartcart.mail import unsubscribed
from smartcart.payments.core.runtime import runtime
from smartcart.web.limits import limit_acts
from smartcart.web.security import csrf

unsubscribing = Blueprint("unsubscribing", __name__, url_prefix="/unsubscribe")
csrf.exempt(unsubscribing)
limit_acts(unsubscribing)


@unsubscribing.get("/<address_token>")
def show(address_token: str) -> ResponseReturnValue:
    return _page(address_token, unsubscribed.wants_none(unsubscribed.read(address_token)))


@unsubscribing.post("/<address_token>")
def stop(address_token: str) -> ResponseReturnValue:
    unsubscribed.stop(unsubscribed.read(address_token))
    return _page(address_token, wants_none=True)


@unsubscribing.post("/<address_token>/undo")
def undo(address_token: str) -> ResponseReturnValue:
    unsubscribed.start_again(unsubscribed.read(address_token))
    return _page(address_token, wants_none=False)


@unsubscribing.errorhandler(unsubscribed.NoToken)
def refuse(_: unsubscribed.NoToken) -> ResponseReturnValue:
    page = render_template("unsubscribe/no_link.html", contact=runtime().settings.contact)
    return make_response(page, 404)


@unsubscribing.after_request
def tell_nobody_where_from(response: Response) -> Response:
    """The address says who it is about to whoever has the letter."""
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _page(address_token: str, wants_none: bool) -> str:
    return render_template("unsubscribe/unsubscribe.html", address_token=address_token, wants_none=wants_none)
