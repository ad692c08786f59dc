"""The weather at the gateway that the shop works with, as all processes know it; and the probes that end an outage."""

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import or_, update
from sqlalchemy.exc import SQLAlchemyError

from smartcart import clock
from smartcart.database import faults
from smartcart.database.session import execute, writing
from smartcart.database.upsert import insert_new
from smartcart.payments.core.known_weather import FAIR, Standing, row_of
from smartcart.payments.core.refusals import GatewayOut
from smartcart.payments.core.runtime import runtime
from smartcart.payments.core.weather_models import GatewayWeather, WeatherChange
from smartcart.rules import patience, weather
from smartcart.rules.payment_states import Money
from smartcart.rules.weather import Weather


def account() -> str:
    """Whose weather it is: of the account that the shop works with, or of the gateway while that is not known."""
    gateway = runtime().gateway
    return gateway.account or gateway.name


def become(after: Weather) -> bool:
    """The weather has changed by what was met; False when somebody else has said so before."""
    with writing():
        before = _held()
        has_changed = before.weather is not after
        if has_changed:
            _change(before, after)
    runtime().weather.ask_anew()
    return has_changed


def admit(session_id: str, reserve: Callable[[], bool]) -> bool:
    """What `reserve` says, within the transaction that begins an attempt while the gateway is out: one at a time goes
    through, and finds out whether it is back. Raises GatewayOut for all others, which changes nothing."""
    if not _has_probe(session_id):
        raise GatewayOut(Money.NOT_TAKEN)
    return reserve()


def claim_probe(session_id: str) -> bool:
    """Whether a question about that session may find out now whether the gateway is back, and no other meanwhile."""
    with writing():
        return _has_probe(session_id)


def heard(session_id: str, is_answer: bool) -> None:
    """The gateway was asked, or was to charge, and answered or was silent. Enough answers in a row end an outage."""
    if not runtime().weather.is_out:
        return
    try:
        with writing():
            before = _held()
            if before.weather is Weather.OUT:
                _note(before, session_id, is_answer)
    except SQLAlchemyError as error:  # the answer itself is still to be written down; this one only is not counted
        if not faults.is_fault(error):
            raise
        faults.log_fault(error)
    runtime().weather.ask_anew()


def _note(before: Standing, session_id: str, is_answer: bool) -> None:
    answers = before.answers + 1 if is_answer else 0
    if answers >= weather.answers_needed(before.relapses):
        _change(before, Weather.FAIR)
        return
    values: dict[str, object] = {"answers": answers}
    if before.probe == session_id:
        wait = timedelta(seconds=0 if is_answer else patience.PROBE)
        values |= {"probe": "", "probe_until": clock.now() + wait}
    _set(**values)


def _has_probe(session_id: str) -> bool:
    """Claim the one probe there is, in the open transaction: as long as a call may take, whoever dies with it."""
    now, lease = clock.now(), timedelta(seconds=runtime().lease)
    until = GatewayWeather.probe_until
    # One that ends later than any can was claimed by a clock that was ahead.
    is_free = or_(until.is_(None), until <= now, until > now + lease + timedelta(seconds=patience.MAY_DIFFER))
    row = update(GatewayWeather).where(GatewayWeather.account == account(), GatewayWeather.weather == Weather.OUT)
    claimed = row.where(is_free).values(probe=session_id, probe_until=now + lease)
    return bool(execute(claimed.execution_options(synchronize_session=False)).rowcount) or _is_over()


def _is_over() -> bool:
    """Whether the outage has ended since this process has looked."""
    return _known_now().weather is not Weather.OUT


def _change(before: Standing, after: Weather) -> None:
    now = clock.now()
    values: dict[str, object] = {"weather": after, "since": now, "answers": 0, "probe": "", "probe_until": None}
    if after is Weather.OUT:
        values["relapses"] = weather.relapses(before.relapses, before.back_at, now)
    if before.weather is Weather.OUT:
        values["back_at"] = now
    _set(**values)
    insert_new(WeatherChange, account=account(), at=now, weather=after)


def _held() -> Standing:
    """How it is on record, and nobody else changes it to the end of the transaction."""
    insert_new(GatewayWeather, account=account(), weather=Weather.FAIR, since=clock.now())
    row = execute(row_of(account()).with_for_update()).one()
    return Standing(*row)


def _known_now() -> Standing:
    row = execute(row_of(account())).first()
    return Standing(*row) if row else FAIR


def _set(**values: object) -> None:
    row = update(GatewayWeather).where(GatewayWeather.account == account())
    execute(row.values(**values).execution_options(synchronize_session=False))
