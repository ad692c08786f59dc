"""What owners write, as HTML that may be shown to everybody: Markdown, without any HTML of their own.

Twice over: the parser knows no HTML and no other links (https://markdown-it-py.readthedocs.io/en/latest/security.html),
and of what it makes nothing passes but these tags (https://nh3.readthedocs.io). Both are loaded with the first page
that is written in it: most processes show none.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from markupsafe import Markup

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.rules_core import StateCore

SCHEMES = {"http", "https", "mailto"}
LINK = re.compile(rf"(?:{'|'.join(sorted(SCHEMES))}):", re.IGNORECASE)
TAGS = {"h2", "h3", "h4", "h5", "h6", "p", "br", "hr", "ul", "ol", "li", "blockquote", "pre", "code"}
TAGS |= {"em", "strong", "a", "table", "thead", "tbody", "tr", "th", "td"}
# So many texts are not made anew: a page of each kind, with some earlier editions.
AT_HAND = 8


@lru_cache(AT_HAND)
def to_html(words: str) -> Markup:
    """The highest of its headings is the second on its page, whose own is the first."""
    import nh3

    made = _parser().render(words)
    attributes = {"a": {"href"}, "ol": {"start"}}
    clean = nh3.clean(made, tags=TAGS, attributes=attributes, url_schemes=SCHEMES, link_rel="noreferrer")
    return Markup(clean)  # noqa: S704  # it was made clean just before


def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    parser.validateLink = lambda url: LINK.match(url) is not None  # type: ignore[method-assign]  # how it is told
    parser.core.ruler.push("below_the_title", _lower_headings)
    return parser


def _lower_headings(state: "StateCore") -> None:
    headings = [token for token in state.tokens if token.type in ("heading_open", "heading_close")]
    highest = min((int(token.tag[1]) for token in headings), default=0)
    for token in headings:
        token.tag = f"h{min(int(token.tag[1]) - highest + 2, 6)}"
