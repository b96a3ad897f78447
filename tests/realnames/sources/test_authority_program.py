"""The sandbox authority, held to the contract, and our source against it: two programs that know only the contract."""

import ast
import json
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import pytest

from idp.clock import system_clock
from idp.fetch import Fetcher
from idp.ports import FaceAuthority, FaceOutcome
from realnames.sources.sandbox_authority import SOURCE
from tests.realnames.sources.asking import begin, request, why_refused
from tests.realnames.sources.authority_program import PROGRAM, AuthorityProgram, running_authority
from tests.realnames.sources.conftest import settings_for
from tests.realnames.sources.face_contract import check_answer, check_verdict
from tests.realnames.sources.toy_authority import CLIENT, random43


@pytest.fixture(scope="module")
def running() -> Iterator[AuthorityProgram]:
    with running_authority() as (program, _):
        yield program


@pytest.fixture
def program(running: AuthorityProgram) -> AuthorityProgram:
    running.misbehave("none")
    return running


@pytest.fixture
def source(program: AuthorityProgram) -> FaceAuthority:
    settings = settings_for(program.url, issuer="urn:yizheng:sandbox:authority")
    built: FaceAuthority = SOURCE.build(settings, Fetcher(frozenset({program.url}), timeout=1), system_clock)
    return built


def order(**changes: Any) -> dict[str, Any]:
    asked = asdict(request())
    person = {"name": asked.pop("name"), "citizen_number": asked.pop("citizen_number")}
    return {"id": asked.pop("transaction"), "client": CLIENT, "person": person, **asked, **changes}


