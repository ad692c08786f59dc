"""Who tries out stolen cards is held up within a minute, and honest shoppers beside them are not."""

from collections.abc import Iterator, Sequence

import pytest
from flask import Flask

from smartcart import clock, create_app
from smartcart.config import Settings
from tests.payments.card_testing import Fate, Issuer, Played, Scale, play, presses
from tests.support.databases import ON_SQLITE

pytestmark = ON_SQLITE
# A tenth of the attack that `python -m bench attack` plays, at the same pace from each address.
SCALE, SEED = Scale(cards=200, addresses=5, honest=60), 7


@pytest.fixture
def attacked(settings: Settings) -> Iterator[Flask]:
    """A shop with the rules that every shop has at first."""
    app = create_app(settings.model_copy(update={"fraud": "on"}), Issuer())
    app.logger.disabled = True
    with app.app_context():
        yield app
    clock.freeze(None)


@pytest.fixture
def unguarded(settings: Settings) -> Iterator[Flask]:
    app = create_app(settings, Issuer())
    app.logger.disabled = True
    with app.app_context():
        yield app
    clock.freeze(None)


def after_a_minute(played: Sequence[Played]) -> list[Played]:
    return [each for each in played if each.press.is_attack and each.press.at >= 60]


def test_after_a_minute_of_an_attack_hardly_anything_of_it_reaches_the_gateway(attacked: Flask) -> None:
    played = list(play(presses(SCALE, SEED)))
    later = after_a_minute(played)
    assert len(later) > 100
    assert sum(each.reached_the_gateway for each in later) <= 0.01 * len(later)
    honest = [each for each in played if not each.press.is_attack]
    assert [each.fate for each in honest if each.fate in (Fate.REFUSED, Fate.HELD)] == []
    assert sum(each.fate is Fate.PAID for each in honest) == SCALE.honest


def test_without_the_rules_all_of_it_would(unguarded: Flask) -> None:
    later = after_a_minute(list(play(presses(Scale(cards=60, addresses=5, honest=0), SEED))))
    assert all(each.reached_the_gateway for each in later)
