"""A shopper of the drill: orders, pays, does what shoppers do, looks all the time, and keeps what was said."""

import re
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from threading import Event
from typing import Any

from smartcart.drill.books import PRODUCT
from smartcart.drill.browser import Answer, Browser
from smartcart.drill.gate import Gate
from smartcart.drill.judgement import Sight
from smartcart.drill.plans import Act, AtTheBank, MoneyBack, Plan, Try
from smartcart.rules.outcomes import Interruption
from smartcart.rules.payment_states import AT_REST, ENDED_UNPAID, Money, State

STATUS = re.compile(r'<[^>]*data-testid="payment-status"[^>]*>')
PLACES = {
    "page": "/pay/{}",
    "status": "/pay/{}/status",
    "API": "/api/payments/session/{}",
    "summary": "/api/payments/session/{}/summary",
}
# So often an impatient shopper looks, and knocks at a shop that does not answer, in seconds.
LOOK, KNOCK = 0.3, 0.1
# Who is told so comes back: nobody was to be had, or too many bodies were on their way from one address.
TOO_BUSY = (429, 503)
TOLD_BY_SHOPPERS = [kind for kind in Interruption if kind is not Interruption.CRASH]

Send = Callable[[], Answer]


class Over(Exception):
    """The drill has run into its limit: whoever is still on the way goes home."""


@dataclass
class Story:
    """What a shopper lived through, in which sessions, with how many presses on Pay. `waits` are seconds from a press
    until a page told where the money is; `cut_short` are sessions to which nothing was posted whole, `refunded` those
    whose money was to go back."""

    sights: list[Sight] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    cut_short: list[str] = field(default_factory=list)
    refunded: dict[str, MoneyBack] = field(default_factory=dict)
    sessions: list[str] = field(default_factory=list)
    presses: int = 0


@dataclass(frozen=True)
class Place:
    """Where all shoppers are: the shop's addresses, a merchant's key and the owner's, and the gate that all passes
    that is posted. They buy the `product`, to be sent to the `address` where it needs one, by its fields, and try a
    `working_card` when they pay again. `over` is set when everybody must go home."""

    addresses: Sequence[str]
    key: str = ""
    owner_key: str = ""
    gate: Gate = field(default_factory=Gate)
    over: Event = field(default_factory=Event)
    product: str = PRODUCT
    working_card: Callable[[], str] = lambda: "sandbox_approve"
    address: Mapping[str, str] = field(default_factory=dict)


