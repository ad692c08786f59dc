"""What lines are indented by in a template means nothing to a browser, and is no part of a page."""

from flask import Flask

from tests.support.shopper import Shopper


def test_no_line_of_a_page_is_indented_and_none_is_lost(app: Flask, shopper: Shopper) -> None:
    session = shopper.order()
    for path in ("/", "/cart", f"/pay/{session}"):
        page = shopper.get(path).text
        assert not [line for line in page.splitlines() if line.startswith((" ", "\t"))], path
    written = "<p>\n    one\n\n\ttwo  words\n</p>"
    made = app.jinja_env.preprocess(written, "page.html")
    assert made == "<p>\none\n\ntwo  words\n</p>"
    assert app.jinja_env.preprocess(written, "letter.txt") == written
