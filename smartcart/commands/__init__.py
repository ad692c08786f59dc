"""The command line. Each command says in one line what went wrong; a wrong setting ends it with 2."""

import os
import sqlite3

import click
from sqlalchemy.exc import SQLAlchemyError

from smartcart.backup import Failed
from smartcart.commands.data import backup, demo, migrate, restore
from smartcart.commands.keys import api_key
from smartcart.commands.money import audit, draw_states, sandbox
from smartcart.commands.serve import serve, worker
from smartcart.commands.settings import show_config, version
from smartcart.commands.support import give_up
from smartcart.config import WrongSetting
from smartcart.doctor.command import doctor
from smartcart.drill.command import drill
from smartcart.server.listener import CannotListen


def main() -> None:
    """`smartcart`. A wrong setting is one line and exit code 2; so is a database that does not answer."""
    os.umask(0o077)  # whatever is made from here on holds names, addresses or secrets: it is for this user alone
    try:
        commands(prog_name="smartcart")
    except (WrongSetting, CannotListen, Failed) as wrong:
        give_up(str(wrong))
    except SQLAlchemyError as error:
        give_up(f"The database does not answer as it should: {str(error).splitlines()[0]}")
    except sqlite3.Error as error:
        give_up(f"The sandbox's books, SMARTCART_SANDBOX_LEDGER, cannot be opened: {error}")


@click.group()
def commands() -> None:
    """A self-hosted shop whose payment page survives interruptions."""


for command in (serve, worker, migrate, demo, api_key, audit, sandbox, draw_states, show_config, doctor, drill):
    commands.add_command(command)
for command in (backup, restore, version):
    commands.add_command(command)
