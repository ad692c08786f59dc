"""Stamps of machines whose clocks differ: what was signed by a clock that is ahead is taken, what is too old is not."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest
from flask import Flask
from itsdangerous import SignatureExpired, TimestampSigner, URLSafeTimedSerializer

from smartcart.web.stamps import AHEAD, PatientSigner
from tests.support.shopper import Shopper, product

Ahead = Callable[[float], AbstractContextManager[None]]


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    """Signs for a while with a clock that is so many seconds ahead of this machine's."""

    @contextmanager
    def signing(seconds: float) -> Iterator[None]:
        with monkeypatch.context() as other_machine:
            other_machine.setattr(TimestampSigner, "get_timestamp", lambda _: int(time.time() + seconds))
            yield

    return signing


@pytest.fixture
def signed(ahead: Ahead) -> Callable[[float], str]:
    """What was signed by a clock that is so many seconds ahead."""

    def sign(seconds: float) -> str:
        with ahead(seconds):
            return str(signer().dumps("ada"))

    return sign


def signer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer("secret", signer=PatientSigner)


@pytest.mark.parametrize("seconds", [0, 1, 2, 30, 3600, AHEAD - 10, -1, -50])
def test_a_stamp_of_a_clock_that_is_ahead_is_taken(signed: Callable[[float], str], seconds: float) -> None:
    assert signer().loads(signed(seconds), max_age=60) == "ada"


@pytest.mark.parametrize("seconds", [-70, -3600, AHEAD + 100])
def test_a_stamp_that_is_too_old_or_of_no_clock_is_not(signed: Callable[[float], str], seconds: float) -> None:
    with pytest.raises(SignatureExpired):
        signer().loads(signed(seconds), max_age=60)
    assert signer().loads(signed(seconds)) == "ada"


@pytest.mark.parametrize("seconds", [1, 5])
def test_a_form_of_a_machine_whose_clock_is_ahead_is_taken(
    app: Flask, shopper: Shopper, ahead: Ahead, seconds: int
) -> None:
    product()
    with ahead(seconds):
        token = shopper.token()
    answer = shopper.client.post("/cart/lines", data={"csrf_token": token, "product": "teapot", "quantity": "1"})
    assert answer.status_code == 303
