"""What owners write in Markdown is shown, and nothing that could do anything in a shopper's browser."""

import re

import pytest

from smartcart.shop.markdown import to_html


@pytest.mark.parametrize(
    ("written", "shown"), [("# a\n\n## b", "23"), ("## a\n\n### b", "23"), ("# a\n\n###### b", "26")]
)
def test_headings_begin_below_the_pages_own(written: str, shown: str) -> None:
    assert re.findall(r"<h(\d)>", to_html(written)) == list(shown)


@pytest.mark.parametrize("address", ["https://example.org/a?b=c", "http://example.org", "mailto:ada@example.org"])
def test_links_lead_to_pages_and_mailboxes(address: str) -> None:
    assert f'<a href="{address}" rel="noreferrer">there</a>' in to_html(f"[there]({address})")
    assert f'<a href="{address}" rel="noreferrer">' in to_html(f"<{address}>")


@pytest.mark.parametrize(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "java&#115;cript:alert(1)",
        "&#x6A;avascript:x",
        "\u2028javascript:x",
        "data:text/html,x",
        "vbscript:x",
        "file:///etc",
        "ftp://example.org",
        "//example.org",
        "/admin",
        "x",
    ],
)
@pytest.mark.parametrize(
    "written", ["[x]({})", "[x](<{}>)", "<{}>", "[x]\n\n[x]: {}", "![x]({})", '<a href="{}">x</a>']
)
def test_no_other_link_is_made(address: str, written: str) -> None:
    assert not re.search(r"<a\b|<img", to_html(written.format(address)))


@pytest.mark.parametrize(
    "written",
    [
        "<script>alert(1)</script>",
        "a <b onclick=alert(1)>b</b>",
        "<img src=x onerror=alert(1)>",
        "![x](https://example.org/x.png)",
        "<svg/onload=alert(1)>",
        "<!-- <script> -->",
        '[x](https://example.org "\\" onclick=alert(1)")',
        "```html onload=x\n<script>\n```",
        "<style>p { display: none }</style>",
        "<iframe src=https://example.org>",
    ],
)
def test_html_is_words_like_all_others(written: str) -> None:
    shown = to_html(written)
    assert not re.search(r"<(?:script|img|svg|style|iframe|b|!)", shown)
    assert not re.search(r"<[^>]*\son\w+=", re.sub(r'"[^"]*"', '""', shown))


@pytest.mark.parametrize("written", ["[" * 20_000, "*a_ " * 10_000, "> " * 10_000, "[a](" * 10_000])
def test_what_parsers_stumble_over_is_shown(written: str) -> None:
    assert written[0] in to_html(written) or "blockquote" in to_html(written)
