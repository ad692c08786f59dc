"""Every question to Stripe is counted by its kind, and told where the figures are, for thirty days."""

from collections import Counter
from datetime import timedelta

from flask import Flask

from smartcart import clock
from smartcart.doctor import Verdict
from smartcart.doctor.stripe import allowance
from smartcart.gateways import calls_made
from smartcart.payments.core import call_counts, tally
from smartcart.payments.reconciliation import comparison


def counted() -> Counter[str]:
    return call_counts.by_kind(tally.figures())


def test_a_look_into_the_books_is_counted_and_told_with_the_figures(stripe_shop: Flask) -> None:
    calls_made.take()
    comparison.run()
    assert call_counts.write_down() >= 1
    assert counted()["GET charges"] == 1
    told = stripe_shop.test_client().get("/metrics").text
    assert 'smartcart_gateway_calls{kind="GET charges"} 1.0' in told
    assert call_counts.write_down() == 0
    assert counted()["GET charges"] == 1


def test_what_was_asked_more_than_thirty_days_ago_counts_no_more(stripe_shop: Flask) -> None:
    calls_made.take()
    calls_made.count("GET charges", 7)
    call_counts.write_down()
    tally.add_up()
    clock.freeze(clock.now() + timedelta(days=31))
    assert counted()["GET charges"] == 0
    call_counts.write_down()
    assert "call" not in tally.figures()


def test_the_doctor_warns_before_the_allowance_is_used_up() -> None:
    few, many = Counter({"GET charges": 2160, "POST refunds": 9_000}), Counter({"GET charges": 9_000})
    assert allowance(few, 0).verdict is Verdict.OK
    assert "2160 of 10000 reads" in allowance(few, 0).found
    assert allowance(many, 0).verdict is Verdict.WARNING
    assert allowance(many, 1_000).verdict is Verdict.OK
