"""What the gateway has told by itself, as the admin sees it."""

from smartcart import clock
from smartcart.database.session import db, writing
from smartcart.payments.gateway_events.models import Fate, GatewayEvent
from tests.admin.browser import AdminBrowser
from tests.support.shopper import Shopper


def told(name: str, fate: Fate, tries: int = 0, **fields: object) -> None:
    usual = {
        "kind": "payment_intent.succeeded",
        "subject": f"pi_of_{name}",
        "reference": "",
        "claimed_session": "",
        "happened_at": clock.now(),
        "received_at": clock.now(),
        "body": '{"receipt_email": "ada@example.org"}',
        "due_at": clock.now() if fate is Fate.WAITING else None,
    }
    with writing():
        db.session.add(GatewayEvent(**{**usual, **fields}, id=name, fate=fate, tries=tries))


def test_nobody_outside_reads_them(somebody: AdminBrowser) -> None:
    assert somebody.get("/admin/messages").status_code == 303


def test_before_anything_has_come_it_says_so(admin: AdminBrowser) -> None:
    assert "Nothing has come yet." in admin.read("/admin/messages")


def test_each_is_shown_with_its_payment_and_what_became_of_it(admin: AdminBrowser, shopper: Shopper) -> None:
    session = shopper.order()
    told("evt_1", Fate.APPLIED, session_id=session)
    told("evt_2", Fate.OTHER_SHOP)
    page = admin.get("/admin/messages").text
    assert f'href="/admin/sessions/{session}"' in page
    assert "ada@example.org" not in page
    assert f"payment_intent.succeeded pi_of_evt_1 {session} Taken up" in admin.read("/admin/messages")
    assert "pi_of_evt_2 – Of another shop" in admin.read("/admin/messages")
    assert "stuck-messages" not in page


def test_what_could_not_be_taken_up_is_loud_and_on_the_first_page(admin: AdminBrowser) -> None:
    told("evt_1", Fate.WAITING, tries=9, problem="the gateway could not be asked")
    assert "stuck-messages" not in admin.get("/admin").text
    told("evt_2", Fate.WAITING, tries=10, problem="the gateway could not be asked")
    told("evt_3", Fate.GIVEN_UP, problem="no payment of that name is on record")
    assert "2 messages of the gateway could not be taken up." in admin.read("/admin")
    page = admin.read("/admin/messages")
    assert page.index("Could not be taken up: no payment of that name is on record") < page.index("pi_of_evt_1")
