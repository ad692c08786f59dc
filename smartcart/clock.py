"""The only clock of the shop: UTC, and held still by tests."""

from datetime import UTC, datetime

_held: datetime | None = None


def now() -> datetime:
    """The present moment in UTC, or the moment a test holds."""
    return _held or datetime.now(UTC)


def freeze(moment: datetime | None) -> None:
    """Stop the clock at a moment (aware, UTC); None lets it run again. For tests."""
    global _held
    _held = moment
