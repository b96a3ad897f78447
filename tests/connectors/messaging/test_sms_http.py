import socket
import time
from threading import Thread
from typing import Any

import pytest
from pydantic import SecretStr, ValidationError

from connectors.messaging.sms_http import CARRIER, SmsHttpCarrier, SmsHttpSettings
from idp.fetch import Fetcher
from idp.model.message import Medium, Message
from idp.ports import Carrier, DeliveryResult
from tests.connectors.messaging.carrier_program import TOKEN, CarrierProgram
from tests.connectors.messaging.contract import check_request
from tests.connectors.messaging.gateway import Gateway

ACCEPTED = DeliveryResult(is_accepted=True)


def message(id_: str, to: str = "+8613100000001", text: str = "您的验证码是 123456。") -> Message:
    return Message(id=id_, medium=Medium.SMS, destination=to, subject="", text=text)


def again(reason: str) -> DeliveryResult:
    return DeliveryResult(is_accepted=False, may_retry=True, reason=reason)


def never(reason: str) -> DeliveryResult:
    return DeliveryResult(is_accepted=False, may_retry=False, reason=reason)


def build(url: str, fetcher: Fetcher) -> Carrier:
    return CARRIER.build(CARRIER.settings(url=url, token=SecretStr(TOKEN)), fetcher)


@pytest.fixture
def carrier(program: CarrierProgram, fetcher: Fetcher) -> Carrier:
    return build(program.url, fetcher)


def test_a_message_reaches_the_phone(carrier: Carrier, program: CarrierProgram) -> None:
    assert carrier.medium is CARRIER.medium is Medium.SMS
    assert not CARRIER.is_sandbox
    assert carrier.send(message("sms-1")) == ACCEPTED
    (received,) = program.messages("+8613100000001")
    assert received["text"] == "您的验证码是 123456。"


def test_requests_are_of_the_contract(gateway: Gateway, fetcher: Fetcher) -> None:
    carrier = build(f"{gateway.url}/v1/", fetcher)
    for text in ("x", "汉" * 1000, 'line\nbreak "quoted" \\ \x00'):
        assert carrier.send(message("1793451000.17", text=text)) == ACCEPTED
    for noted in gateway.noted:
        assert noted.path == "/v1/messages"
        assert noted.headers["authorization"] == f"Bearer {TOKEN}"
        check_request(noted.headers, noted.body)


def test_a_repeated_message_arrives_once(carrier: Carrier, program: CarrierProgram) -> None:
    for _ in range(2):
        assert carrier.send(message("sms-2", "+8613100000002")) == ACCEPTED
    (received,) = program.messages("+8613100000002")
    assert received["times"] == 2


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("down", again("unreachable")),
        ("error", again("http_500")),
        ("busy", again("http_429")),
        ("refuse", never("http_400")),
    ],
)
def test_faults_of_the_gateway(carrier: Carrier, program: CarrierProgram, fault: str, outcome: DeliveryResult) -> None:
    program.misbehave(fault, times=1)
    assert carrier.send(message(f"sms-{fault}")) == outcome


def test_a_gateway_slower_than_the_timeout_gets_the_message_again(carrier: Carrier, program: CarrierProgram) -> None:
    """It took the message, and we cannot know: the second try carries the same id, so the phone rings once."""
    program.misbehave("slow", seconds=3, times=1)
    started = time.monotonic()
    assert carrier.send(message("sms-slow", "+8613100000003")) == again("unreachable")
    assert time.monotonic() - started < 2
    assert carrier.send(message("sms-slow", "+8613100000003")) == ACCEPTED
    assert len(program.messages("+8613100000003")) == 1


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 502, 503, 204, 200])
def test_what_does_not_refuse_the_message_is_tried_again(gateway: Gateway, fetcher: Fetcher, status: int) -> None:
    gateway.status, gateway.body = status, b""
    assert build(gateway.url, fetcher).send(message("1")) == again(f"http_{status}")


