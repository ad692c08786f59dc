"""A tab closed in mid-payment says so once: a note in the trail, not a failure."""

from playwright.sync_api import BrowserContext, Dialog

from tests.browser.payment_page import PaymentPage


def test_a_tab_closed_in_mid_payment_is_noted_once_and_the_payment_goes_on(
    payment: PaymentPage, context: BrowserContext
) -> None:
    context.new_page()  # the last tab would take the browser with it
    idle = payment.in_page(context.new_page())
    idle.method("slow").check()
    idle.page.close(run_before_unload=True)  # nothing is in flight: nothing to tell

    payment.pay("timeout_charged")
    payment.expect_state("processing")
    with context.expect_event("dialog") as asked:
        payment.page.close(run_before_unload=True)
    _leave(asked.value)
    payment.wait_for_record("completed")
    assert payment.notes("browser_closed") == 1
    assert payment.charges() == 1


def _leave(dialog: Dialog) -> None:
    page = dialog.page
    assert page is not None
    with page.expect_event("close"):
        dialog.accept()
