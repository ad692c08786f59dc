"""Runs the migrations inside the app, in one transaction on its own database, one process at a time."""

from alembic import context
from flask import current_app

from smartcart.database.queues import queue_for
from smartcart.database.session import db, writing

migrate = current_app.extensions["migrate"]

with writing():
    queue_for("migrations")  # who comes second, on another machine perhaps, waits and finds it done
    connection = db.session.connection()
    context.configure(connection=connection, target_metadata=migrate.db.metadata, **migrate.configure_args)
    with context.begin_transaction():
        context.run_migrations()
