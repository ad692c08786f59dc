"""Sees what the weather at the gateway is, by the last attempts of all processes; and keeps orders while it is out."""

import logging
import time
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from smartcart import clock, work_queue
from smartcart.database.forgetting import forget
from smartcart.database.session import db, writing
from smartcart.database.upsert import insert_new
from smartcart.outbox import effects
from smartcart.outbox.models import EffectKind
from smartcart.payments.core import kept_orders, weather
from smartcart.payments.core.known_weather import Standing
from smartcart.payments.core.models import Attempt, PaymentSession
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.weather_models import WeatherChange, WeatherMinute
from smartcart.rules import weather as rules
from smartcart.rules.payment_states import State
from smartcart.rules.weather import Reading, Tried, Weather

log = logging.getLogger(__name__)

# So often, in seconds: what is known after five payments need not be tried by a tenth.
TICK = 3.0
# So many of the newest attempts are looked at, which costs the same however many there were; those that are under way
# for less than it takes to tell are among them.
NEWEST = 1000
KEPT_FOR = timedelta(days=30)
# While it is out no order has less than this share of its time left. When that begins and when it ends each has all of
# it, and for so long after whoever looks first sees to that.
LEAST_LEFT, NEWS_FOR = 0.5, timedelta(minutes=1)
# Between two batches of orders, in seconds, as `reconciler.PAUSE`.
PAUSE = 0.01


def look() -> int:
    """The job: note what the weather is now, and do what follows from it; returns whether it has changed."""
    known = runtime().weather
    if not known.is_on:
        return 0
    before = known.ask_anew()
    read = rules.reading(_tried(before))
    _note_minute(read)
    after = rules.weather(read, before.weather)
    has_changed = after is not before.weather and weather.become(after)
    if has_changed:
        log.warning("the weather at the gateway is %s now, after %s", after, before.weather)
    follow()
    return int(has_changed)


def follow() -> None:
    """Keep orders while payments are out; once they work again, write to who wanted to know. Open pages show both."""
    standing, now = runtime().weather(), clock.now()
    lifetime = timedelta(seconds=runtime().settings.session_lifetime)
    changed_at = standing.since if standing.weather is Weather.OUT else standing.back_at
    if changed_at is not None and changed_at <= now < changed_at + NEWS_FOR:
        _keep(changed_at + lifetime, changed_at + lifetime)
    if standing.weather is Weather.OUT:
        _keep(now + LEAST_LEFT * lifetime, now + lifetime)
    elif effects.bring_forward(EffectKind.PAYMENTS_WORK):
        work_queue.wake()


def forget_old() -> int:
    """Forget what the weather was a month ago; returns how many rows."""
    long_ago = clock.now() - KEPT_FOR
    return forget(WeatherMinute, WeatherMinute.minute < long_ago) + forget(WeatherChange, WeatherChange.at < long_ago)


def _keep(less_than: datetime, until: datetime) -> None:
    while kept_orders.keep(less_than, until):
        time.sleep(PAUSE)


def _tried(before: Standing) -> Iterator[Tried]:
    """What the newest attempts met, newest first; none of before the last outage ended."""
    now = clock.now()
    since = max(now - rules.LASTS, before.back_at or now - rules.LASTS)
    for row in _newest(since):
        is_under_way = row.outcome is None and row.state is State.PROCESSING
        met = rules.met(row.interruption, is_under_way, (now - row.begun_at).total_seconds())
        if met is not None:
            yield Tried(row.session_id, f"{row.merchant} {row.owner}", met)


def _newest(since: datetime) -> Sequence[Row[Any]]:
    columns = Attempt.session_id, Attempt.outcome, Attempt.interruption, Attempt.begun_at, Attempt.send_by, Attempt.id
    newest = select(*columns).order_by(Attempt.id.desc()).limit(NEWEST).subquery()
    of = PaymentSession
    with_session = select(newest, of.state, of.merchant, of.owner).join(of, of.id == newest.c.session_id)
    sent = newest.c.begun_at > since, newest.c.send_by.is_(None)
    db.session.rollback()
    found = db.session.execute(with_session.where(*sent).order_by(newest.c.id.desc())).all()
    db.session.rollback()
    return found


def _note_minute(read: Reading) -> None:
    """Once a minute, by whoever is first."""
    minute = clock.now().replace(second=0, microsecond=0)
    known = select(WeatherMinute.minute).where(
        WeatherMinute.account == weather.account(), WeatherMinute.minute == minute
    )
    if not read.number or db.session.scalar(known) is not None:
        return
    with writing():
        insert_new(
            WeatherMinute,
            account=weather.account(),
            minute=minute,
            answered=read.answered,
            silent=read.silent,
            hanging=read.hanging,
        )
