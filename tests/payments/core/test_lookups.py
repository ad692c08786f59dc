"""A session's trail, and the session of a gateway's reference: looked up by a part of a text, found by the whole."""

from typing import Any

import pytest
from sqlalchemy import Executable, select

from smartcart.database.session import db, execute, writing
from smartcart.payments.core import audit_trail, queries
from smartcart.payments.core.account_binding import store_reference
from smartcart.payments.core.models import Event, EventKind, PaymentSession
from tests.payments.opened import open_session
from tests.support.databases import ON_SQLITE

pytestmark = pytest.mark.usefixtures("app")

# As Stripe has them; as nobody has them: shorter than what is looked for, and of the same part.
REFERENCES = ("pi_3NuvrZ2eZvKYlo2C0KBiSF6o", "pi_3NuvrZ2eZvKYlo2C0KBaSF6o", "short", "1" * 21 + "BiSF6o", "x" * 255)


@pytest.mark.parametrize("reference", REFERENCES)
def test_a_session_is_found_by_its_reference_whatever_that_looks_like(reference: str) -> None:
    sessions = {each: open_session() for each in REFERENCES}
    for each, session in sessions.items():
        store_reference(session, each)
    assert _ids(queries.has_reference([reference])) == {sessions[reference]}
    assert _ids(queries.has_reference(REFERENCES[:2])) == {sessions[each] for each in REFERENCES[:2]}
    assert _ids(queries.has_reference([reference + "!"])) == set()


def test_a_trail_is_of_one_session_also_where_another_begins_alike() -> None:
    session = open_session()
    alike = _named_alike(session)
    with writing():
        audit_trail.add(alike, EventKind.TOLD, "tests")
    assert [event.kind for event in queries.events_of(session)] == [EventKind.OPENED]
    assert [event.kind for event in queries.events_of(alike)] == [EventKind.TOLD]


@ON_SQLITE
def test_either_is_found_by_an_index() -> None:
    assert "ix_payment_session_reference" in _plan(select(PaymentSession.id).where(queries.has_reference(REFERENCES)))
    one = select(Event).where(queries.is_event_of("a session"))
    assert "ix_payment_event_session" in _plan(one.order_by(Event.id))


def _ids(which: Any) -> set[str]:
    return set(db.session.scalars(select(PaymentSession.id).where(which)))


def _named_alike(session: str) -> str:
    """Another session, whose id begins as that of this one."""
    columns = PaymentSession.__table__.c
    values = dict(db.session.execute(select(*columns).where(columns.id == session)).mappings().one())
    alike = f"{session[:20]}{'alike':.>12}"
    with writing():
        execute(PaymentSession.__table__.insert(), {**values, "id": alike, "order_reference": "another"})
    return alike


def _plan(question: Executable) -> str:
    compiled = question.compile(db.engine, compile_kwargs={"literal_binds": True})
    return str(db.session.connection().exec_driver_sql(f"explain query plan {compiled}").all())
