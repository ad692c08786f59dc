"""Settings out of files: `.env`, and one for each secret."""

from pathlib import Path

import pytest

from smartcart import places
from smartcart.config import WrongSetting, load_settings
from tests.config.refusals import refusal


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
            monkeypatch.setattr(places, "own_data", lambda: tmp_path / "data")
        assert load_settings().currency == "JPY", how


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


def _refusal_of_file(monkeypatch: pytest.MonkeyPatch, path: str) -> str:
    return refusal(monkeypatch, "SECRET_KEY_FILE", path)
