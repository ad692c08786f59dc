"""The figures of a period, against the one before: to be read, and to be worked with elsewhere."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, jsonify, render_template, request
from flask.typing import ResponseReturnValue

from smartcart import clock
from smartcart.admin.access import require_login
from smartcart.admin.analytics import labels
from smartcart.admin.analytics.question import asked
from smartcart.analytics import reading
from smartcart.analytics.definitions import DAYS, DEFINITIONS
from smartcart.analytics.report import Report, Row, Unit
from smartcart.analytics.report import report as report_on
from smartcart.moments import isoformat
from smartcart.payments.core.runtime import runtime
from smartcart.rules.money import digits
from smartcart.rules.periods import day_of, name_of
from smartcart.web.csv_files import USUAL, Cell, csv_file

analytics = Blueprint("analytics", __name__, url_prefix="/admin")
analytics.before_request(require_login)


@analytics.get("/analytics")
def index() -> ResponseReturnValue:
    report, standing = _report(), reading.standing()
    return render_template(
        "admin/analytics.html",
        report=report,
        standing=standing,
        labels=labels,
        definitions=DEFINITIONS,
        days=DAYS,
        period=name_of(report.grain, report.begins),
        before=name_of(report.grain, report.before),
        named=lambda first: name_of(report.grain, first),
        of=_of(report),
        today=_today(),
        zone_has_changed=standing.zone not in ("", _zone().key),
        zone=_zone(),
    )


@analytics.get("/analytics.json")
def as_json() -> Response:
    """All of it; sums in minor units, times in seconds."""
    report, standing = _report(), reading.standing()
    return jsonify(
        by=report.grain,
        period=name_of(report.grain, report.begins),
        begins=report.begins.isoformat(),
        ends=report.ends.isoformat(),
        before=name_of(report.grain, report.before),
        time_zone=standing.zone or _zone().key,
        as_of=isoformat(standing.as_of),
        of=_of(report) or None,
        sections=[
            {"key": key, "definition": DEFINITIONS[key], "rows": [_in_json(row) for row in rows]}
            for key, rows in report.sections
        ],
        series=[point._asdict() | {"begins": point.begins.isoformat()} for point in report.series],
    )


@analytics.get("/analytics.csv")
def as_csv() -> Response:
    """A line for each figure; sums in the currency's own unit, times in seconds."""
    report = _report()
    periods = [name_of(report.grain, first) for first in (report.begins, report.before)]
    # With a word before it, or a spreadsheet makes another date of a month.
    header = ["What", "Figure", "Unit", *(f"{labels.GRAINS[report.grain]} {period}" for period in periods)]
    return csv_file(f"analytics-{periods[0]}.csv", header, _lines(report), request.args.get("decimal", USUAL))


def _lines(report: Report) -> Iterator[list[Cell]]:
    for key, rows in report.sections:
        for row in rows:
            unit = row.currency or row.unit
            yield [labels.TITLES[key], labels.name_of(key, row), unit, *(_number(row, each) for each in row[1:3])]


def _in_json(row: Row) -> dict[str, Any]:
    found: dict[str, Any] = {"name": row.name, "unit": row.unit, "now": row.now, "before": row.before}
    if row.unit is Unit.SECONDS:
        found |= {name: found[name] if found[name] is None else found[name] / 10 for name in ("now", "before")}
    return found | ({"currency": row.currency} if row.currency else {})


def _number(row: Row, value: int | None) -> Decimal | int | None:
    """A value in the unit in which people count."""
    if value is None or row.unit is Unit.NUMBER:
        return value
    return Decimal(value).scaleb(-digits(row.currency) if row.unit is Unit.MONEY else -1)


def _report() -> Report:
    return report_on(*asked(request.args, _today()))


def _of(report: Report) -> str:
    """Of which payments it is, as the address says it; empty for all of them."""
    return ":".join(report.cut) if report.cut.part else ""


def _today() -> date:
    return day_of(clock.now(), _zone())


def _zone() -> ZoneInfo:
    return runtime().settings.time_zone
