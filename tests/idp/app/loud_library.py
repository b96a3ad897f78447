"""A process that logs as a server process does, with libraries that say too much."""

import logging
import sys
from typing import cast

import structlog

from idp.app import request_id
from idp.app.logs import QUIET, LogFormat, configure_logging

configure_logging(cast("LogFormat", sys.argv[1]))
logging.getLogger().setLevel(logging.DEBUG)  # as somebody does who looks for a fault
request_id.begin()
log = structlog.get_logger()
log.debug("quiet", secret="hunter2")
log.info("refused", code="invalid_request", city="云江市")
for name in (*QUIET, "authlib.oauth2.rfc6749.grants.authorization_code", "httpcore.http11", "sqlalchemy.engine.Engine"):
    logging.getLogger(name).debug("Issue token %r", {"access_token": "hunter2"})
    logging.getLogger(name).info("SELECT 'hunter2'")
logging.getLogger("authlib").warning("something is odd")
logging.getLogger("_granian").info("Started worker-1")


def fail(cookie: str) -> None:
    """What a traceback shows: where, and not with what."""
    del cookie
    raise RuntimeError("two\nlines")


def endpoint() -> None:
    """A local variable beside the fault."""
    cookie = "hunter" + str(2)
    fail(cookie)


try:
    endpoint()
except RuntimeError:
    log.exception("endpoint_failed")
