"""Each member of each operation with values that no database holds: refused, never a failure of ours (threat M06)."""

import json
from collections.abc import Iterator
from enum import StrEnum
from typing import Any, get_args
from urllib.parse import quote

import pytest

from admin.operation import Effect, Operation
from admin.operations import OPERATIONS
from idp.app import Installation
from idp.model.office import OFFICERS, Role
from tests.admin.api.api_client import api_of, of_officers, register_apps
from tests.admin.officers import officer
from tests.idp.audit.test_verify import KEY

HOSTILE: dict[type, tuple[Any, ...]] = {
    int: (2**63 - 1, 2**63, 10**30, -1),
    str: ("\0", "a\0b", "\ud800", "\u202e", "x" * 5000),
}


def test_no_value_makes_us_fail(installation: Installation) -> None:
    """Mutation: a number or a text reaches the driver, which cannot hold it."""
    register_apps(installation, of_officers())
    apis = {role: api_of(officer(installation, role)) for role in OFFICERS}
    asked, failures = 0, []
    for operation in OPERATIONS.values():
        call = apis[next((role for role in Role if role in operation.does), Role.SECURITY)]
        for path, body in requests(operation):
            answer = call(operation.method, path, body)
            if answer.status >= 500:
                failures.append((operation.name, path[:80], str(body)[:80]))
            asked += 1
    assert failures == []
    assert asked > 100


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_what_parsers_choke_on_is_refused(installation: Installation) -> None:
    """Mutations: brackets without end, numbers that are none, a number longer than any."""
    register_apps(installation, of_officers())
    audit, security = (api_of(officer(installation, role)) for role in (Role.AUDIT, Role.SECURITY))
    for key, anchor in (
        ("[" * 1900, ""),
        ("{}", ""),
        (json.dumps(KEY.public_jwk), '{"seal": Infinity, "digest": "x"}'),
        (json.dumps(KEY.public_jwk), "[" * 50_000),
        (json.dumps(KEY.public_jwk), '{"seal": -1, "digest": "x"}'),
    ):
        assert audit("POST", "/events:verify", {"key": key, "anchor": anchor}).status in {200, 400}, key[:20]
    for path in ("drafts", "sessions"):
        assert (
            security("POST", f"/{path}/{'1' * 5000}/{'end' if path == 'sessions' else 'withdraw'}", {"x": 1}).status
            == 400
        )


def requests(operation: Operation) -> Iterator[tuple[str, Any]]:
    """As it should be, but for one member."""
    usual = {name: sample(field.annotation) for name, field in operation.takes.model_fields.items()}
    for name, field in operation.takes.model_fields.items():
        for value in HOSTILE.get(kind_of(field.annotation), ()):
            members = {**usual, name: value}
            places = {each: quote(str(members.pop(each)).encode("utf-8", "surrogatepass")) for each in operation.places}
            path = operation.path.format(**places)
            if operation.effect is Effect.READ and operation.method == "GET":
                sent = {each: members[each] for each in members if each == name}
                pairs = (f"{key}={quote(str(text).encode('utf-8', 'surrogatepass'))}" for key, text in sent.items())
                yield f"{path}?{'&'.join(pairs)}", None
            else:
                yield path, members


def kind_of(annotation: Any) -> type:
    """`int`, `str`, or what else it is, of `X | None` and `Annotated` as well."""
    plain = [each for each in get_args(annotation) if each is not type(None)] or [annotation]
    return plain[0] if isinstance(plain[0], type) else kind_of(plain[0]) if get_args(plain[0]) else object


def sample(annotation: Any) -> Any:
    """Something that fits."""
    kind = kind_of(annotation)
    if issubclass(kind, StrEnum):
        return next(iter(kind)).value
    return {int: 1, str: "x", bool: False, dict: {}, list: []}.get(kind)
