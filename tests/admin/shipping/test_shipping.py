"""The price list of delivery: countries are added, changed, and removed."""

import pytest

from smartcart.shop import countries, shipping
from tests.admin.browser import AdminBrowser
from tests.support.databases import ON_BOTH

FRANCE = {"country": "FR", "currency": "EUR", "price": "9,90"}


@ON_BOTH
def test_a_country_is_added_changed_and_removed(admin: AdminBrowser) -> None:
    assert "Nothing is sent anywhere yet" in admin.read("/admin/shipping")
    assert admin.post("/admin/shipping", FRANCE).status_code == 303
    assert shipping.prices("EUR") == {"FR": 990}
    assert admin.post("/admin/shipping", FRANCE | {"price": "12"}).status_code == 303
    assert "France €12.00" in admin.read("/admin/shipping")
    assert admin.post("/admin/shipping/remove", FRANCE).status_code == 303
    assert shipping.prices("EUR") == {}


def test_sending_may_cost_nothing(admin: AdminBrowser) -> None:
    admin.post("/admin/shipping", FRANCE | {"price": "0"})
    assert shipping.prices("EUR") == {"FR": 0}


@pytest.mark.parametrize(
    ("wrong", "words"),
    [({"country": "ZZ"}, "country of the list"), ({"price": "a lot"}, "in digits"), ({"currency": "euro"}, "ISO 4217")],
)
def test_what_is_allowed_is_said(admin: AdminBrowser, wrong: dict[str, str], words: str) -> None:
    answer = admin.post("/admin/shipping", FRANCE | wrong)
    assert answer.status_code == 422
    assert words in answer.text
    assert shipping.prices("EUR") == {}


def test_countries_are_those_of_iso_3166_and_kosovo() -> None:
    assert len(countries.names()) == 249 + 1
    assert {"DE", "GB", "US", "AQ", "XK"} <= set(countries.names())
    assert not {"EU", "UK", "ZZ", "UN"} & set(countries.names())
