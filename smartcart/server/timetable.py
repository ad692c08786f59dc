"""The timetable: one line per job. Started by `serve` and `worker`, never at import."""

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from threading import Event, Thread

from apscheduler.executors.pool import ThreadPoolExecutor
from flask import Flask

from smartcart import work_queue
from smartcart.admin.drill import copy_database
from smartcart.admin.drill import jobs as drills
from smartcart.analytics import keeping
from smartcart.config import Settings
from smartcart.database import faults
from smartcart.fraud import sightings
from smartcart.mail import threads
from smartcart.merchant_webhooks import deliveries, worker
from smartcart.outbox import effects, owner_notices
from smartcart.payments.api import idempotency
from smartcart.payments.core import call_counts, gateway_accounts, merchant_feed, tally
from smartcart.payments.core.runtime import Runtime
from smartcart.payments.flow import outages, reconciler, weather_watch
from smartcart.payments.gateway_events import processor, watch
from smartcart.payments.reconciliation import comparison
from smartcart.payments.saved_cards import saving
from smartcart.rules import patience
from smartcart.server.scheduler import Timetable
from smartcart.shop import cart, order_search
from smartcart.work_queue import AT_WORK, Kind, WorkQueue

log = logging.getLogger(__name__)

# A retry that is due is looked for so often that its delay is kept to within a second.
RETRY_TICK = 1.0
HOUSEKEEPING = 3600.0
# So often changes of the figures are added up: what is left until then is all that who reads them has to count.
ADDING_UP = 60.0
# A process that is started anew more often than books are compared would never do it: so soon after a start it looks
# whether that is due, when the rush of a start is over.
SETTLED_IN = 60.0
# An outage of a minute is told: half of that later at most.
OUTAGE_TICK = 30.0


def start(app: Flask, settings: Settings) -> Timetable:
    """Run the jobs of this process from now on. Each is a conditional update, so any number of processes may."""
    # A job that is still at work at its next turn, while a gateway or the database is slow, is no news each second.
    logging.getLogger("apscheduler.scheduler").setLevel(logging.ERROR)
    letters = threads.worker(app).due()
    timetable = Timetable(
        lambda: do(app, lambda: _waking(reconciler.clock_was_set_back, letters)),
        timezone="UTC",
        executors={"default": ThreadPoolExecutor(8)},  # one thread a job
        job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
    )

    def add(name: str, seconds: float, job: Callable[[], int], first: float | None = None) -> None:
        """`first` is in how many seconds it is done first, if that is not when it is done next."""
        begins = {} if first is None else {"next_run_time": datetime.now(UTC) + timedelta(seconds=first)}
        timetable.add_job(do, "interval", id=name, seconds=seconds, args=[app, job], **begins)

    add("retry", min(RETRY_TICK, settings.retry_delay), reconciler.retry)
    add("find out whether a silent gateway is back", patience.PROBE, reconciler.probe)
    add("sweep", settings.cleanup_interval, reconciler.sweep)
    add("keep and forget cards", settings.cleanup_interval, saving.make_good)
    add("learn whose books these are", settings.cleanup_interval, gateway_accounts.learn)
    add("compare books", comparison.INTERVAL, comparison.run_when_due, first=SETTLED_IN)
    add("number merchants' events", merchant_feed.TICK, merchant_feed.give_numbers)
    add("see what the weather at the gateway is", weather_watch.TICK, weather_watch.look)
    add("see whether the owner is to know of the gateway", OUTAGE_TICK, outages.tell)
    add("see whether the gateway's events come", watch.TICK, watch.tell)
    gather = partial(owner_notices.gather, settings.owner_letters, settings.time_zone)
    add("gather the owner's letters", owner_notices.TICK, gather)
    add("take up the words of new orders", order_search.TICK, order_search.take_up)
    add("take up drills", drills.TICK, partial(drills.attend, app))
    add("drop what drills have left", HOUSEKEEPING, copy_database.drop_left, first=SETTLED_IN)
    add("count calls", ADDING_UP, call_counts.write_down)
    add("add up the figures", ADDING_UP, tally.add_up)
    add("keep the figures of analytics", keeping.TICK, partial(keeping.keep_up, settings.time_zone))
    add("forget old carts", HOUSEKEEPING, partial(cart.forget_old, settings.cart_lifetime))
    add("forget old answers", HOUSEKEEPING, idempotency.forget_old)
    add("forget what was told", HOUSEKEEPING, processor.forget_old)
    add("forget merchants' events", HOUSEKEEPING, merchant_feed.forget_old)
    add("forget old deliveries", HOUSEKEEPING, deliveries.forget_old)
    add("forget old weather", HOUSEKEEPING, weather_watch.forget_old)
    add("forget who tried to pay", HOUSEKEEPING, partial(sightings.forget_old, settings.fraud_keep))
    add("forget old letters", HOUSEKEEPING, effects.forget_old)
    add("forget what the owner was told", HOUSEKEEPING, owner_notices.forget_old)
    timetable.add_job(do, id="mind the start", args=[app, lambda: _waking(reconciler.mind_start, letters)])  # once
    timetable.start()
    work = partial(_work, app, letters, settings.reconcile_interval, timetable.over)
    Thread(target=work, name="attends to what is due", daemon=True).start()
    worker.start(app, timetable.over)
    return timetable


def _work(app: Flask, letters: Kind, interval: float, over: Event) -> None:
    """Attend to what is due when woken, and every so many seconds; what breaks is told, and the next turn comes."""
    with app.app_context():
        queue = WorkQueue(reconciler.sessions(), reconciler.refunds(), processor.told(), letters)
    app.extensions[AT_WORK] = queue
    parts: Runtime = app.extensions["smartcart"]
    parts.pool.when_there_is_room = queue.wake
    parts.told_of_end.append(queue.wake)
    while not over.is_set():
        try:
            do(app, partial(reconciler.reconcile, queue))
        except Exception:
            log.exception("what is due could not be attended to; the next turn comes")
        queue.wait(interval)
    do(app, queue.give_back)


def _waking(job: Callable[[Kind, Kind], int], letters: Kind) -> int:
    """Do a job for what others than the reconciler have due, too, which brings all of that forward."""
    if brought_forward := job(processor.told(), letters):
        work_queue.wake()
    return brought_forward


def do(app: Flask, job: Callable[[], int]) -> None:
    """Do a job once. With the database away it is not done, and its next turn comes all the same."""
    try:
        with app.app_context():
            job()
    except Exception as error:
        if not faults.is_fault(error):
            raise
        faults.log_fault(error)
