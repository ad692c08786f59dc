"""`smartcart drill`."""

import json
import secrets
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path

import click
from sqlalchemy.engine import make_url

from smartcart.database.scratch import ScratchError, scratch_database
from smartcart.drill.course import Progress, Size, run
from smartcart.drill.processes import Shop, ShopEnded


@click.command()
@click.option("--payments", default=200, show_default=True, type=click.IntRange(1), help="How many shoppers pay.")
@click.option("--kills", default=20, show_default=True, type=click.IntRange(0), help="How many processes are killed.")
@click.option("--seed", type=int, help="Repeat the choices of a drill before: its report tells the seed.")
@click.option("--database-url", metavar="postgresql://…", help="A server where a database for the drill may be made.")
@click.option("--web", default=1, show_default=True, type=click.IntRange(1, 20), help="Processes that serve pages.")
@click.option(
    "--workers", default=0, show_default=True, type=click.IntRange(0, 20), help="Processes that run the jobs."
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object.")
@click.option("--keep", is_flag=True, help="Leave the drilled shop's books and logs, and say where.")
def drill(seed: int | None, database_url: str | None, as_json: bool, keep: bool, **numbers: int) -> None:
    """Prove the promises on this machine: kill the shop at random while shoppers pay.

    A shop of its own is opened in a scratch folder, or in a scratch database of a PostgreSQL server, with the sandbox
    gateway and short times. Shoppers order, pay with every method of the sandbox, click twice, cancel, go away; kill
    -9 ends the shop's processes, and they start again, now and then with a wrong clock or with other books of the
    gateway; some connections stall, and some posts are cut short. In the end the books of both sides are compared
    with each other and with all that any page has said. Your own shop and its data are never touched.

    Ends with 0 when every promise was kept: nothing charged twice, nothing lost, nothing stuck, no untrue page. With 1
    when one was broken, and with 2 when the drill could not be carried out.
    """
    size = Size(secrets.randbelow(1_000_000) if seed is None else seed, numbers["payments"], numbers["kills"])
    for ending in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(ending, lambda *_: sys.exit(2))  # so that then, too, all is ended and removed
    try:
        with (
            _scratch_folder(keep) as folder,
            _database(database_url, folder, keep) as database,
            _bar(size, as_json) as bar,
        ):
            if keep:
                click.echo(f"The drilled shop's database is {make_url(database)!r}", err=True)
            report = run(Shop(folder, database, numbers["web"], numbers["workers"]), size, bar)
    except (ShopEnded, ScratchError) as ended:
        click.echo(f"The drill with seed {size.seed} could not be carried out. {ended}", err=True)
        sys.exit(2)
    click.echo(json.dumps(report.as_json()) if as_json else "\n".join(report.lines()))
    sys.exit(0 if report.passed else 1)


@contextmanager
def _scratch_folder(keep: bool) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="smartcart-drill-"))
    try:
        yield folder
    finally:
        if keep:
            click.echo(f"The books and logs of the drill are in {folder}", err=True)
        else:
            shutil.rmtree(folder)


def _database(server: str | None, folder: Path, keep: bool) -> AbstractContextManager[str]:
    """SQLAlchemy's address of the drill's own database."""
    if server is None:
        return nullcontext(f"sqlite:///{folder / 'shop.sqlite3'}")
    if not server.startswith(("postgresql", "postgres:")):
        raise click.BadParameter("must be an address that begins with postgresql://", param_hint="--database-url")
    return scratch_database(server, keep)


@contextmanager
def _bar(size: Size, hidden: bool) -> Iterator[Progress]:
    """A progress bar for people; nothing where nobody looks."""
    with click.progressbar(
        length=size.payments, label="Payments", file=sys.stderr, hidden=hidden or not sys.stderr.isatty()
    ) as bar:
        yield lambda done: bar.update(done - bar.pos)
