"""What the shop has written to people, as the admin sees it."""

import pytest

from smartcart.admin.letters import routes
from smartcart.database.session import db, writing
from smartcart.outbox.models import Effect, EffectKind, Fate
from tests.admin.browser import AdminBrowser
from tests.mail.carrying import carry_out, letter
from tests.payments.paying import pay_new_session
from tests.support.shopper import Shopper


def give_up(session: str) -> int:
    """Its letter was given up; returns its number."""
    with writing():
        found = db.session.get_one(Effect, letter(session).id)
        found.fate, found.due_at, found.problem = Fate.GIVEN_UP, None, "the receiver was refused: 550 No such mailbox"
    return found.id


@pytest.fixture
def session(shopper: Shopper) -> str:
    """One that is paid, and whose receipt waits."""
    return pay_new_session()


@pytest.mark.parametrize("page", ["", "/1", "/1.eml"])
def test_nobody_outside_reads_them(somebody: AdminBrowser, session: str, page: str) -> None:
    assert somebody.get(f"/admin/letters{page}").status_code == 303


def test_every_kind_and_every_fate_has_a_name() -> None:
    assert set(routes.KINDS) == set(EffectKind)
    assert set(routes.FATES) == set(Fate)


def test_before_anything_was_written_it_says_so(admin: AdminBrowser) -> None:
    assert "Nothing has been written yet." in admin.read("/admin/letters")
    assert admin.get("/admin/letters/1").status_code == 404
    assert admin.get(f"/admin/letters/{10**30}").status_code == 404


def test_without_a_mail_server_each_can_be_read_here(admin: AdminBrowser, session: str) -> None:
    number = letter(session).id
    assert "It is made when it is sent." in admin.read(f"/admin/letters/{number}")
    assert admin.get(f"/admin/letters/{number}.eml").status_code == 404
    carry_out()
    assert "Kept here: no mail server is set" in admin.read("/admin/letters")
    page = admin.read(f"/admin/letters/{number}")
    assert "ada@example.org" in page
    assert "Your money was taken once, and your order is paid." in page
    mail = admin.get(f"/admin/letters/{number}.eml")
    assert (mail.mimetype, mail.data) == ("message/rfc822", letter(session).message)


def test_one_that_could_not_be_sent_is_loud_and_on_its_payment(admin: AdminBrowser, session: str) -> None:
    assert "letters-given-up" not in admin.get("/admin").text
    give_up(session)
    assert "1 letter could not be sent." in admin.read("/admin")
    assert "Could not be sent: the receiver was refused: 550 no such mailbox" in admin.read("/admin/letters")
    assert "550 no such mailbox" in admin.read(f"/admin/sessions/{session}")


def test_it_is_sent_again_by_a_click_and_once(admin: AdminBrowser, session: str) -> None:
    number = give_up(session)
    assert f'action="/admin/letters/{number}/again"' in admin.get("/admin/letters").text
    assert admin.post(f"/admin/letters/{number}/again").status_code == 303
    waiting = letter(session)
    assert (waiting.fate, waiting.tries) == (Fate.WAITING, 0)
    admin.post(f"/admin/letters/{number}/again")
    assert "There was nothing to do" in admin.read("/admin/letters")
    assert letter(session).due_at == waiting.due_at
    carry_out()
    assert letter(session).fate is Fate.KEPT
