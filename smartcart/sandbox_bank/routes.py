"""The page on which the bank asks the shopper, as a 3-D Secure page does."""

from flask import Blueprint, current_app, make_response, redirect, render_template, request
from werkzeug.exceptions import BadRequest, NotFound
from werkzeug.wrappers import Response

from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.gateways.sandbox.requests import Effect, Request

bank = Blueprint("bank", __name__, url_prefix="/bank")

# More attempts than any session has; a longer number would not fit into the books.
ATTEMPT = "/<reference>/<int(max=1000):attempt>"


@bank.get(ATTEMPT)
def ask(reference: str, attempt: int) -> Response:
    challenge = _challenge(reference, attempt)
    if challenge.effect is not Effect.CHALLENGE or _sandbox().ledger.is_closed(reference):
        return _over(challenge)
    amount, currency = _sandbox().ledger.total(reference)
    return make_response(render_template("bank/challenge.html", amount=amount, currency=currency))


@bank.post(ATTEMPT)
def answer(reference: str, attempt: int) -> Response:
    challenge = _challenge(reference, attempt)
    word = request.form.get("answer")
    if word not in ("confirm", "refuse"):  # an answer cannot be taken back, so nothing is guessed
        raise BadRequest
    if not _sandbox().ledger.answer_challenge(reference, attempt, confirmed=word == "confirm"):
        return _over(challenge)
    return redirect(challenge.return_url, 303)


def _challenge(reference: str, attempt: int) -> Request:
    standing = _sandbox().ledger.find(reference, attempt)
    if standing is None or standing.request is None:
        raise NotFound
    return standing.request


def _over(challenge: Request) -> Response:
    return make_response(render_template("bank/over.html", return_url=challenge.return_url), 410)


def _sandbox() -> Sandbox:
    sandbox: Sandbox = current_app.extensions["sandbox"]
    return sandbox
