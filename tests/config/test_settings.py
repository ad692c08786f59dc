"""Settings: read once from the environment and `.env`, and refused with one line when wrong."""

from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.engine import make_url

from smartcart import config
from smartcart.config import Settings, WrongSetting, load_settings
from tests.config.refusals import refusal

# The contract's table, and what the shop adds to it.
DEFAULTS = {
    "secret_key_before": "",
    "base_url": "",
    "gateway": "sandbox",
    "payment_timeout": 30,
    "max_attempts": 3,
    "retry_delay": 2,
    "session_lifetime": 900,
    "cart_lifetime": 90 * 86400,
    "poll_interval": 2,
    "cleanup_interval": 60,
    "reconcile_interval": 5,
    "weather": "on",
    "fraud": "on",
    "fraud_keep": 90 * 86400,
    "gateway_threads": 16,
    "waiting_shoppers": 0,
    "admin_password": "",
    "rate_limit": "120 per minute",
    "currency": "EUR",
    "shop_name": "SmartCart",
    "contact": "",
    "smtp_host": "",
    "smtp_port": 0,
    "smtp_user": "",
    "smtp_password": "",
    "smtp_security": "starttls",
    "mail_from": "",
    "owner_email": "",
    "owner_letters": "at-once",
    "time_zone": ZoneInfo("UTC"),
    "metrics_token": "",
    "trusted_proxies": "",
    "webhook_networks": "",
    "stripe_secret_key": "",
    "stripe_publishable_key": "",
    "stripe_webhook_secret": "",
    "stripe_api_base": "https://api.stripe.com",
}

SECONDS = ["0", "-1", "3601", "nan", "inf", "-inf", "1e999", "ten", "", "1,5", "30s", "\N{ARABIC-INDIC DIGIT FOUR} s"]
WRONG = {
    "DATA": ["", "instance", "./instance", "~/shop", "/dev/null", "/dev/null/shop"],
    "DATABASE_URL": [
        "mysql://localhost/shop",
        "shop.sqlite3",
        "",
        "://",
        "http://example.org",
        "sqlite",
        "sqlite:///",
        "sqlite:///:memory:",
        "postgresql://one:port,two:5433/shop",
        "postgresql://one,two/shop?no_such_option=1",
    ],
    "SECRET_KEY": ["short", "x" * 15],
    "SECRET_KEY_BEFORE": ["short", "x" * 15],
    "BASE_URL": ["shop.example", "ftp://shop.example", "//shop.example", "javascript:alert(1)", "https://" + "x" * 400],
    "GATEWAY": ["paypal", "", "Sandbox", "sandbox "],
    "PAYMENT_TIMEOUT": SECONDS,
    "MAX_ATTEMPTS": ["0", "-1", "21", "2.5", "three", "", "1e1", "9" * 5000],
    "RETRY_DELAY": SECONDS,
    "SESSION_LIFETIME": ["0", "-1", "604801", "nan", "inf", "", "15min"],
    "CART_LIFETIME": ["0", "86399", "315360001", "nan", "inf", "", "90 days"],
    "POLL_INTERVAL": ["-1", "3601", "nan", "", "off"],
    "CLEANUP_INTERVAL": SECONDS,
    "RECONCILE_INTERVAL": SECONDS,
    "WEATHER": ["", "ON", "sunny", "true"],
    "FRAUD": ["", "ON", "true", "1"],
    "FRAUD_KEEP": ["", "0", "2591999", "nan", "inf", "315360001"],
    "GATEWAY_THREADS": ["0", "-1", "513", "1.5", "", "many"],
    "WAITING_SHOPPERS": ["-1", "5001", "1.5", "", "many"],
    "RATE_LIMIT": ["", "on", "120", "120 per fortnight", "-1 per minute", "0 per minute", "many per minute", "off "],
    "METRICS_TOKEN": ["short", "x" * 15],
    "WEBHOOK_NETWORKS": ["*", "till.example", "10.0.0.0/33", "10.0.0.1/8", "127.0.0.1;10.0.0.1"],
    "TRUSTED_PROXIES": ["*", "proxy.example", "10.0.0.0/33", "10.0.0.1/8", "127.0.0.1;10.0.0.1"],
    "CURRENCY": ["EURO", "eur", "", "ZZZ", "978"],
    "SHOP_NAME": ["", "   ", "x" * 61, "Tea\nPots", "\x1b[2J"],
    "CONTACT": ["shop@example.org\nBcc: all", "\t x \x07", "x" * 201],
    "SMTP_HOST": [
        " ",
        "mail.example.org:587",
        "smtp://mail.example.org",
        "mail example.org",
        "-mail",
        "mail.",
        "a\nb",
        "[::1",
        "::1]",
        "[::1]:25",
        "[mail.example.org]",
        "[127.0.0.1]",
        "[]",
        ":::",
    ],
    "SMTP_PORT": ["-1", "65536", "1.5", "", "smtp", "1e3", "9" * 5000],
    "SMTP_SECURITY": ["", "ssl", "STARTTLS", "tls ", "off"],
    "MAIL_FROM": [
        "shop",
        "shop@",
        "@b.org",
        "Shop <shop@b.org>",
        "a@b@c.org",
        "shop@b.org\nBcc: all",
        "a b@c.org",
        "ä@b.org",
    ],
    "OWNER_EMAIL": ["owner", "owner@", "Owner <owner@b.org>", "a@b.org, c@b.org", "owner@b.org\nBcc: all"],
    "OWNER_LETTERS": ["", "at once", "Daily", "weekly", "off"],
    "TIME_ZONE": ["", "Berlin", "CEST", "+01:00", "Europe", "../etc/passwd", "/etc/localtime", "Europe/Berlin "],
    "STRIPE_SECRET_KEY": ["pk_test_1", "sk_1", "sk_prod_1", "sk_test_", "sk_test_1 "],
    "STRIPE_PUBLISHABLE_KEY": ["sk_test_1", "pk_1", "pk_prod_1", "pk_live_"],
    "STRIPE_WEBHOOK_SECRET": ["secret", "sk_test_1", "whsec_1,", ",whsec_1", "whsec_1,sk_test_1"],
    "STRIPE_API_BASE": ["", "api.stripe.com", "http://api.stripe.com", "ftp://127.0.0.1", "https://"],
}
SECRETS = {
    "METRICS_TOKEN",
    "SMTP_PASSWORD",
    "DATABASE_URL",
    "SECRET_KEY",
    "SECRET_KEY_BEFORE",
    "ADMIN_PASSWORD",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
}
STRIPE = {"GATEWAY": "stripe", "STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_PUBLISHABLE_KEY": "pk_test_1"}


