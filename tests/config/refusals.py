"""What a wrong setting is told."""

import pytest

from smartcart.config import WrongSetting, load_settings


def refusal(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> str:
    with monkeypatch.context() as environment:
        environment.setenv(f"SMARTCART_{name}", value)
        try:
            settings = load_settings()
        except WrongSetting as wrong:
            return str(wrong)
    pytest.fail(f"{name}={value!r} was taken as {getattr(settings, name.lower())!r}")
