"""The sandbox authority's registers, held to their contracts by requests that are made of the contracts alone."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest

from tests.realnames.sources.authority_program import AuthorityProgram, running_authority
from tests.realnames.sources.contract import Contract
from tests.realnames.sources.toy_authority import CLIENT, random43

PERSON = {"name": "张小三", "document": {"type": "citizen_id", "number": "890101199003070011"}}
FATHER = {"name": "刘建国", "document": {"type": "citizen_id", "number": "890101198209220076"}}
CHILD = {"name": "刘子涵", "document": {"type": "citizen_id", "number": "890101201406010080"}}
PHONE, CARD, CODE = "+8613800000001", "6200000000000000018", "91890101MA0000015M"


class Question(NamedTuple):
    """One question: its contract, the register's path and its own, the answer's claims, and what it asks."""

    contract: str
    register: str
    path: str
    claims: str
    members: dict[str, Any]


QUESTIONS = [
    Question("population_register", "population", "two-elements", "PersonAnswer", {"person": PERSON}),
    Question("population_register", "population", "three-elements", "PersonAnswer", {"person": PERSON, "phone": PHONE}),
    Question(
        "population_register", "population", "guardian-of", "GuardianAnswer", {"guardian": FATHER, "child": CHILD}
    ),
    Question("company_register", "company", "organization", "OrganizationAnswer", {"code": CODE}),
    Question(
        "company_register", "company", "legal-representative", "RepresentativeAnswer", {"code": CODE, "person": PERSON}
    ),
    Question("company_register", "company", "changes", "ChangesAnswer", {"cursor": ""}),
    Question(
        "bank_accounts",
        "bank",
        "four-elements",
        "FourElementsAnswer",
        {"person": PERSON, "phone": PHONE, "card_number": CARD},
    ),
]


@pytest.fixture(scope="module")
def program() -> Iterator[AuthorityProgram]:
    with running_authority() as (program, _):
        yield program


def order(**members: Any) -> dict[str, Any]:
    return {"id": random43(), "client": CLIENT, "nonce": random43(), "subject_key": random43(), **members}


def ask(program: AuthorityProgram, path: str, body: dict[str, Any], token: str | None = None) -> Any:
    shown = {} if token is None else {"token": token}
    return program.call(path, body, headers={"Idempotency-Key": str(body.get("id"))}, **shown)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.path)
def test_each_question_is_answered_as_the_contract_says(program: AuthorityProgram, question: Question) -> None:
    held, asked = Contract(question.contract), order(**question.members)
    path = f"/{question.register}/{question.path}"
    answer = ask(program, path, asked)
    assert answer.status == 200, answer.body
    signed = held.check_answer(f"/{question.path}", "post", answer.status, answer.body)["answer"]
    said = held.check_signed(signed, "AnswerHeader", question.claims)
    assert (said["txn"], said["nonce"], said["aud"]) == (asked["id"], asked["nonce"], CLIENT)
    assert said["question"] == question.path.replace("-", "_")
    told = json.dumps(said, ensure_ascii=False)
    for secret in (PERSON["name"], "890101199003070011", PHONE, CARD):
        assert str(secret) not in told
    assert ask(program, path, asked).body == answer.body, "the same answer again"
    other = ask(program, path, {**asked, "nonce": random43()})
    assert other.status == 409
    held.check_answer(f"/{question.path}", "post", other.status, other.body)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.path)
def test_what_is_no_question_of_the_contract_is_refused(program: AuthorityProgram, question: Question) -> None:
    held, members, path = Contract(question.contract), question.members, f"/{question.register}/{question.path}"
    first = next(iter(members))
    for changes in ({"photo": "x"}, {"nonce": "short"}, {"id": "short"}, {"client": ""}, {first: 1}, {first: None}):
        refused = ask(program, path, order(**{**members, **changes}))
        assert refused.status == 400, changes
        held.check_answer(f"/{question.path}", "post", refused.status, refused.body)
    for token in ("another", ""):
        refused = ask(program, path, order(**members), token)
        assert refused.status == 401
        held.check_answer(f"/{question.path}", "post", refused.status, refused.body)


@pytest.mark.parametrize(("contract", "register"), sorted({(each.contract, each.register) for each in QUESTIONS}))
def test_its_keys_are_of_the_contract_and_each_register_has_its_own(
    program: AuthorityProgram, contract: str, register: str
) -> None:
    keys = program.call(f"/{register}/jwks", token=None)
    Contract(contract).check_answer("/jwks", "get", keys.status, keys.body)
    assert keys.body != program.call("/jwks", token=None).body


def transaction(**members: Any) -> dict[str, Any]:
    texts = {"purpose": "确认您是谁", "language": "zh-CN", "consented_at": 1}
    return order(**texts, **members)


def test_net_id_is_asked_and_answers_as_the_contract_says(program: AuthorityProgram) -> None:
    held = Contract("network_identity")
    back = {"return_url": "http://localhost:8000/back"}
    for members, choice in (({"person": PERSON, **back}, "high"), (back, "substantial"), (back, "not_found")):
        asked = transaction(**members)
        held.schema("Transaction").validate(asked)
        opened = ask(program, "/net-id/transactions", asked)
        told = held.check_answer("/transactions", "post", opened.status, opened.body)
        assert opened.status == 201
        path = f"/net-id/transactions/{told['transaction']}"
        state = program.call(path)
        assert held.check_answer("/transactions/{transaction}", "get", 200, state.body) == {"status": "pending"}
        assert (
            program.choose(told["url"], choice, holder="890101199003070011").headers["Location"] == back["return_url"]
        )
        state = program.call(path)
        done = held.check_answer("/transactions/{transaction}", "get", 200, state.body)
        said = held.check_signed(done["result"], "ResultHeader", "Result")
        assert said["outcome"] == ("not_found" if choice == "not_found" else "match")
        assert said.get("level") == (None if choice == "not_found" else choice)
        assert "张小三" not in json.dumps(said, ensure_ascii=False)


@pytest.mark.parametrize(
    "members",
    [
        {},
        {"return_url": "http://localhost:8000/back", "shown_code": "NETID1.code"},
        {"return_url": "https://evil.example/"},
        {"return_url": "http://localhost:8000/back", "person": {"name": "张小三"}},
        {"shown_code": "short"},
        {"return_url": "http://localhost:8000/back", "photo": "x"},
    ],
)
def test_what_is_no_transaction_of_net_id_is_refused(program: AuthorityProgram, members: dict[str, Any]) -> None:
    refused = ask(program, "/net-id/transactions", transaction(**members))
    assert refused.status == 400
    Contract("network_identity").check_answer("/transactions", "post", refused.status, refused.body)


def test_a_net_number_is_for_one_client_alone(program: AuthorityProgram) -> None:
    """Mutation: the same number for everybody, by which apps find each other's people."""
    numbers = []
    for client in (CLIENT, CLIENT, "another-city"):
        code = program.call("/net-id/codes/890101199003070011", token=None).body.decode()
        asked = transaction(shown_code=code.partition('id="code">')[2].partition("<")[0]) | {"client": client}
        opened = json.loads(ask(program, "/net-id/transactions", asked).body)
        assert "url" not in opened
        done = json.loads(program.call(f"/net-id/transactions/{opened['transaction']}").body)
        said = Contract("network_identity").check_signed(done["result"], "ResultHeader", "Result")
        assert said["level"] == "low"
        numbers.append(said["net_number"])
    assert numbers[0] == numbers[1] != numbers[2]


