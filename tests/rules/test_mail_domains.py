"""What records in DNS say of letters: what receivers can go by, what is missing and what is broken."""

import pytest

from smartcart.rules.mail_domains import Standing, is_in_dns, judge_dkim, judge_dmarc, judge_spf, places_of_dmarc

GOOD, MISSING, BROKEN = Standing


@pytest.mark.parametrize(
    ("texts", "standing"),
    [
        ([], MISSING),
        (["a text of somebody else's", "v=spf10 -all", "v=spf2.0/mfrom -all", "spf1 -all"], MISSING),
        (["v=spf1"], GOOD),
        (["v=spf1 -all"], GOOD),
        (["V=SPF1 include:_spf.mail.example ~ALL", "another text"], GOOD),
        (["v=spf1 -all", "v=spf1 ~all"], BROKEN),
        (["v=spf1 a all"], BROKEN),
        (["v=spf1 mx +all"], BROKEN),
        (["v=spf1 " + "include:a.example " * 10 + "-all"], GOOD),
        (["v=spf1 " + "include:a.example " * 11 + "-all"], BROKEN),
        (["v=spf1 a mx a:b.example mx/24 ptr exists:%{i}.c " + "include:a " * 5 + "-all"], BROKEN),
        (["v=spf1 " + "ip4:192.0.2.1 " * 30 + "-all"], GOOD),
    ],
)
def test_spf(texts: list[str], standing: Standing) -> None:
    assert judge_spf(texts).standing is standing


@pytest.mark.parametrize(
    ("texts", "standing"),
    [
        ([], MISSING),
        (["v=spf1 -all", "DMARC1", "v=dmarc1; p=none"], MISSING),
        (["v=DMARC1; p=none"], GOOD),
        (["v=DMARC1;p=reject;rua=mailto:a@b.example;"], GOOD),
        (["v=DMARC1"], GOOD),  # RFC 9989: p=none
        (["v=DMARC1; p = quarantine"], GOOD),
        (["v=DMARC1; p=bounce"], BROKEN),
        (["v=DMARC1; p=none", "v=DMARC1; p=reject"], BROKEN),
    ],
)
def test_dmarc(texts: list[str], standing: Standing) -> None:
    assert judge_dmarc(texts).standing is standing


@pytest.mark.parametrize(
    ("texts", "standing"),
    [
        ([], MISSING),
        (["v=spf1 -all", "v=DKIM2; p=abc", "a text"], MISSING),
        (["v=DKIM1; k=rsa; p=MIGf MA0G"], GOOD),
        (["p=MIGfMA0G"], GOOD),
        (["v=DKIM1; p="], BROKEN),
        (["v=DKIM1; t=y:s; p=MIGfMA0G"], BROKEN),
        (["p=one", "p=two"], BROKEN),
    ],
)
def test_dkim(texts: list[str], standing: Standing) -> None:
    assert judge_dkim(texts).standing is standing


def test_a_policy_is_looked_for_up_the_tree_of_names() -> None:
    assert list(places_of_dmarc("shop.b.example")) == ["_dmarc.shop.b.example", "_dmarc.b.example", "_dmarc.example"]
    deep = list(places_of_dmarc(".".join("abcdefghijkl")))
    assert len(deep) == 8
    assert deep[:2] == ["_dmarc.a.b.c.d.e.f.g.h.i.j.k.l", "_dmarc.f.g.h.i.j.k.l"]


@pytest.mark.parametrize(
    ("domain", "is_there"),
    [("shop.org", True), ("shop.example", False), ("a.shop.test", False), ("localhost", False), ("shop.LOCAL", False)],
)
def test_names_that_nobody_s_dns_has_are_known(domain: str, is_there: bool) -> None:
    assert is_in_dns(domain) is is_there
