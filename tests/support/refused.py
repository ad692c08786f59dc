"""Why a press on a page was refused: it leads back to the page, which says it."""

from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from smartcart.payments.core.refusals import Refused


class Answer(Protocol):
    @property
    def location(self) -> str | None: ...


def refusal(answer: Answer) -> str:
    """The name of the refusal that an answer's redirect carries along; empty if it carries none."""
    said = parse_qs(urlsplit(answer.location or "").query).get("said", [""])[0]
    return said if said in {each.__name__ for each in Refused.__subclasses__()} else ""
