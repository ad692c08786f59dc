"""How far a command has come, for whoever waits at a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

# To the beginning of the line, and erase it: ECMA-48's EL.
LINE_ANEW = "\r\x1b[K"


@contextmanager
def progress(what: str) -> Iterator[Callable[[int], None]]:
    """Tells a terminal how many of `what` there are, on a line that is gone in the end; a file or a pipe is told
    nothing."""
    if not sys.stderr.isatty():
        yield lambda number: None
        return
    try:
        yield lambda number: click.echo(f"{LINE_ANEW}{number:,} {what} …", nl=False, err=True)
    finally:
        click.echo(LINE_ANEW, nl=False, err=True)
