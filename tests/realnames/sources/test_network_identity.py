"""Our side of the net id contract: what leaves, and what a result must say to be one."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from idp.clock import Instant
from idp.fetch import Fetcher
from idp.ports import (
    ClaimedPerson,
    NetworkIdentity,
    NetworkIdentityLevel,
    NetworkIdentityOutcome,
    NetworkIdentityRequest,
    NetworkIdentityResult,
    SourceTransaction,
)
from realnames.sources.network_identity import SOURCE
from tests.idp.installed import NOW, Moment
from tests.realnames.sources.contract import Contract
from tests.realnames.sources.registers import ZHANG
from tests.realnames.sources.toy_authority import CLIENT, ISSUER, TOKEN, Claims, random43, running_as
from tests.realnames.sources.toy_net_id import NET_NUMBER, ToyNetId


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def toy(clock: Moment) -> Iterator[ToyNetId]:
    with running_as(ToyNetId, clock) as toy:
        yield toy


@pytest.fixture
def source(toy: ToyNetId, clock: Moment) -> NetworkIdentity:
    given = {"url": toy.url, "client": CLIENT, "issuer": ISSUER, "name": "网号网证"}
    settings = SOURCE.settings(token=SecretStr(TOKEN), **given)
    built: NetworkIdentity = SOURCE.build(settings, Fetcher(frozenset({toy.url}), timeout=1), clock)
    return built


def request(person: ClaimedPerson | None = ZHANG, shown_code: str = "") -> NetworkIdentityRequest:
    return NetworkIdentityRequest(
        transaction=random43(),
        nonce=random43(),
        subject_key=random43(),
        person=person,
        shown_code=shown_code,
        purpose="确认您是谁",
        language="zh-CN",
        consented_at=NOW,
        return_url="http://localhost:8000/back",
    )


def result_of(source: NetworkIdentity, asked: NetworkIdentityRequest | None = None) -> NetworkIdentityResult:
    asked = asked or request()
    ticket = source.begin(asked)
    assert ticket is not None
    return source.result(
        SourceTransaction(
            ours=asked.transaction,
            theirs=ticket.transaction,
            nonce=asked.nonce,
            subject_digest=ticket.subject_digest,
            begun_at=Instant(NOW),
        )
    )


@pytest.mark.parametrize(
    "asked", [request(), request(None), request(shown_code="NETID1.code"), request(None, "NETID1.x")]
)
def test_what_leaves_is_of_the_contract(source: NetworkIdentity, toy: ToyNetId, asked: NetworkIdentityRequest) -> None:
    """Without a person nothing of anybody leaves. Mutation: name and number are sent along whatever was asked."""
    ticket = source.begin(asked)
    assert ticket is not None
    (order,) = toy.orders.values()
    Contract("network_identity").check_question("/transactions", toy.headers[0], order)
    assert ("person" in order) is (asked.person is not None)
    assert ("return_url" in order) is (not asked.shown_code)
    assert (ticket.url == "") is bool(asked.shown_code)
    assert asked.shown_code == "" or asked.shown_code not in repr(asked)


def test_a_match_tells_a_net_number_and_a_level(source: NetworkIdentity, toy: ToyNetId) -> None:
    for level in NetworkIdentityLevel:
        toy.level = level.value
        result = result_of(source)
        assert (result.outcome, result.net_number, result.level) == (NetworkIdentityOutcome.MATCH, NET_NUMBER, level)
        assert (result.decided_at, result.why) == (NOW, "")
        assert result.reference.startswith("result-of-")
        assert NET_NUMBER not in repr(result)


@pytest.mark.parametrize("outcome", ["mismatch", "not_found"])
def test_other_outcomes_tell_nothing_more(source: NetworkIdentity, toy: ToyNetId, outcome: str) -> None:
    toy.outcome = outcome
    result = result_of(source)
    assert (result.outcome, result.net_number, result.level) == (outcome, "", None)


@pytest.mark.parametrize(("outcome", "told"), [("", "pending"), ("cancelled", "cancelled")])
def test_what_has_not_ended_is_told_so(source: NetworkIdentity, toy: ToyNetId, outcome: str, told: str) -> None:
    toy.outcome = outcome
    assert result_of(source).outcome == told


def changed(**changes: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {name: value for name, value in {**claims, **changes}.items() if value is not None}


@pytest.mark.parametrize(
    ("bend", "why"),
    [
        (changed(iss="x"), "wrong_issuer"),
        (changed(aud="another-city"), "wrong_audience"),
        (changed(txn=random43()), "wrong_transaction"),
        (changed(nonce=random43()), "wrong_nonce"),
        (changed(subject_digest=random43()), "wrong_person"),
        (changed(subject_digest=None), "wrong_person"),
        (changed(exp=NOW), "expired"),
        (changed(jti=None), "malformed"),
        (changed(outcome="no_photo"), "malformed"),
        (changed(net_number=None), "malformed"),
        (changed(net_number="张小三张小三张小三张小三张小三张"), "malformed"),
        (changed(net_number="890101-199003070011"), "malformed"),
        (changed(net_number=[]), "malformed"),
        (changed(level=None), "malformed"),
        (changed(level="5"), "malformed"),
    ],
)
@pytest.mark.parametrize("person", [ZHANG, None])
def test_a_result_of_anything_else_is_refused(
    source: NetworkIdentity, toy: ToyNetId, bend: Callable[[Claims], Claims], why: str, person: ClaimedPerson | None
) -> None:
    """Also where nobody was named: the key of the transaction binds it all the same."""
    toy.bend = bend
    result = result_of(source, request(person))
    assert (result.outcome, result.why, result.net_number) == (NetworkIdentityOutcome.UNTRUSTED, why, "")


def test_a_verdict_on_a_face_is_no_net_id(source: NetworkIdentity, toy: ToyNetId) -> None:
    toy.header = {"typ": "face-verdict+jwt"}
    assert result_of(source).why == "malformed"


@pytest.mark.parametrize(
    ("path", "answer", "outcome"),
    [
        ("GET /transactions", (503, b"{}"), "down"),
        ("GET /transactions", (200, b"[]"), "down"),
        ("GET /transactions", (200, b'{"status": "done", "verdict": "x"}'), "down"),
        ("GET /transactions", (404, b"{}"), "nothing"),
        ("GET /jwks", (500, b"{}"), "down"),
    ],
)
def test_a_service_that_does_not_answer_is_down(
    source: NetworkIdentity, toy: ToyNetId, path: str, answer: tuple[int, bytes], outcome: str
) -> None:
    toy.answers[path] = answer
    assert result_of(source).outcome == outcome


@pytest.mark.parametrize(
    ("shown_code", "opened"),
    [
        ("", {"url": "https://evil.example/x"}),
        ("", {}),
        ("NETID1.code", {"url": "https://evil.example/x"}),
        ("", {"url": "x", "transaction": "short"}),
    ],
)
def test_people_are_sent_to_its_own_page_or_nowhere(
    source: NetworkIdentity, toy: ToyNetId, shown_code: str, opened: dict[str, str]
) -> None:
    """Threat A07. Mutation: wherever the answer says."""
    import json

    body = {"transaction": "theirs-000000000001", "expires_at": NOW + 600, **opened}
    toy.answers["POST /transactions"] = 201, json.dumps(body).encode()
    assert source.begin(request(shown_code=shown_code)) is None
