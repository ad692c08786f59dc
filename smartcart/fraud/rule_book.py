"""The rules as the owner keeps them. Before any was changed the defaults hold, and there is no row."""

from dataclasses import asdict, replace
from typing import Any, cast

from sqlalchemy import Table, insert, select, update

from smartcart.database.queues import queue_for
from smartcart.database.session import execute
from smartcart.database.statements import Prepared
from smartcart.fraud.models import FraudRule
from smartcart.rules.fraud_defaults import DEFAULTS
from smartcart.rules.velocity import Rule

_ROWS = cast(Table, FraudRule.__table__)
_ALL = Prepared(select(_ROWS).order_by(_ROWS.c.id))
# More are not kept: each is looked at in every payment.
MOST = 30


def read() -> tuple[Rule, ...]:
    """All of them, in the order in which they were made. The defaults are numbered as they will be kept."""
    kept = tuple(_rule(dict(zip(_ROWS.c.keys(), row, strict=True))) for row in _ALL.rows())
    return kept or tuple(replace(rule, id=number) for number, rule in enumerate(DEFAULTS, start=1))


def change(rule: Rule) -> None:
    """Keep a rule as it is now, in the transaction that is open; one without an id is a new one.

    From the first change on all rules are the owner's own, numbered as they were shown before.
    """
    queue_for("fraud rules")
    known = read()
    if not _ALL.rows():
        execute(insert(_ROWS), [_values(each) for each in known])
    if rule.id:
        execute(update(_ROWS).where(_ROWS.c.id == rule.id).values(**_values(rule)))
    else:
        execute(insert(_ROWS).values(**_values(replace(rule, id=known[-1].id + 1))))


def _values(rule: Rule) -> dict[str, Any]:
    lists = {"countries": " ".join(rule.countries), "codes": " ".join(rule.codes)}
    return asdict(rule) | lists


def _rule(row: dict[str, Any]) -> Rule:
    return Rule(**row | {name: tuple(row[name].split()) for name in ("countries", "codes")})