class Shopper:
    """`begun` is called before the first press on Pay."""

    def __init__(self, plan: Plan, place: Place, begun: Callable[[], None] = lambda: None) -> None:
        self.story = Story()
        self._plan = plan
        self._begun = begun
        self._place = place
        self._device, self._other_device, self._owner = (
            Browser(*place.addresses, key=key, gate=place.gate) for key in ("", "", place.owner_key)
        )
        self._program = Browser(*place.addresses, key=place.key, gate=place.gate) if plan.by_key else self._device
        self._places = cycle(PLACES)
        self._session = ""
        self._presses = 0

    def pay(self) -> Story:
        """Everything from the order to the end, or until the drill is over."""
        try:
            self._session = self._open_by_key() if self._plan.by_key else self._check_out()
            self.story.sessions.append(self._session)
            self._begun()
            if self._plan.is_cut_short:
                self._post_cut_short()
            else:
                self._pay()
        except Over:
            pass
        except (LookupError, ValueError) as nonsense:  # an answer that is not what it should be
            self.story.errors.append(f"session {self._session}: {nonsense!r}")
        return self.story

    def look(self, session: str) -> None:
        """See what the payment page of a session says."""
        self._session = session
        self._insist("page in the end", self._look_at("page"))

    def _pay(self) -> None:
        end = self._pay_in_tries()
        if end in ENDED_UNPAID and self._plan.orders_again:
            self._session = self._open_again()
            self.story.sessions.append(self._session)
            end = self._pay_in_tries()
        if end is State.COMPLETED and self._plan.money_back is not MoneyBack.NONE:
            self._get_money_back()

    def _get_money_back(self) -> None:
        """From the owner. Money that is on its way back already, as it came late, is not given back again."""
        call, headers = f"/session/{self._session}/refund", {"Idempotency-Key": f"refund {self._session}"}
        answer = self._insist("refund", lambda: self._owner.call(call, headers, reason="drill"))
        if answer.status in (200, 202):
            self.story.refunded[self._session] = self._plan.money_back
        self._insist("page", self._look_at("page"))

    def _post_cut_short(self) -> None:
        """Pay and cancel where the network breaks off each time, and go away for good."""
        page = f"/pay/{self._session}"
        for path, fields in ((f"{page}/attempts", {"method": self._plan.tries[0].method}), (f"{page}/cancel", {})):
            while not self._was_sent(path, fields):
                self._pause(KNOCK)
            self._insist("page", self._look_at("page"))
        self.story.cut_short.append(self._session)

    def _was_sent(self, path: str, fields: dict[str, str]) -> bool:
        try:
            self._device.post_cut_short(path, **fields)
        except OSError:
            return False
        return True

    def _pay_in_tries(self) -> State | None:
        """Where it ends; None when the shopper does not stay to see it."""
        state = None
        for one in self._plan.tries:
            pressed_at = time.time()
            self._press(one)
            if one.act is Act.GO_AWAY:
                return None
            self._act(one)
            state = self._look_until_decided(one, pressed_at)
            if state not in AT_REST:
                break
        return state

    def _check_out(self) -> str:
        """Order by the shop's pages. A checkout that was cut off is sent again, and leads to what it has opened."""
        who = {"name": "Ada", "email": f"shopper-{self._plan.number}@example.org"}
        while True:
            self._insist("cart", lambda: self._device.post("/cart/lines", product=self._place.product, quantity="1"))
            answer = self._insist("checkout", lambda: self._device.post("/checkout", **who, **self._place.address))
            if "/pay/" in answer.location:
                return answer.location.rpartition("/")[2]
            self._pause(KNOCK)

    def _open_by_key(self) -> str:
        order: dict[str, Any] = {"reference": f"drill-{self._plan.number}", "amount": 4200, "currency": "EUR"}
        return self._open(user=f"shopper {self._plan.number}", **order)

    def _open_again(self) -> str:
        """A new session for the order whose last one ended unpaid."""
        if self._plan.by_key:
            return self._open_by_key()
        return self._open(order=self._insist("API", self._look_at("API")).json["order"])

    def _open(self, **order: Any) -> str:
        """The session opened for an order; the old one when that is refused, because money has come late."""
        answer = self._insist("create", lambda: self._program.call("/session/create", **order))
        return str(answer.json.get("id", self._session))

    def _press(self, one: Try) -> None:
        """Press Pay, once or in a double click; the two of an API's double post carry the same idempotency key."""
        self._presses += 1
        clicks = 2 if one.act is Act.DOUBLE_CLICK else 1
        self.story.presses += clicks + (one.act in (Act.SECOND_DEVICE, Act.PAY_AGAIN))
        with ThreadPoolExecutor(clicks) as threads:
            list(threads.map(lambda _: self._once("pay", self._attempt(one.method)), range(clicks)))

    def _attempt(self, method: str) -> Send:
        if not self._plan.by_key:
            return lambda: self._device.post(f"/pay/{self._session}/attempts", method=method)
        call = f"/session/{self._session}/{'pay' if self._presses == 1 else 'resume'}"
        headers = {"Idempotency-Key": f"{self._session} {self._presses}"}
        return lambda: self._program.call(call, headers, method=method)

    def _act(self, one: Try) -> None:
        page, api = f"/pay/{self._session}", f"/session/{self._session}"
        kind = TOLD_BY_SHOPPERS[self._plan.number % len(TOLD_BY_SHOPPERS)]
        acts: dict[Act, Sequence[Send]] = {
            Act.RELOAD: [self._look_at("page")],
            Act.SECOND_DEVICE: [
                lambda: self._other_device.get(page),
                lambda: self._other_device.post(f"{page}/attempts", method=one.method),
            ],
            Act.PAY_AGAIN: [lambda: self._device.post(f"{page}/attempts", method=self._place.working_card())],
            Act.CANCEL: [
                (lambda: self._program.call(f"{api}/cancel", reason="drill"))
                if self._plan.by_key
                else (lambda: self._device.post(f"{page}/cancel"))
            ],
            Act.EXTEND: [lambda: self._device.post(f"{page}/extend")],
            Act.CLOSE_TAB: [
                lambda: self._device.post(f"{page}/left"),
                lambda: self._program.call(f"{api}/interrupt", kind=kind),
            ],
            Act.ASK: [lambda: self._program.call(f"{api}/complete")],
        }
        for send in acts.get(one.act, []):
            self._once(one.act, send)

    def _look_until_decided(self, one: Try, dark_since: float) -> State | None:
        """Look until the shop says where the money is; None from a shopper who does not come back from the bank."""
        while True:
            place = next(self._places)
            said = _said(self._insist(place, self._look_at(place)))
            if said.get("status") == State.ACTION_REQUIRED:
                if one.at_the_bank is AtTheBank.STAY_AWAY:
                    return None
                dark_since = time.time()  # until now it was the shopper's turn
                self._answer_the_bank(one.at_the_bank)
            elif said.get("money", Money.CHECKING) != Money.CHECKING:
                self.story.waits.append(time.time() - dark_since)
                return State(said["status"])
            self._pause(LOOK)

    def _answer_the_bank(self, answer: AtTheBank) -> None:
        page = f"/pay/{self._session}"
        if answer in (AtTheBank.CONFIRM, AtTheBank.REFUSE):
            asks = _said(self._insist("API", self._look_at("API"))).get("action_url")
            if asks:
                self._once("bank", lambda: self._device.post(asks, answer=answer))
        if answer is not AtTheBank.PAY_ANOTHER_WAY:
            self._once("return", lambda: self._device.get(f"{page}/return"))
        if answer in (AtTheBank.PAY_ANOTHER_WAY, AtTheBank.COME_BACK):
            self._once("abandon", lambda: self._device.post(f"{page}/abandon"))

    def _look_at(self, place: str) -> Send:
        browser = self._program if place in ("API", "summary") else self._device
        return lambda: browser.get(PLACES[place].format(self._session))

    def _insist(self, place: str, send: Send) -> Answer:
        """Ask until the shop answers, and is not too busy to."""
        while (answer := self._once(place, send)) is None or answer.status in TOO_BUSY:
            self._pause(KNOCK)
        return answer

    def _once(self, place: str, send: Send) -> Answer | None:
        """One request; None when it was cut off, so that nobody knows what it did."""
        try:
            asked_at, answer = self._taken(send)
        except OSError as cut_off:
            if "timed out" in str(cut_off):
                self.story.errors.append(f"session {self._session}: the {place} did not answer")
            return None
        said = _said(answer)
        if "money" in said:
            session = said.get("id", self._session)
            self.story.sights.append(Sight(session, place, asked_at, time.time(), said["money"]))
        if answer.status >= 500 and answer.status != 503:
            self.story.errors.append(f"session {self._session}: the {place} answered {answer.status}")
        return answer

    def _taken(self, send: Send) -> tuple[float, Answer]:
        """Knock until somebody takes the request; its answer, and when it was asked for. Raises OSError."""
        while True:
            asked_at = time.time()
            try:
                return asked_at, send()
            except OSError as nobody:
                if not isinstance(getattr(nobody, "reason", nobody), ConnectionRefusedError):
                    raise
            self._pause(KNOCK)

    def _pause(self, seconds: float) -> None:
        if self._place.over.wait(seconds):
            raise Over


def _said(answer: Answer) -> dict[str, Any]:
    """What an answer says of a session: `status`, `money` and more; empty when it is about something else."""
    if "json" in (answer.headers["Content-Type"] or ""):
        told = answer.json
        return dict(told.get("session", told)) if answer.status < 500 else {}
    tag = STATUS.search(answer.text)
    told = dict(re.findall(r'\bdata-(state|money)="([^"]*)"', tag[0])) if tag else {}
    return {"status": told["state"], "money": told["money"]} if told else {}
