"""Settings: read once from the environment and `.env`, and refused with one line when wrong."""

import os
import stat
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.engine import make_url

from smartcart import config, places
from smartcart.config import Settings, WrongSetting, load_settings

# The contract's table, and what the shop adds to it.
DEFAULTS = {
    "base_url": "",
    "gateway": "sandbox",
    "payment_timeout": 30,
    "max_attempts": 3,
    "retry_delay": 2,
    "session_lifetime": 900,
    "poll_interval": 2,
    "cleanup_interval": 60,
    "reconcile_interval": 5,
    "gateway_threads": 16,
    "waiting_shoppers": 0,
    "admin_password": "",
    "rate_limit": "120 per minute",
    "currency": "EUR",
    "shop_name": "SmartCart",
    "contact": "",
    "time_zone": ZoneInfo("UTC"),
    "metrics_token": "",
    "trusted_proxies": "",
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
    "BASE_URL": ["shop.example", "ftp://shop.example", "//shop.example", "javascript:alert(1)", "https://" + "x" * 400],
    "GATEWAY": ["paypal", "", "Sandbox", "sandbox "],
    "PAYMENT_TIMEOUT": SECONDS,
    "MAX_ATTEMPTS": ["0", "-1", "21", "2.5", "three", "", "1e1", "9" * 5000],
    "RETRY_DELAY": SECONDS,
    "SESSION_LIFETIME": ["0", "-1", "604801", "nan", "inf", "", "15min"],
    "POLL_INTERVAL": ["-1", "3601", "nan", "", "off"],
    "CLEANUP_INTERVAL": SECONDS,
    "RECONCILE_INTERVAL": SECONDS,
    "GATEWAY_THREADS": ["0", "-1", "513", "1.5", "", "many"],
    "WAITING_SHOPPERS": ["-1", "5001", "1.5", "", "many"],
    "RATE_LIMIT": ["", "on", "120", "120 per fortnight", "-1 per minute", "0 per minute", "many per minute", "off "],
    "METRICS_TOKEN": ["short", "x" * 15],
    "TRUSTED_PROXIES": ["*", "proxy.example", "10.0.0.0/33", "10.0.0.1/8", "127.0.0.1;10.0.0.1"],
    "CURRENCY": ["EURO", "eur", "", "ZZZ", "978"],
    "SHOP_NAME": ["", "   ", "x" * 61, "Tea\nPots", "\x1b[2J"],
    "CONTACT": ["shop@example.org\nBcc: all", "\t x \x07", "x" * 201],
    "TIME_ZONE": ["", "Berlin", "CEST", "+01:00", "Europe", "../etc/passwd", "/etc/localtime", "Europe/Berlin "],
    "STRIPE_SECRET_KEY": ["pk_test_1", "sk_1", "sk_prod_1", "sk_test_", "sk_test_1 "],
    "STRIPE_PUBLISHABLE_KEY": ["sk_test_1", "pk_1", "pk_prod_1", "pk_live_"],
    "STRIPE_WEBHOOK_SECRET": ["secret", "sk_test_1", "whsec_1,", ",whsec_1", "whsec_1,sk_test_1"],
    "STRIPE_API_BASE": ["", "api.stripe.com", "http://api.stripe.com", "ftp://127.0.0.1", "https://"],
}
SECRETS = {
    "METRICS_TOKEN",
    "DATABASE_URL",
    "SECRET_KEY",
    "ADMIN_PASSWORD",
    "STRIPE_SECRET_KEY",
    "STRIPE_WEBHOOK_SECRET",
}
STRIPE = {"GATEWAY": "stripe", "STRIPE_SECRET_KEY": "sk_test_1", "STRIPE_PUBLISHABLE_KEY": "pk_test_1"}


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No setting from this machine, and a place of one's own for what the first start makes."""
    for name in list(os.environ):
        if name.upper().startswith("SMARTCART_"):
            monkeypatch.delenv(name)
    monkeypatch.setattr(places, "CHECKOUT", tmp_path)
    monkeypatch.setenv("SMARTCART_DATA", str(tmp_path / "instance"))
    monkeypatch.setenv("SMARTCART_DATABASE_URL", f"sqlite:///{tmp_path / 'shop.sqlite3'}")


