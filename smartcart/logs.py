"""Log lines on standard error: JSON, one object a line, or for people where that is a terminal.

There is nothing in them that opens a door.
"""

import logging
import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from flask import has_request_context, request
from structlog.types import EventDict, Processor, WrappedLogger

# Keys, ours and Stripe's, and what opens a payment of Stripe's; runs of digits as long as a card's number, whatever
# their check digit is; addresses that open a payment, an order or a bank's page.
SECRET = re.compile(
    r"\b[sr]k_[\w-]+|\bwhsec_\w+|(?<=_secret_)\w+|(?<!\d)\d(?:[\s\-–]?\d){12,18}(?!\d)"
    r"|(?<=/pay/)[\w-]+|(?<=/orders/)[\w-]+|(?<=/resume/)[\w-]+|(?<=/session/)[\w-]+|(?<=/bank/)\w+|(?<=/cards/link/)[\w.-]+"
)
TIME = structlog.processors.TimeStamper(fmt="iso", utc=True)


def init_logging() -> None:
    """Send all of this process's log lines to standard error, in the form of who reads them there."""
    handler = logging.StreamHandler(sys.stderr)
    is_read_by_people = sys.stderr.isatty()
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        add_address,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper("%H:%M:%S", utc=False) if is_read_by_people else TIME,
        structlog.processors.format_exc_info,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask,
                _for_people() if is_read_by_people else structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("smartcart").setLevel(logging.INFO)


def _for_people() -> Processor:
    """Coloured, unless the terminal's user wants none: https://no-color.org."""
    plain = structlog.dev.plain_traceback  # the masked text of a trace, as it is
    return structlog.dev.ConsoleRenderer(colors=not os.environ.get("NO_COLOR"), exception_formatter=plain)


@contextmanager
def concerning(session: str, order: str) -> Iterator[None]:
    """Every line from here to the end names the payment session, whole, and the order: fields `session` and `order`."""
    with structlog.contextvars.bound_contextvars(session=session, order=order):
        yield


def add_address(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Where the request came from in which a line was written, if it was in one."""
    return {**line, "address": request.remote_addr} if has_request_context() else line


def mask(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Replace what looks like a secret, wherever in a line it stands."""
    return {name: _masked(value) for name, value in line.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, dict):
        return {_masked(str(name)): _masked(part) for name, part in value.items()}
    if isinstance(value, list | tuple | set):
        return [_masked(part) for part in value]
    text = str(value)
    masked = SECRET.sub("***", text)
    return value if masked == text and isinstance(value, int | float | None) else masked
