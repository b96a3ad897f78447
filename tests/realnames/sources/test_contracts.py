"""The contracts themselves: valid, with examples that keep them, and complete where things go wrong."""

from typing import Any

import pytest
from jsonschema import ValidationError  # type: ignore[import-untyped]

from realnames.sources.signed_answer import subject_digest
from tests.realnames.sources.contract import Contract
from tests.realnames.sources.toy_register import lines_of

REGISTERS = ["population_register", "company_register", "bank_accounts"]
CONTRACTS = [*REGISTERS, "network_identity", "card_reader"]


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_schema_is_one_and_every_reference_leads_somewhere(name: str) -> None:
    contract = Contract(name)
    assert contract.document["openapi"] == "3.1.0"
    schemas = contract.document["components"]["schemas"]
    for each in schemas:
        contract.schema(each)

    def follow(value: Any) -> None:
        if isinstance(value, dict):
            if "$ref" in value:
                _, _, kind, target = value["$ref"].split("/")
                assert target in contract.document["components"][kind], value["$ref"]
            for inner in value.values():
                follow(inner)
        if isinstance(value, list):
            for inner in value:
                follow(inner)

    follow(contract.document)


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_example_keeps_its_schema(name: str) -> None:
    """Mutation: an example, or what it is an example of, is changed alone."""
    contract, seen = Contract(name), 0
    for place, content in contract.contents():
        for example in content.get("examples", {}).values():
            contract.checker(content["schema"]).validate(example["value"])
            seen += 1
        assert content["schema"]["$ref"], place
    for each, schema in contract.document["components"]["schemas"].items():
        for example in schema.get("examples", ()):
            contract.schema(each).validate(example)
            seen += 1
    assert seen > 4


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_question_has_an_example_and_every_operation_its_errors(name: str) -> None:
    contract = Contract(name)
    for path, item in contract.document["paths"].items():
        for method, operation in item.items():
            if method in {"parameters", "options"}:
                continue
            answers = set(operation["responses"])
            needed = {"403", "421"} if name == "card_reader" else {"500", "503"}
            assert answers >= needed, f"{method} {path}"
            if "requestBody" in operation:
                assert operation["requestBody"]["content"]["application/json"]["examples"], path
                assert "400" in answers


@pytest.mark.parametrize("name", REGISTERS)
def test_no_question_takes_a_member_more(name: str) -> None:
    """No more data than needed leaves us. Mutation: `additionalProperties` is taken out."""
    contract = Contract(name)
    for path, item in contract.document["paths"].items():
        if "post" not in item:
            continue
        content = item["post"]["requestBody"]["content"]["application/json"]
        (example,) = content["examples"].values()
        contract.checker(content["schema"]).validate(example["value"])
        for extra in ({"photo": "x"}, {"birthdate": "1990-03-07"}):
            with pytest.raises(ValidationError):
                contract.checker(content["schema"]).validate({**example["value"], **extra})
        for member in example["value"]:
            less = {key: value for key, value in example["value"].items() if key != member}
            with pytest.raises(ValidationError):
                contract.checker(content["schema"]).validate(less)
        assert (
            path.replace("-", "_").strip("/")
            in contract.document["components"]["schemas"]["Binding"]["properties"]["question"]["enum"]
        )


def test_nothing_but_name_number_and_dates_is_told_of_a_card() -> None:
    """Mutation: a reading with a photo, or an address, keeps the contract."""
    contract = Contract("card_reader")
    card = contract.document["components"]["schemas"]["Reading"]["examples"][0]["card"]
    contract.schema("Card").validate(card)
    with pytest.raises(ValidationError):
        contract.schema("Card").validate({**card, "address": "江岸路 18 号"})


@pytest.mark.parametrize("name", REGISTERS)
def test_the_examples_of_a_question_and_of_its_answer_belong_together(name: str) -> None:
    """Whoever builds a register tries their digest on them. Mutation: one of the two is changed alone."""
    contract, seen = Contract(name), 0
    questions = {
        path.strip("/").replace("-", "_"): next(iter(content["examples"].values()))["value"]
        for path, item in contract.document["paths"].items()
        if "post" in item and (content := item["post"]["requestBody"]["content"]["application/json"])
    }
    for schema in contract.document["components"]["schemas"].values():
        for example in schema.get("examples", ()):
            asked = questions[example["question"]]
            assert (example["txn"], example["nonce"], example["aud"]) == (asked["id"], asked["nonce"], asked["client"])
            assert example["subject_digest"] == subject_digest(asked["subject_key"], *lines_of(asked))
            seen += 1
    assert seen >= len(questions)
