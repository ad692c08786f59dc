"""Sessions to work on, opened as the checkout opens them, and what is said of their attempts."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.gateways.books import RefundAnswer
from smartcart.payments.core import queries, record
from smartcart.payments.core.attempts import ChargeToMake
from smartcart.payments.core.locked_session import LockedSession
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.core.refund_model import RefundState, new_id
from smartcart.payments.core.terms import Instrument, Plan, Terms
from smartcart.payments.flow import opening
from smartcart.payments.flow.opening import Agreed
from smartcart.payments.refunds import transitions
from smartcart.rules.money import Amount
from smartcart.rules.outcomes import Outcome, OutcomeKind
from smartcart.rules.payment_states import Move, State
from smartcart.shop import cart
from smartcart.shop.models import Order, Product
from tests.support.shopper import product

BASE_URL = "https://shop.example"
NOW = datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
DECLINED = Outcome(OutcomeKind.DECLINED, code="card_declined")
AT_THE_BANK = Outcome(OutcomeKind.ACTION_REQUIRED, action_url="/bank/sb_1/1")
PLAN = Plan(retry_delay=2.0, interval=5.0, jitter=0.5)
MERCHANT = Terms(
    owner="customer of a merchant",
    order_reference="A-1",
    amount=Amount(1999, "EUR"),
    gateway="sandbox",
    max_attempts=3,
    lifetime=900.0,
    base_url=BASE_URL,
    merchant="a-merchant",
)


def fill_cart(shopper: str = "ada", quantity: int = 1, stock: int = 5, slug: str = "teapot") -> None:
    """Put some of a product into a cart; there are `stock` of it if there were none before."""
    wanted = product(slug, stock)
    with writing():
        cart.put(shopper, db.session.get_one(Product, wanted.id), quantity)


def open_session(shopper: str = "ada", quantity: int = 1, stock: int = 5, slug: str = "teapot") -> str:
    """Order a product and what is in the cart already; returns the id of the order's session."""
    fill_cart(shopper, quantity, stock, slug)
    # Who orders the same a second time here means it.
    before = [*db.session.scalars(select(PaymentSession.id)), opening.ELSEWHERE]
    return opening.place_and_open(shopper, "Ada", "ada@example.org", BASE_URL, Agreed(before))


def open_for_merchant(terms: Terms = MERCHANT) -> str:
    return opening.open_for_merchant(terms, "merchant")[0]


def begin(session_id: str, method: str = "sandbox_approve") -> int:
    """Write an attempt down that nobody carries out; returns its id."""
    return write_down(session_id, method).attempt_id


def write_down(
    session_id: str, method: str = "sandbox_approve", timeout: float = 30.0, has_thread: bool = True
) -> ChargeToMake:
    """Write an attempt down, to be carried out, at once or when there is a thread for it."""
    return record.begin(session_id, Instrument(method), "shopper", timeout, reserve=lambda: has_thread)


def settle(attempt_id: int, outcome: Outcome, closed: bool = False) -> LockedSession:
    return record.settle(attempt_id, outcome, "gateway", PLAN, closed)


def end_unpaid(state: State, quantity: int = 1, stock: int = 5) -> tuple[str, int]:
    """A session that has ended unpaid after its attempts, and the last of them."""
    session_id = open_session(quantity=quantity, stock=stock)
    for _ in range(3 if state is State.FAILED else 1):
        attempt_id = begin(session_id)
        settle(attempt_id, DECLINED, closed=True)
    if state is not State.FAILED:
        time_passes(900)
        record.end(session_id, Move.CANCEL if state is State.CANCELLED else Move.EXPIRE, "shopper")
    assert state_of(session_id) is state
    return session_id, attempt_id


def make_refund(session_id: str, answer: RefundAnswer = RefundAnswer.MADE) -> PaymentSession:
    """The gateway's answer to the refunds of a session that are under way, or else to one of all that is left."""
    asked = [refund for refund in transitions.of_session(session_id) if refund.state is RefundState.REQUESTED]
    if not asked:
        transitions.request(session_id, None, "", "admin", new_id())
        asked = [transitions.of_session(session_id)[-1]]
    for refund in asked:
        transitions.settle(refund.id, answer, "reconciler")
    return queries.find(session_id)


def time_passes(seconds: float) -> None:
    clock.freeze(clock.now() + timedelta(seconds=seconds))


def state_of(session_id: str) -> State:
    return queries.find(session_id).state


def order_of(session_id: str) -> Order:
    order = queries.find(session_id).order
    assert order
    return order


def attempt(attempt_id: int) -> Attempt:
    db.session.rollback()
    return db.session.get_one(Attempt, attempt_id, populate_existing=True)


def stock_left(slug: str = "teapot") -> int:
    db.session.rollback()
    return db.session.query(Product.stock).filter_by(slug=slug).scalar()


def open_again(order_id: int) -> str:
    return opening.open_for_order(order_id, BASE_URL, "shopper")[0]
