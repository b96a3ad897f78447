"""The parts of the published schema of `verified_claims` that our answers touch, written down by hand.

From https://openid.net/schemas/ekyc-ida/12/verified_claims.json and claims_schema.json: attachments, signatures, aggregated
and distributed claims are left out, and so is the long pattern of times, in whose place stands the one form that we use.
What the schema lets through and its document (OpenID Identity Assurance Schema Definition 1.0 §5.2.2) requires is required.
"""

from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

_TEXT = {"type": "string"}
_TIME = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$"}
_DATE = {"type": "string", "pattern": r"^\d{4}-\d{2}-\d{2}$"}


def _object(*required: str, **properties: Any) -> dict[str, Any]:
    """One that has these and nothing else: what we tell we know."""
    return {
        "type": "object",
        "properties": properties,
        "required": list(required),
        "additionalProperties": False,
        "minProperties": 1,
    }


_PLACE = _object(name=_TEXT, country_code={"type": "string", "pattern": "^[A-Z]{3}$"})
_CHECKS = {
    "type": "array",
    "minItems": 1,
    "items": _object("check_method", check_method=_TEXT, organization=_TEXT, check_id=_TEXT, time=_TIME),
}
_EVIDENCE = {
    "oneOf": [
        _object("type", type={"const": kind}, check_details=_CHECKS, **{member: about})
        for kind, member, about in (
            ("document", "document_details", _object("type", type=_TEXT, issuer=_PLACE)),
            ("electronic_record", "record", _object("type", type=_TEXT, source=_PLACE)),
            ("vouch", "attestation", _object("type", type=_TEXT)),
        )
    ]
}
_ELEMENT = _object(
    *("verification", "claims"),
    verification=_object(
        "trust_framework",
        trust_framework=_TEXT,
        assurance_level=_TEXT,
        time=_TIME,
        verification_process=_TEXT,
        evidence={"type": "array", "minItems": 1, "items": _EVIDENCE},
    ),
    claims={
        "type": "object",
        "minProperties": 1,
        "properties": {
            "name": _TEXT,
            "birthdate": _DATE,
            "gender": {"enum": ["male", "female"]},
            "cn_id_number": {"type": "string", "pattern": "^[0-9]{17}[0-9X]$"},
        },
        "patternProperties": {"^age_over_(14|16|18|60|65|80)$": {"type": "boolean"}},
        "additionalProperties": False,
    },
)
ANSWER = Draft202012Validator(
    {
        "type": "object",
        "properties": {"verified_claims": {"anyOf": [_ELEMENT, {"type": "array", "minItems": 1, "items": _ELEMENT}]}},
        "additionalProperties": True,
    }
)
"""An id_token or a userinfo answer; empty `claims` and arrays, which the schema knows, are none of ours."""
