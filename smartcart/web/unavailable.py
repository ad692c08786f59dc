"""What people and programs are told while the database is away."""

from flask import Flask, Response, render_template, request
from sqlalchemy.exc import SQLAlchemyError

from smartcart.database import faults
from smartcart.database.session import db, leave_transaction
from smartcart.rules.payment_states import Money
from smartcart.web.problems import API_PREFIX, Problem, answer_crash

# A restart or a failover of the database takes about as long, in seconds.
COME_BACK = {"Retry-After": "5"}
TITLE = "We cannot reach our books right now"
# True of a question, of a press on Pay that was not written down, and of one that was and is being carried out.
TO_PEOPLE = (
    "Please try again in a moment. If you were paying, don't pay again yet, here or elsewhere: what was begun goes on"
    " by itself, takes your money once at most, and your payment page shows it as soon as we are back."
)
TO_PROGRAMS = "We cannot reach our books. What was begun goes on by itself and is charged once at most; ask again soon."


def init_app(app: Flask) -> None:
    """Answer for the database while it is away. To be called after Flask-SQLAlchemy was given the app."""
    app.register_error_handler(SQLAlchemyError, _answer)
    app.teardown_appcontext(_leave_database)  # called before Flask-SQLAlchemy's own


def _answer(error: SQLAlchemyError) -> Response:
    if not faults.is_fault(error):
        return answer_crash(error)
    faults.log_fault(error)
    if not request.path.startswith(API_PREFIX):
        page = render_template("error.html", status=503, title=TITLE, detail=TO_PEOPLE)
        return Response(page, 503, COME_BACK, mimetype="text/html")
    # Whether an attempt was written down is not known either, nor what became of the one before.
    money = {"money": Money.CHECKING} if "session_id" in (request.view_args or {}) else {}
    return Problem(503, "database_unavailable", TO_PROGRAMS, COME_BACK, **money).response()


def _leave_database(_: BaseException | None) -> None:
    """End the transaction. A connection that was lost after the last question must not cost the answer as well."""
    try:
        leave_transaction()
    except SQLAlchemyError as error:
        if not faults.is_fault(error):
            raise
        faults.log_fault(error)
        db.session().invalidate()
