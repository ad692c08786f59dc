"""The shop starts here, for any WSGI server. `smartcart serve` brings its own, and the timetable with it."""

from smartcart import create_app
from smartcart.database import tables

app = create_app()
tables.may_change(app)  # for `flask db`
