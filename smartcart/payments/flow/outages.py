"""The owner is told that the gateway has been silent for a while, and that it is back."""

from datetime import datetime

from smartcart import clock
from smartcart.database.session import writing
from smartcart.moments import format_moment
from smartcart.outbox import owner_notices
from smartcart.payments.core.runtime import runtime
from smartcart.rules.owner_letters import Subject, news_of_gateway
from smartcart.rules.weather import Weather


def tell() -> int:
    """Note what is news of the gateway, as this process has seen it and all have; returns how many notices."""
    silent_since, answers_since = _seen()
    if not owner_notices.are_wanted():
        return 0
    told_out_at = owner_notices.last_of(Subject.GATEWAY_OUT)
    told_back_at = owner_notices.last_of(Subject.GATEWAY_BACK)
    news = news_of_gateway(silent_since, answers_since, told_out_at, told_back_at, clock.now())
    if news is None:
        return 0
    moment = format_moment(silent_since or answers_since or clock.now(), runtime().settings.time_zone)
    detail = f"it has not answered since {moment}" if silent_since else f"it has answered again since {moment}"
    with writing():
        owner_notices.write(news, detail, owner_notices.OVERVIEW)
    return 1


def _seen() -> tuple[datetime | None, datetime | None]:
    """Since when it is silent or out, and since when it answers again; None while that is not so."""
    pace, weather = runtime().pace, runtime().weather()
    if weather.weather is Weather.OUT:
        return min(filter(None, [pace.silent_since, weather.since])), None
    if pace.silent_since is not None:
        return pace.silent_since, None
    return None, max(filter(None, [pace.answers_since, weather.back_at]), default=None)