def refusal(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    with monkeypatch.context() as environment:
        environment.setenv(f"SMARTCART_{name}", value)
        try:
            settings = load_settings()
        except WrongSetting as wrong:
            return str(wrong)
    pytest.fail(f"{name}={value!r} was taken as {getattr(settings, name.lower())!r}")


def test_the_defaults_are_the_contracts() -> None:
    settings = load_settings()
    assert {name: getattr(settings, name) for name in DEFAULTS} == DEFAULTS


def test_by_default_all_data_of_a_checkout_is_under_instance(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATA", "DATABASE_URL"):
        monkeypatch.delenv(f"SMARTCART_{name}")
    settings = Settings()
    instance = Path(config.__file__).parents[2] / "instance"
    assert settings.data == instance
    assert settings.database_url == f"sqlite:///{instance / 'shop.sqlite3'}"
    assert settings.sandbox_ledger == instance / "sandbox.sqlite3"


def test_all_data_is_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = tmp_path / "what? 100%41 #1"
    monkeypatch.delenv("SMARTCART_DATABASE_URL")
    monkeypatch.setenv("SMARTCART_DATA", str(data))
    settings = load_settings()
    assert make_url(settings.database_url).database == str(data / "shop.sqlite3")
    assert settings.sandbox_ledger == data / "sandbox.sqlite3"
    assert (data / "secret_key").read_text() == settings.secret_key


def test_a_secret_key_that_cannot_be_read_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    reason = "the secret key cannot be kept or read there (Is a directory)"
    assert refusal(monkeypatch, "DATA", str(tmp_path)) == f"SMARTCART_DATA={str(tmp_path)!r} cannot be used: {reason}"


def test_where_the_shop_was_installed_its_env_file_lies_with_its_data(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(places, "CHECKOUT", None)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data").mkdir()
    (tmp_path / ".env").write_text("SMARTCART_CURRENCY=USD\n")
    (tmp_path / "data" / ".env").write_text("SMARTCART_CURRENCY=JPY\n")
    for how in ("named", "by default"):
        if how == "named":
            monkeypatch.setenv("SMARTCART_DATA", str(tmp_path / "data"))
        else:
            monkeypatch.delenv("SMARTCART_DATA")
            monkeypatch.setattr(places, "DATA", tmp_path / "data")
        assert load_settings().currency == "JPY", how


def test_every_wrong_value_is_refused_with_one_line_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, values in WRONG.items():
        for value in values:
            message = refusal(monkeypatch, name, value)
            shown = "***" if name in SECRETS else repr(value)
            assert message.startswith(f"SMARTCART_{name}={shown} cannot be used: "), message
            assert len(message.splitlines()) == 1
            assert len(message) < 6000


def test_every_setting_that_can_be_wrong_is_tried() -> None:
    free_text = {"admin_password", "sandbox_ledger"}
    assert {name.lower() for name in WRONG} == set(config.Settings.model_fields) - free_text


def test_a_refusal_says_what_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value, allowed in (
        ("MAX_ATTEMPTS", "21", "less than or equal to 20"),
        ("PAYMENT_TIMEOUT", "0", "greater than 0"),
        ("DATABASE_URL", "mysql://x", "begins with postgresql://, or with sqlite:/// and names a file"),
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


def test_a_file_can_hold_any_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("a secret out of a file\n")
    monkeypatch.setenv("SMARTCART_SECRET_KEY_FILE", str(secret))
    monkeypatch.setenv("SMARTCART_ADMIN_PASSWORD_FILE", str(secret))
    settings = load_settings()
    assert settings.secret_key == settings.admin_password == "a secret out of a file"


def test_a_file_that_cannot_be_read_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing", tmp_path, tmp_path / "binary", Path("nul\n")):
        message = _refusal_of_file(monkeypatch, str(path))
        assert message.startswith(f"SMARTCART_SECRET_KEY_FILE={str(path)!r} cannot be read: it must name a text file")
        assert len(message.splitlines()) == 1
    assert _refusal_of_file(monkeypatch, "").startswith("SMARTCART_SECRET_KEY_FILE='' cannot be read")


def test_secrets_are_never_in_a_refusal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("tooshort")
    assert "tooshort" not in _refusal_of_file(monkeypatch, str(tmp_path / "secret"))
    assert "hunter2" not in refusal(monkeypatch, "DATABASE_URL", "mysql://shop:hunter2@localhost/shop")
    assert "hunter2" not in refusal(monkeypatch, "SECRET_KEY", "hunter2")


def test_the_env_file_is_read_and_the_environment_wins(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SMARTCART_MAX_ATTEMPTS=5\nSMARTCART_CURRENCY='USD'\nOTHER=1\n")
    assert (load_settings().max_attempts, load_settings().currency) == (5, "USD")
    monkeypatch.setenv("SMARTCART_MAX_ATTEMPTS", "7")
    assert (load_settings().max_attempts, load_settings().currency) == (7, "USD")


def test_a_file_that_windows_has_marked_as_utf_8_is_read_without_the_mark(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "secret").write_text("a secret out of a file\r\n", encoding="utf-8-sig")
    (tmp_path / ".env").write_text("SMARTCART_MAX_ATTEMPTS=5\r\nSMARTCART_CURRENCY=USD\r\n", encoding="utf-8-sig")
    monkeypatch.setenv("SMARTCART_SECRET_KEY_FILE", str(tmp_path / "secret"))
    settings = load_settings()
    assert (settings.secret_key, settings.max_attempts, settings.currency) == ("a secret out of a file", 5, "USD")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "latin-1"])
def test_files_that_are_not_utf_8_are_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, encoding: str
) -> None:
    written = "SMARTCART_ADMIN_PASSWORD=pässword\n"
    (tmp_path / "secret").write_text(written, encoding=encoding)
    message = _refusal_of_file(monkeypatch, str(tmp_path / "secret"))
    assert message.startswith(f"SMARTCART_SECRET_KEY_FILE={str(tmp_path / 'secret')!r} cannot be read: ")
    assert message.endswith("it is not text in UTF-8: save it as UTF-8")
    (tmp_path / ".env").write_text(written, encoding=encoding)
    with pytest.raises(WrongSetting) as wrong:
        load_settings()
    assert str(wrong.value) == f"{tmp_path / '.env'} cannot be used: it is not text in UTF-8: save it as UTF-8"


def test_a_line_of_the_env_file_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("# of the shop\nSMARTCART_CURRENCY=USD\nSMARTCART_ADMIN_PASSWORD='hunter2\n")
    with pytest.raises(WrongSetting, match="line 3 is not NAME=value, or a quote is not closed") as wrong:
        load_settings()
    assert "hunter2" not in str(wrong.value)


@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_value_of_the_env_file_is_taken_as_it_stands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, quote: str
) -> None:
    monkeypatch.setenv("HOME", "/nowhere")
    (tmp_path / ".env").write_text(f"SMARTCART_ADMIN_PASSWORD={quote}pa${{HOME}}ss$HOME{quote}\n")
    assert load_settings().admin_password == "pa${HOME}ss$HOME"


def test_a_wrong_value_in_the_env_file_is_refused_too(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("SMARTCART_MAX_ATTEMPTS=0\n")
    with pytest.raises(WrongSetting, match="SMARTCART_MAX_ATTEMPTS='0' cannot be used"):
        load_settings()


def test_what_is_meant_for_other_programs_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    expected = load_settings()
    for name, value in {"CURRENCY": "USD", "BASE_URL": "https://other.example", "MAX_ATTEMPTS": "x"}.items():
        monkeypatch.setenv(name, value)
        monkeypatch.setenv(name.lower(), value)
    assert load_settings() == expected


def test_the_secret_key_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    made = load_settings().secret_key
    assert len(made) >= 32
    assert load_settings().secret_key == made
    kept = tmp_path / "instance" / "secret_key"
    assert kept.read_text() == made
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


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
    monkeypatch.setenv("SMARTCART_ADMIN_PASSWORD", "hunter2")
    shown = load_settings().masked()
    assert "hunter2" not in str(shown)
    assert shown["SMARTCART_DATABASE_URL"] == "postgresql+psycopg://shop:***@db/shop"
    assert shown["SMARTCART_MAX_ATTEMPTS"] == "3"
    assert set(shown) == {f"SMARTCART_{name.upper()}" for name in config.Settings.model_fields}


def _refusal_of_file(monkeypatch: pytest.MonkeyPatch, path: str) -> str:
    return refusal(monkeypatch, "SECRET_KEY_FILE", path)
