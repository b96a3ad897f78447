"""The carrier that speaks our HTTP SMS contract (`docs/contracts/sms_http.json`) to a gateway."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from idp.fetch import Fetched, Fetcher, FetchRefused
from idp.model.message import Medium, Message
from idp.ports import CarrierExtension, DeliveryResult

_E164 = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
_BEARER_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*", re.ASCII)  # RFC 6750 §2.1, b64token
# These refuse us, now, and not the message: once somebody has mended the token or the gateway has rested, it goes.
_TRY_AGAIN = frozenset({401, 403, 408, 429})


def _bearer_token(token: SecretStr) -> SecretStr:
    """The token, when it may stand in a header."""
    if _BEARER_TOKEN.fullmatch(token.get_secret_value()) is None:
        raise ValueError("not a bearer token (RFC 6750 §2.1)")
    return token


class SmsHttpSettings(BaseModel):
    """Where the gateway is, and what we show it."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    url: Annotated[str, Field(pattern=r"^https?://[^\s?#@]+$")]
    """The server URL of the contract, to which `/messages` is added."""
    token: Annotated[SecretStr, AfterValidator(_bearer_token)]
    """The bearer token that the gateway gave us."""
    report_token: Annotated[SecretStr, Field(min_length=16), AfterValidator(_bearer_token)] | None = None
    """The bearer token that we gave the gateway, for its delivery reports; None: it sends none."""


class SmsHttpCarrier:
    """Hands text messages to one gateway; may be shared by threads."""

    medium = Medium.SMS

    def __init__(self, settings: SmsHttpSettings, fetcher: Fetcher) -> None:
        self._fetcher = fetcher
        self._url = settings.url.rstrip("/")
        self._authorization = {"Authorization": f"Bearer {settings.token.get_secret_value()}"}
        # A text is what a gateway of contract 1.0 takes, which knows no such member.
        self._kind = {} if self.medium is Medium.SMS else {"medium": self.medium.value}

    def send(self, message: Message) -> DeliveryResult:
        """Hand over, within the fetcher's timeout; the gateway knows a repeated message by its id."""
        if _E164.fullmatch(message.destination) is None:
            return DeliveryResult(is_accepted=False, reason="not_a_phone_number")
        try:
            answer = self._fetcher.post(
                f"{self._url}/messages",
                json={"id": message.id, "to": message.destination, "text": message.text, **self._kind},
                headers={**self._authorization, "Idempotency-Key": message.id},
            )
        except FetchRefused:
            return DeliveryResult(is_accepted=False, may_retry=True, reason="unreachable")
        return _outcome(answer)

    def code_for(self, *, destination_is_sandbox: bool) -> str | None:  # noqa: ARG002
        """None: a real gateway has no say in our codes."""
        return None


def read_object(body: bytes) -> Mapping[str, Any]:
    """The JSON object that a gateway answered; empty when it answered anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}


def _outcome(answer: Fetched) -> DeliveryResult:
    """What the answer means: only 202 with an id is a promise, and a refused message stays refused."""
    if answer.status == 202:
        if isinstance(read_object(answer.body).get("message_id"), str):
            return DeliveryResult(is_accepted=True)
        return DeliveryResult(is_accepted=False, may_retry=True, reason="answer_without_message_id")
    is_final = 400 <= answer.status < 500 and answer.status not in _TRY_AGAIN
    return DeliveryResult(is_accepted=False, may_retry=not is_final, reason=f"http_{answer.status}")


CARRIER = CarrierExtension(name="sms_http", medium=Medium.SMS, settings=SmsHttpSettings, build=SmsHttpCarrier)