def test_the_defaults_are_the_contracts() -> None:
    settings = load_settings()
    assert {name: getattr(settings, name) for name in DEFAULTS} == DEFAULTS


def test_every_wrong_value_is_refused_with_one_line_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, values in WRONG.items():
        for value in values:
            message = refusal(monkeypatch, name, value)
            shown = "***" if name in SECRETS else repr(value)
            assert message.startswith(f"SMARTCART_{name}={shown} cannot be used: "), message
            assert len(message.splitlines()) == 1
            assert len(message) < 6000


def test_every_setting_that_can_be_wrong_is_tried() -> None:
    free_text = {"admin_password", "sandbox_ledger", "smtp_user", "smtp_password"}  # the last two belong together
    assert {name.lower() for name in WRONG} == set(config.Settings.model_fields) - free_text


def test_a_refusal_says_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, allowed in (
        ("MAX_ATTEMPTS", "21", "less than or equal to 20"),
        ("PAYMENT_TIMEOUT", "0", "greater than 0"),
        ("DATABASE_URL", "mysql://x", "begins with postgresql://, or with sqlite:/// and names a file"),
        ("DATABASE_URL", "postgresql://shop:pa/ss@w%rd@db/shop", "percent-encode them, @ as %40 and / as %2F"),
        ("BASE_URL", "shop.example", "must begin with http:// or https://"),
        ("GATEWAY", "paypal", "'sandbox'"),
        ("RATE_LIMIT", "often", "must be 'off' or a rate such as '120 per minute'"),
        ("CURRENCY", "EURO", "ISO 4217"),
        ("SECRET_KEY", "short", "at least 16 characters"),
    ):
        assert allowed in refusal(monkeypatch, name, value)


def set_all(monkeypatch: pytest.MonkeyPatch, settings: dict[str, str]) -> None:
    for name, value in settings.items():
        monkeypatch.setenv(f"SMARTCART_{name}", value)


def test_stripe_needs_its_two_keys_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, STRIPE)
    assert load_settings().gateway == "stripe"


