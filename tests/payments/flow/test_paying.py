from smartcart.payments.core import queries
from smartcart.rules.payment_states import State
from tests.support.shopper import Shopper
from tests.support.waiting import wait_for


def test_an_approved_payment_completes_the_session_and_pays_the_order(shopper: Shopper) -> None:
    session = shopper.order()
    assert shopper.pay(session).status_code == 303
    wait_for(lambda: queries.find(session).state is State.COMPLETED)
    page = shopper.get(f"/pay/{session}").text
    assert 'data-state="completed"' in page
    assert 'data-money="taken"' in page
