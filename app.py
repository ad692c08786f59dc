"""The shop starts here, for any WSGI server. `smartcart serve` brings its own, and the timetable with it."""

from smartcart import create_app

app = create_app()
