"""A setting whose name is misspelt changes nothing, and `smartcart serve` says so."""

import pytest

from smartcart.server import serve
from tests.commands.running import SERVE, Command


def test_a_misspelt_setting_is_named_at_the_start(run: Command, environment: pytest.MonkeyPatch, migrated: str) -> None:
    environment.setattr(serve, "serve", lambda *_, **__: None)
    environment.setenv("SMARTCART_RETRY_DELLAY", "3")
    done = run(*SERVE)
    assert done.code == 0
    assert "SMARTCART_RETRY_DELLAY is no setting, and changes nothing." in done.err
    assert "SMARTCART_DATABASE_URL" not in done.err
