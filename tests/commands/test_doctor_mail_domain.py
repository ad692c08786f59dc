"""`smartcart doctor` sees in DNS what receivers of letters see there of who may send them."""

from collections.abc import Iterator
from time import monotonic

import pytest

from smartcart.doctor import Verdict, mail_domain
from tests.support.name_server import NameServer

SENDER = "shop@shop.b.org"
GOOD = {
    "shop.b.org": ["v=spf1 include:_spf.mail.example -all", "a text of somebody else's"],
    "s1._domainkey.shop.b.org": ["v=DKIM1; k=rsa; p=" + "A" * 400],
    "_dmarc.b.org": ["v=DMARC1; p=quarantine"],
}


@pytest.fixture
def dns() -> Iterator[NameServer]:
    with NameServer().running() as server:
        server.texts = GOOD
        yield server


def look(dns: NameServer, *selectors: str) -> dict[str, tuple[Verdict, str]]:
    found = list(mail_domain.check(SENDER, selectors, dns.resolver()))
    return {each.subject: (each.verdict, each.found) for each in found}


def test_a_domain_that_says_it_all_is_well(dns: NameServer) -> None:
    assert look(dns, "s1") == {
        "SPF": (Verdict.OK, "shop.b.org: v=spf1 include:_spf.mail.example -all."),
        "DKIM": (Verdict.OK, "s1._domainkey.shop.b.org: a key is there."),
        "DMARC": (Verdict.OK, "shop.b.org: v=DMARC1; p=quarantine."),
    }
    assert dns.asked[-2:] == ["_dmarc.shop.b.org", "_dmarc.b.org"]


def test_without_a_selector_it_says_whether_there_is_any_key_and_how_to_look(dns: NameServer) -> None:
    verdict, found = look(dns)["DKIM"]
    assert verdict is Verdict.OK
    assert "smartcart doctor --dkim-selector NAME" in found
    dns.texts = {"shop.b.org": ["v=spf1 -all"]}
    assert look(dns)["DKIM"][0] is Verdict.WARNING


def test_what_is_missing_is_a_warning_with_what_to_do(dns: NameServer) -> None:
    dns.texts = {"other.org": ["v=spf1 -all"]}
    found = list(mail_domain.check(SENDER, ["s1"], dns.resolver()))
    assert [(each.subject, each.verdict) for each in found] == [
        (subject, Verdict.WARNING) for subject in ("SPF", "DKIM", "DMARC")
    ]
    assert all("spam" in each.found and each.to_do for each in found)


def test_what_receivers_cannot_go_by_is_wrong(dns: NameServer) -> None:
    dns.texts = {
        "shop.b.org": ["v=spf1 -all", "v=spf1 ~all"],
        "s1._domainkey.shop.b.org": ["v=DKIM1; p="],
        "_dmarc.shop.b.org": ["v=DMARC1; p=bounce"],
        "_dmarc.b.org": ["v=DMARC1; p=none"],
    }
    assert {subject: verdict for subject, (verdict, _) in look(dns, "s1").items()} == {
        "SPF": Verdict.WRONG,
        "DKIM": Verdict.WRONG,
        "DMARC": Verdict.WRONG,
    }


@pytest.mark.parametrize("trouble", ["is_silent", "fails"])
def test_without_a_network_that_is_said_and_nothing_is_wrong(
    dns: NameServer, monkeypatch: pytest.MonkeyPatch, trouble: str
) -> None:
    monkeypatch.setattr(mail_domain, "PATIENCE", 0.5)
    setattr(dns, trouble, True)
    begun = monotonic()
    [(subject, (verdict, found))] = look(dns).items()
    assert (subject, verdict) == ("sender", Verdict.WARNING)
    assert "could not be seen: no answer that could be used" in found
    assert monotonic() - begun < 30, "it has a limit, whatever a busy machine makes of it"


def test_a_name_that_no_dns_has_is_not_asked_for(dns: NameServer) -> None:
    [found] = mail_domain.check("shop@shop.example", (), dns.resolver())
    assert found.verdict is Verdict.WARNING
    assert "nobody's DNS" in found.found
    assert dns.asked == []
