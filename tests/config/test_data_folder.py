"""SMARTCART_DATA: the folder of what the shop keeps on this machine."""

import stat
from pathlib import Path

import pytest
from sqlalchemy.engine import make_url

from smartcart import places
from smartcart.config import Settings, WrongSetting, load_settings
from tests.config.refusals import refusal


def test_by_default_all_data_of_a_checkout_is_under_instance(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATA", "DATABASE_URL"):
        monkeypatch.delenv(f"SMARTCART_{name}")
    settings = Settings()
    instance = tmp_path / "instance"  # the checkout of these tests
    assert settings.data == instance
    assert settings.database_url == f"sqlite:///{instance / 'shop.sqlite3'}"
    assert settings.sandbox_ledger == instance / "sandbox.sqlite3"


def test_a_user_without_a_home_has_to_say_where_the_data_is(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def homeless() -> Path:
        raise LookupError("this user has no home folder")

    monkeypatch.setattr(places, "CHECKOUT", None)
    monkeypatch.setattr(places, "own_data", homeless)
    monkeypatch.delenv("SMARTCART_DATA")
    with pytest.raises(
        WrongSetting, match=r"^SMARTCART_DATA is not set: it is required where this user has no home folder$"
    ):
        load_settings()
    monkeypatch.setenv("SMARTCART_DATA", str(tmp_path))
    assert load_settings().data == tmp_path


def test_all_data_is_where_it_is_said_to_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    data = tmp_path / "what? 100%41 #1"
    monkeypatch.delenv("SMARTCART_DATABASE_URL")
    monkeypatch.setenv("SMARTCART_DATA", str(data))
    settings = load_settings()
    assert make_url(settings.database_url).database == str(data / "shop.sqlite3")
    assert settings.sandbox_ledger == data / "sandbox.sqlite3"
    assert (data / "secret_key").read_text() == settings.secret_key


def test_the_secret_key_is_made_once_and_for_this_user_alone(tmp_path: Path) -> None:
    made = load_settings().secret_key
    assert len(made) >= 32
    assert load_settings().secret_key == made
    kept = tmp_path / "instance" / "secret_key"
    assert kept.read_text() == made
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_secret_key_that_cannot_be_read_is_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    reason = "the secret key cannot be kept or read there (Is a directory)"
    assert refusal(monkeypatch, "DATA", str(tmp_path)) == f"SMARTCART_DATA={str(tmp_path)!r} cannot be used: {reason}"
