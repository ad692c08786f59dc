"""What a test does to the server from outside: the bank's answer, the dashboard, the events. Nothing of Stripe's."""

import time
from types import SimpleNamespace
from typing import Any

from aiohttp import web
from localstripe import resources
from localstripe.resources import store

from tests.support.stripe_server import account, events, intents, owners
from tests.support.stripe_server.charges import Charge, Dispute, EarlyFraudWarning, Refund, usual_refund
from tests.support.stripe_server.intents import PaymentIntent
from tests.support.stripe_server.methods import Customer
from tests.support.stripe_server.slowness import slow

# Method, path, idempotency key and status of every request.
calls: list[dict[str, Any]] = []
# How much later it is here than elsewhere.
AHEAD = {"seconds": 0}
resources.time = SimpleNamespace(time=lambda: time.time() + AHEAD["seconds"])

PAGE = """<!doctype html><title>The bank</title><h1>Confirm your payment</h1>
<form method="post"><button name="answer" value="confirm" data-testid="confirm">Confirm</button>
<button name="answer" value="refuse" data-testid="refuse">Refuse</button></form>"""


async def bank_page(request: web.Request) -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


async def bank_answer(request: web.Request) -> web.Response:
    """The shopper answers at the bank, and is sent back: https://docs.stripe.com/payments/3d-secure: "redirects the
    customer back to the return_url" with payment_intent, payment_intent_client_secret and redirect_status."""
    intent = PaymentIntent._api_retrieve(request.match_info["id"])
    back = (intent.next_action or {}).get("redirect_to_url", {}).get("return_url", "")
    intent._answer_bank((await request.post())["answer"] == "confirm", int(request.match_info["challenge"]))
    went = "succeeded" if intent.status in ("succeeded", "processing") else "failed"
    query = f"payment_intent={intent.id}&payment_intent_client_secret={intent.client_secret}&redirect_status={went}"
    return web.HTTPSeeOther(f"{back}{'&' if '?' in back else '?'}{query}")


async def answer_bank(request: web.Request) -> web.Response:
    told = await request.json()
    intent = PaymentIntent._api_retrieve(told["intent"])
    is_asked = intent.status == "requires_action" and told["challenge"] in (None, intent._challenges)
    if is_asked:
        intent._answer_bank(told["confirmed"])
    return web.json_response({"taken": is_asked})


async def refund(request: web.Request) -> web.Response:
    told = await request.json()
    return web.json_response(Refund(**told)._export())


async def end_refund(request: web.Request) -> web.Response:
    told = await request.json()
    store[f"refund:{told['refund']}"]._end(told["status"])
    return web.json_response({})


async def number_refund(request: web.Request) -> web.Response:
    told = await request.json()
    store[f"refund:{told['refund']}"]._have_number(told["number"])
    return web.json_response({})


async def let_refunds_be(request: web.Request) -> web.Response:
    usual_refund.clear()
    usual_refund.update(await request.json())
    return web.json_response({})


async def dispute(request: web.Request) -> web.Response:
    told = await request.json()
    charge = PaymentIntent._api_retrieve(told["intent"]).latest_charge
    return web.json_response(Dispute(charge=charge)._export())


async def warn(request: web.Request) -> web.Response:
    told = await request.json()
    charge = PaymentIntent._api_retrieve(told["intent"]).latest_charge
    return web.json_response(EarlyFraudWarning(charge, told["fraud_type"])._export())


async def close_dispute(request: web.Request) -> web.Response:
    told = await request.json()
    found = Dispute._api_retrieve(told["dispute"])
    found._close(told["won"])
    return web.json_response(found._export())


async def all_of(request: web.Request) -> web.Response:
    """Everything of one kind, as it is kept: charge, event, payment_intent, refund, dispute, customer, and so on."""
    begins = request.match_info["kind"] + ":"
    return web.json_response([each._export() for key, each in store.items() if key.startswith(begins)])


async def change(request: web.Request) -> web.Response:
    """Set fields of an object past all rules: what Stripe would do by itself, or never."""
    told = await request.json()
    for name, value in told["values"].items():
        setattr(store[told["key"]], name, value)
    return web.json_response({})


async def listen(request: web.Request) -> web.Response:
    told = await request.json()
    events.listeners[told["url"]] = told["secret"]
    return web.json_response({})


async def clear(request: web.Request) -> web.Response:
    for kept in (store, events.listeners, slow, calls, account.least, intents.bank, owners.belongs, usual_refund):
        kept.clear()
    AHEAD["seconds"] = 0
    return web.json_response({})


async def delete_customer(request: web.Request) -> web.Response:
    Customer._api_delete((await request.json())["customer"])
    return web.json_response({})


async def advise(request: web.Request) -> web.Response:
    """The bank declines every card from now on, and says so; with nothing to say, each as its number has it again."""
    intents.bank.clear()
    intents.bank.update(await request.json())
    return web.json_response({})


async def later(request: web.Request) -> web.Response:
    """From now on it is so many seconds later here."""
    AHEAD["seconds"] += (await request.json())["seconds"]
    return web.json_response({})


async def take_long(request: web.Request) -> web.Response:
    told = await request.json()
    slow.append((told["what"], told["seconds"]))
    return web.json_response({})


async def list_calls(request: web.Request) -> web.Response:
    return web.json_response(calls)


@web.middleware
async def note(request: web.Request, handler: Any) -> web.StreamResponse:
    answer = await handler(request)
    if request.path.startswith("/v1/"):
        key = request.headers.get("Idempotency-Key", "")
        calls.append({"method": request.method, "path": request.path, "key": key, "status": answer.status})
    return answer  # type: ignore[no-any-return]


ROUTES = [
    web.get("/_bank/{id}/{challenge}", bank_page),
    web.post("/_bank/{id}/{challenge}", bank_answer),
    web.post("/_test/bank", answer_bank),
    web.post("/_test/refund", refund),
    web.post("/_test/end_refund", end_refund),
    web.post("/_test/number_refund", number_refund),
    web.post("/_test/let_refunds_be", let_refunds_be),
    web.post("/_test/dispute", dispute),
    web.post("/_test/warning", warn),
    web.post("/_test/dispute/close", close_dispute),
    web.post("/_test/change", change),
    web.post("/_test/listen", listen),
    web.post("/_test/slow", take_long),
    web.post("/_test/customer/delete", delete_customer),
    web.post("/_test/bank/advice", advise),
    web.post("/_test/clear", clear),
    web.post("/_test/later", later),
    web.get("/_test/calls", list_calls),
    web.get("/_test/all/{kind}", all_of),
]
__all__ = ["ROUTES", "Charge", "calls", "note"]
