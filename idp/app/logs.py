"""Logs: JSON lines on standard output, or text for a terminal; ids and outcomes, never personal data."""

import logging
import sys
from typing import Literal

import structlog

QUIET = ("alembic", "authlib", "httpcore", "httpx", "sqlalchemy")
"""Libraries whose DEBUG would print tokens, headers or rows."""


def configure_logging(log_format: Literal["json", "text"]) -> None:
    """Set up structlog, and hold the libraries' loggers at WARNING."""
    for name in QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout, force=True)
    as_text: list[structlog.typing.Processor] = [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty())]
    as_json: list[structlog.typing.Processor] = [
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
            *(as_json if log_format == "json" else as_text),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
