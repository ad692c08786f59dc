"""What a domain's DNS says of letters that come from it: SPF, DKIM and DMARC. Texts in, a word and a sentence out.

Receivers who find none of these, or what they cannot read, take letters for spam, or refuse them.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

# RFC 7208, section 4.6.4: who has to ask more often than that reads no further, and the record counts as broken.
MOST_QUESTIONS = 10
ASKS = re.compile(r"[+?~-]?(?:include:|exists:|(?:a|mx|ptr)(?:[:/]|$))|redirect=", re.IGNORECASE)
# RFC 6761, section 6, and RFC 6762 for the last: nobody's DNS has anything below these.
NOWHERE = frozenset({"example", "test", "invalid", "localhost", "local"})


class Standing(StrEnum):
    """Whether receivers can go by it."""

    GOOD = "good"
    MISSING = "missing"
    BROKEN = "broken"


class Judged(NamedTuple):
    """How a record stands, and what it says in a sentence without a full stop."""

    standing: Standing
    says: str


def is_in_dns(domain: str) -> bool:
    """Whether a domain can be in the DNS that all ask."""
    return domain.rpartition(".")[2].lower() not in NOWHERE and "." in domain


def judge_spf(texts: Collection[str]) -> Judged:
    """Of the texts of the domain: RFC 7208, sections 4.5 to 4.7 and 5.1."""
    records = [text for text in texts if re.match(r"v=spf1(?: |$)", text, re.IGNORECASE)]
    if not records:
        return Judged(Standing.MISSING, "no SPF record says which servers send for it")
    if len(records) > 1:
        return Judged(Standing.BROKEN, f"there are {len(records)} SPF records, so none of them counts")
    terms = records[0].lower().split()[1:]
    if (asks := sum(bool(ASKS.match(term)) for term in terms)) > MOST_QUESTIONS:
        return Judged(Standing.BROKEN, f"SPF has receivers ask {asks} times, and they stop after {MOST_QUESTIONS}")
    if "all" in terms or "+all" in terms:
        return Judged(Standing.BROKEN, "SPF lets everybody send for it (+all)")
    return Judged(Standing.GOOD, records[0])


def places_of_dmarc(domain: str) -> Iterator[str]:
    """Where a policy may be, nearest first: RFC 9989 walks up the tree of names, at most eight steps of it."""
    labels = domain.split(".")
    yield f"_dmarc.{domain}"
    for number in range(min(len(labels) - 1, 7), 0, -1):
        yield "_dmarc." + ".".join(labels[-number:])


def judge_dmarc(texts: Collection[str]) -> Judged:
    """Of the texts of one place: RFC 9989, as RFC 7489, section 6.6.3, before it: of several none counts."""
    records = [text for text in texts if _tags(text).get("v") == "DMARC1"]
    if not records:
        return Judged(Standing.MISSING, "no DMARC record says what is to become of letters that fail")
    if len(records) > 1:
        return Judged(Standing.BROKEN, f"there are {len(records)} DMARC records, so none of them counts")
    if (policy := _tags(records[0]).get("p", "none").lower()) not in ("none", "quarantine", "reject"):
        return Judged(Standing.BROKEN, f"DMARC asks for {policy!r}, which receivers do not know")
    return Judged(Standing.GOOD, records[0])


def judge_dkim(texts: Collection[str]) -> Judged:
    """Of the texts at a selector: RFC 6376, section 3.6.1."""
    records = [text for text in texts if "p" in _tags(text) and _tags(text).get("v", "DKIM1") == "DKIM1"]
    if not records:
        return Judged(Standing.MISSING, "there is no key")
    if len(records) > 1:
        return Judged(Standing.BROKEN, f"there are {len(records)} keys, and receivers may take any of them")
    if not _tags(records[0])["p"]:
        return Judged(Standing.BROKEN, "the key was revoked")
    if "y" in _tags(records[0]).get("t", "").split(":"):
        return Judged(Standing.BROKEN, "the key is for tests (t=y), so receivers take its letters for unsigned")
    return Judged(Standing.GOOD, "a key is there")


def _tags(text: str) -> dict[str, str]:
    """A tag list by RFC 6376, section 3.2, which DMARC has too; empty for what is none."""
    pairs: Sequence[tuple[str, str, str]] = [tag.partition("=") for tag in text.split(";") if tag.strip()]
    if not all(name.strip() and sign for name, sign, _ in pairs):
        return {}
    return {name.strip(): re.sub(r"\s", "", value) for name, _, value in pairs}