def open_one(program: AuthorityProgram, **changes: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    asked = order(**changes)
    answer = program.call("/transactions", asked, headers={"Idempotency-Key": asked["id"]})
    opened: dict[str, Any] = check_answer("/transactions", "post", answer.status, answer.body)
    assert answer.status == 201, answer.body
    return asked, opened


@pytest.mark.parametrize("choice", ["match", "mismatch", "no_photo", "not_found"])
def test_each_choice_is_signed_as_the_contract_says(program: AuthorityProgram, choice: str) -> None:
    asked, opened = open_one(program)
    path = f"/transactions/{opened['transaction']}"
    answer = program.call(path)
    assert check_answer("/transactions/{transaction}", "get", answer.status, answer.body) == {"status": "pending"}
    back = program.choose(opened["url"], choice)
    assert (back.status, back.headers["Location"]) == (303, asked["return_url"])
    state = check_answer("/transactions/{transaction}", "get", 200, program.call(path).body)
    assert state["status"] == "done"
    claims = check_verdict(state["verdict"])
    assert (claims["txn"], claims["nonce"], claims["aud"]) == (asked["id"], asked["nonce"], CLIENT)
    assert claims["outcome"] == choice
    assert program.call(path).body == json.dumps(state).encode(), "the same verdict each time"
    said = json.dumps(claims, ensure_ascii=False)
    assert asked["person"]["name"] not in said
    assert asked["person"]["citizen_number"] not in said


def test_who_goes_back_has_no_verdict(program: AuthorityProgram) -> None:
    _, opened = open_one(program)
    program.choose(opened["url"], "cancel")
    answer = program.call(f"/transactions/{opened['transaction']}")
    assert check_answer("/transactions/{transaction}", "get", 200, answer.body) == {"status": "cancelled"}
    program.choose(opened["url"], "match")
    assert program.call(f"/transactions/{opened['transaction']}").body == answer.body, "the first choice stays"


def test_its_keys_are_of_the_contract_and_hold_no_secret(program: AuthorityProgram) -> None:
    answer = program.call("/jwks", token=None)
    check_answer("/jwks", "get", answer.status, answer.body)


def test_an_id_opens_one_transaction(program: AuthorityProgram) -> None:
    asked, opened = open_one(program)
    again = program.call("/transactions", asked, headers={"Idempotency-Key": asked["id"]})
    assert json.loads(again.body) == opened
    other = {**asked, "nonce": random43()}
    refused = program.call("/transactions", other, headers={"Idempotency-Key": asked["id"]})
    check_answer("/transactions", "post", refused.status, refused.body)
    assert refused.status == 409


@pytest.mark.parametrize(
    "changes",
    [
        {"consented_at": 0},
        {"consented_at": "now"},
        {"nonce": "short"},
        {"person": {"name": "张小三"}},
        {"person": {"name": "张小三", "citizen_number": "1", "photo": "x"}},
        {"person": None},
        {"return_url": "https://evil.example/"},
        {"return_url": "javascript:alert(1)"},
        {"return_url": "http://localhost:8000@evil.example/"},
        {"photo": "x"},
        {"id": "short"},
    ],
)
def test_what_is_no_request_of_the_contract_is_refused(program: AuthorityProgram, changes: dict[str, Any]) -> None:
    asked = order(**changes)
    answer = program.call("/transactions", asked, headers={"Idempotency-Key": asked["id"]})
    check_answer("/transactions", "post", answer.status, answer.body)
    assert answer.status == 400


@pytest.mark.parametrize("path", ["/transactions/" + "x" * 20, "/faults", "/transactions"])
def test_without_the_token_there_is_nothing(program: AuthorityProgram, path: str) -> None:
    body: object = None if path.endswith("x") else {}
    assert program.call(path, body, token="another").status == 401
    assert program.call(path, body, token=None).status == 401


def test_a_form_of_another_site_and_another_host_do_not_get_in(program: AuthorityProgram) -> None:
    _, opened = open_one(program)
    assert program.choose(opened["url"], "match", Origin="https://evil.example").status == 403
    assert program.call("/", token=None, headers={"Host": "evil.example"}).status == 421
    assert program.choose(opened["url"], "everything").status == 400
    assert program.call("/face/unknown", token=None).status == 404


def test_the_page_shows_no_whole_number_and_lets_strangers_be_not_found(program: AuthorityProgram) -> None:
    asked, opened = open_one(program)
    page = program.call(opened["url"].removeprefix(program.url), token=None)
    text = page.body.decode()
    assert 'value="match"' in text
    assert asked["purpose"] in text
    assert asked["person"]["citizen_number"] not in text
    assert asked["person"]["name"] not in text
    assert "form-action 'self' http://localhost:8000" in page.headers["Content-Security-Policy"]
    _, stranger = open_one(program, person={"name": "张三", "citizen_number": "110105199003070011"})
    text = program.call(stranger["url"].removeprefix(program.url), token=None).body.decode()
    assert 'value="match"' not in text
    assert 'value="not_found"' in text


def test_our_source_and_it_understand_each_other(source: FaceAuthority, program: AuthorityProgram) -> None:
    asked = request()
    ticket = source.begin(asked)
    assert ticket is not None
    program.choose(ticket.url, "match")
    transaction = begin(source, asked, system_clock())
    assert source.verdict(transaction).outcome is FaceOutcome.MATCH
    assert source.is_reachable()


@pytest.mark.parametrize(
    ("fault", "why"),
    [
        ("wrong_signature", "wrong_signature"),
        ("another_person", "wrong_person"),
        ("expired", "expired"),
        ("replay", "wrong_transaction"),
    ],
)
def test_its_lies_are_seen_through(source: FaceAuthority, program: AuthorityProgram, fault: str, why: str) -> None:
    for lies in (False, True):
        asked = request()
        ticket = source.begin(asked)
        assert ticket is not None
        program.choose(ticket.url, "match")
        program.misbehave(fault if lies else "none")
        verdict = source.verdict(begin(source, asked, system_clock()))
        assert why_refused(verdict) == why if lies else verdict.outcome is FaceOutcome.MATCH


@pytest.mark.parametrize("fault", ["down", "error", "slow"])
def test_its_failures_are_down_and_nothing_else(source: FaceAuthority, program: AuthorityProgram, fault: str) -> None:
    transaction = begin(source, request(), system_clock())
    program.misbehave(fault, seconds=2, times=1)
    assert source.verdict(transaction).outcome is FaceOutcome.DOWN
    assert source.verdict(transaction).outcome is FaceOutcome.PENDING


def test_it_draws_a_token_where_none_was_given() -> None:
    with running_authority(token=None) as (program, lines):
        token = lines[1].removeprefix("bearer token: ").strip()
        assert program.call("/transactions/" + "x" * 20, token=token).status == 404


def test_it_imports_nothing_of_ours() -> None:
    for path in PROGRAM.parent.glob("*.py"):
        tree = ast.parse(path.read_text("utf-8"))
        names = {
            name
            for node in ast.walk(tree)
            if isinstance(node, ast.Import | ast.ImportFrom)
            for name in (
                [node.module or ""] if isinstance(node, ast.ImportFrom) else [each.name for each in node.names]
            )
        }
        assert not {name for name in names if name.split(".")[0] in {"idp", "realnames", "biometrics", "connectors"}}
