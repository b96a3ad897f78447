"""The OpenAPI 3.1 document of the API, made of the operations themselves."""

from typing import Any

from pydantic.json_schema import models_json_schema

from admin.api.callers import READ, WRITE
from admin.operation import Effect, Operation
from admin.operations import OPERATIONS
from idp import VERSION

_PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `type` names the error code; docs/reference/errors.md says what to do.",
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail"],
}
_DRAFTED = {
    "type": "object",
    "description": "Nothing changed yet: another person decides on this draft.",
    "properties": {
        "draft_id": {"type": "integer"},
        "changes": {"type": "array", "items": {"type": "string"}},
        "expires_at": {"type": "integer"},
    },
    "required": ["draft_id", "changes", "expires_at"],
}
_QUESTIONS = (
    ("dry_run", "Say what would change, and change nothing.", {"type": "boolean", "default": False}),
    ("reason", "Why, for whoever decides.", {"type": "string", "maxLength": 400}),
)
_URGENT = ("emergency", "Apply it at once; another person reviews it.", {"type": "boolean", "default": False})


def document(issuer: str, prefix: str) -> dict[str, Any]:
    """The whole document."""
    models = {model for each in OPERATIONS.values() for model in (each.takes, each.gives)}
    wanted = [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)]
    references, schemas = models_json_schema(wanted, ref_template="#/components/schemas/{model}")  # type: ignore[arg-type]
    definitions = {**schemas.get("$defs", {}), "Problem": _PROBLEM, "Drafted": _DRAFTED}
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS.values():
        told = _operation(operation, references[(operation.gives, "validation")])
        paths.setdefault(f"{prefix}{operation.path}", {})[operation.method.lower()] = told
    return {
        "openapi": "3.1.1",
        "info": {"title": "Yizheng, the officers' API", "version": VERSION},
        "servers": [{"url": issuer}],
        "security": [{"token": [READ]}],
        "paths": paths,
        "components": {
            "schemas": definitions,
            "securitySchemes": {
                "token": {
                    "type": "openIdConnect",
                    "openIdConnectUrl": f"{issuer}/.well-known/openid-configuration",
                }
            },
        },
    }


def _operation(operation: Operation, gives: Any) -> dict[str, Any]:
    schema = operation.takes.model_json_schema(ref_template="#/components/schemas/{model}")
    properties, required = schema.get("properties", {}), set(schema.get("required", []))
    is_read = operation.effect is Effect.READ
    in_query = [name for name in properties if name not in operation.places] if is_read else []
    in_body = [] if is_read else [name for name in properties if name not in operation.places]
    told: dict[str, Any] = {
        "operationId": operation.name,
        "summary": operation.about,
        "tags": [operation.subject],
        "description": _who(operation),
        "security": [{"token": [READ if is_read else WRITE]}],
        "parameters": [
            *({"name": name, "in": "path", "required": True, "schema": properties[name]} for name in operation.places),
            *(
                {"name": name, "in": "query", "required": name in required, "schema": properties[name]}
                for name in in_query
            ),
            *([] if is_read else _questions(operation)),
        ],
        "responses": _responses(operation, gives),
    }
    if in_body:
        body = {
            "type": "object",
            "additionalProperties": False,
            "properties": {name: properties[name] for name in in_body},
            "required": sorted(required & set(in_body)),
        }
        told["requestBody"] = {
            "required": bool(required & set(in_body)),
            "content": {"application/json": {"schema": body}},
        }
    return told


def _questions(operation: Operation) -> list[dict[str, Any]]:
    questions = (*_QUESTIONS, _URGENT) if operation.is_urgent_at_times else _QUESTIONS
    told: list[dict[str, Any]] = [
        {"name": name, "in": "query", "description": about, "schema": schema} for name, about, schema in questions
    ]
    key = "The same request under the same key is done once, and answered alike for a day."
    return [
        *told,
        {"name": "Idempotency-Key", "in": "header", "description": key, "schema": {"type": "string", "maxLength": 255}},
        {"name": "If-Match", "in": "header", "description": "The ETag that was read.", "schema": {"type": "string"}},
    ]


def _responses(operation: Operation, gives: Any) -> dict[str, Any]:
    problem = {
        "description": "A problem (RFC 9457).",
        "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
    told = {"200": {"description": "Done.", "content": {"application/json": {"schema": gives}}}}
    if operation.effect is Effect.GUARDED:
        schema = {"$ref": "#/components/schemas/Drafted"}
        told["202"] = {"description": "Proposed.", "content": {"application/json": {"schema": schema}}}
    return {**told, "default": problem}


def _who(operation: Operation) -> str:
    does = ", ".join(sorted(operation.does))
    if operation.effect is not Effect.GUARDED:
        return f"Roles: {does}."
    return f"Roles: {does} propose it; another person of {', '.join(sorted(operation.approves))} approves it."
