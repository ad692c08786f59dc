"""A played attack: stolen cards are tried out among honest shoppers, at a shop on a held clock."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from smartcart import clock
from smartcart.gateways.protocol import ChargeRequest, Gateway, Handle
from smartcart.payments.core import queries, record
from smartcart.payments.core.refusals import Refused
from smartcart.payments.core.terms import Instrument
from smartcart.payments.flow import gateway_calls, opening
from smartcart.rules.outcomes import APPROVED, Outcome, OutcomeKind
from tests.payments.opened import BASE_URL, NOW, fill_cart
from tests.support.shopper import product

LASTS = 300  # seconds
# Of stolen cards one in ten still works; of honest ones one in twenty is declined at first.
STOLEN_WORKS, HONEST_FAILS = 0.1, 0.05
# So many of a hundred honest shoppers come through one address, as a carrier's or an office's.
SHARE_AN_ADDRESS = 20
TRIES_AGAIN_AFTER = 20
WORDS = ("incorrect_cvc", "card_declined", "insufficient_funds", "stolen_card", "expired_card")


class Fate(StrEnum):
    """What became of a press on Pay: it reached the gateway, with or without the bank's question, or did not."""

    PAID = "paid"
    DECLINED = "declined"
    HELD = "held"
    REFUSED = "refused"


@dataclass(frozen=True)
class Scale:
    """How many cards are tried out, from how many addresses, among how many honest shoppers."""

    cards: int
    addresses: int
    honest: int


@dataclass(frozen=True)
class Press:
    """A press on Pay, so many seconds after the beginning; `card` is what the bank says of it, empty where it pays."""

    at: float
    shopper: str
    address: str
    card: str
    is_attack: bool


@dataclass(frozen=True)
class Played:
    """A press and what became of it."""

    press: Press
    fate: Fate

    @property
    def reached_the_gateway(self) -> bool:
        return self.fate is not Fate.REFUSED


class Issuer(Gateway):
    """The bank says at once what a way to pay is called by. Asked to confirm, only its owner can."""

    name, account, is_test = "sandbox", "issuer", True

    def open(self, handle: Handle, timeout: float) -> str:
        return f"sb_{handle.session[:24]}"

    def charge(self, request: ChargeRequest) -> Outcome:
        whose, _, word = request.method.partition(" ")
        if request.precaution.confirm and whose == "stolen":
            return Outcome(OutcomeKind.DECLINED, code="authentication_failed")
        return Outcome(OutcomeKind.DECLINED, code=word) if word else APPROVED


def presses(scale: Scale, seed: int) -> list[Press]:
    """All of them, in the order of their time; the same for the same seed."""
    chance = random.Random(seed)  # noqa: S311  # a play, nothing secret
    return sorted([*_attack(scale, chance), *_honest(scale, chance)], key=lambda press: press.at)


def play(all_presses: Sequence[Press]) -> Iterator[Played]:
    """Play them at the shop that is at work, on a clock that is held still between them."""
    for slug, price in (("sticker", 300), ("teapot", 4200)):
        product(slug, 100_000, price)
    sessions: dict[str, str] = {}
    for press in all_presses:
        clock.freeze(NOW + timedelta(seconds=press.at))
        if press.shopper not in sessions:
            sessions[press.shopper] = _order(press)
        yield Played(press, _pressed(press, sessions[press.shopper]))


def _order(press: Press) -> str:
    """Order something, small for who wants to be seen by nobody; returns the session's id."""
    fill_cart(press.shopper, slug="sticker" if press.is_attack else "teapot")
    return opening.place_and_open(press.shopper, "Ada", f"{press.shopper}@example.org", BASE_URL)


def _pressed(press: Press, session_id: str) -> Fate:
    method = f"{'stolen' if press.is_attack else 'own'} {press.card}".strip()
    instrument = Instrument(method, address=press.address)
    try:
        gateway_calls.charge(record.begin(session_id, instrument, "shopper", 30.0, lambda: True))
    except Refused:
        return Fate.REFUSED
    return _fate(session_id)


def _fate(session_id: str) -> Fate:
    state = queries.find(session_id).state.value
    return {"completed": Fate.PAID, "authorized": Fate.HELD}.get(state, Fate.DECLINED)


def _attack(scale: Scale, chance: random.Random) -> Iterator[Press]:
    """Each card once, each with a cookie and an e-mail address of its own."""
    for number in range(scale.cards):
        word = "" if chance.random() < STOLEN_WORKS else chance.choice(WORDS)
        address = f"5.0.{number % scale.addresses // 250}.{number % scale.addresses % 250 + 1}"
        yield Press(chance.uniform(0, LASTS), f"bot{number}", address, word, is_attack=True)


def _honest(scale: Scale, chance: random.Random) -> Iterator[Press]:
    """Who is declined tries another card, which pays."""
    for number in range(scale.honest):
        shares = number % 100 < SHARE_AN_ADDRESS
        address = "9.9.9.9" if shares else f"8.{number // 62500}.{number // 250 % 250}.{number % 250 + 1}"
        at, shopper = chance.uniform(0, LASTS - TRIES_AGAIN_AFTER), f"shopper{number}"
        if chance.random() < HONEST_FAILS:
            yield Press(at, shopper, address, chance.choice(WORDS), is_attack=False)
            at += TRIES_AGAIN_AFTER
        yield Press(at, shopper, address, "", is_attack=False)
