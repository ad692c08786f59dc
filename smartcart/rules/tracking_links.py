"""Which addresses may stand in a letter as the place where a parcel can be followed.

It is text that a person typed, and others press: https alone, to a named host, and nothing in it that browsers read in
two ways (WHATWG URL, section 4.4: backslashes, control characters and credentials).
"""

from urllib.parse import urlsplit

LONGEST = 500


def refusal_of(url: str) -> str:
    """Why an address may not be, as a sentence; empty where it may, or where there is none."""
    if not url:
        return ""
    if len(url) > LONGEST:
        return f"The tracking link can have at most {LONGEST} characters."
    return "" if _is_plain(url) else "The tracking link must begin with https:// and lead to a site, without spaces."


def _is_plain(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    is_text = url.isascii() and url.isprintable() and not set(url) & set(' \\<>"')
    return is_text and parts.scheme == "https" and "." in host and "@" not in parts.netloc
