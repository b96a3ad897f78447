"""The id of the request that this thread answers, for the lines of the log: made up only where a line is written."""

import threading
from itertools import count

from structlog.typing import EventDict

from idp.entropy import random_token

_process = random_token(6)
_numbers = count(1)
_answering = threading.local()


def begin() -> None:
    """Another request; what the one before it left on this thread is over."""
    _answering.number = next(_numbers)


def current() -> str | None:
    """The id; None where no request was ever answered."""
    number: int | None = getattr(_answering, "number", None)
    return None if number is None else f"{_process}{number:x}"


def tell(_logger: object, _method: str, line: EventDict) -> EventDict:
    """Add it to a line (a structlog processor)."""
    if (told := current()) is not None:
        line.setdefault("request_id", told)
    return line
