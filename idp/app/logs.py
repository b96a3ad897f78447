"""Logs: JSON lines on standard output, or text for a terminal; ids and outcomes, never personal data."""

import logging.config
import sys
from typing import Any, Literal

import structlog

from idp.app import request_id

LogFormat = Literal["json", "text"]

QUIET = ("alembic", "authlib", "httpcore", "httpx", "sqlalchemy")
"""Libraries whose DEBUG would print tokens, headers or rows."""

_SHARED: list[structlog.typing.Processor] = [
    request_id.tell,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="ts"),
]


def configure_logging(log_format: LogFormat) -> None:
    """Set up structlog, and the standard library's logging for those who use it.

    Asked again, it changes the list that loggers in use have kept, so that all go on in one way.
    """
    processors = _processors_in_use()
    processors[:] = [*_SHARED, *_rendering(log_format)]
    structlog.configure(
        processors=processors,
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(logging_configuration(log_format))


def logging_configuration(log_format: LogFormat) -> dict[str, Any]:
    """The same lines for libraries and for the server, as `logging.config.dictConfig` takes it."""
    quiet = {name: {"level": "WARNING"} for name in QUIET}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"lines": {"()": _formatter, "log_format": log_format}},
        "handlers": {"console": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "lines"}},
        "root": {"handlers": ["console"], "level": "INFO"},
        "loggers": {**quiet, "_granian": {"handlers": ["console"], "level": "INFO", "propagate": False}},
    }


def _processors_in_use() -> list[structlog.typing.Processor]:
    known: list[structlog.typing.Processor] = structlog.get_config()["processors"]
    return known if structlog.is_configured() else []


def _formatter(log_format: LogFormat) -> logging.Formatter:
    remove_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED, processors=[remove_meta, *_rendering(log_format)]
    )


def _rendering(log_format: LogFormat) -> list[structlog.typing.Processor]:
    if log_format == "text":
        plain = structlog.dev.plain_traceback  # others print local variables, in which secrets stand
        return [structlog.dev.ConsoleRenderer(colors=sys.stdout.isatty(), exception_formatter=plain)]
    return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
