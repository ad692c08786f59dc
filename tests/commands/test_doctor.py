"""`smartcart doctor` looks a shop over, and says what to do."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smartcart import clock
from smartcart.gateways.stripe.events import NEEDED
from tests.commands.running import Command, Done
from tests.support.databases import ON_SQLITE, write_into
from tests.support.ports import free_port
from tests.support.stripe_server import StripeServer
from tests.support.stripe_server.process import LIVE_KEY, RESTRICTED_KEY

SHOP = "https://shop.example"
WEBHOOK_SECRET = "whsec_nobody_may_read_this"
ENDPOINT = {"url": f"{SHOP}/webhooks/stripe", "status": "enabled", "enabled_events": sorted(NEEDED)}


@pytest.fixture
def at_stripe(environment: pytest.MonkeyPatch, migrated: str, stripe: StripeServer) -> StripeServer:
    """A shop with Stripe where everything is right."""
    set_all(
        environment,
        GATEWAY="stripe",
        BASE_URL=SHOP,
        STRIPE_SECRET_KEY=stripe.secret_key,
        STRIPE_PUBLISHABLE_KEY=stripe.publishable_key,
        STRIPE_API_BASE=stripe.url,
        STRIPE_WEBHOOK_SECRET=WEBHOOK_SECRET,
    )
    stripe.change_account(charges_enabled=True)
    stripe.set_endpoints(ENDPOINT)
    told(migrated)
    return stripe


def set_all(environment: pytest.MonkeyPatch, **settings: str) -> None:
    for name, value in settings.items():
        environment.setenv(f"SMARTCART_{name}", value)


def told(database: str, name: str = "evt_1", tries: int = 0, fate: str = "applied") -> None:
    """A webhook that came two hours ago."""
    moment = (datetime.now(UTC) - timedelta(hours=2)).strftime("%Y-%m-%d %H:%M:%S.%f")
    due_at = moment if fate == "waiting" else None
    write_into(
        database,
        "insert into gateway_event (id, kind, subject, reference, claimed_session, happened_at, received_at, body,"
        " fate, due_at, tries, problem) values (?, 'refund.updated', '', '', '', ?, ?, '{}', ?, ?, ?, '')",
        *[name, moment, moment, fate, due_at, tries],
    )


def look(run: Command) -> dict[str, tuple[str, str, str]]:
    """Verdict, what was found and what to do, by subject. The exit code goes with them, and so do the words."""
    done = run("doctor", "--json")
    findings = json.loads(done.out)["findings"]
    assert done.code == (1 if "wrong" in [finding["verdict"] for finding in findings] else 0)
    assert all(finding["to_do"] for finding in findings if finding["verdict"] != "ok")
    in_words = run("doctor")
    assert in_words.code == done.code
    for finding in [each for each in findings if each["subject"] != "clock"]:  # which goes on between the two
        assert finding["found"] in in_words.out
        assert finding["to_do"] in in_words.out
    assert_masked(done)
    return {finding["subject"]: (finding["verdict"], finding["found"], finding["to_do"]) for finding in findings}


def assert_masked(done: Done) -> None:
    for secret in ("ofashopofours", WEBHOOK_SECRET, "hunter2", "a secret key for tests"):
        assert secret not in done.out + done.err


def test_a_sandbox_on_ones_own_machine_is_well(run: Command, migrated: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SMARTCART_BASE_URL", "http://127.0.0.1:8000")
    found = look(run)
    verdicts = {subject: verdict for subject, (verdict, *_) in found.items()}
    assert verdicts.pop("database file", "ok") == "ok"  # which PostgreSQL has none of
    assert verdicts.pop("files") == "ok"
    assert verdicts == {
        "settings": "ok",
        "scripts of the payment page": "ok",
        "database": "ok",
        "gateway": "ok",
        "other accounts": "ok",
        "proxies": "ok",
        "clock": "ok",
        "https": "ok",
        "letters": "ok",
        "jobs": "ok",
        "mail": "warning",
    }
    assert "letters are kept, in the admin and in" in found["mail"][1]


def test_a_shop_with_stripe_where_all_is_right(run: Command, at_stripe: StripeServer) -> None:
    found = look(run)
    verdicts = {subject: verdict for subject, (verdict, *_) in found.items()}
    assert verdicts.pop("database file", "ok") == "ok"  # which PostgreSQL has none of
    assert verdicts.pop("files") == "ok"
    assert verdicts == {
        "settings": "ok",
        "scripts of the payment page": "ok",
        "database": "ok",
        "keys": "ok",
        "mode": "warning",  # test keys at a public address
        "clock": "ok",
        "webhook": "ok",
        "calls to Stripe": "ok",
        "webhook events": "ok",
        "other accounts": "ok",
        "proxies": "ok",
        "https": "ok",
        "letters": "ok",
        "jobs": "ok",
        "mail": "warning",
    }
    assert re.search(r"The last came 2 hours ago", found["webhook events"][1])


def test_thin_events_are_known_and_named(run: Command, at_stripe: StripeServer, migrated: str) -> None:
    at_stripe.set_endpoints({**ENDPOINT, "thin": True})
    verdict, found, _ = look(run)["webhook"]
    assert (verdict, "as thin events" in found) == ("ok", True)
    assert "(snapshot)" in look(run)["webhook events"][1]
    write_into(migrated, "update gateway_event set body = ?", '{"object": "v2.core.event"}')
    assert "(thin)" in look(run)["webhook events"][1]
    at_stripe.set_endpoints({**ENDPOINT, "thin": True, "enabled_events": ["refund.updated"]})
    verdict, _, to_do = look(run)["webhook"]
    assert (verdict, "charge.dispute.created" in to_do) == ("warning", True)


@ON_SQLITE
@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"STRIPE_SECRET_KEY": "sk_test_wrong"}, ("keys", "wrong", "wrong key")),
        ({"STRIPE_SECRET_KEY": RESTRICTED_KEY}, ("keys", "warning", "not allowed")),
        ({"STRIPE_API_BASE": f"http://127.0.0.1:{free_port()}"}, ("keys", "wrong", "out of reach")),
        ({"BASE_URL": "http://127.0.0.1:8000"}, ("mode", "ok", "Test keys")),
        ({"STRIPE_WEBHOOK_SECRET": ""}, ("webhook", "warning", "No webhook secret is set")),
        ({"BASE_URL": ""}, ("webhook", "warning", "Stripe cannot reach this address")),
        ({"BASE_URL": "http://127.0.0.1:8000"}, ("webhook", "warning", "Stripe cannot reach this address")),
        ({"BASE_URL": "https://other.example"}, ("webhook", "wrong", "no endpoint at https://other.example/webhooks")),
        ({"BASE_URL": "http://shop.example"}, ("https", "wrong", "reads and changes")),
        ({"BASE_URL": ""}, ("https", "warning", "does not know its own address")),
        ({"BASE_URL": "http://192.168.1.7:8000"}, ("https", "ok", "network only")),
        ({"BASE_URL": "http://shop.local"}, ("https", "ok", "network only")),
        ({"MAX_ATTEMTPS": "3"}, ("settings", "warning", "SMARTCART_MAX_ATTEMTPS: no such setting")),
        ({"MAX_ATTEMPTS": "0"}, ("settings", "wrong", "SMARTCART_MAX_ATTEMPTS='0' cannot be used")),
        ({"STRIPE_PUBLISHABLE_KEY": "pk_live_x"}, ("settings", "wrong", "different modes")),
    ],
)
def test_what_is_not_right_is_named(
    run: Command,
    at_stripe: StripeServer,
    environment: pytest.MonkeyPatch,
    settings: dict[str, str],
    expected: tuple[str, str, str],
) -> None:
    set_all(environment, **settings)
    subject, verdict, words = expected
    found = look(run)[subject]
    assert found[0] == verdict
    assert words in found[1]


@ON_SQLITE
@pytest.mark.parametrize(
    ("base_url", "may_charge", "expected"),
    [
        (SHOP, True, {"keys": "ok", "mode": "ok"}),
        (SHOP, False, {"keys": "wrong", "mode": "ok"}),
        ("http://shop.example", True, {"mode": "wrong", "https": "wrong"}),
        ("http://localhost:8000", True, {"mode": "wrong"}),
        ("", True, {"mode": "wrong"}),
    ],
)
def test_live_keys_are_for_a_public_https_address(
    run: Command,
    at_stripe: StripeServer,
    environment: pytest.MonkeyPatch,
    base_url: str,
    may_charge: bool,
    expected: dict[str, str],
) -> None:
    set_all(environment, STRIPE_SECRET_KEY=LIVE_KEY, STRIPE_PUBLISHABLE_KEY="pk_live_x", BASE_URL=base_url)
    at_stripe.change_account(charges_enabled=may_charge)
    found = look(run)
    assert {subject: found[subject][0] for subject in expected} == expected


@ON_SQLITE
@pytest.mark.parametrize(
    ("endpoint", "verdict", "words"),
    [
        ({"enabled_events": ["*"]}, "ok", "sends what is needed"),
        ({"url": f"{SHOP}/webhooks/stripe/"}, "ok", "sends what is needed"),
        ({"status": "disabled"}, "wrong", "switched off"),
        ({"enabled_events": sorted(NEEDED - {"charge.refunded"})}, "warning", "charge.refunded"),
        ({"url": f"{SHOP}/elsewhere"}, "wrong", "no endpoint"),
    ],
)
def test_the_endpoint_is_looked_for_at_stripe(
    run: Command, at_stripe: StripeServer, endpoint: dict[str, object], verdict: str, words: str
) -> None:
    at_stripe.set_endpoints({**ENDPOINT, "url": "https://elsewhere.example"}, {**ENDPOINT, **endpoint})
    found = look(run)["webhook"]
    assert found[0] == verdict
    assert words in f"{found[1]} {found[2]}"


@ON_SQLITE
@pytest.mark.parametrize(
    ("seconds", "verdict", "words"),
    [(0, "ok", "Stripe's"), (60, "warning", "ahead of Stripe's"), (-60, "warning", "behind"), (300, "wrong", "ahead")],
)
def test_the_clock_is_held_against_stripes(
    run: Command, at_stripe: StripeServer, seconds: float, verdict: str, words: str
) -> None:
    clock.freeze(datetime.now(UTC) + timedelta(seconds=seconds))
    found = look(run)["clock"]
    assert found[0] == verdict
    assert words in found[1]


def test_without_stripe_the_clock_is_held_against_the_databases(run: Command, migrated: str) -> None:
    clock.freeze(datetime.now(UTC) + timedelta(seconds=300))
    verdict, found, _ = look(run)["clock"]
    assert (verdict, "the database's" in found) == (("ok", False) if migrated.startswith("sqlite") else ("wrong", True))


def test_messages_that_could_not_be_applied_are_counted(run: Command, at_stripe: StripeServer, migrated: str) -> None:
    told(migrated, "evt_2", tries=9, fate="waiting")
    assert look(run)["webhook events"][0] == "ok"
    told(migrated, "evt_3", tries=10, fate="waiting")
    told(migrated, "evt_4", tries=100, fate="given_up")
    verdict, found, _ = look(run)["webhook events"]
    assert (verdict, found) == ("warning", "2 of Stripe's messages could not be applied.")


def test_a_shop_that_was_never_told_anything_is_warned_of(run: Command, at_stripe: StripeServer, migrated: str) -> None:
    write_into(migrated, "delete from gateway_event")
    assert look(run)["webhook events"][:2] == ("warning", "None has come in the last month.")


def test_a_database_without_tables_is_wrong(run: Command) -> None:
    Path(os.environ["SMARTCART_DATABASE_URL"].removeprefix("sqlite:///")).touch()
    verdict, found, to_do = look(run)["database"]
    assert (verdict, to_do) == ("wrong", "Run: smartcart migrate")
    assert "tables of version none" in found


def test_a_database_that_does_not_answer_is_wrong(run: Command, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SMARTCART_DATABASE_URL", f"postgresql://shop:hunter2@127.0.0.1:{free_port()}/shop")
    verdict, found, _ = look(run)["database"]
    assert verdict == "wrong"
    assert found.startswith("It does not answer: ")


def test_a_database_file_that_is_not_there_is_told_and_not_made(run: Command, environment: pytest.MonkeyPatch) -> None:
    found = look(run)["database"]
    assert (found[0], "There is no file" in found[1], "smartcart migrate" in found[2]) == ("wrong", True, True)
    assert not Path(os.environ["SMARTCART_DATABASE_URL"].removeprefix("sqlite:///")).exists()


def test_files_that_others_can_read_are_told_with_the_command_that_closes_them(
    run: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As a version before this one has made them."""
    assert run("migrate").code == 0
    assert look(run)["files"][0] == "ok"
    aside = tmp_path / "shop.before_restore_20260101_000000.sqlite3"
    aside.touch()
    opened = [tmp_path / "shop.sqlite3", aside, tmp_path / "sandbox.sqlite3"]
    for file in opened:
        file.chmod(0o644)
    verdict, found, to_do = look(run)["files"]
    assert (verdict, to_do) == ("wrong", "As their owner: chmod go= " + " ".join(map(str, opened)))
    assert all(str(file) in found for file in opened)


def test_that_nobody_does_the_jobs_is_seen_by_what_is_due(run: Command, migrated: str) -> None:
    """As with pages that leave the jobs to a worker, and none that runs."""
    assert look(run)["jobs"][0] == "ok"
    due = (datetime.now(UTC) - timedelta(minutes=5)).strftime("%Y-%m-%d %H:%M:%S.%f")
    columns = "kind, session_id, occasion, edition, receiver, written_at, wanted_at, fate, due_at, tries, problem"
    values = "'receipt', 'a session', '', 1, 'mail', ?, ?, 'waiting', ?, 0, ''"
    write_into(migrated, f"insert into outbox ({columns}) values ({values})", due, due, due)  # noqa: S608
    verdict, found, to_do = look(run)["jobs"]
    assert (verdict, "5 minutes ago" in found, "smartcart worker" in to_do) == ("warning", True, True)
