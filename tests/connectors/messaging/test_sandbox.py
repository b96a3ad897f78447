import pytest
from pydantic import SecretStr

from connectors.messaging.sandbox import CARRIER, SandboxCarrier
from idp.fetch import Fetcher
from idp.model.message import Medium, Message
from idp.ports import Carrier
from tests.connectors.messaging.carrier_program import TOKEN, CarrierProgram
from tests.connectors.messaging.gateway import Gateway


def build(url: str, fetcher: Fetcher, token: str = TOKEN) -> Carrier:
    return CARRIER.build(CARRIER.settings(url=url, token=SecretStr(token)), fetcher)


def test_it_is_marked_as_a_sandbox_part() -> None:
    """The server refuses sandbox parts on a public issuer by this mark. Mutation: `is_sandbox` left out."""
    assert CARRIER.is_sandbox


def test_messages_go_the_way_of_the_contract(program: CarrierProgram, fetcher: Fetcher) -> None:
    message = Message(id="sandbox-1", medium=Medium.SMS, destination="+8613200000001", subject="", text="x")
    assert build(program.url, fetcher).send(message).is_accepted
    assert len(program.messages("+8613200000001")) == 1


def test_the_program_chooses_the_code_of_sandbox_destinations(program: CarrierProgram, fetcher: Fetcher) -> None:
    assert build(program.url, fetcher).code_for(destination_is_sandbox=True) == "000000"


def test_nobody_else_gets_it(gateway: Gateway, fetcher: Fetcher) -> None:
    """Mutation: `destination_is_sandbox` ignored."""
    gateway.status, gateway.body = 200, b'{"code": "000000"}'
    assert build(gateway.url, fetcher).code_for(destination_is_sandbox=False) is None
    assert gateway.noted == []


def test_the_code_is_asked_for_once_and_only_when_needed(gateway: Gateway, fetcher: Fetcher) -> None:
    gateway.status, gateway.body = 200, b'{"code": "424242"}'
    carrier = build(gateway.url, fetcher)
    assert gateway.noted == []
    assert [carrier.code_for(destination_is_sandbox=True) for _ in range(3)] == ["424242"] * 3
    (asked,) = gateway.noted
    assert (asked.path, asked.headers["authorization"]) == ("/sandbox/code", f"Bearer {TOKEN}")


def test_a_program_that_is_down_is_asked_again(program: CarrierProgram, fetcher: Fetcher) -> None:
    carrier = build(program.url, fetcher)
    for fault in ("down", "error"):
        program.misbehave(fault, times=1)
        assert carrier.code_for(destination_is_sandbox=True) is None
    assert carrier.code_for(destination_is_sandbox=True) == "000000"


def test_a_wrong_token_gets_no_code(program: CarrierProgram, fetcher: Fetcher) -> None:
    assert build(program.url, fetcher, token="wrong").code_for(destination_is_sandbox=True) is None


@pytest.mark.parametrize(
    "body", [b"", b"{}", b'{"code": 0}', b'{"code": ""}', b'{"code": "00000"}', b'{"code": "\xe2\x91\xa000000"}', b"[]"]
)
def test_what_is_no_code_is_not_used(gateway: Gateway, fetcher: Fetcher, body: bytes) -> None:
    gateway.status, gateway.body = 200, body
    assert build(gateway.url, fetcher).code_for(destination_is_sandbox=True) is None


def test_it_knows_no_code_by_itself(gateway: Gateway, fetcher: Fetcher) -> None:
    """MISSION: the server has no master code. Mutation: a default in `SandboxCarrier`."""
    gateway.status = 404
    carrier = build(gateway.url, fetcher)
    assert isinstance(carrier, SandboxCarrier)
    assert carrier.code_for(destination_is_sandbox=True) is None
