"""A played attack of card testing, on a held clock: how much of it reaches the gateway, and what the honest notice.

It also draws the play, as docs/attack.svg: what it shows is the same on every machine.
"""

import logging
from collections import Counter
from collections.abc import Iterator, Sequence
from html import escape

from bench.chart import STYLE
from bench.figures import Figure
from bench.report import DOCS
from bench.rig import DATABASES, SQLITE, Rig
from smartcart import clock
from smartcart.database.session import db
from tests.payments.card_testing import LASTS, Fate, Issuer, Played, Scale, play, presses

SCALE, SEED = Scale(cards=2000, addresses=50, honest=500), 1
FIRST_MINUTE = 60
# The picture: a bar for so many seconds.
STEP = 10
WIDTH, HEIGHT, LEFT, TOP, BASE = 1000, 330, 50, 70, 290


def figures(rig: Rig) -> Iterator[Figure]:
    logging.getLogger("smartcart").setLevel(logging.ERROR)
    for database in DATABASES:
        played = _played(rig, database)
        if database == SQLITE:
            (DOCS / "attack.svg").write_text(picture(played), encoding="utf-8")
        yield from _figures(database, played)


def _played(rig: Rig, database: str) -> list[Played]:
    app = rig.app(rig.database(database), Issuer(), fraud="on")
    with app.app_context():
        try:
            return list(play(presses(SCALE, SEED)))
        finally:
            clock.freeze(None)
            db.session.rollback()
            db.engine.dispose()


def _figures(database: str, played: Sequence[Played]) -> Iterator[Figure]:
    attack = [each for each in played if each.press.is_attack]
    later = [each for each in attack if each.press.at >= FIRST_MINUTE]
    reached = sum(each.reached_the_gateway for each in later)
    yield Figure(
        "an attack's presses that reach the gateway after a minute, in percent",
        database,
        100 * reached / len(later),
        f"{reached:,}",
        f"{len(later):,}",
        at_most=1,
    )
    honest = Counter(each.fate for each in played if not each.press.is_attack)
    hindered = honest[Fate.REFUSED] + honest[Fate.HELD]
    yield Figure(
        "honest payments refused or held meanwhile, in percent",
        database,
        100 * hindered / honest.total(),
        f"{hindered:,}",
        f"{honest.total():,}",
        at_most=0.5,
    )
    stolen = sum(each.fate is Fate.PAID for each in attack)
    yield Figure(
        "stolen cards that paid, in percent", database, 100 * stolen / len(attack), f"{stolen:,}", f"{len(attack):,}"
    )


def picture(played: Sequence[Played]) -> str:
    """An SVG: the attack's presses by ten seconds, those of them that reached the gateway, and honest payments."""
    pressed = _by_step([each for each in played if each.press.is_attack])
    reached = _by_step([each for each in played if each.press.is_attack and each.reached_the_gateway])
    paid = _by_step([each for each in played if not each.press.is_attack and each.fate is Fate.PAID])
    most = max(pressed.values())
    words = (
        f"{pressed.total():,} presses with stolen cards in five minutes, of which {reached.total():,} reached the"
        f" gateway; {paid.total():,} honest payments beside them"
    )
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img">',
        f"<title>{escape(words)}</title>",
        f"<style>{STYLE} .tried {{ fill: #59636e; opacity: .35; }}</style>",
        f'<text x="{LEFT}" y="24">{escape(words)}.</text>',
        *_key(),
        *(
            bar
            for number in range(LASTS // STEP)
            for bar in (
                _bar(number, 0, 20, pressed[number], most, "tried"),
                _bar(number, 0, 20, reached[number], most, "missed"),
                _bar(number, 21, 7, paid[number], most, "met"),
            )
        ),
        *(
            f'<text x="{_x(minute * 60 // STEP)}" y="{BASE + 20}" class="soft">{minute}:00</text>'
            for minute in range(LASTS // 60)
        ),
        f'<text x="{LEFT - 8}" y="{TOP + 10}" text-anchor="end" class="soft">{most}</text>',
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _key() -> Iterator[str]:
    meanings = (("tried", "attack: pressed"), ("missed", "attack: reached the gateway"), ("met", "honest: paid"))
    for number, (kind, meaning) in enumerate(meanings):
        x = LEFT + 220 * number
        yield f'<rect x="{x}" y="38" width="14" height="14" class="{kind}"/>'
        yield f'<text x="{x + 20}" y="50" class="soft">{meaning}</text>'


def _by_step(played: Sequence[Played]) -> Counter[int]:
    return Counter(int(each.press.at) // STEP for each in played)


def _bar(number: int, offset: int, width: int, count: int, most: int, kind: str) -> str:
    height = round((BASE - TOP) * count / most)
    return f'<rect x="{_x(number) + offset}" y="{BASE - height}" width="{width}" height="{height}" class="{kind}"/>'


def _x(number: int) -> int:
    return LEFT + number * 31
