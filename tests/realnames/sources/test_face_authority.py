"""The source over HTTP: what it sends, and that whatever is no answer of the contract means down."""

import json
import socket
from typing import Any

import pytest
from pydantic import ValidationError

from idp.fetch import Fetcher
from idp.ports import FaceAuthority, FaceOutcome, Source
from realnames.sources import sandbox_authority
from realnames.sources.circuit_breaker import FAILURES, PAUSE_SECONDS
from realnames.sources.face_authority import SOURCE
from tests.idp.installed import CITIZEN_ID, NAME, NOW, Moment
from tests.realnames.sources.asking import begin, request, verdict_on
from tests.realnames.sources.conftest import settings_for
from tests.realnames.sources.face_contract import check_order
from tests.realnames.sources.toy_authority import TOKEN, ToyAuthority


def test_what_is_sent_is_of_the_contract(source: FaceAuthority, toy: ToyAuthority) -> None:
    asked = request()
    transaction = begin(source, asked)
    (order,) = toy.orders.values()
    check_order(toy.headers[0], order)
    assert order["person"] == {"name": NAME, "citizen_number": CITIZEN_ID}
    assert order["consented_at"] == NOW
    assert toy.headers[0]["authorization"] == f"Bearer {TOKEN}"
    source.verdict(transaction)
    assert toy.asked == ["POST /transactions", f"GET /transactions/{transaction.theirs}", "GET /jwks"]
    assert "authorization" not in toy.headers[2]


def test_an_unfinished_and_a_cancelled_one_are_told_apart(source: FaceAuthority, toy: ToyAuthority) -> None:
    toy.outcome = ""
    assert verdict_on(source).outcome is FaceOutcome.PENDING
    toy.outcome = "cancelled"
    assert verdict_on(source).outcome is FaceOutcome.CANCELLED


@pytest.mark.parametrize("status", [200, 204, 400, 401, 409, 429, 500, 503])
def test_a_transaction_that_is_not_opened_is_no_ticket(source: FaceAuthority, toy: ToyAuthority, status: int) -> None:
    toy.answers["POST /transactions"] = status, b'{"transaction": "t", "url": "u", "expires_at": 1}'
    assert source.begin(request()) is None


def opened(toy: ToyAuthority, **changes: Any) -> bytes:
    answer = {"transaction": "t" * 20, "url": f"{toy.url}/face/x", "expires_at": NOW + 60}
    return json.dumps({**answer, **changes}).encode()


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "https://evil.example/face/x"},
        {"url": "javascript:alert(1)"},
        {"url": "//evil.example/face/x"},
        {"url": 1},
        {"transaction": "../../jwks"},
        {"transaction": "short"},
        {"transaction": None},
        {"expires_at": NOW},
        {"expires_at": "soon"},
        {"expires_at": True},
    ],
)
def test_people_are_sent_to_the_authoritys_own_page_only(
    source: FaceAuthority, toy: ToyAuthority, changes: dict[str, Any]
) -> None:
    """Threats A07, T12. Mutation: wherever the answer says."""
    toy.answers["POST /transactions"] = 201, opened(toy, **changes)
    assert source.begin(request()) is None


@pytest.mark.parametrize("after_origin", ["@evil.example/", ".evil.example/", "\\@evil.example", " /", "/\n", "/é", ""])
def test_an_address_that_only_begins_like_the_page_is_none(
    source: FaceAuthority, toy: ToyAuthority, after_origin: str
) -> None:
    toy.answers["POST /transactions"] = 201, opened(toy, url=f"{toy.url}{after_origin}")
    assert source.begin(request()) is None


