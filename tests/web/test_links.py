"""What makes the links to an address is written with the first of them, and they are Werkzeug's own."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.routing import MapAdapter, Rule

from smartcart.web.application import Application

# An address, and what links to it are made of: with a query, and without.
ADDRESSES: tuple[tuple[str, dict[str, Any]], ...] = (
    ("/links", {}),
    ("/links/all", {"said": "a b", "seen": [1, 2]}),
    ("/links/<slug>", {"slug": "tea pot/ä?&"}),
    ("/links/<int:number>/<path:rest>", {"number": 7, "rest": "a/b", "self": "x"}),
)


def test_links_are_werkzeugs_own() -> None:
    ours, theirs = _addresses_of(Application), _addresses_of(Flask)
    for address, values in ADDRESSES:
        for append_unknown in (True, False, True):
            made = ours.build(address, values, append_unknown=append_unknown)
            assert made == theirs.build(address, values, append_unknown=append_unknown)


def test_none_is_written_before_it_is_linked_to(monkeypatch: pytest.MonkeyPatch) -> None:
    written, write = [], Rule._compile_builder

    def noted(rule: Rule, append_unknown: bool = True) -> Any:
        written.append((rule.endpoint, append_unknown))
        return write(rule, append_unknown)

    monkeypatch.setattr(Rule, "_compile_builder", noted)
    made = _addresses_of(Application, under="/unwritten")
    assert not written
    for _ in range(2):
        made.build("/links")
    assert written == [("/links", True)]


def _addresses_of(kind: type[Flask], under: str = "") -> MapAdapter:
    app = kind("links")
    for address, _ in ADDRESSES:
        app.add_url_rule(f"{under}{address}", endpoint=address)
    return app.url_map.bind("shop.example")
