"""Orders and payments of some days as CSV, sent while they are read."""

from datetime import timedelta

from flask import Blueprint, Flask, Response, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue

from smartcart import clock
from smartcart.admin import filters
from smartcart.admin.access import require_login
from smartcart.admin.exports.files import FILES, Asked, File
from smartcart.admin.exports.payouts import PAYOUTS
from smartcart.payments.core.runtime import runtime
from smartcart.web.csv_files import USUAL, csv_file

exports = Blueprint("exports", __name__, url_prefix="/admin/exports")
exports.before_request(require_login)


@exports.get("")
def index() -> ResponseReturnValue:
    """With the month before this one to begin with: that is what is booked."""
    today = clock.now().astimezone(runtime().settings.time_zone).date()
    last = today.replace(day=1) - timedelta(days=1)
    return render_template("admin/exports.html", files=_files(), first=last.replace(day=1), last=last)


@exports.get("/file.csv")
def file() -> Response:
    """Fields `what`, `first` and `last`, which are days of the shop, and `decimal`."""
    what, first, last = request.args.get("what", ""), filters.day("first"), filters.day("last")
    found = _files().get(what)
    if found is None or first is None or last is None:
        abort(404)
    first, last = min(first, last), max(first, last)
    begins_at, ends_at = filters.midnight(first), filters.midnight(last + timedelta(days=1))
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]  # noqa: SLF001  # its way of saying it
    rows = found.rows(Asked(begins_at, ends_at, runtime().settings.time_zone, app))
    return csv_file(f"{what}-{first}-{last}.csv", found.header, rows, request.args.get("decimal", USUAL))


def _files() -> dict[str, File]:
    """Those that there are in this shop."""
    return {**FILES, "payouts": PAYOUTS} if runtime().gateway.name == "stripe" else FILES
