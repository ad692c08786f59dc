"""sums of twelve digits, counted as ISO 4217 has them

PostgreSQL writes each of these tables anew, once, while nobody else may read them. SQLite has integers of 64 bits
anyway; only the text of the conditions changes there.
"""

from alembic import op

revision = "0011"
down_revision = "0010"

COLUMNS = {
    "product": ["price"],
    "shop_order": ["amount", "refunded"],
    "order_line": ["price"],
    "payment_session": ["amount", "refunded"],
    "refund": ["amount"],
    "finding": ["amount"],
}
CONDITIONS = {
    "product": ("ck_product_price_in_range", "price"),
    "shop_order": ("ck_shop_order_amount_in_range", "amount"),
    "payment_session": ("ck_payment_session_amount_in_range", "amount"),
}
BEFORE, AFTER = 99_999_999, 999_999_999_999
# What earlier versions counted whole, as the CLDR shows it, is kept in hundredths from now on; IQD in thousandths. So
# it was charged: RSD 4,200 was kept as 4200, and Stripe was told 420000.
FACTORS = {
    **dict.fromkeys(("AFN", "ALL", "IRR", "KPW", "LAK", "LBP", "MGA", "MMK", "RSD", "SOS", "STD", "SYP", "YER"), 100),
    "IQD": 1000,
}


def upgrade() -> None:
    if _is_sqlite():
        _change_conditions(BEFORE, AFTER)
    else:
        _change_columns("BIGINT", AFTER)
    _count("*")


def downgrade() -> None:
    _count("/")
    if _is_sqlite():
        _change_conditions(AFTER, BEFORE)
    else:
        _change_columns("INTEGER", BEFORE)


def _is_sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _change_columns(kind: str, most: int) -> None:
    """All of a table's in one statement, so that it is written anew only once."""
    for table, columns in COLUMNS.items():
        changes = [f"ALTER COLUMN {column} TYPE {kind}" for column in columns]
        if table in CONDITIONS:
            name, column = CONDITIONS[table]
            changes += [f"DROP CONSTRAINT {name}", f"ADD CONSTRAINT {name} CHECK ({column} BETWEEN 1 AND {most})"]
        op.execute(f"ALTER TABLE {table} {', '.join(changes)}")


def _change_conditions(before: int, after: int) -> None:
    """In the text of the schema alone: a table that others refer to cannot be made anew inside of a transaction.

    By the steps that SQLite names for what changes nothing on the disk: "Making Other Kinds Of Table Schema Changes" in
    https://sqlite.org/lang_altertable.html.
    """
    connection = op.get_bind()
    version = connection.exec_driver_sql("PRAGMA schema_version").scalar_one()
    connection.exec_driver_sql("PRAGMA writable_schema = ON")
    for table, (_, column) in CONDITIONS.items():
        connection.exec_driver_sql(
            "UPDATE sqlite_master SET sql = replace(sql, ?, ?) WHERE type = 'table' AND name = ?",
            (f"{column} BETWEEN 1 AND {before})", f"{column} BETWEEN 1 AND {after})", table),
        )
    connection.exec_driver_sql(f"PRAGMA schema_version = {version + 1}")
    connection.exec_driver_sql("PRAGMA writable_schema = RESET")  # which reads it again


def _count(times: str) -> None:
    for table, columns in COLUMNS.items():
        for currency, factor in FACTORS.items():
            changes = ", ".join(f"{column} = {column} {times} {factor}" for column in columns)
            op.execute(f"UPDATE {table} SET {changes} WHERE {_of(table, currency)}")  # noqa: S608  # all from above


def _of(table: str, currency: str) -> str:
    """A line has the currency of its order."""
    if table == "order_line":
        return f"order_id IN (SELECT id FROM shop_order WHERE currency = '{currency}')"  # noqa: S608
    return f"currency = '{currency}'"
