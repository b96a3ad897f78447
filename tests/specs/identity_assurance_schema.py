"""The parts of the published schema of `verified_claims` that our answers touch, written down by hand.

From https://openid.net/schemas/ekyc-ida/12/verified_claims.json and claims_schema.json: evidence, attachments, aggregated
and distributed claims are left out, and so is the long pattern of times, in whose place stands the one form that we use.
"""

from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

_TEXT = {"type": "string"}
_ELEMENT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "verification": {
            "type": "object",
            "properties": {
                "trust_framework": _TEXT,
                "assurance_level": _TEXT,
                "time": {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"},
                "verification_process": _TEXT,
                "evidence": {"type": "array", "minItems": 1},
            },
            "required": ["trust_framework"],
            "additionalProperties": True,
        },
        "claims": {"type": "object", "minProperties": 1, "properties": {"name": _TEXT}},
    },
    "required": ["verification", "claims"],
    "additionalProperties": False,
}
ANSWER = Draft202012Validator(
    {
        "type": "object",
        "properties": {"verified_claims": {"anyOf": [_ELEMENT, {"type": "array", "minItems": 1, "items": _ELEMENT}]}},
        "additionalProperties": True,
    }
)
"""An id_token or a userinfo answer; empty `claims` and arrays, which the schema knows, are none of ours."""
