"""What a drill is told of the shop, and what becomes of it when its process does not do what it should."""

import json
from pathlib import Path

import pytest
from flask import Flask

from smartcart import create_app
from smartcart.admin.drill import child, copying, jobs, runs
from smartcart.config import Settings
from smartcart.database.session import db
from smartcart.gateways.sandbox.gateway import Sandbox
from smartcart.rules.drills import AskedBy, Run, Scenario
from tests.support.shopper import Shopper, product
from tests.support.waiting import wait_for

SECRETS = {
    "smtp_host": "mail.example.com",
    "smtp_password": "hunter2",
    "owner_email": "owner@example.com",
    "shop_name": "The Teapot",
}
# Python runs it before anything else (https://docs.python.org/3/library/site.html).
FIRST = "sitecustomize.py"


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update=SECRETS)


def taken_up(app: Flask) -> int:
    assert runs.ask([Scenario.LOST_REPLY], AskedBy.OWNER)
    assert jobs.attend(app) == 1
    return runs.newest()[0].id


def state() -> Run:
    db.session.rollback()
    db.session.expire_all()
    return runs.newest()[0].state


@pytest.fixture
def code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the drill's process looks for code first."""
    folder = tmp_path / "code"
    folder.mkdir()
    monkeypatch.setattr(child, "CODE", [str(folder), *child.CODE])
    return folder


def test_nothing_is_taken_up_where_nothing_was_asked_for(app: Flask) -> None:
    assert jobs.attend(app) == 0


def test_its_environment_is_made_from_nothing(app: Flask, code: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SMARTCART_SMTP_PASSWORD", "SMARTCART_STRIPE_SECRET_KEY", "PGPASSWORD"):
        monkeypatch.setenv(name, "a secret of this shop")
    (code / FIRST).write_text(
        f"import json, os; open({str(code / 'seen')!r}, 'w').write(json.dumps(dict(os.environ))); os._exit(3)"
    )
    taken_up(app)
    wait_for(lambda: state() is Run.NOT_CARRIED_OUT)
    seen = json.loads((code / "seen").read_text())
    assert set(seen) - {"LC_CTYPE"} == {"PATH", "PYTHONPATH", "TMPDIR"}  # Python itself sets the other
    assert "a secret of this shop" not in seen.values()


def test_it_is_told_what_is_on_sale_and_how_long_things_take_and_nothing_else(
    shopper: Shopper, settings: Settings
) -> None:
    shopper.order("kettle")
    order = copying.order([Scenario.CRASH], "")
    told = json.loads(order)
    assert set(told) == {"scenarios", "currency", "timing", "products", "shipping", "stripe", "database"}
    assert (told["stripe"], told["database"]) == (None, "")
    [kettle] = [row for row in told["products"] if row["slug"] == "kettle"]
    assert set(kettle) == {"slug", "name", "price", "currency", "is_sent", "tax_rate"}
    assert kettle["price"] == product("kettle").price
    assert told["timing"]["payment_timeout"] == 1.0
    for secret in (*SECRETS.values(), settings.secret_key, settings.database_url, "ada@example.org"):
        assert secret not in order


@pytest.mark.parametrize(("mode", "is_taken"), [("test", True), ("live", False)])
def test_the_keys_of_stripes_test_mode_are_taken_and_live_ones_are_not(
    settings: Settings, sandbox: Sandbox, mode: str, is_taken: bool
) -> None:
    keys = {"stripe_secret_key": f"rk_{mode}_secret", "stripe_publishable_key": f"pk_{mode}_public"}
    at_stripe = settings.model_copy(update={"gateway": "stripe", **keys})
    with create_app(at_stripe, sandbox).app_context():
        order = copying.order([Scenario.CRASH], "")
        assert copying.has_test_keys() is is_taken
    told = json.loads(order)
    assert (told["stripe"] is not None) is is_taken
    assert (f"rk_{mode}_secret" in order) is is_taken
    assert told["timing"]["payment_timeout"] == (4.0 if is_taken else 1.0)


def test_one_that_ends_by_itself_says_what_it_wrote_last(app: Flask, code: Path) -> None:
    (code / FIRST).write_text("import os, sys; print('no room', file=sys.stderr, flush=True); os._exit(1)")
    taken_up(app)
    wait_for(lambda: state() is Run.NOT_CARRIED_OUT)
    assert runs.newest()[0].problem == "no room"


def test_one_that_has_ended_before_it_is_told_anything_says_what_it_wrote_last(code: Path) -> None:
    (code / FIRST).write_text("import os, sys; print('no room', file=sys.stderr, flush=True); os._exit(1)")
    with child.carrying_out("an order longer than a pipe holds" * 10_000, child.CODE) as lines:
        assert list(lines) == [{"problem": "no room"}]


def test_one_that_ends_without_a_word_is_over_too(app: Flask, code: Path) -> None:
    (code / FIRST).write_text("import os; os._exit(1)")
    taken_up(app)
    wait_for(lambda: state() is Run.NOT_CARRIED_OUT)
    assert "without a word" in runs.newest()[0].problem
