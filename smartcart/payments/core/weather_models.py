"""The weather at each gateway account as it is remembered: as it is now, its changes, and what was met by minute."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from smartcart.database.session import Base
from smartcart.database.types import UTCDateTime, stored_enum
from smartcart.rules.weather import Weather


class GatewayWeather(Base):
    """How it is now, and since when; one row for each account of a gateway.

    While it is out, `answers` came in a row, and `probe` names the session that may be asked about or charged to find
    out, until `probe_until`. `back_at` is when the last outage ended, and `relapses` how often that was too early.
    """

    __tablename__ = "gateway_weather"

    account: Mapped[str] = mapped_column(String(255), primary_key=True)
    weather: Mapped[Weather] = mapped_column(stored_enum(Weather))
    since: Mapped[datetime] = mapped_column(UTCDateTime)
    back_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    relapses: Mapped[int] = mapped_column(default=0)
    answers: Mapped[int] = mapped_column(default=0)
    probe: Mapped[str] = mapped_column(String(40), default="")
    probe_until: Mapped[datetime | None] = mapped_column(UTCDateTime)


class WeatherChange(Base):
    """The weather became this then."""

    __tablename__ = "weather_change"

    account: Mapped[str] = mapped_column(String(255), primary_key=True)
    at: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    weather: Mapped[Weather] = mapped_column(stored_enum(Weather))


class WeatherMinute(Base):
    """What the last sessions had met when it was looked at first in a minute; none for a minute in which none had."""

    __tablename__ = "weather_minute"

    account: Mapped[str] = mapped_column(String(255), primary_key=True)
    minute: Mapped[datetime] = mapped_column(UTCDateTime, primary_key=True)
    answered: Mapped[int]
    silent: Mapped[int]
    hanging: Mapped[int]
