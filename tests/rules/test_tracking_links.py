"""Which addresses may be pressed in a letter."""

import pytest

from smartcart.rules import tracking_links


@pytest.mark.parametrize("url", ["", "https://post.example/1", "https://post.example:8443/a?b=c&d=%20#e"])
def test_links_of_carriers_are_taken(url: str) -> None:
    assert tracking_links.refusal_of(url) == ""


@pytest.mark.parametrize(
    "url",
    [
        "http://post.example/1",
        "post.example/1",
        "javascript:alert(1)",
        "data:text/html,x",
        "//post.example",
        "https://",
        "https://localhost/1",
        "https://shop@evil.example/",
        "https://post.example/a b",
        "https://post.example\\@evil.example",
        "https://post.example/\n1",
        "https://post.example/\u202e",
        'https://post.example/">',
        "https://[post.example",
        "https://post.example:99999999/",
        "https://post.example/" + "x" * 500,
    ],
)
def test_what_is_none_or_may_mislead_is_refused(url: str) -> None:
    assert tracking_links.refusal_of(url)
