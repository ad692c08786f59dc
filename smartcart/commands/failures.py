"""The one line with which a command gives up."""

import sys
from typing import NoReturn

import click


def give_up(reason: str, code: int = 2) -> NoReturn:
    click.echo(reason, err=True)
    sys.exit(code)


def in_one_line(error: Exception) -> str | None:
    """Returns what went wrong, for the person who runs the shop; None where it is a fault of the shop's own."""
    import sqlite3  # what raises these has loaded them; `smartcart version` never does

    from sqlalchemy.exc import SQLAlchemyError

    from smartcart.backup import Failed
    from smartcart.config import WrongSetting
    from smartcart.server.listener import CannotListen

    if isinstance(error, WrongSetting | CannotListen | Failed):
        return str(error)
    if isinstance(error, SQLAlchemyError):
        return f"The database does not answer as it should: {str(error).splitlines()[0]}"
    if isinstance(error, sqlite3.Error):
        return f"The sandbox's books, SMARTCART_SANDBOX_LEDGER, cannot be opened: {error}"
    return None
