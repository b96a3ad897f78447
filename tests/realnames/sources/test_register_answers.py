"""Our side of the registers' contracts: what leaves is of the contract, and what is no answer to it is none (threat K03)."""

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from idp.fetch import Fetcher
from idp.model.account import IdentifierKind
from idp.ports import SourceKind, SourceOutcome
from realnames.sources import bank_accounts, company_register, population_register
from realnames.sources.circuit_breaker import FAILURES, PAUSE_SECONDS
from tests.idp.installed import NOW, Moment
from tests.realnames.sources.contract import Contract
from tests.realnames.sources.registers import CHILD, FATHER, PERMIT, SOFTWARE, ZHANG, ZHANG_CARD, ZHANG_PHONE
from tests.realnames.sources.toy_authority import CLIENT, TOKEN, Claims, random43
from tests.realnames.sources.toy_register import ISSUER, ToyRegister, running_register

MODULES: dict[str, Any] = {
    "population": population_register,
    "company": company_register,
    "bank": bank_accounts,
}
ENTRY = {"status": "active", "represented_since": "2019-03-01", "as_of": "2026-03-24"}
COMPANY = {"name": "云江江畔软件有限公司", "organization_type": "enterprise", "status": "active"}


@dataclass(frozen=True)
class Question:
    """One of them: where, by which call, with what a true answer says."""

    register: str
    path: str
    ask: Callable[[Any], Any]
    says: dict[str, Any]


QUESTIONS = {
    "two elements": Question(
        "population", "/two-elements", lambda source: source.two_elements(ZHANG), {"is_deceased": False}
    ),
    "three elements": Question(
        "population", "/three-elements", lambda source: source.three_elements(ZHANG, ZHANG_PHONE), {"is_deceased": True}
    ),
    "guardian": Question("population", "/guardian-of", lambda source: source.guardian_of(FATHER, CHILD), {}),
    "organization": Question("company", "/organization", lambda source: source.organization(SOFTWARE), COMPANY),
    "representative": Question(
        "company", "/legal-representative", lambda source: source.legal_representative(SOFTWARE, ZHANG), ENTRY
    ),
    "four elements": Question(
        "bank", "/four-elements", lambda source: source.four_elements(ZHANG, ZHANG_PHONE, ZHANG_CARD), {}
    ),
}


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def toys(clock: Moment) -> Iterator[dict[str, ToyRegister]]:
    with ExitStack() as stack:
        yield {name: stack.enter_context(running_register(clock, module.TYPE)) for name, module in MODULES.items()}


def settings_of(register: str, url: str, **changes: Any) -> Any:
    given = {"url": url, "token": SecretStr(TOKEN), "client": CLIENT, "issuer": ISSUER, "name": "登记处", **changes}
    return MODULES[register].SOURCE.settings(**given)


def source_of(register: str, toy: ToyRegister, clock: Moment, **changes: Any) -> Any:
    fetcher = Fetcher(frozenset({toy.url}), timeout=1)
    return MODULES[register].SOURCE.build(settings_of(register, toy.url, **changes), fetcher, clock)


@dataclass
class Asked:
    """One question, and the register that answers it."""

    question: Question
    toy: ToyRegister
    source: Any

    def __call__(self) -> Any:
        return self.question.ask(self.source)


@pytest.fixture(params=QUESTIONS)
def ask(request: pytest.FixtureRequest, toys: dict[str, ToyRegister], clock: Moment) -> Asked:
    question = QUESTIONS[request.param]
    toy = toys[question.register]
    toy.says = {"outcome": "match", **question.says}
    return Asked(question, toy, source_of(question.register, toy, clock))


def test_what_leaves_is_of_the_contract_and_never_the_same_twice(ask: Asked) -> None:
    contract = Contract(str(MODULES[ask.question.register].SOURCE.name))
    for _ in range(2):
        assert ask().outcome is SourceOutcome.MATCH
    (path, headers, first), (_, _, second) = ask.toy.asked
    assert path == ask.question.path
    contract.check_question(path, headers, first)
    for drawn in ("id", "nonce", "subject_key"):
        assert first[drawn] != second[drawn]


def test_a_true_answer_is_read_with_its_id_and_time(ask: Asked) -> None:
    answer = ask()
    assert answer.reference.startswith("answer-to-")
    assert (answer.answered_at, answer.why) == (NOW, "")


