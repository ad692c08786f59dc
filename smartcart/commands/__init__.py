"""The command line. Each command says in one line what went wrong; a wrong setting ends it with 2."""

import gc
import os
from pkgutil import resolve_name

import click

from smartcart.commands.failures import give_up, in_one_line

# Where each command is, and how it begins to explain itself: to list them, none is loaded.
COMMANDS = {
    "serve": ("commands.serve:serve", "Serve the shop: pages, gateway threads and timetable in one process."),
    "worker": ("commands.serve:worker", "Run the jobs of the timetable without serving pages."),
    "migrate": ("commands.data:migrate", "Bring the database to this version's tables."),
    "demo": ("commands.data:demo", "Put a small demo catalogue into an empty database."),
    "api-key": ("commands.keys:api_key", "Keys of the JSON API."),
    "webhook": ("commands.webhooks:webhook", "Where merchants' systems are told of events."),
    "audit": ("commands.money:audit", "Compare the gateway's books with the shop's; ends with 1 if they differ."),
    "analytics": ("commands.figures:analytics", "Bring the figures of payments up to date; recount or rebuild them."),
    "sandbox": ("commands.money:sandbox", "The sandbox gateway's own books."),
    "draw-states": ("commands.money:draw_states", "Print the graph of a payment session as a Mermaid diagram."),
    "config": ("commands.settings:show_config", "Print every setting as it is in force; secrets are masked."),
    "version": ("commands.version:version", "Print the version."),
    "doctor": (
        "doctor.command:doctor",
        "Look the shop over: settings, database, keys, mode, webhooks, clock, HTTPS, mail.",
    ),
    "drill": (
        "drill.command:drill",
        "Prove the promises on this machine: kill the shop at random while shoppers pay.",
    ),
    "backup": ("commands.data:backup", "Write the shop's database into FILE, while the shop runs."),
    "restore": (
        "commands.data:restore",
        "Put what `smartcart backup` has written into the place of the shop's database. Stop the shop first.",
    ),
}


def main() -> None:
    """`smartcart`. A wrong setting is one line and exit code 2; so is a database that does not answer."""
    os.umask(0o077)  # whatever is made from here on holds names, addresses or secrets: it is for this user alone
    try:
        commands(prog_name="smartcart")
    except Exception as error:
        if (reason := in_one_line(error)) is None:
            raise
        give_up(reason)


class _Listed(click.Command):
    """Stands for a command where all are listed; the command itself is imported when it is called, and what it needs
    with it: most need the whole shop, which takes a second.
    """

    def __init__(self, name: str, where: str, told: str) -> None:
        super().__init__(name, help=told)
        self._where = where

    def itself(self) -> click.Command:
        """Returns the command, loaded. What was loaded stays, and is not searched for garbage: neither now, over and
        over while it grows, which would take a third of the time, nor while the command is at work.
        """
        gc.disable()
        command: click.Command = resolve_name(f"smartcart.{self._where}")
        gc.freeze()
        gc.enable()
        return command


class _Commands(click.Group):
    def resolve_command(
        self, context: click.Context, words: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name, command, rest = super().resolve_command(context, words)
        return name, command.itself() if isinstance(command, _Listed) else command, rest


@click.group(cls=_Commands, commands=[_Listed(name, *where_and_told) for name, where_and_told in COMMANDS.items()])
def commands() -> None:
    """A self-hosted shop whose payment page survives interruptions."""
