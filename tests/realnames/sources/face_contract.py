"""Reads `docs/contracts/face_authority.json` and says whether what went over the wire is of it."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.realnames.sources.toy_authority import from_base64url

CONTRACT = json.loads((Path(__file__).parents[3] / "docs" / "contracts" / "face_authority.json").read_text("utf-8"))


def schema(name: str) -> Draft202012Validator:
    """The checker of one schema; OpenAPI 3.1 §4.8.24 takes JSON Schema 2020-12 as it is."""
    Draft202012Validator.check_schema(CONTRACT["components"]["schemas"][name])
    return Draft202012Validator({"$ref": f"#/components/schemas/{name}", **CONTRACT})


def check_order(headers: dict[str, str], order: dict[str, Any]) -> None:
    """Raise where it is no `begin` of the contract."""
    schema("Transaction").validate(order)
    assert headers["idempotency-key"] == order["id"]
    assert headers["authorization"].startswith("Bearer ")
    assert headers["content-type"] == "application/json"


def check_answer(path: str, method: str, status: int, body: bytes) -> Any:
    """The answer; raises where it is none of the contract to this operation."""
    answer = CONTRACT["paths"][path][method]["responses"][str(status)]
    if "$ref" in answer:
        answer = CONTRACT["components"]["responses"][answer["$ref"].rpartition("/")[2]]
    value = json.loads(body)
    schema(answer["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]).validate(value)
    return value


def check_verdict(verdict: str) -> dict[str, Any]:
    """The claims; raises where header or claims are not of the contract."""
    header, claims, _ = verdict.split(".")
    schema("VerdictHeader").validate(json.loads(from_base64url(header)))
    said: dict[str, Any] = json.loads(from_base64url(claims))
    schema("Verdict").validate(said)
    assert said["exp"] - said["iat"] <= 600
    return said