def changed(**changes: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {name: value for name, value in {**claims, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (changed(iss="https://elsewhere.example"), "wrong_issuer"),
        (changed(aud="another-city"), "wrong_audience"),
        (changed(aud=[CLIENT]), "wrong_audience"),
        (changed(txn=random43()), "wrong_transaction"),
        (changed(txn=None), "wrong_transaction"),
        (changed(nonce=random43()), "wrong_nonce"),
        (changed(nonce=None), "wrong_nonce"),
        (changed(subject_digest=random43()), "wrong_person"),
        (changed(subject_digest=None), "wrong_person"),
        (changed(question="another_question"), "wrong_question"),
        (changed(question=None), "wrong_question"),
        (changed(exp=NOW), "expired"),
        (changed(exp=NOW + 601), "expired"),
        (changed(iat=NOW - 61, exp=NOW + 60), "wrong_time"),
        (changed(iat=NOW + 61, exp=NOW + 300), "wrong_time"),
        (changed(iat=None), "malformed"),
        (changed(jti=None), "malformed"),
        (changed(jti="short"), "malformed"),
        (changed(outcome=None), "malformed"),
        (changed(outcome="down"), "malformed"),
        (changed(outcome=["match"]), "malformed"),
        (changed(outcome=True), "malformed"),
    ],
)  # fmt: skip
def test_an_answer_that_is_bound_to_anything_else_is_none(
    ask: Asked, bend: Callable[[Claims], Claims], why: str
) -> None:
    """Each mutation: this claim is not looked at, or its absence counts as pass."""
    ask.toy.bend = bend
    answer = ask()
    assert (answer.outcome, answer.why) == (SourceOutcome.DOWN, why)
    assert (answer.reference, answer.answered_at) == ("", None)


@pytest.mark.parametrize(
    ("header", "why"),
    [
        ({"alg": "none"}, "malformed"),
        ({"alg": "RS256"}, "malformed"),
        ({"typ": "face-verdict+jwt"}, "malformed"),
        ({"typ": None}, "malformed"),
        ({"kid": None}, "malformed"),
        ({"kid": "k2"}, "wrong_signature"),
        ({"jwk": {"kty": "EC"}}, "malformed"),
        ({"crit": ["exp"]}, "malformed"),
    ],
)
def test_a_header_that_is_not_of_the_contract_is_refused(ask: Asked, header: dict[str, Any], why: str) -> None:
    """Threat C01, RFC 8725 §3.11. Mutation: an answer of one register counts at another."""
    ask.toy.header = header
    assert (ask().outcome, ask().why) == (SourceOutcome.DOWN, why)


@pytest.mark.parametrize(
    "answer",
    [
        (200, b""), (200, b"[]"), (200, b"\xff"), (200, b"[" * 60000), (200, b'{"answer": 1}'), (200, b"{}"),
        (201, b"{}"), (302, b"{}"), (401, b"{}"), (403, b"{}"), (404, b"{}"), (429, b"{}"), (500, b"{}"), (503, b"{}"),
        (200, b" " * 70000),
    ],
)  # fmt: skip
def test_what_is_no_answer_of_the_contract_means_down(ask: Asked, answer: tuple[int, bytes]) -> None:
    """Mutation: read as a mismatch, or a traceback."""
    ask.toy.answers[ask.question.path] = answer
    told = ask()
    assert (told.outcome, told.why) == (SourceOutcome.DOWN, "unreachable")


@pytest.mark.parametrize("answer", [(500, b"{}"), (200, b"[]"), (200, b'{"keys": 1}')])
def test_without_its_keys_nothing_is_decided(ask: Asked, answer: tuple[int, bytes]) -> None:
    ask.toy.answers["/jwks"] = answer
    told = ask()
    assert (told.outcome, told.why) == (SourceOutcome.DOWN, "unreachable")
    assert ask.source.is_reachable() is (answer[0] == 200)


@pytest.mark.parametrize("status", [400, 409])
def test_one_question_that_it_refuses_pauses_nobody(ask: Asked, status: int) -> None:
    """Mutation: one person's odd name shuts the register for all."""
    ask.toy.answers[ask.question.path] = status, b'{"error": "bad_person"}'
    for _ in range(FAILURES + 1):
        assert (ask().outcome, ask().why) == (SourceOutcome.DOWN, "refused")
    ask.toy.answers.clear()
    assert ask().outcome is SourceOutcome.MATCH


def test_a_dead_register_is_not_waited_for_and_asked_again_after_a_pause(ask: Asked, clock: Moment) -> None:
    ask.toy.answers[ask.question.path] = 503, b"{}"
    told = [ask().why for _ in range(FAILURES + 3)]
    assert told == ["unreachable"] * FAILURES + ["paused"] * 3
    assert len(ask.toy.asked) == FAILURES
    ask.toy.answers.clear()
    clock.pass_by(PAUSE_SECONDS)
    assert ask().outcome is SourceOutcome.MATCH


def without(name: str) -> Callable[[Claims], Claims]:
    return changed(**{name: None})


FACTS = [
    ("two elements", without("is_deceased")),
    ("two elements", changed(is_deceased=1)),
    ("two elements", changed(is_deceased="false")),
    ("two elements", changed(outcome="mismatch", is_deceased=True)),
    ("organization", without("name")),
    ("organization", changed(name="")),
    ("organization", changed(name=["x"])),
    ("organization", changed(organization_type="firm")),
    ("organization", without("status")),
    ("organization", changed(status="open")),
    ("organization", changed(outcome="mismatch")),
    ("representative", without("status")),
    ("representative", without("as_of")),
    ("representative", changed(represented_since="2019-02-30")),
    ("representative", changed(represented_since="20190301")),
    ("representative", changed(represented_since=20190301)),
    ("representative", changed(as_of="２０２６-03-24")),
]


@pytest.mark.parametrize(("question", "bend"), FACTS)
def test_facts_that_are_not_of_the_contract_make_no_answer(
    toys: dict[str, ToyRegister], clock: Moment, question: str, bend: Callable[[Claims], Claims]
) -> None:
    """Mutation: a fact that is left out counts as the harmless one."""
    asked = QUESTIONS[question]
    toy = toys[asked.register]
    toy.says, toy.bend = {"outcome": "match", **asked.says}, bend
    answer = asked.ask(source_of(asked.register, toy, clock))
    assert (answer.outcome, answer.why) == (SourceOutcome.DOWN, "malformed")


@pytest.mark.parametrize(
    "says",
    [
        {"codes": [SOFTWARE], "cursor": "c-1"},
        {"codes": [SOFTWARE], "has_more": False},
        {"codes": "x", "cursor": "c-1", "has_more": False},
        {"codes": ["short"], "cursor": "c-1", "has_more": False},
        {"codes": [[]], "cursor": "c-1", "has_more": False},
        {"codes": [SOFTWARE] * 201, "cursor": "c-1", "has_more": False},
        {"codes": [], "cursor": "", "has_more": False},
        {"codes": [], "cursor": "c 1", "has_more": False},
        {"codes": [], "cursor": "c-1", "has_more": 0},
    ],
)
def test_changes_that_cannot_be_read_are_none(
    toys: dict[str, ToyRegister], clock: Moment, says: dict[str, Any]
) -> None:
    """Mutation: a page that was skipped, and a representative who left goes on acting."""
    toys["company"].says = says
    source = source_of("company", toys["company"], clock)
    assert source.changed_since("c-0") is None
    toys["company"].says = {"codes": [SOFTWARE, SOFTWARE], "cursor": "c-1", "has_more": True}
    told = source.changed_since("c-0")
    assert (told.codes, told.cursor, told.has_more) == ((SOFTWARE,), "c-1", True)
    path, headers, order = toys["company"].asked[-1]
    Contract("company_register").check_question(path, headers, order)


@pytest.mark.parametrize("register", ["population", "bank"])
def test_of_documents_that_it_does_not_know_nothing_leaves(
    toys: dict[str, ToyRegister], clock: Moment, register: str
) -> None:
    """Mutation: a permit's number is sent to a register of citizens, which says that nobody has it."""
    toy = toys[register]
    source = source_of(register, toy, clock)
    asked = (
        [source.two_elements(PERMIT), source.three_elements(PERMIT, ZHANG_PHONE), source.guardian_of(FATHER, PERMIT)]
        if register == "population"
        else [source.four_elements(PERMIT, ZHANG_PHONE, ZHANG_CARD)]
    )
    assert {(each.outcome, each.why) for each in asked} == {(SourceOutcome.DOWN, "unknown_document")}
    assert toy.asked == []
    assert source.documents == {IdentifierKind.CITIZEN_ID}
    knowing = source_of(register, toy, clock, documents=["citizen_id", "hk_macau_travel_permit"])
    assert IdentifierKind.HK_MACAU_TRAVEL_PERMIT in knowing.documents


@pytest.mark.parametrize("register", MODULES)
@pytest.mark.parametrize(
    "changes",
    [{"url": "ftp://x.example"}, {"url": "https://x.example/?x"}, {"token": SecretStr("a b")}, {"client": ""},
     {"issuer": ""}, {"name": ""}, {"unknown": "x"}],
)  # fmt: skip
def test_settings_that_cannot_be_right_are_faults(register: str, changes: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        settings_of(register, **{"url": "https://x.example", **changes})


@pytest.mark.parametrize("documents", [[], ["phone"], ["photo"]])
def test_documents_are_documents(documents: list[str]) -> None:
    with pytest.raises(ValidationError):
        settings_of("population", "https://x.example", documents=documents)


def test_nothing_of_anybody_stands_in_a_repr_or_an_answer(ask: Asked) -> None:
    """What is logged by mistake tells nobody's number."""
    told = repr((ask(), ZHANG, ask.source.names, json.dumps(ask.source.names)))
    for secret in (ZHANG.name, ZHANG.document.value, ZHANG_PHONE, ZHANG_CARD):
        assert secret not in told


def test_each_register_is_of_its_kind() -> None:
    kinds = {name: module.SOURCE.kind for name, module in MODULES.items()}
    assert kinds == {"population": SourceKind.POPULATION, "company": SourceKind.COMPANY, "bank": SourceKind.BANK}
