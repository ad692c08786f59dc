"""The six scenarios again, through Caddy, with HTTPS and under a path: the very tests that go to the shop itself."""

from playwright.sync_api import Page

from tests.browser import test_normal_payment
from tests.browser.test_all_attempts_used import (  # noqa: F401
    test_after_three_declines_nothing_was_taken_and_no_fourth_is_let_in,
)
from tests.browser.test_cancel_during_payment import (  # noqa: F401
    test_a_cancel_while_an_attempt_is_in_flight_waits_for_its_outcome,
)
from tests.browser.test_leave_page_warning import (  # noqa: F401
    test_who_leaves_while_an_attempt_is_in_flight_is_asked_and_can_stay,
)
from tests.browser.test_network_error import test_a_lost_reply_is_checked_and_ends_paid_once  # noqa: F401
from tests.browser.test_timeout_interruption import (  # noqa: F401
    test_after_a_timeout_the_gateway_is_asked_before_anyone_may_pay_again,
)
from tests.support.caddy import ShopBehindCaddy


def test_a_shopper_finds_a_product_pays_and_holds_the_receipt(page: Page, shop: ShopBehindCaddy) -> None:
    """On one database, unlike the test itself: to Caddy it is the same on either."""
    test_normal_payment.test_a_shopper_finds_a_product_pays_and_holds_the_receipt(page, shop)