def test_a_transaction_lives_ten_minutes_at_most(source: FaceAuthority, toy: ToyAuthority) -> None:
    toy.answers["POST /transactions"] = 201, opened(toy, expires_at=NOW + 10**9)
    ticket = source.begin(request())
    assert ticket is not None
    assert ticket.expires_at == NOW + 600


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b"[" * 60000, b'{"status": "done"}', b'{"status": 1}'])
def test_a_state_that_is_none_means_down(source: FaceAuthority, toy: ToyAuthority, body: bytes) -> None:
    """Mutation: read as a mismatch, or a traceback."""
    toy.answers["GET /transactions"] = 200, body
    assert verdict_on(source).outcome is FaceOutcome.DOWN


@pytest.mark.parametrize("status", [401, 429, 500, 503, 302])
def test_an_authority_with_a_fault_is_down(source: FaceAuthority, toy: ToyAuthority, status: int) -> None:
    toy.answers["GET /transactions"] = status, b"{}"
    assert verdict_on(source).outcome is FaceOutcome.DOWN


def test_a_transaction_that_it_forgot_is_nothing(source: FaceAuthority, toy: ToyAuthority) -> None:
    toy.answers["GET /transactions"] = 404, b'{"error": "no_such_transaction"}'
    assert verdict_on(source).outcome is FaceOutcome.NOTHING


@pytest.mark.parametrize("answer", [(500, b"{}"), (200, b"[]"), (200, b'{"keys": 1}'), (200, b"\xff")])
def test_without_its_keys_nothing_is_decided(
    source: FaceAuthority, toy: ToyAuthority, answer: tuple[int, bytes]
) -> None:
    """Mutation: a verdict whose signature cannot be checked counts, or counts as wrong."""
    toy.answers["GET /jwks"] = answer
    assert verdict_on(source).outcome is FaceOutcome.DOWN
    assert source.is_reachable() is (answer[0] == 200)


def test_nobody_listens(clock: Moment) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    source = SOURCE.build(settings_for(url), Fetcher(frozenset({url}), timeout=1), clock)
    assert source.begin(request()) is None
    assert not source.is_reachable()


def test_after_some_failures_it_is_left_alone_for_a_while(
    source: FaceAuthority, toy: ToyAuthority, clock: Moment
) -> None:
    """Mutations: a dead authority is waited for by everybody; it is never asked again."""
    toy.answers["POST /transactions"] = 503, b"{}"
    for _ in range(FAILURES + 5):
        assert source.begin(request()) is None
    assert len(toy.asked) == FAILURES
    clock.pass_by(PAUSE_SECONDS)
    source.begin(request())
    source.begin(request())
    assert len(toy.asked) == FAILURES + 1, "one probe"
    toy.answers.clear()
    assert source.begin(request()) is None
    clock.pass_by(PAUSE_SECONDS)
    assert source.begin(request()) is not None
    assert source.begin(request()) is not None


def test_one_persons_data_that_it_refuses_closes_it_for_nobody(source: FaceAuthority, toy: ToyAuthority) -> None:
    toy.answers["POST /transactions"] = 400, b"{}"
    for _ in range(FAILURES + 1):
        source.begin(request())
    toy.answers.clear()
    assert source.begin(request()) is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"url": "ftp://face.example"},
        {"url": "https://face.example/?x"},
        {"url": "https://FACE.example"},
        {"page_origin": "https://face.example/"},
        {"page_origin": "https://face.example; script-src *"},
        {"page_origin": "javascript:"},
        {"client": ""},
        {"issuer": ""},
        {"name": ""},
        {"unknown": "x"},
    ],
)
def test_settings_that_cannot_be_right_are_faults(changes: dict[str, str]) -> None:
    """`page_origin` stands in a header (CSP): nothing but an origin gets there."""
    with pytest.raises(ValidationError):
        settings_for(**{"url": "https://face.example", **changes})


def test_the_sandbox_is_marked_and_speaks_the_same_contract() -> None:
    assert isinstance(sandbox_authority.SOURCE, Source)
    assert sandbox_authority.SOURCE.is_sandbox
    assert not SOURCE.is_sandbox
    assert sandbox_authority.SOURCE.build is SOURCE.build