@pytest.mark.parametrize("name", ["STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY"])
def test_stripe_without_one_of_its_keys_is_refused(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    set_all(monkeypatch, {**STRIPE, name: ""})
    with pytest.raises(WrongSetting, match=f"^SMARTCART_{name} is not set: .*required$"):
        load_settings()


@pytest.mark.parametrize("secret", ["sk_live_1", "rk_live_1"])
def test_stripes_keys_of_different_modes_are_refused(monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    set_all(monkeypatch, {**STRIPE, "STRIPE_SECRET_KEY": secret})
    with pytest.raises(WrongSetting, match="different modes") as refused:
        load_settings()
    assert secret not in str(refused.value)


def test_what_tells_a_shop_from_others_at_stripe_stays_and_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {**STRIPE, "SECRET_KEY": "the first of two secrets"})
    first = load_settings()
    assert first.stripe_shop == load_settings().stripe_shop
    assert first.secret_key not in first.stripe_shop
    set_all(monkeypatch, {"SECRET_KEY": "the other of two secrets"})
    assert load_settings().stripe_shop != first.stripe_shop
    set_all(monkeypatch, {"SECRET_KEY_BEFORE": "the first of two secrets"})
    assert load_settings().stripe_shop == first.stripe_shop


def test_no_secret_of_stripes_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    set_all(monkeypatch, {**STRIPE, "STRIPE_WEBHOOK_SECRET": "whsec_hidden", "STRIPE_SECRET_KEY": "sk_test_hidden"})
    shown = load_settings().masked()
    assert shown["SMARTCART_STRIPE_SECRET_KEY"] == shown["SMARTCART_STRIPE_WEBHOOK_SECRET"] == "***"
    assert "hidden" not in str(shown)


def test_fractions_of_a_second_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["payment_timeout", "retry_delay", "session_lifetime", "poll_interval", "cleanup_interval"]
    for name in [*names, "reconcile_interval"]:
        monkeypatch.setenv(f"SMARTCART_{name.upper()}", "0.25")
        assert getattr(load_settings(), name) == 0.25


def test_polling_can_be_switched_off_and_limits_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTCART_POLL_INTERVAL", "0")
    monkeypatch.setenv("SMARTCART_RATE_LIMIT", "off")
    settings = load_settings()
    assert (settings.poll_interval, settings.rate_limit) == (0, "off")


def test_postgresql_needs_a_secret_key_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    for scheme in ("postgresql", "postgres"):
        monkeypatch.setenv("SMARTCART_DATABASE_URL", f"{scheme}://shop:hunter2@db/shop")
        with pytest.raises(WrongSetting, match="SMARTCART_SECRET_KEY is not set") as wrong:
            load_settings()
        assert "hunter2" not in str(wrong.value)
    monkeypatch.setenv("SMARTCART_SECRET_KEY", "x" * 16)
    assert load_settings().database_url == "postgresql+psycopg://shop:hunter2@db/shop"


@pytest.mark.parametrize(
    ("given", "hosts", "ports"),
    [
        ("one:5432,two:5433", "one,two", "5432,5433"),
        ("one,two:5433", "one,two", ",5433"),
        ("[::1]:5432,[::2]:5433", "::1,::2", "5432,5433"),
    ],
)
def test_an_address_may_name_several_hosts_as_libpq_writes_them(given: str, hosts: str, ports: str) -> None:
    settings = Settings(database_url=f"postgresql://shop:hunter%402@{given}/shop?target_session_attrs=read-write")
    url = make_url(settings.database_url)
    assert url.get_dialect()().create_connect_args(url)[1] == {
        "user": "shop",
        "password": "hunter@2",
        "dbname": "shop",
        "host": hosts,
        "port": ports,
        "target_session_attrs": "read-write",
    }
    shown = settings.masked()["SMARTCART_DATABASE_URL"]
    assert shown == f"postgresql+psycopg://shop:***@/shop?host={hosts}&port={ports}&target_session_attrs=read-write"


def test_a_password_in_the_query_of_an_address_is_masked_too() -> None:
    settings = Settings(database_url="postgresql://shop@db/shop?password=hunter2&sslpassword=hunter2")
    assert settings.masked()["SMARTCART_DATABASE_URL"].endswith("?password=***&sslpassword=***")


def test_secrets_are_masked_where_settings_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMARTCART_DATABASE_URL", "postgresql://shop:hunter2@db/shop")
    monkeypatch.setenv("SMARTCART_SECRET_KEY", "hunter2" * 3)
    for name in ("ADMIN_PASSWORD", "SMTP_USER", "SMTP_PASSWORD"):
        monkeypatch.setenv(f"SMARTCART_{name}", "hunter2" if name.endswith("PASSWORD") else "shop")
    shown = load_settings().masked()
    assert "hunter2" not in str(shown)
    assert shown["SMARTCART_DATABASE_URL"] == "postgresql+psycopg://shop:***@db/shop"
    assert shown["SMARTCART_MAX_ATTEMPTS"] == "3"
    assert set(shown) == {f"SMARTCART_{name.upper()}" for name in config.Settings.model_fields}
