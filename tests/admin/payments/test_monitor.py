"""The monitor: what is open now, live."""

import re
from datetime import timedelta

import pytest

from smartcart import clock, create_app
from smartcart.admin.login import passwords
from smartcart.config import Settings
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.payments.core import next_check, queries
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.flow import desk
from smartcart.rules.outcomes import Interruption, OutcomeKind
from smartcart.rules.patience import LOOKS_BEFORE_A_PERSON
from smartcart.rules.payment_states import State
from tests.admin.browser import HTMX, PASSWORD, AdminBrowser, rows
from tests.support.databases import ON_BOTH
from tests.support.shopper import Shopper, product
from tests.support.waiting import wait_for


def settled(session: str, *states: State) -> PaymentSession:
    """The session, once it is in one of the states."""
    return wait_for(lambda: (found := queries.find(session)).state in states and found)


def test_an_empty_shop_says_so(admin: AdminBrowser) -> None:
    assert "No payment is open now." in admin.read("/admin/sessions")


def test_a_new_payment_is_shown_with_all_that_matters(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order()
    page = admin.get("/admin/sessions")
    assert f'data-session="{session}"' in page.text
    assert rows(page.text, "active-session") == ["SC-1001 Created €42.00 0 of 3 none not taken under 1 min 14 min"]


def test_an_unchanged_monitor_answers_204_and_a_changed_one_its_rows(admin: AdminBrowser, shopper: Shopper) -> None:
    page = admin.get("/admin/sessions")
    assert admin.renew(page).status_code == 204
    session = shopper.order()
    changed = admin.renew(page)
    assert changed.status_code == 200
    assert "<html" not in changed.text
    assert f'data-session="{session}"' in changed.text
    assert '<p id="announcer" hx-swap-oob="innerHTML">Open payments: 1.' in changed.text
    assert admin.renew(changed).status_code == 204


def test_an_older_age_is_a_change_that_is_not_announced(admin: AdminBrowser, shopper: Shopper) -> None:
    shopper.order()
    page = admin.get("/admin/sessions")
    clock.freeze(clock.now() + timedelta(minutes=2))
    changed = admin.renew(page)
    assert rows(changed.text, "active-session")[0].endswith("2 min 12 min")
    assert "announcer" not in changed.text


def test_a_history_restore_gets_the_whole_page(admin: AdminBrowser) -> None:
    page = admin.get("/admin/sessions", headers={**HTMX, "HX-History-Restore-Request": "true"})
    assert "<html" in page.text


def test_a_payment_that_is_over_is_gone(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order()
    page = admin.get("/admin/sessions")
    shopper.pay(session)
    settled(session, State.COMPLETED)
    assert rows(admin.renew(page).text, "active-session") == []


def test_a_filter_shows_one_state(admin: AdminBrowser, shopper: Shopper) -> None:
    interrupted = shopper.order()
    shopper.pay(interrupted, "sandbox_decline")
    settled(interrupted, State.INTERRUPTED)
    created = Shopper(shopper.client.application.test_client()).order()
    shown = admin.get("/admin/sessions?state=interrupted")
    assert interrupted in shown.text
    assert created not in shown.text
    assert admin.renew(shown).status_code == 204
    assert "All 2 Created 1" in admin.read("/admin/sessions")
    assert "in the state “checking”" in admin.read("/admin/sessions?state=checking")


@pytest.mark.parametrize("query", ["state=completed", "state=nonsense", "after=nonsense", "after=%00"])
def test_what_is_no_state_and_no_page_is_not_found(admin: AdminBrowser, query: str) -> None:
    assert admin.get(f"/admin/sessions?{query}").status_code == 404


@ON_BOTH
def test_many_payments_come_in_pages(admin: AdminBrowser, shopper: Shopper, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("smartcart.admin.lookup.PAGE", 2)
    opened = [Shopper(shopper.client.application.test_client()).order() for _ in range(3)]
    first = admin.get("/admin/sessions")
    assert re.findall(r'data-session="([^"]+)"', first.text) == opened[:2]
    following = re.search(r'id="next-page"[^>]*href="([^"]+)"', first.text)
    assert following
    second = admin.get(following[1])
    assert re.findall(r'data-session="([^"]+)"', second.text) == opened[2:]
    assert "next-page" not in second.text


def test_what_needs_a_person_stands_on_top(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order()
    shopper.pay(session, "sandbox_lost_reply")
    settled(session, State.CHECKING)
    for _ in range(LOOKS_BEFORE_A_PERSON):
        next_check.checked(session, OutcomeKind.PENDING, "reconciler", interval=1)
    for path in ("/admin", "/admin/sessions", f"/admin/sessions/{session}"):
        assert re.search(r'data-testid="needs-person"', admin.get(path).text), path
    assert "1 payment needs a person" in admin.read("/admin")
    assert "the gateway does not say whether money was taken" in admin.read("/admin/sessions")


@ON_BOTH
def test_the_overview_counts_what_happened_today(admin: AdminBrowser, shopper: Shopper) -> None:
    product("teapot", stock=9)
    completed = shopper.order()
    shopper.pay(completed)
    settled(completed, State.COMPLETED)
    shopper.order()
    desk.interrupt(completed, Interruption.TIMEOUT, "shopper")
    page = admin.read("/admin")
    assert "Open payments 1" in page
    assert "Money in the dark 0" in page
    assert "Paid today 1 €42.00" in page
    assert re.search(r"Time to pay today 0\.\d s", page)
    assert "No answer in time 1" in page


def test_what_happened_yesterday_is_not_counted(admin: AdminBrowser, shopper: Shopper) -> None:
    completed = shopper.order()
    shopper.pay(completed)
    settled(completed, State.COMPLETED)
    desk.interrupt(completed, Interruption.TIMEOUT, "shopper")
    clock.freeze(clock.now() + timedelta(days=1))
    admin.sign_in()
    page = admin.read("/admin")
    assert "Paid today 0" in page
    assert "Nothing came in between today." in page


def test_the_overview_stands_with_and_without_a_slash(admin: AdminBrowser) -> None:
    assert admin.get("/admin/").status_code == admin.get("/admin").status_code == 200


def test_without_javascript_the_monitor_is_loaded_again_by_itself(admin: AdminBrowser) -> None:
    assert re.search(r'<noscript>\s*<meta http-equiv="refresh" content="5">', admin.get("/admin/sessions").text)


def test_a_payment_s_page_is_not_loaded_again_under_a_reason_being_typed(admin: AdminBrowser, shopper: Shopper) -> None:
    assert 'http-equiv="refresh"' not in admin.get(f"/admin/sessions/{shopper.order()}").text


def test_polling_can_be_switched_off(settings: Settings, sandbox: Sandbox) -> None:
    app = create_app(settings.model_copy(update={"poll_interval": 0.0}), sandbox)
    with app.app_context():
        passwords.ensure_admin(PASSWORD)
        admin = AdminBrowser(app.test_client())
        admin.sign_in()
        page = admin.get("/admin/sessions").text
        assert "hx-get" not in page
        assert 'http-equiv="refresh"' not in page
