"""Letters: what became of each, what it says, and sending one again that was given up or only kept."""

from email import message_from_bytes, policy
from email.message import EmailMessage

from flask import Blueprint, Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from smartcart.admin.access import LARGEST_ID, require_login
from smartcart.outbox import effects
from smartcart.outbox.models import Effect, EffectKind, Fate

letters = Blueprint("letters", __name__, url_prefix="/admin/letters")
letters.before_request(require_login)

KINDS = {
    EffectKind.RECEIPT: "receipt",
    EffectKind.LATE_MONEY: "money that came late",
    EffectKind.OUTCOME: "outcome, now that it is known",
    EffectKind.INTERRUPTED: "payment interrupted",
    EffectKind.NOTHING_TAKEN: "nothing was taken",
    EffectKind.NEVER_TRIED: "order that was never tried to be paid",
    EffectKind.HELD: "sum set aside",
    EffectKind.RELEASED: "sum set free",
    EffectKind.PAYMENTS_WORK: "payments work again",
    EffectKind.ORDERED_BEFORE: "the same was about to be ordered again",
    EffectKind.REFUND_REQUESTED: "refund on its way",
    EffectKind.REFUND_MADE: "refund made",
    EffectKind.REFUND_FAILED: "refund failed",
    EffectKind.SENT: "order on its way",
    EffectKind.OWNER: "letter to the owner",
}
FATES = {
    Fate.WAITING: "waits",
    Fate.DELIVERED: "sent",
    Fate.KEPT: "kept here: no mail server is set",
    Fate.SUPERSEDED: "replaced by a newer one",
    Fate.WITHDRAWN: "not sent any more",
    Fate.GIVEN_UP: "could not be sent",
}


@letters.get("")
def index() -> ResponseReturnValue:
    before = request.args.get("before", LARGEST_ID, type=int)
    newest = effects.newest(max(0, min(before, LARGEST_ID)))
    following = newest[-1].id if len(newest) == effects.PAGE else None
    return render_template("admin/letters.html", given_up=effects.given_up(), newest=newest, following=following)


@letters.get("/<int:letter_id>")
def show(letter_id: int) -> ResponseReturnValue:
    letter = _find(letter_id)
    return render_template("admin/letter.html", letter=letter, mail=_parsed(letter))


@letters.get("/<int:letter_id>.eml")
def download(letter_id: int) -> ResponseReturnValue:
    """As it went over the wire, or would have; for a mail program."""
    letter = _find(letter_id)
    if letter.message is None:
        abort(404)
    headers = {"Content-Disposition": f"attachment; filename=letter-{letter.id}.eml"}
    return Response(letter.message, mimetype="message/rfc822", headers=headers)


@letters.post("/<int:letter_id>/again")
def try_again(letter_id: int) -> ResponseReturnValue:
    if effects.try_again(_find(letter_id).id):
        flash("It is tried again now, and says what is true then.", "good")
    else:
        flash("There was nothing to do: it was sent, or is on its way.", "info")
    return redirect(url_for("letters.index"), 303)


@letters.app_template_filter()
def letter_fate(letter: Effect) -> str:
    """What became of a letter, and why if it is not well."""
    return f"{FATES[letter.fate]}: {letter.problem}" if letter.problem else FATES[letter.fate]


@letters.app_template_filter()
def letter_word(letter: Effect) -> str:
    return KINDS[EffectKind(letter.kind)]


@letters.app_template_test("to_be_tried_again")
def may_be_tried_again(letter: Effect) -> bool:
    return letter.fate in effects.AT_REST


@letters.app_template_test("about_a_payment")
def is_about_a_payment(letter: Effect) -> bool:
    return letter.kind != EffectKind.OWNER


def _find(letter_id: int) -> Effect:
    letter = effects.find(letter_id) if letter_id <= LARGEST_ID else None
    if letter is None:
        abort(404)
    return letter


def _parsed(letter: Effect) -> EmailMessage | None:
    """The mail that was made of it, if one was."""
    return message_from_bytes(letter.message, policy=policy.default) if letter.message else None
