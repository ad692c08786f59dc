"""Column types: moments in UTC, enums as text, sums of money."""

import enum
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import Dialect

# Of a column that counts money: twelve digits of rupiah are more than 32 bits hold. SQLite's integers have 64 anyway.
MinorUnits = sa.BigInteger().with_variant(sa.Integer, "sqlite")


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite keeps no zone, so it is put back on the way out."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a time zone cannot be stored")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def stored_enum(values: type[enum.StrEnum], name: str = "") -> sa.Enum:
    """A column type that stores the values of an enum as text and lets the database refuse any other.

    `name` is the constraint's; two columns of one table that share an enum need one each.
    """
    return sa.Enum(
        values,
        name=name or values.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda kind: [member.value for member in kind],
    )
