"""Reads `docs/contracts/sms_http.json` and says whether what went over the wire is of it."""

import json
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

CONTRACT = json.loads((Path(__file__).parents[3] / "docs" / "contracts" / "sms_http.json").read_text("utf-8"))


def schema(pointer: str) -> Draft202012Validator:
    """The checker of one schema; OpenAPI 3.1 §4.8.24 takes JSON Schema 2020-12 as it is."""
    Draft202012Validator.check_schema(resolve(pointer))
    return Draft202012Validator({"$ref": pointer, **CONTRACT})


def resolve(pointer: str) -> Any:
    """What a local reference points to (RFC 6901)."""
    value: Any = CONTRACT
    for part in pointer.removeprefix("#/").split("/"):
        value = value[part.replace("~1", "/").replace("~0", "~")]
    return resolve(value["$ref"]) if "$ref" in value else value


def check_request(headers: dict[str, str], body: bytes) -> None:
    """Raise ValidationError or AssertionError when it is not a `send` of the contract."""
    operation = CONTRACT["paths"]["/messages"]["post"]
    message = json.loads(body)
    (parameter,) = operation["parameters"]
    schema(parameter["schema"]["$ref"]).validate(headers[parameter["name"].lower()])
    (content_type, content), *others = operation["requestBody"]["content"].items()
    assert not others
    assert headers["content-type"] == content_type
    schema(content["schema"]["$ref"]).validate(message)
    assert headers["authorization"].startswith("Bearer ")


def check_answer(path: str, method: str, status: int, body: bytes) -> None:
    """Raise ValidationError or KeyError when it is no answer of the contract to this operation."""
    answer = CONTRACT["paths"][path][method]["responses"][str(status)]
    content = resolve(answer["$ref"])["content"] if "$ref" in answer else answer["content"]
    schema(content["application/json"]["schema"]["$ref"]).validate(json.loads(body))


def check_reports(headers: dict[str, str], body: bytes, token: str) -> list[dict[str, str]]:
    """The reports of a batch; raises ValidationError or AssertionError when it is not a `report` of the contract."""
    operation = CONTRACT["webhooks"]["reports"]["post"]
    (content_type, content), *others = operation["requestBody"]["content"].items()
    assert not others
    assert headers["content-type"] == content_type
    assert headers["authorization"] == f"Bearer {token}"
    batch = json.loads(body)
    schema(content["schema"]["$ref"]).validate(batch)
    reports: list[dict[str, str]] = batch["reports"]
    return reports


def check_report_answer(status: int, body: bytes) -> None:
    """Raise ValidationError or KeyError when it is no answer of the contract to a batch of reports."""
    answer = CONTRACT["webhooks"]["reports"]["post"]["responses"][str(status)]
    content = resolve(answer["$ref"])["content"] if "$ref" in answer else answer["content"]
    schema(content["application/json"]["schema"]["$ref"]).validate(json.loads(body))
