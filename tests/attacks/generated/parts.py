"""What a request is made of, before it becomes bytes: parameters, JSON and signed JSON, all of which can still be bent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote

from tests.idp.oauth.assertions import KeyHolder

FORM = "application/x-www-form-urlencoded"


class Raw(NamedTuple):
    """JSON that no library would write, or bytes of a form that are percent-encoded already."""

    text: str


class Twice(NamedTuple):
    """A JSON object whose members may have one name."""

    members: list[tuple[str, Any]]


class Json(NamedTuple):
    """A parameter whose value is JSON."""

    value: Any


@dataclass(frozen=True)
class Signed:
    """A JWT that is signed when it is written: what was bent in it was said by the holder of the key."""

    header: Mapping[str, Any]
    claims: Any
    key: KeyHolder

    def written(self) -> str:
        """The compact form."""
        return self.key.sign(
            dump(self.header).encode("utf-8", "surrogatepass"), dump(self.claims).encode("utf-8", "surrogatepass")
        )


Value = str | Raw | Json | Signed
Pairs = list[tuple[str, Value]]


@dataclass
class Shape:
    """A request that somebody may still bend.

    Attributes:
        client_id: who sends it; where it may lead is theirs.
        expected: the status that it is answered with as it stands.
        body: JSON in the place of `fields`.
    """

    method: str
    path: str
    client_id: str = ""
    expected: int = 200
    query: Pairs = field(default_factory=list)
    fields: Pairs | None = None
    body: Json | None = None
    headers: list[tuple[str, Value]] = field(default_factory=list)
    content_type: str = ""
    peer: str = ""


@dataclass(frozen=True)
class Sent:
    """The same as bytes."""

    method: str
    path: bytes
    query: bytes
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    peer: str = "192.0.2.1"

    def __str__(self) -> str:
        """All of it, so that it can be sent again by hand."""
        lines = [
            f"{self.method} {self.path!r}?{self.query!r} from {self.peer}",
            *(f"{n}: {v!a}" for n, v in self.headers),
        ]
        return "\n".join([*lines, repr(self.body)])


def text_of(value: Value) -> str:
    """The value as it stands in a header."""
    if isinstance(value, Signed):
        return value.written()
    return dump(value.value) if isinstance(value, Json) else value.text if isinstance(value, Raw) else value


def form_of(pairs: Pairs) -> bytes:
    """A form, or a query."""
    return b"&".join(f"{_quoted(name)}={_quoted(value)}".encode("latin-1", "replace") for name, value in pairs)


def _quoted(value: Value) -> str:
    return value.text if isinstance(value, Raw) else quote(text_of(value).encode("utf-8", "surrogatepass"), safe="")


def dump(value: Any) -> str:
    """JSON with whatever stands raw in it."""
    if isinstance(value, Raw):
        return value.text
    if isinstance(value, Twice):
        return "{" + ",".join(f"{json.dumps(name)}:{dump(each)}" for name, each in value.members) + "}"
    if isinstance(value, Mapping):
        return "{" + ",".join(f"{json.dumps(str(name))}:{dump(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(dump, value)) + "]"
    return json.dumps(value)
