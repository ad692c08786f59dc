"""What kind of device somebody pays with, as far as its User-Agent says."""

import re
from enum import StrEnum


class Device(StrEnum):
    """The kinds that are told apart. `unknown` is what says nothing of itself, and what nobody was at."""

    PHONE = "phone"
    TABLET = "tablet"
    COMPUTER = "computer"
    PROGRAM = "program"
    UNKNOWN = "unknown"


# https://developer.mozilla.org/en-US/docs/Web/HTTP/Guides/Browser_detection_using_the_user_agent: a phone says "Mobi"
# anywhere, an Android without it is a tablet. An iPad calls itself a Macintosh unless it is told otherwise.
_KINDS = (
    (Device.PROGRAM, re.compile(r"bot\b|crawler|spider|headless", re.IGNORECASE)),
    (Device.TABLET, re.compile(r"iPad|Tablet|Android(?!.*Mobi)|Silk/(?!.*Mobi)")),
    (Device.PHONE, re.compile(r"Mobi|iPhone")),
    (Device.COMPUTER, re.compile(r"Windows NT|Macintosh|X11|CrOS|Linux")),
)


def kind_of(user_agent: str) -> Device:
    """The kind of device that sends this header. Every browser's begins with Mozilla/ or Opera/, and few others do."""
    if not user_agent.strip():
        return Device.UNKNOWN
    if not user_agent.startswith(("Mozilla/", "Opera/")):
        return Device.PROGRAM
    return next((kind for kind, says in _KINDS if says.search(user_agent)), Device.UNKNOWN)
