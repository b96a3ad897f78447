"""The officers' JSON API: each operation at its path, behind our own access tokens; whatever is not listed is refused.

Errors are RFC 9457 problems. `ETag` and `If-Match` (RFC 9110 §13.1.1), `dry_run`, and `Idempotency-Key` hold for every
change.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn

from pydantic import ValidationError
from pydantic_core import to_json

from admin.api.callers import Callers
from admin.api.document import document
from admin.operation import Effect, Operation, Takes
from admin.operations import OPERATIONS
from admin.perform import Ask, Done, Drafted, perform
from admin.permissions import refuse_stranger
from idp.errors import Refused, Unavailable
from idp.http.request import Request
from idp.http.response import NO_STORE, Response
from idp.ports import BearerTokens
from idp.services import Services

PATH = "/api"
PREFIX = f"{PATH}/v1"
_PROBLEM = (("Content-Type", "application/problem+json"), *NO_STORE)
_JSON = (("Content-Type", "application/json"), *NO_STORE)
_LONGEST_KEY = 255
_QUESTIONS = frozenset({"dry_run", "emergency", "reason"})
"""What every change may be asked in the query; what it takes stands in the body."""


class ApiSurface:
    """Answers everything below `/api`."""

    def __init__(self, services: Services, tokens: BearerTokens) -> None:
        self._services = services
        self._callers = Callers(services, tokens, f"{services.settings.issuer}{PREFIX}")
        self._document = to_json(document(services.settings.issuer, PREFIX))
        self._routes = Routes()

    def __call__(self, request: Request) -> Response:
        """The answer, or a problem."""
        try:
            return self._answered(request)
        except Refused as refused:
            return _problem(refused, self._callers.challenge(refused, request))

    def _answered(self, request: Request) -> Response:
        if request.path == f"{PREFIX}/openapi.json" and request.method in {"GET", "HEAD"}:
            return Response(
                200, (("Content-Type", "application/json"), ("Cache-Control", "public, max-age=300")), self._document
            )
        caller = self._callers.caller(request)
        operation, places = self._routes.find(request.method, request.path.removeprefix(PREFIX))
        if not request.path.startswith(f"{PREFIX}/"):
            raise _nowhere()
        refuse_stranger(operation, caller.actor)
        caller.refuse_narrow(writes=operation.effect is not Effect.READ)
        ask, query = _asked(request, operation)
        wanted = _wanted(request, operation, {**query, **places})
        return _told(perform(self._services, operation, wanted, caller.actor, ask), ask)


class Routes:
    """The operations by method and path; segments are compared as they stand (threat M05)."""

    def find(self, method: str, path: str) -> tuple[Operation, Mapping[str, str]]:
        """The operation, and what stands in its path; raises `Refused` for what is not listed."""
        segments, others = path.split("/"), set()
        for operation in OPERATIONS.values():
            places = _matched(operation.path.split("/"), segments)
            if places is None:
                continue
            if operation.method == method or (method == "HEAD" and operation.method == "GET"):
                return operation, places
            others.add(operation.method)
        if others:
            raise Refused("invalid_request", f"Use {' or '.join(sorted(others))}.", status=405)
        raise _nowhere()


def _matched(template: list[str], segments: list[str]) -> Mapping[str, str] | None:
    if len(template) != len(segments):
        return None
    places = {}
    for expected, given in zip(template, segments, strict=True):
        if expected.startswith("{"):
            if not given:
                return None
            places[expected[1:-1]] = given
        elif expected != given:
            return None
    return places


def _nowhere() -> Refused:
    return Refused("not_found", "There is no such operation; /api/v1/openapi.json lists all.", status=404)


def _asked(request: Request, operation: Operation) -> tuple[Ask, dict[str, str]]:
    """How it is asked for, and what of the query the operation takes."""
    parameters = request.parameters
    parameters.refuse_doubled(*sorted(parameters.doubled))
    query = {name: value for name, value in parameters.items() if name not in _QUESTIONS}
    if operation.effect is Effect.READ:
        if len(query) != len(parameters):
            raise Refused("invalid_request", "dry_run, reason and emergency are for changes.")
        return Ask(), query
    if query:
        raise Refused(
            "invalid_request", "The query of a change holds dry_run, reason and emergency alone; send the rest as JSON."
        )
    key = request.headers.get("idempotency-key")
    if key is not None and not (0 < len(key) <= _LONGEST_KEY and key.isprintable()):
        raise Refused("invalid_request", f"Idempotency-Key: 1 to {_LONGEST_KEY} visible characters.")
    asked = hashlib.sha256(f"{request.method} {request.path}?{request.query}\n".encode() + request.body).digest()
    ask = Ask(
        is_trial=_flag(parameters, "dry_run"),
        version=_if_match(request, operation),
        is_new=request.headers.get("if-none-match") == "*",
        is_urgent=_flag(parameters, "emergency"),
        reason=parameters.get("reason", ""),
        key=key,
        asked=asked,
    )
    return ask, {}


def _flag(parameters: Mapping[str, str], name: str) -> bool:
    value = parameters.get(name, "false")
    if value not in {"true", "false"}:
        raise Refused("invalid_request", f"{name}: true or false.")
    return value == "true"


def _if_match(request: Request, operation: Operation) -> str | None:
    """The version that the caller has seen; who replaces something whole must have seen it (RFC 6585 §3)."""
    tag = request.headers.get("if-match")
    if tag is None or tag == "*":
        if tag is None and operation.method == "PUT" and request.headers.get("if-none-match") != "*":
            raise Refused(
                "version_required",
                "Send If-Match with the ETag that you read, or If-None-Match: * for a new one.",
                status=428,
            )
        return None
    if not (tag.startswith('"') and tag.endswith('"') and len(tag) > 2):
        raise Refused("invalid_request", "If-Match: one strong ETag in quotation marks.")
    return tag[1:-1]


def _wanted(request: Request, operation: Operation, named: Mapping[str, str]) -> Takes:
    """What the operation takes: path and query as text, the body as JSON, each member in one place (threat M08)."""
    body = _body(request) if operation.method not in {"GET", "HEAD"} else {}
    if not named.keys().isdisjoint(body):
        raise Refused(
            "invalid_request", f"{', '.join(sorted(named.keys() & body))}: stands in the path, and nowhere else."
        )
    try:
        if body or not named:
            return operation.takes.model_validate_json(json.dumps({**body, **_typed(operation, named)}), strict=True)
        return operation.takes.model_validate_strings(dict(named))
    except ValidationError as fault:
        raise Refused("invalid_request", "; ".join(_faults(fault))) from None


def _typed(operation: Operation, named: Mapping[str, str]) -> dict[str, Any]:
    """Numbers of a path as numbers."""
    fields = operation.takes.model_fields
    return {
        name: int(text)
        if fields[name].annotation is int and text.isascii() and text.isdigit() and len(text) < 20
        else text
        for name, text in named.items()
    }


def _body(request: Request) -> dict[str, Any]:
    raw = request.body
    if not raw:
        return {}
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise Refused("invalid_request", "Send the body as application/json.", status=415)
    try:
        body = json.loads(raw, object_pairs_hook=_without_doubles, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise Refused("invalid_request", "The body is not JSON, or names a member twice.") from None
    if not isinstance(body, dict):
        raise Refused("invalid_request", "The body must be a JSON object.")
    return body


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a member stands there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _faults(fault: ValidationError) -> Iterator[str]:
    """By member, never with what was sent."""
    for each in fault.errors(include_input=False, include_url=False, include_context=False):
        place = ".".join(str(part) for part in each["loc"]).encode("ascii", "backslashreplace").decode()[:80]
        yield f"{place}: {each['msg'] if each['type'] != 'extra_forbidden' else 'is unknown'}"


def _told(outcome: Done | Drafted, ask: Ask) -> Response:
    if isinstance(outcome, Drafted):
        draft = outcome.draft
        told = {"draft_id": draft.id, "changes": draft.changes, "expires_at": draft.expires_at}
        return Response(202, (*_JSON, ("Location", f"{PREFIX}/drafts/{draft.id}")), to_json(told))
    if ask.is_trial:
        return Response(200, _JSON, to_json({"dry_run": True, "changes": outcome.changes}))
    tag = () if outcome.version is None else (("ETag", f'"{outcome.version}"'),)
    return Response(200, (*_JSON, *tag), outcome.answer.encode())


def _problem(refused: Refused, challenge: tuple[tuple[str, str], ...]) -> Response:
    """RFC 9457."""
    later = (("Retry-After", str(refused.retry_after)),) if isinstance(refused, Unavailable) else ()
    body = {
        "type": f"urn:yizheng:problem:{refused.code}",
        "title": refused.code,
        "status": refused.status,
        "detail": refused.public,
    }
    return Response(refused.status, (*_PROBLEM, *challenge, *later), to_json(body))
