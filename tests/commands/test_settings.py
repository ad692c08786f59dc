"""Settings are checked at the start, and refused loudly when wrong."""

import re
import stat
from pathlib import Path

import pytest

from smartcart import config
from tests.commands.running import SERVE, Command, Done


def test_config_shows_every_setting_and_masks_what_is_secret(run: Command, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SMARTCART_DATABASE_URL", "postgresql://shop:hunter2@db.example/shop")
    environment.setenv("SMARTCART_SECRET_KEY", "do not show this one")
    environment.setenv("SMARTCART_ADMIN_PASSWORD", "nor this one")
    done = run("config")
    shown = dict(line.split("=", 1) for line in done.out.splitlines())
    assert set(shown) == {f"SMARTCART_{name.upper()}" for name in config.Settings.model_fields}
    assert not re.search("hunter2|show this|nor this", done.out)
    assert shown["SMARTCART_DATABASE_URL"] == "postgresql+psycopg://shop:***@db.example/shop"
    assert (shown["SMARTCART_SECRET_KEY"], shown["SMARTCART_ADMIN_PASSWORD"]) == ("***", "***")
    assert (shown["SMARTCART_PAYMENT_TIMEOUT"], shown["SMARTCART_MAX_ATTEMPTS"]) == ("30.0", "3")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("GATEWAY", "paypal", "input should be 'sandbox'"),
        ("BASE_URL", "shop.example", "must begin with http:// or https://"),
        ("CURRENCY", "EURO", "must be an ISO 4217 code such as EUR"),
        ("RATE_LIMIT", "often", "must be 'off' or a rate such as '120 per minute'"),
        ("PAYMENT_TIMEOUT", "0", "input should be greater than 0"),
        ("PAYMENT_TIMEOUT", "30000", "input should be less than or equal to 3600"),
        ("PAYMENT_TIMEOUT", "nan", "input should be a finite number"),
        ("PAYMENT_TIMEOUT", "soon", "input should be a valid number"),
        ("RETRY_DELAY", "-2", "input should be greater than 0"),
        ("RETRY_DELAY", "", "input should be a valid number"),
        ("SESSION_LIFETIME", "0", "input should be greater than 0"),
        ("SESSION_LIFETIME", "999999999", "input should be less than or equal to 604800"),
        ("POLL_INTERVAL", "-1", "input should be greater than or equal to 0"),
        ("CLEANUP_INTERVAL", "inf", "input should be a finite number"),
        ("RECONCILE_INTERVAL", "5s", "input should be a valid number"),
        ("MAX_ATTEMPTS", "0", "input should be greater than or equal to 1"),
        ("MAX_ATTEMPTS", "2.5", "input should be a valid integer"),
        ("MAX_ATTEMPTS", "21", "input should be less than or equal to 20"),
        ("GATEWAY_THREADS", "0", "input should be greater than or equal to 1"),
        ("GATEWAY_THREADS", "many", "input should be a valid integer"),
        ("SMTP_HOST", "mail.example:25", "must be the name or the IP address of a machine, such as mail.example.org"),
        ("SMTP_PORT", "70000", "input should be less than or equal to 65535"),
        ("SMTP_SECURITY", "ssl", "input should be 'starttls', 'tls' or 'none'"),
        ("MAIL_FROM", "the shop", "must be an e-mail address, such as shop@example.org"),
        ("MAIL_FROM", "Shop <shop@example.org>", "must be an e-mail address, such as shop@example.org"),
    ],
)
def test_a_wrong_setting_is_one_line_with_its_name_its_value_and_what_is_allowed(
    run: Command, environment: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    environment.setenv(f"SMARTCART_{name}", value)
    refuses_the_start(run, f"SMARTCART_{name}='{value}' cannot be used: {allowed}")


@pytest.mark.parametrize(
    ("name", "value", "allowed"),
    [
        ("SECRET_KEY", "too short", "must have at least 16 characters"),
        ("DATABASE_URL", "mysql://shop:hunter2@db/shop", "must be an address that begins with postgresql://, or with"),
        ("DATABASE_URL", "sqlite://", "must be an address that begins with postgresql://, or with sqlite:///"),
        ("DATABASE_URL", "postgresql://shop:hunter2@db:port/shop", "must be an address that begins with postgresql://"),
        ("DATABASE_URL", "shop.sqlite3", "must be an address that begins with postgresql://, or with sqlite:///"),
    ],
)
def test_a_wrong_secret_is_not_repeated(
    run: Command, environment: pytest.MonkeyPatch, name: str, value: str, allowed: str
) -> None:
    environment.setenv(f"SMARTCART_{name}", value)
    done = refuses_the_start(run, f"SMARTCART_{name}=*** cannot be used: {allowed}")
    assert not re.search("hunter2|too short", done.err)


@pytest.mark.parametrize(("name", "prefix"), [("DATABASE_URL", "sqlite:///"), ("SANDBOX_LEDGER", "")])
@pytest.mark.parametrize("place", ["a file/books.sqlite3", "a folder"])
def test_a_file_that_cannot_be_is_refused(
    run: Command, environment: pytest.MonkeyPatch, tmp_path: Path, name: str, prefix: str, place: str
) -> None:
    (tmp_path / "a file").touch()
    (tmp_path / "a folder").mkdir()
    environment.setenv(f"SMARTCART_{name}", f"{prefix}{tmp_path / place}")
    refuses_the_start(run, f"SMARTCART_{name}: '{tmp_path / place}' cannot be used: must be a file in a folder")


def refuses_the_start(run: Command, line: str) -> Done:
    done = run(*SERVE)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(line), done.err
    assert len(done.err.splitlines()) == 1
    return done


def test_settings_have_the_prefix_and_nothing_else_is_read(run: Command, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("CURRENCY", "USD")
    environment.setenv("MAX_ATTEMPTS", "9")
    shown = run("config").out.splitlines()
    assert "SMARTCART_CURRENCY=EUR" in shown
    assert "SMARTCART_MAX_ATTEMPTS=3" in shown


def test_a_setting_can_stand_in_the_env_file_and_the_environment_wins(
    run: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("SMARTCART_MAX_ATTEMPTS=5\nSMARTCART_RETRY_DELAY=7\n")
    environment.setenv("SMARTCART_RETRY_DELAY", "8")
    shown = run("config").out.splitlines()
    assert "SMARTCART_MAX_ATTEMPTS=5" in shown
    assert "SMARTCART_RETRY_DELAY=8.0" in shown


def test_a_secret_can_stand_in_a_file(run: Command, environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("short\n")
    environment.delenv("SMARTCART_SECRET_KEY")
    environment.setenv("SMARTCART_SECRET_KEY_FILE", str(secret))
    assert "SMARTCART_SECRET_KEY=*** cannot be used" in run("config").err
    secret.write_text("long enough for a secret\n")
    assert run("config").code == 0
    assert config.load_settings().secret_key == "long enough for a secret"


def test_a_secret_file_that_cannot_be_read_is_refused(run: Command, environment: pytest.MonkeyPatch) -> None:
    environment.setenv("SMARTCART_ADMIN_PASSWORD_FILE", "/nowhere/password")
    refuses_the_start(run, "SMARTCART_ADMIN_PASSWORD_FILE='/nowhere/password' cannot be read: it must name a text file")


def test_a_short_admin_password_is_refused(run: Command, environment: pytest.MonkeyPatch, migrated: str) -> None:
    environment.setenv("SMARTCART_ADMIN_PASSWORD", "short")
    refuses_the_start(run, "SMARTCART_ADMIN_PASSWORD=*** cannot be used: it must have at least 8 characters")


def test_postgresql_needs_a_secret_key_of_ones_own(run: Command, environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SMARTCART_SECRET_KEY")
    environment.setenv("SMARTCART_DATABASE_URL", "postgresql://shop@db.example/shop")
    refuses_the_start(run, "SMARTCART_SECRET_KEY is not set: with a PostgreSQL database it is required")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"SMTP_HOST": "mail.example"}, "SMARTCART_MAIL_FROM is not set: with SMARTCART_SMTP_HOST it is required"),
        ({"SMTP_USER": "shop"}, "SMARTCART_SMTP_USER and SMARTCART_SMTP_PASSWORD belong together"),
        ({"SMTP_PASSWORD": "hunter2"}, "SMARTCART_SMTP_USER and SMARTCART_SMTP_PASSWORD belong together"),
        (
            {"SMTP_USER": "shop", "SMTP_PASSWORD": "hunter2", "SMTP_SECURITY": "none"},
            "SMARTCART_SMTP_SECURITY='none' cannot be used: with a user it must be starttls or tls",
        ),
    ],
)
def test_half_a_mail_server_is_refused(
    run: Command, environment: pytest.MonkeyPatch, given: dict[str, str], line: str
) -> None:
    for name, value in given.items():
        environment.setenv(f"SMARTCART_{name}", value)
    assert "hunter2" not in refuses_the_start(run, line).err


@pytest.mark.parametrize(("security", "port"), [("starttls", 587), ("tls", 465), ("none", 25)])
def test_a_mail_server_is_looked_for_at_its_usual_port(
    run: Command, environment: pytest.MonkeyPatch, security: str, port: int
) -> None:
    environment.setenv("SMARTCART_SMTP_SECURITY", security)
    assert config.load_settings().mail_port == port
    environment.setenv("SMARTCART_SMTP_PORT", "2525")
    assert config.load_settings().mail_port == 2525


def test_on_sqlite_a_secret_key_is_made_once_and_kept_for_this_user_only(
    run: Command, environment: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    environment.delenv("SMARTCART_SECRET_KEY")
    made = config.load_settings().secret_key
    assert len(made) >= 32
    assert config.load_settings().secret_key == made
    kept = tmp_path / "instance" / "secret_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in kept.parent.iterdir()] == ["secret_key"]
    assert made not in run("config").out
