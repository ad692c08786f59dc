"""The Stripe server as tests use it: started, killed and asked from outside, like Stripe itself."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from smartcart.gateways.protocol import Gateway
from tests.support.ports import free_port
from tests.support.waiting import wait_for

ROOT = Path(__file__).resolve().parents[3]
# It takes a second on an idle machine.
START_LIMIT = 40.0

SECRET_KEY = "sk_test_ofashopofours"
PUBLISHABLE_KEY = "pk_test_ofashopofours"
# They open the server as well: one for real money, of which there is none here, and one that may not do everything.
LIVE_KEY = "sk_live_ofashopofours"
RESTRICTED_KEY = "rk_test_ofashopofours"
# Of another account there.
OTHER_KEY, OTHER_PUBLISHABLE_KEY = "sk_test_ofanothershop", "pk_test_ofanothershop"
LIVE_PUBLISHABLE_KEY = "pk_live_ofashopofours"

APPROVE = "4242424242424242"
DECLINE = "4000000000000002"
EMPTY = "4000000000009995"
CHALLENGE = "4000002500003155"


class StripeServer:
    """Stripe on a port of this machine. Its state is in `folder`, and still there after a kill and a start."""

    secret_key = SECRET_KEY
    publishable_key = PUBLISHABLE_KEY

    def __init__(self, folder: Path, port: int = 0) -> None:
        self.books = folder / "stripe.pickle"
        self.log = folder / "stripe.log"
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        assert self._process is None, "it runs already"
        command = [sys.executable, "-m", "tests.support.stripe_server", str(self.port), str(self.books)]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(command, cwd=ROOT, stdout=log, stderr=log)
        wait_for(self._is_ready, START_LIMIT)

    def stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(START_LIMIT)
            self._process = None

    def kill(self) -> None:
        """kill -9."""
        assert self._process is not None, "it does not run"
        self._process.kill()
        self._process.wait(START_LIMIT)
        self._process = None

    def gateway(self, url: str = "", patience: float = 10.0, key: str = SECRET_KEY) -> Gateway:
        """The shop's gateway to it, or to what stands before it at `url`."""
        from smartcart.gateways.stripe.gateway import Stripe

        return Stripe(key, PUBLISHABLE_KEY, url or self.url, "this shop", patience)

    def clear(self) -> None:
        """Forget everything."""
        self._hand("clear")

    def let_time_pass(self, seconds: int) -> None:
        """From now on it is so many seconds later there."""
        self._hand("later", seconds=seconds)

    def token(self, number: str = APPROVE, **more: str) -> str:
        """A confirmation token, as the payment page makes one of a card; `type="ideal"` for a bank that redirects."""
        kind = more.pop("type", "card")
        card = {"number": number, "exp_month": "12", "exp_year": "2040", "cvc": "123"} if kind == "card" else {}
        data = {f"payment_method_data[card][{name}]": value for name, value in card.items()}
        data |= {"payment_method_data[type]": kind, "key": PUBLISHABLE_KEY, **more}
        return str(self._send("/v1/confirmation_tokens", urlencode(data).encode())["id"])

    def answer_bank(self, intent: str, challenge: int | None = None, *, confirmed: bool) -> bool:
        """The shopper's word at the bank, about its latest question or the one of that number. False when the bank
        no longer asks."""
        return bool(self._hand("bank", intent=intent, challenge=challenge, confirmed=confirmed)["taken"])

    def confirm(self, intent: str) -> bool:
        return self.answer_bank(intent, confirmed=True)

    def refuse(self, intent: str) -> bool:
        return self.answer_bank(intent, confirmed=False)

    def refund(self, intent: str, amount: int | None = None) -> dict[str, Any]:
        """Give back from the dashboard, past the shop."""
        return self._hand("refund", payment_intent=intent, amount=amount)

    def end_refund(self, refund: str, status: str) -> None:
        """A refund that is pending, or was made, ends as `succeeded` or `failed`."""
        self._hand("end_refund", refund=refund, status=status)

    def number_refund(self, refund: str, number: str) -> None:
        """The bank's number of a refund becomes known."""
        self._hand("number_refund", refund=refund, number=number)

    def let_refunds_be(self, **fields: object) -> None:
        """From now on refunds begin so: `status`, `pending_reason`, `destination_details`."""
        self._hand("let_refunds_be", **fields)

    def dispute(self, intent: str) -> dict[str, Any]:
        """The card's owner asks the money back at the bank."""
        return self._hand("dispute", intent=intent)

    def warn(self, intent: str, fraud_type: str = "made_with_stolen_card") -> dict[str, Any]:
        """The card's issuer warns that the charge may be fraud."""
        return self._hand("warning", intent=intent, fraud_type=fraud_type)

    def close_dispute(self, dispute: str, won: bool) -> dict[str, Any]:
        return self._hand("dispute/close", dispute=dispute, won=won)

    def listen(self, url: str, secret: str) -> None:
        """Send every event from now on to this address, again and again until it is taken."""
        self._hand("listen", url=url, secret=secret)

    def take_long(self, what: str, seconds: float) -> None:
        """The next request that fits the pattern, as in "POST .*/confirm", begins its work only after so long."""
        self._hand("slow", what=what, seconds=seconds)

    def set_endpoints(self, *endpoints: dict[str, Any]) -> None:
        """The account's webhook endpoints: `url`, `status`, `enabled_events`. Nothing is sent there; see `listen`."""
        self._hand("endpoints", endpoints=endpoints)

    def set_payouts(self, *payouts: dict[str, Any]) -> None:
        """What was paid out to the shop's bank; each with its `lines`."""
        self._hand("payouts", payouts=payouts)

    def let_the_bank_say(self, **codes: str) -> None:
        """From now on every card is declined with these: `decline_code`, `advice_code`, `network_advice_code`; without
        any, each as its number has it again."""
        self._hand("bank/advice", **codes)

    def delete_customer(self, customer: str) -> None:
        """Somebody deletes a customer on the dashboard."""
        self._hand("customer/delete", customer=customer)

    def take_no_less(self, **least: int) -> None:
        """The least that it charges, by currency in small letters: it goes with the rate to what it settles in."""
        self._hand("least", **least)

    def change_account(self, **values: object) -> None:
        self._hand("account", **values)

    def change(self, key: str, **values: object) -> None:
        """Set fields of what is kept, past all rules; `key` as in "payment_intent:pi_…"."""
        self._hand("change", key=key, values=values)

    def all(self, kind: str) -> list[dict[str, Any]]:
        """All there is of a kind: charge, event, payment_intent, refund, dispute, customer; oldest first."""
        found: list[dict[str, Any]] = self._send(f"/_test/all/{kind}")
        return found

    def charges(self) -> list[dict[str, Any]]:
        """What was charged and succeeded."""
        return [charge for charge in self.all("charge") if charge["status"] == "succeeded"]

    def calls(self) -> list[dict[str, Any]]:
        """Every request so far: method, path, key, status."""
        found: list[dict[str, Any]] = self._send("/_test/calls")
        return found

    def _hand(self, name: str, **told: object) -> dict[str, Any]:
        answer: dict[str, Any] = self._send(f"/_test/{name}", json.dumps(told).encode(), "application/json")
        return answer

    def _send(self, path: str, body: bytes | None = None, kind: str = "application/x-www-form-urlencoded") -> Any:
        request = Request(self.url + path, body, {"Content-Type": kind})  # noqa: S310
        with urlopen(request, timeout=10) as answer:  # noqa: S310
            return json.load(answer)

    def _is_ready(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text()[-2000:]
        try:
            self.calls()
        except (URLError, ConnectionError):
            return False
        return True
