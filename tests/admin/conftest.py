"""An admin, signed in and not."""

import pytest
from flask import Flask

from smartcart.admin.login import passwords
from tests.admin.browser import PASSWORD, AdminBrowser


@pytest.fixture
def somebody(app: Flask) -> AdminBrowser:
    """A browser at a shop that has an admin; it is not signed in."""
    passwords.ensure_admin(PASSWORD)
    return AdminBrowser(app.test_client())


@pytest.fixture
def admin(somebody: AdminBrowser) -> AdminBrowser:
    """The admin's browser, signed in."""
    assert somebody.sign_in().status_code == 303
    return somebody
