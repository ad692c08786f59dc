"""The threads that carry letters out. What makes a letter is loaded with the first: a start has no need of it."""

from flask import Flask

from smartcart.outbox.models import Effect
from smartcart.outbox.worker import Carried, Worker
from smartcart.payments.core.runtime import Runtime
from smartcart.work_queue import Claim


def worker(app: Flask) -> Worker:
    """Those of this process. They give way to people who wait in line to pay."""
    parts: Runtime = app.extensions["smartcart"]
    return Worker(app, _carry, people_wait=lambda: parts.pool.has_line)


def _carry(claim: Claim, effect: Effect) -> Carried:
    from smartcart.mail import sending

    return sending.carry(claim, effect)
