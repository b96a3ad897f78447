import json

import pytest
from pydantic import SecretStr, ValidationError

from connectors.messaging import sandbox_voice, sms_http, voice_http
from idp.fetch import Fetcher
from idp.model.message import Medium, Message
from idp.ports import Carrier, CarrierExtension
from tests.connectors.messaging.carrier_program import TOKEN, CarrierProgram
from tests.connectors.messaging.contract import check_request
from tests.connectors.messaging.gateway import Gateway

Extension = CarrierExtension[sms_http.SmsHttpSettings]


def build(extension: Extension, url: str, fetcher: Fetcher) -> Carrier:
    return extension.build(extension.settings(url=url, token=SecretStr(TOKEN)), fetcher)


def call(number: str) -> Message:
    return Message(
        id=f"call-{number[1:]}", medium=Medium.VOICE, destination=number, subject="", text="1，2，3，4，5，6"
    )


@pytest.mark.parametrize("extension", [voice_http.CARRIER, sandbox_voice.CARRIER], ids=lambda each: each.name)
def test_a_call_is_a_message_of_the_contract_that_says_so(
    extension: Extension, gateway: Gateway, fetcher: Fetcher
) -> None:
    """Mutation: a call that a gateway would send as a text."""
    carrier = build(extension, gateway.url, fetcher)
    assert carrier.medium is extension.medium is Medium.VOICE
    assert carrier.send(call("+8613300000001")).is_accepted
    (noted,) = gateway.noted
    check_request(noted.headers, noted.body)
    assert json.loads(noted.body)["medium"] == "voice"


def test_a_text_looks_as_it_did_in_contract_1_0(gateway: Gateway, fetcher: Fetcher) -> None:
    """Mutation: `medium` sent with texts, which a strict gateway of 1.0 refuses."""
    build(sms_http.CARRIER, gateway.url, fetcher).send(call("+8613300000002"))
    assert set(json.loads(gateway.noted[0].body)) == {"id", "to", "text"}


def test_the_sandbox_takes_calls_and_chooses_their_code(program: CarrierProgram, fetcher: Fetcher) -> None:
    carrier = build(sandbox_voice.CARRIER, program.url, fetcher)
    assert sandbox_voice.CARRIER.is_sandbox
    assert not voice_http.CARRIER.is_sandbox
    assert carrier.send(call("+8613300000003")).is_accepted
    assert [message["medium"] for message in program.messages("+8613300000003")] == ["voice"]
    assert carrier.code_for(destination_is_sandbox=True) == "000000"


@pytest.mark.parametrize("token", ["too few", "with a space in it", "汉" * 16])
def test_a_weak_or_broken_report_token_is_a_fault(token: str) -> None:
    """Mutation: `min_length` left out; five characters are guessed over a network."""
    with pytest.raises(ValidationError) as caught:
        sms_http.SmsHttpSettings(url="https://sms.example", token=SecretStr(TOKEN), report_token=SecretStr(token))
    assert token not in str(caught.value)
