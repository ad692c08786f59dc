"""The first page opens with what needs a person now, and says so when nothing does."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from smartcart import clock
from smartcart.admin.access import COUNTED
from smartcart.database.session import db, writing
from smartcart.outbox import effects
from smartcart.outbox.models import Effect, EffectKind, Fate, Receiver
from smartcart.payments.core import findings
from smartcart.payments.core.models import PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.rules.payment_states import State
from smartcart.rules.verdicts import Verdict
from smartcart.rules.weather import Weather
from tests.admin.browser import AdminBrowser, rows
from tests.payments.opened import open_session
from tests.support.databases import ON_BOTH


def change(session: str, **values: Any) -> None:
    with writing():
        db.session.execute(update(PaymentSession).where(PaymentSession.id == session).values(**values))


def find(verdict: Verdict, session: str = "", reference: str = "") -> None:
    with writing():
        findings.add(verdict, session, reference, 4200, "EUR", "noted")


def test_it_is_empty_and_says_so_when_nothing_does(admin: AdminBrowser) -> None:
    open_session()
    nothing = "What needs you now Nothing: no payment, no finding, no letter and no parcel waits for you."
    assert nothing in admin.read("/admin")


@ON_BOTH
def test_findings_are_counted_by_what_they_are_about_and_lead_to_the_inbox(admin: AdminBrowser) -> None:
    find(Verdict.CHARGED_NOT_PAID, reference="ch_1")
    find(Verdict.CHARGED_NOT_PAID, reference="ch_2")
    find(Verdict.REFUND_WANTED, open_session())
    page = admin.get("/admin").text
    assert rows(page, "finding-charged_not_paid") == ["Charged, and not paid here: 2."]
    assert rows(page, "finding-refund_wanted") == ["A shopper wants the money back: 1."]
    assert page.index("finding-refund_wanted") < page.index("finding-charged_not_paid")
    assert 'href="/admin/inbox">A shopper wants' in page
    assert "nothing-needed" not in page


def test_a_dispute_comes_with_its_date_the_first_of_several(admin: AdminBrowser) -> None:
    for days in (9, 3, 30):
        session = open_session()
        change(session, answer_by=clock.now().replace(year=2031, month=5, day=days, hour=12))
        find(Verdict.DISPUTED, session)
    [line] = rows(admin.get("/admin").text, "finding-disputed")
    assert line.startswith("A payment is disputed: 3. The first is to be answered by 3 May 2031, ")


@ON_BOTH
def test_a_refund_that_failed_is_told_apart_from_what_is_unclear(admin: AdminBrowser) -> None:
    now = clock.now()
    change(open_session(), state=State.COMPLETED, ended_at=now, refund_failed=4200, needs_person_at=now)
    change(open_session(), state=State.CHECKING, needs_person_at=now)
    page = admin.get("/admin").text
    assert rows(page, "refunds-failed") == ["1 refund has failed. The shopper is to be paid another way."]
    assert rows(page, "needs-person") == ["1 payment needs a person. It has been unclear for too long."]
    assert page.index("refunds-failed") < page.index("needs-person")


@ON_BOTH
def test_of_a_hundred_and_more_no_number_is_told(admin: AdminBrowser) -> None:
    with writing():
        for number in range(COUNTED):
            effects.write(EffectKind.RECEIPT, f"payment {number}", Receiver.MAIL)
        db.session.execute(update(Effect).values(fate=Fate.GIVEN_UP, due_at=None))
        for number in range(COUNTED):
            findings.add(Verdict.LATE_MONEY, "", str(number), 4200, "EUR", "noted")
    page = admin.get("/admin").text
    assert rows(page, "letters-given-up") == ["99+ letters could not be sent."]
    assert rows(page, "finding-late_money") == ["Money that came late: 100+."]
    assert rows(page, "inbox-count") == ["99+"]


def test_a_gateway_that_answers_nobody_is_told(admin: AdminBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    out = runtime().weather()._replace(weather=Weather.OUT, since=clock.now() - timedelta(minutes=1))
    monkeypatch.setattr(runtime().weather, "_ask", lambda: out)
    runtime().weather.ask_anew()
    assert "The gateway answers nobody. Orders are kept meanwhile." in admin.read("/admin")
