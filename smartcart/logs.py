"""Log lines as JSON, one object a line, on standard error; with nothing in them that opens a door."""

import logging
import re
import sys

import structlog
from structlog.types import EventDict, Processor, WrappedLogger

# API keys; runs of digits as long as a card's number; addresses that open a payment, an order or a bank's page.
SECRET = re.compile(
    r"\bsk_[\w-]+|\b(?:\d[ -]?){12,18}\d\b|(?<=/pay/)[\w-]+|(?<=/orders/)[\w-]+|(?<=/session/)[\w-]+|(?<=/bank/)\w+"
)


def init_logging() -> None:
    """Send all of this process's log lines to standard error as JSON."""
    handler = logging.StreamHandler(sys.stderr)
    shared: list[Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        mask,
    ]
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("smartcart").setLevel(logging.INFO)


def mask(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Replace what looks like a secret in every text of a line."""
    return {name: SECRET.sub("***", value) if isinstance(value, str) else value for name, value in line.items()}