def test_whoever_demonstrates_may_add_people_and_appoint_representatives(program: AuthorityProgram) -> None:
    added = {"name": "测试人", "type": "citizen_id", "number": "890101198001010010"}
    asked = order(person={"name": "测试人", "document": {"type": "citizen_id", "number": added["number"]}})
    signed = json.loads(ask(program, "/population/two-elements", asked).body)["answer"]
    held = Contract("population_register")
    assert held.check_signed(signed, "AnswerHeader", "PersonAnswer")["outcome"] == "not_found"
    assert program.call("/people", added).status == 200
    signed = json.loads(ask(program, "/population/two-elements", {**asked, "id": random43()}).body)["answer"]
    assert held.check_signed(signed, "AnswerHeader", "PersonAnswer")["outcome"] == "match"
    for path, body, status in (
        ("/people", {"name": "x"}, 400),
        ("/people", {**added, "photo": "x"}, 400),
        (f"/companies/{CODE}/representative", {"number": "x"}, 400),
        ("/companies/91890101MA0000999X/representative", {"number": added["number"]}, 404),
        ("/faults", {"fault": "down", "register": "x"}, 400),
    ):
        assert program.call(path, body).status == status, path
        assert program.call(path, body, token="another").status == 401, path


def test_its_home_tells_what_it_is_and_knows(program: AuthorityProgram) -> None:
    home = program.call("/", token=None).body.decode()
    for known in ("沙箱核验机构", "张小三", "890101199003070011", "周䶮", CODE, "struck_off", "已去世"):
        assert known in home
    english = program.call("/", token=None, headers={"Accept-Language": "en"}).body.decode()
    assert "Sandbox authority" in english
    assert program.call("/reader", token=None).status == 404, "it was started without a reader"
