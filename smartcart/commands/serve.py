"""`serve` and `worker`: the shop at work."""

import os
import signal

import click

from smartcart.admin.login import routes
from smartcart.commands.support import migrated_app
from smartcart.config import WrongSetting, load_settings, unknown_settings
from smartcart.logs import init_logging
from smartcart.server import drain, listener
from smartcart.server import serve as serving
from smartcart.server import timetable as schedule

# What this shop can do that others cannot, in a minute.
FIRST_TRY = (
    'order something and pay with "Silent gateway that charges". Leave the page, kill the shop, come back:'
    " it finds out what became of your money."
)


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535), help="Port to listen at.")
@click.option("--no-schedule", is_flag=True, help="Run no jobs here; a worker does.")
def serve(host: str, port: int, no_schedule: bool) -> None:
    """Serve the shop: pages, gateway threads and timetable in one process.

    Started by systemd with a socket (a unit smartcart.socket), it serves there, whatever --host and --port say.

    With the sandbox, a local database that is not there or empty is made first, with a demo catalogue, so that a first
    try takes one command. A database that has tables is left as it is: `smartcart migrate` brings it to this version.
    """
    settings = load_settings()
    lent = listener.lent_listener(os.environ)
    address = lent.address if lent else f"{host}:{port}"
    serves_at = lent or listener.listening_at(host, port)
    with serves_at.socket:
        init_logging()
        app = migrated_app(fills_empty=settings.local and settings.gateway == "sandbox")
        with app.app_context():
            password = _first_password(settings.admin_password)
        _introduce(settings.base_url or f"http://{address}", password, is_sandbox=settings.gateway == "sandbox")
        serving.serve(app, settings, serves_at, with_schedule=not no_schedule)


@click.command()
def worker() -> None:
    """Run the jobs of the timetable without serving pages."""
    init_logging()
    app, settings = migrated_app(), load_settings()
    serving.freeze_loaded_objects()
    signal.pthread_sigmask(signal.SIG_BLOCK, serving.STOP_SIGNALS)  # in every thread; this one waits for them
    timetable = schedule.start(app, settings)
    click.echo("Working: reconcile, " + ", ".join(job.id for job in timetable.get_jobs()))
    signal.sigwait(serving.STOP_SIGNALS)
    drain.finish_work(app, settings, timetable)
    os._exit(0)  # a call that has not ended in its time is left to the reconciler of the next start


def _introduce(shop: str, password: str | None, is_sandbox: bool) -> None:
    """Say where the shop is, what to do there, and what is wrong with its settings though it can be served."""
    for name in unknown_settings():
        click.echo(f"{name} is no setting, and changes nothing. `smartcart config` lists those there are.", err=True)
    click.echo(f"The shop is at {shop}/, the admin at {shop}/admin (user admin).")
    if password:
        click.echo(f"The admin's first password, shown this once: {password}")
    if is_sandbox:
        click.echo(f"To try first: {FIRST_TRY}")
    click.echo("Ctrl-C stops it; a payment under way is finished before that, or goes on at the next start.")


def _first_password(given: str) -> str | None:
    try:
        return routes.ensure_admin(given)
    except ValueError as error:
        raise WrongSetting(f"SMARTCART_ADMIN_PASSWORD=*** cannot be used: {error}") from None
