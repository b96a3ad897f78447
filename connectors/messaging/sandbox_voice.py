"""The carrier of calls in demonstrations: the sandbox carrier's program shows on its page what it would read out."""

from connectors.messaging.sandbox import SandboxCarrier
from connectors.messaging.sms_http import SmsHttpSettings
from idp.model.message import Medium
from idp.ports import CarrierExtension


class SandboxVoiceCarrier(SandboxCarrier):
    """Hands calls to the sandbox carrier's program."""

    medium = Medium.VOICE


CARRIER = CarrierExtension(
    name="sandbox_voice",
    medium=Medium.VOICE,
    settings=SmsHttpSettings,
    build=SandboxVoiceCarrier,
    is_sandbox=True,
)
