"""The threads that carry letters out give way to who pays, and a shop that starts loads nothing of a letter."""

import subprocess
import sys

import pytest
from flask import Flask

from smartcart.mail import smtp, threads
from smartcart.payments.core.gateway_pool import GatewayPool

LOADED = """
import sys
from smartcart.mail import threads
from smartcart.server import timetable
print(*{"smartcart.mail.sending", "smtplib", "css_inline"} & set(sys.modules))
"""


def test_what_makes_a_letter_is_not_loaded_at_the_start() -> None:
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, text=True, check=True, timeout=60)
    assert found.stdout.split() == []


def test_letters_give_way_to_people_who_wait_in_line(shop: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    letters = threads.worker(shop).due()
    assert letters.room() > 0
    monkeypatch.setattr(GatewayPool, "has_line", True)
    assert letters.room() == 0


def test_a_letter_that_has_waited_here_has_more_of_its_claim_left_than_it_takes(shop: Flask) -> None:
    assert threads.worker(shop).due().takes > smtp.WHOLE
