"""The fraud rules at work in a process: what is to be done with an attempt that begins."""

import hmac
import math
import time
from collections.abc import Sequence
from typing import NamedTuple

from smartcart.fraud import rule_book, shop_wide, sightings
from smartcart.rules.card_limits import refused_by_scheme
from smartcart.rules.velocity import By, Judgement, Rule, Sighting, judge, reaches

# Each process reads the rules once in so many seconds, at most; as long as a rule that was changed may take to hold.
KNOWN_FOR = 2.0
# Hexadecimal digits of a hash, as the tables have room for.
DIGITS = 16


class Verdict(NamedTuple):
    """What is done with an attempt: by the rules, or by the card schemes' limits, with why it must not be tried."""

    by_rules: Judgement
    by_schemes: str = ""


class Guard:
    """`key` is what hashes are made with; without `is_on` nothing is remembered, and nobody is held up."""

    def __init__(self, key: str, is_on: bool) -> None:
        self.is_on = is_on
        self._key = hmac.digest(key.encode(), b"fraud sightings", "sha256")
        self._rules: tuple[Rule, ...] = ()
        self._reaches = reaches(())
        self._read_at = -math.inf
        self._shop = shop_wide.Known()

    def hashed(self, kind: str, text: str) -> str:
        """What is kept of a text; empty of none. What is known as one kind of thing is nothing known as another."""
        return hmac.digest(self._key, f"{kind} {text}".encode(), "sha256").hex()[:DIGITS] if text else ""

    def hashed_email(self, address: str) -> str:
        """One mailbox is one address, whatever stands behind a plus in it (RFC 5233)."""
        mailbox, _, domain = address.strip().casefold().rpartition("@")
        return self.hashed("email", f"{mailbox.partition('+')[0]}@{domain}" if mailbox else "")

    def judge(self, attempt: Sighting) -> Verdict:
        """What is to be done with an attempt, in the transaction that begins it."""
        rules = self.rules()
        seen = sightings.seen_before(attempt, self._reaches)
        if reason := refused_by_scheme(seen.declines, attempt.at):
            return Verdict(Judgement(), reason)
        by_shop = self._shop.met(attempt, rules, self._reaches[By.SHOP])
        return Verdict(judge(rules, attempt, seen.by, lambda: not sightings.has_paid(attempt), by_shop))

    def rules(self) -> Sequence[Rule]:
        """As they are kept, or were a moment ago."""
        if time.monotonic() - self._read_at >= KNOWN_FOR:
            self._read_at, self._rules = time.monotonic(), rule_book.read()
            self._reaches = reaches(self._rules)
        return self._rules

    def read_anew(self) -> None:
        """They were changed here."""
        self._read_at, self._shop = -math.inf, shop_wide.Known()
