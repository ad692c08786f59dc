"""What is noted for the owner is gathered into letters by one at a time, and each notice stands in one of them."""

import pytest
from flask import Flask
from sqlalchemy import select

from smartcart.database.session import db, writing
from smartcart.outbox import owner_notices
from smartcart.outbox.models import Effect, OwnerNotice
from smartcart.payments.core.runtime import runtime
from smartcart.rules.owner_letters import Subject
from tests.support.two_at_once import together

pytestmark = pytest.mark.usefixtures("still_clock")


def test_several_that_gather_at_once_write_one_letter(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    owned = runtime().settings.model_copy(update={"owner_email": "owner@shop.example"})
    monkeypatch.setitem(app.config, "SETTINGS", owned)
    with writing():
        for number in range(5):
            owner_notices.write(Subject.MONEY, f"event {number}", owner_notices.INBOX)
    written = together(app, *[lambda: owner_notices.gather("at-once", owned.time_zone)] * 4)
    assert sorted(map(str, written)) == ["0", "0", "0", "1"]
    db.session.rollback()
    [letter] = db.session.scalars(select(Effect)).all()
    assert set(db.session.scalars(select(OwnerNotice.letter))) == {letter.occasion}
