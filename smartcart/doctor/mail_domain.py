"""The sender's domain: what receivers find in DNS of who may send for it, and who has signed."""

from collections.abc import Iterator, Sequence

from dns.exception import DNSException
from dns.resolver import NXDOMAIN, NoAnswer, Resolver

from smartcart.doctor import Finding, ok, warning, wrong
from smartcart.rules.mail_domains import (
    Judged,
    Standing,
    is_in_dns,
    judge_dkim,
    judge_dmarc,
    judge_spf,
    places_of_dmarc,
)

# A question may take so long in seconds, all its repetitions included. A resolver that has to ask around takes one or
# two, and whoever waits for the doctor waits for all that it asks.
PATIENCE = 4.0
TO_DO = {
    "SPF": "Your mail provider names the record, such as v=spf1 include:… ~all (RFC 7208).",
    "DKIM": "Your mail provider names the record, and signs by it (RFC 6376).",
    "DMARC": "Begin with v=DMARC1; p=none (RFC 9989).",
}


class Unknown(Exception):
    """DNS did not say; the message is why."""


def check(sender: str, selectors: Sequence[str], resolver: Resolver | None = None) -> Iterator[Finding]:
    """What stands in DNS for letters from this address; DKIM by the selectors that are given.

    `resolver` is whom to ask, otherwise whom this machine asks. That there is no network is told, and nothing wrong.
    """
    domain = sender.rpartition("@")[2]
    if not is_in_dns(domain):
        found = f"{domain} is in nobody's DNS, so nobody can see whether a letter is yours."
        yield warning("sender", found, "Set SMARTCART_MAIL_FROM to an address of a domain of yours.")
        return
    try:
        resolver = resolver or Resolver()
        yield _finding("SPF", domain, judge_spf(_texts(resolver, domain)))
        yield from _dkim(resolver, domain, selectors)
        yield _finding("DMARC", domain, _dmarc(resolver, domain))
    except (Unknown, DNSException) as reason:
        found = f"What DNS says of {domain} could not be seen: {reason}"
        yield warning("sender", found, "Try it again where there is a network.")


def _dkim(resolver: Resolver, domain: str, selectors: Sequence[str]) -> Iterator[Finding]:
    for selector in selectors:
        judged = judge_dkim(_texts(resolver, f"{selector}._domainkey.{domain}"))
        yield _finding("DKIM", f"{selector}._domainkey.{domain}", judged)
    if not selectors:
        yield _dkim_of_any_name(resolver, domain)


def _dkim_of_any_name(resolver: Resolver, domain: str) -> Finding:
    """Keys have names that DNS lists to nobody, but it says whether there is any (RFC 8020: nothing is below what is
    not there)."""
    if _is_there(resolver, f"_domainkey.{domain}"):
        found = f"{domain} has keys, or may have. By what name stands in a letter: s=… of DKIM-Signature."
        return ok("DKIM", f"{found} To look at one: smartcart doctor --dkim-selector NAME")
    return _finding("DKIM", domain, Judged(Standing.MISSING, "there is no key of any name, so no letter is signed"))


def _dmarc(resolver: Resolver, domain: str) -> Judged:
    """The policy that is nearest."""
    judged = judge_dmarc([])
    for place in places_of_dmarc(domain):
        judged = judge_dmarc(_texts(resolver, place))
        if judged.standing is not Standing.MISSING:
            break
    return judged


def _finding(subject: str, place: str, judged: Judged) -> Finding:
    found = f"{place}: {judged.says}."
    if judged.standing is Standing.GOOD:
        return ok(subject, found)
    if judged.standing is Standing.BROKEN:
        return wrong(subject, found, f"Correct the record in DNS. {TO_DO[subject]}")
    return warning(subject, f"{found} Letters may be taken for spam.", TO_DO[subject])


def _texts(resolver: Resolver, name: str) -> list[str]:
    """The texts of a name, each of its parts put together. Raises Unknown."""
    try:
        answer = resolver.resolve(name, "TXT", lifetime=PATIENCE, search=False)
    except (NXDOMAIN, NoAnswer):
        return []
    except DNSException as failure:
        raise Unknown(_why(failure)) from failure
    return [b"".join(each.strings).decode(errors="replace") for each in answer]


def _is_there(resolver: Resolver, name: str) -> bool:
    """Whether DNS knows the name, or any below it. Raises Unknown."""
    try:
        resolver.resolve(name, "TXT", lifetime=PATIENCE, search=False, raise_on_no_answer=False)
    except NXDOMAIN:
        return False
    except DNSException as failure:
        raise Unknown(_why(failure)) from failure
    return True


def _why(failure: DNSException) -> str:
    """In a few words: a whole list of servers helps nobody."""
    return f"no answer that could be used ({type(failure).__name__})."
