"""A letter before it is a mail: to whom, about what, and the values of its two templates."""

from dataclasses import dataclass
from typing import Any, NamedTuple


class Attachment(NamedTuple):
    """A text that goes with a letter, to be kept as a file of that name."""

    name: str
    text: str


@dataclass(frozen=True)
class Letter:
    """`template` names a pair in templates/mail/: the same said as text and as HTML. `base_url` is the shop's own.

    What is not strictly needed says how to have no more of it, and goes to nobody who has said so.
    """

    to: str
    subject: str
    template: str
    base_url: str
    values: dict[str, Any]
    is_needed: bool = True
    attachments: tuple[Attachment, ...] = ()
