"""Who may come in, and how much of what is there is shown at once: the same in every room of the admin."""

from flask_login import login_required

# As many as one looks through without losing the thread.
PAGE = 50
# Whoever has a hundred of a kind to look after needs no exact number: so many are counted, and no more.
COUNTED = 100
# PostgreSQL's integer; it raises when it is asked for a larger one, where SQLite finds nothing.
LARGEST_ID = 2**31 - 1


@login_required
def require_login() -> None:
    """Before every request of a room of the admin: nothing there is for the public."""
