"""Moments as people read them: in the shop's own time zone, which each of them names."""

from datetime import date, datetime, time
from zoneinfo import ZoneInfo


def format_moment(moment: datetime, zone: ZoneInfo, seconds: bool = False) -> str:
    """Date and time of an aware moment: 28 Nov 2026, 14:03 CET."""
    local = moment.astimezone(zone)
    return f"{format_day(local)}, {local:{'%H:%M:%S' if seconds else '%H:%M'}} {_name(local)}"


def format_day(day: date) -> str:
    """28 Nov 2026."""
    return f"{day.day} {day:%b %Y}"


def format_end(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Until when something is held: the time alone while it is the same day, and else with its date."""
    local = moment.astimezone(zone)
    if local.date() == now.astimezone(zone).date():
        return f"{local:%H:%M} {_name(local)}"
    return format_moment(moment, zone)


def midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """When the day began that it is now in the shop."""
    return datetime.combine(now.astimezone(zone).date(), time.min, zone)


def isoformat(moment: datetime | None) -> str | None:
    """A moment as the API writes it: UTC, whole seconds, Z."""
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None


def _name(local: datetime) -> str:
    """CET, CEST, UTC. Zones without letters of their own are told by their offset: UTC-03, UTC+0545."""
    name = f"{local:%Z}"
    return name if name.isalpha() else f"UTC{name}"
