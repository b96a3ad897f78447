"""The reference is complete and true: every setting, event, error and endpoint, and nothing that is gone."""

import json
import re
from collections import Counter
from typing import Any

from flask import Flask

from admin.operation import Operation
from admin.operations import OPERATIONS
from idp.app import Installation, create_app
from idp.app.api import Api
from idp.app.observed import Observed
from idp.app.pages import Pages
from idp.app.password_door import PasswordDoor
from idp.events import Action
from idp.http.request import Request
from idp.http.router import Surface
from idp.model import release
from idp.oauth.client_members import ClientMetadata
from tests.idp.reference_sources import ROOT, error_codes, settings

_CELL = re.compile(r"(?<!\\)\|")


def rows(page: str, columns: int = 4, under: str = "") -> dict[str, list[str]]:
    """The rows of all tables of a page that begin with code, by that code; of the part under a heading alone."""
    text = (ROOT / "docs" / "reference" / page).read_text("utf-8")
    lines = (text.partition(f"\n## {under}\n")[2].partition("\n## ")[0] if under else text).splitlines()
    cells = [[cell.strip() for cell in _CELL.split(line)[1:-1]] for line in lines if line.startswith("| `")]
    names = [row[0].strip("`") for row in cells]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert all(len(row) == columns and row[0] and row[columns - 2] for row in cells), "each row says something"
    return dict(zip(names, cells, strict=True))


def test_every_setting_stands_in_the_reference_with_its_type_and_default() -> None:
    """Mutation: a setting added, renamed, or given another default."""
    documented = {name: tuple(row[1:3]) for name, row in rows("settings.md").items()}
    assert documented == {name: (kind, default) for name, kind, default in settings()}


def test_every_event_stands_in_the_reference_and_is_recorded_when_it_says() -> None:
    files = [path for folder in ("idp", "admin") for path in (ROOT / folder).rglob("*.py")]
    sources = "".join(path.read_text("utf-8") for path in files if path.name != "events.py")
    documented = rows("events.md")
    assert set(documented) == {action.value for action in Action}
    for action in Action:
        is_recorded = f"Action.{action.name}" in sources
        assert documented[action.value][2].startswith("not recorded yet") is not is_recorded, action


def test_every_member_of_client_metadata_stands_in_the_reference_with_its_default() -> None:
    """Mutation: a member that an operator cannot look up."""
    documented = {name: row[1] for name, row in rows("client-metadata.md", 3).items()}
    assert set(documented) == set(ClientMetadata.model_fields)
    for name, field in ClientMetadata.model_fields.items():
        if name != "sector_identifier":
            default = "required" if field.is_required() else _as_json(field.default)
            assert documented[name] == default, name


def _as_json(value: object) -> str:
    return "not set" if value is None else f"`{json.dumps(value)}`"


def test_every_scope_and_claim_stands_in_the_reference_on_its_terms() -> None:
    """Mutations: a claim that nobody can look up; a level, a licence or a consent that the page does not tell."""
    documented = rows("claims.md", 4, "Scopes")
    assert set(documented) == set(release.SCOPES)
    for name, terms in release.SCOPES.items():
        needs = [
            *([terms.proofing.name] if terms.proofing else []),
            *([f"level {terms.level}"] if terms.level else []),
            *(["licence"] if terms.needs_licence else []),
        ]
        asked = "separately" if terms.is_separate else "with the others"
        assert documented[name][1:3] == [", ".join(needs) or "—", asked], name
    documented = rows("claims.md", 3, "Claims")
    assert set(documented) == {*release.CLAIMS, "sub", "proofing", "verified_claims", "on_behalf_of", "org"}
    for name, claim in release.CLAIMS.items():
        assert documented[name][1] == f"`{claim.scope}`", name


def test_every_error_code_stands_in_the_reference() -> None:
    """Mutation: a refusal with a code of its own that nobody can look up."""
    assert set(rows("errors.md", 3)) == error_codes()


def test_every_endpoint_stands_in_the_reference_with_its_methods(installation: Installation) -> None:
    documented = {path: set(row[1].split(", ")) for path, row in rows("endpoints.md", 3).items()}
    application = create_app(installation)
    assert isinstance(application, Observed)
    surface = application._application
    assert isinstance(surface, Surface)
    door = surface._pages
    assert isinstance(door, PasswordDoor)
    assert isinstance(door._pages, Pages)
    expected: dict[str, set[str]] = {}
    for part in (door._pages._way, door._pages._account, door._pages._console):
        pages = getattr(part, "__self__", None)
        assert isinstance(pages, Flask)
        for rule in pages.url_map.iter_rules():
            expected.setdefault(rule.rule, set()).update((rule.methods or set()) - {"HEAD", "OPTIONS"})
    handlers = {**surface._exact, **{f"{path}/<handle>": handler for path, handler in surface._prefixed.items()}}
    assert isinstance(handlers.pop("/api/<handle>"), Api)  # docs/reference/api.md tells its paths
    for path, handler in handlers.items():
        refused = handler(Request("BREW", path, "", {}, ""))
        expected[path] = set(dict(refused.headers)["Allow"].split(", ")) - {"HEAD"}
    expected |= {path: {"GET"} for path in ("/health/live", "/health/ready", "/health/started", "/metrics")}
    assert documented == expected


def test_the_discovery_document_names_documented_endpoints(installation: Installation) -> None:
    documented = rows("endpoints.md", 3)
    told: list[Any] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": "/.well-known/openid-configuration"}
    document = json.loads(b"".join(create_app(installation)(environ, lambda *answer: told.append(answer))))
    addresses = [value for name, value in document.items() if name.endswith("_endpoint") or name == "jwks_uri"]
    assert len(addresses) == 10
    assert {address.removeprefix(document["issuer"]) for address in addresses} <= set(documented)


def test_every_operation_of_officers_stands_in_the_reference() -> None:
    """Mutations: an operation that nobody can look up; a role that is not told."""
    told = {
        operation.name: [
            f"`{operation.method} {operation.path}`",
            ", ".join(sorted(operation.does)) or "the command line alone",
            _effect(operation),
        ]
        for operation in OPERATIONS.values()
    }
    assert {name: row[1:] for name, row in rows("api.md", 4).items()} == told


def _effect(operation: Operation) -> str:
    parts = [operation.effect.value]
    if operation.approves:
        parts.append(f"{', '.join(sorted(operation.approves))} approve")
    if operation.is_urgent_at_times:
        parts.append("may be urgent")
    return "; ".join(parts)
