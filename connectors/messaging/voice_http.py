"""The carrier of calls: the HTTP SMS contract with `medium` = `voice`, so that a gateway reads the text out."""

from connectors.messaging.sms_http import SmsHttpCarrier, SmsHttpSettings
from idp.model.message import Medium
from idp.ports import CarrierExtension


class VoiceHttpCarrier(SmsHttpCarrier):
    """Hands what is to be read out to one gateway; may be shared by threads."""

    medium = Medium.VOICE


CARRIER = CarrierExtension(name="voice_http", medium=Medium.VOICE, settings=SmsHttpSettings, build=VoiceHttpCarrier)
