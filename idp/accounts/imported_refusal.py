"""Why a row of a people file was refused: a stable code for programs, a sentence for people, nothing of the row."""

from collections.abc import Mapping
from typing import Any


class RowRefused(Exception):  # noqa: N818 - a refusal is an outcome, not a fault of the program
    """A row that is not written; the others go on."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


def require_text(members: Mapping[str, Any], name: str) -> str | None:
    """The member, where it is there; raises `RowRefused` when it is no text."""
    value = members.get(name)
    if value is not None and not isinstance(value, str):
        raise RowRefused(name, f"The {name} must be a string.")
    return value
