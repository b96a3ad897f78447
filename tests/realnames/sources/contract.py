"""Reads one of `docs/contracts/` and says whether what went over the wire is of it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.realnames.sources.toy_authority import from_base64url

FOLDER = Path(__file__).parents[3] / "docs" / "contracts"


@dataclass(frozen=True)
class Contract:
    """One file."""

    name: str

    @cached_property
    def document(self) -> dict[str, Any]:
        """The whole."""
        read: dict[str, Any] = json.loads((FOLDER / f"{self.name}.json").read_text("utf-8"))
        return read

    def schema(self, name: str) -> Draft202012Validator:
        """The checker of one schema; OpenAPI 3.1 §4.8.24 takes JSON Schema 2020-12 as it is."""
        Draft202012Validator.check_schema(self.document["components"]["schemas"][name])
        return Draft202012Validator({"$ref": f"#/components/schemas/{name}", **self.document})

    def check_question(self, path: str, headers: Mapping[str, str], body: Any) -> None:
        """Raise where it is no request of this operation."""
        self._of_reference(self.document["paths"][path]["post"]["requestBody"]["content"]).validate(body)
        assert headers["idempotency-key"] == body["id"]
        assert headers["authorization"].startswith("Bearer ")
        assert headers["content-type"] == "application/json"

    def check_answer(self, path: str, method: str, status: int, body: bytes) -> Any:
        """The answer; raises where it is none of the contract to this operation."""
        value = json.loads(body)
        answer = self._resolved(self.document["paths"][path][method]["responses"][str(status)])
        self._of_reference(answer["content"]).validate(value)
        return value

    def check_signed(self, signed: str, header_schema: str, claims_schema: str) -> dict[str, Any]:
        """The claims; raises where header or claims are not of the contract."""
        header, claims, _ = signed.split(".")
        self.schema(header_schema).validate(json.loads(from_base64url(header)))
        said: dict[str, Any] = json.loads(from_base64url(claims))
        self.schema(claims_schema).validate(said)
        assert said["exp"] - said["iat"] <= 600
        return said

    def contents(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """Every body that the contract describes, by where it stands: its schema, and its examples."""
        for path, item in self.document["paths"].items():
            for method, operation in item.items():
                if method == "parameters":
                    continue
                place = f"{method} {path}"
                if "requestBody" in operation:
                    yield place, operation["requestBody"]["content"]["application/json"]
                for status, answer in operation["responses"].items():
                    content = self._resolved(answer).get("content", {})
                    if content:
                        yield f"{place} {status}", content["application/json"]

    def checker(self, schema: Mapping[str, Any]) -> Draft202012Validator:
        """Of a schema that stands anywhere in it."""
        return Draft202012Validator({**schema, "components": self.document["components"]})

    def _of_reference(self, content: Mapping[str, Any]) -> Draft202012Validator:
        return self.schema(content["application/json"]["schema"]["$ref"].rpartition("/")[2])

    def _resolved(self, answer: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" not in answer:
            return answer
        found: Mapping[str, Any] = self.document["components"]["responses"][answer["$ref"].rpartition("/")[2]]
        return found