@pytest.mark.parametrize("status", [400, 404, 409, 413, 422])
def test_what_refuses_the_message_is_final(gateway: Gateway, fetcher: Fetcher, status: int) -> None:
    gateway.status = status
    assert build(gateway.url, fetcher).send(message("1")) == never(f"http_{status}")


def test_a_redirect_is_not_followed(gateway: Gateway, fetcher: Fetcher) -> None:
    gateway.status, gateway.headers = 307, {"Location": "/elsewhere"}
    assert build(gateway.url, fetcher).send(message("1")) == again("unreachable")
    assert len(gateway.noted) == 1


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"message_id": 1}', b"[" * 60000, b"\xff", b"null"], ids=len)
def test_only_an_id_is_a_promise(gateway: Gateway, fetcher: Fetcher, body: bytes) -> None:
    """Mutation: 202 alone counts as accepted."""
    gateway.body = body
    assert build(gateway.url, fetcher).send(message("1")) == again("answer_without_message_id")


@pytest.mark.parametrize(
    "to",
    [
        "",
        "13100000001",
        "+0131000000",
        "+86131",
        "+8613100000001,+8613100000002",
        "+861310000000１",
        "+8613100000001\n",
    ],
)
def test_only_one_phone_in_e164_is_called(gateway: Gateway, fetcher: Fetcher, to: str) -> None:
    """Mutation: no comparison with _E164."""
    assert build(gateway.url, fetcher).send(message("1", to)) == never("not_a_phone_number")
    assert gateway.noted == []


def test_text_that_is_none_leaves_no_traceback(gateway: Gateway, fetcher: Fetcher) -> None:
    assert not build(gateway.url, fetcher).send(message("1", text="\ud800")).is_accepted


def test_an_origin_that_was_not_allowed_is_not_called(gateway: Gateway) -> None:
    assert build(gateway.url, Fetcher()).send(message("1")) == again("unreachable")
    assert gateway.noted == []


def test_nobody_listens(fetcher: Fetcher) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    assert build(url, Fetcher(frozenset({url}), timeout=1)).send(message("1")) == again("unreachable")


def test_a_real_gateway_has_no_say_in_codes(carrier: Carrier) -> None:
    assert carrier.code_for(destination_is_sandbox=True) is None
    assert carrier.code_for(destination_is_sandbox=False) is None


@pytest.mark.parametrize(
    "change",
    [
        {"url": "ftp://gateway.example"},
        {"url": "https://user@gateway.example"},
        {"url": "https://gateway.example/?a=b"},
        {"url": "https://gateway.example/#x"},
        {"url": ""},
        {"token": ""},
        {"token": "two words"},
        {"token": "line\nbreak"},
        {"sender": "unknown"},
    ],
    ids=str,
)
def test_wrong_settings_are_faults_that_keep_the_secret(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as fault:
        SmsHttpSettings.model_validate({"url": "https://gateway.example", "token": "s3cret token", **change})
    assert "s3cret" not in str(fault.value)
    with pytest.raises(ValidationError):
        SmsHttpSettings.model_validate({"url": "https://gateway.example", "token": "s3cret", **change})


def test_the_token_is_not_in_what_is_printed(gateway: Gateway, fetcher: Fetcher) -> None:
    settings = SmsHttpSettings.model_validate({"url": gateway.url, "token": TOKEN})
    assert TOKEN not in f"{settings!r} {settings} {settings.model_dump_json()} {SmsHttpCarrier(settings, fetcher)!r}"


def test_one_carrier_serves_many_threads(carrier: Carrier, program: CarrierProgram) -> None:
    outcomes: list[DeliveryResult] = []
    threads = [
        Thread(target=lambda n=number: outcomes.append(carrier.send(message(f"many-{n}", "+8613100000004"))))
        for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == [ACCEPTED] * 20
    assert len(program.messages("+8613100000004")) == 20
