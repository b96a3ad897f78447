"""The carrier of demonstrations: the HTTP SMS contract, and a code that the carrier's program chooses.

The server has no master code. What a sandbox person may type is known to the sandbox carrier alone, which we ask for it
(`GET /sandbox/code`, see the contract); for everybody else it is a carrier like any other.
"""

import re

from connectors.messaging.sms_http import SmsHttpCarrier, SmsHttpSettings, read_object
from idp.fetch import Fetcher, FetchRefused
from idp.model.message import Medium
from idp.ports import CarrierExtension

_CODE = re.compile(r"[0-9]{6}", re.ASCII)


class SandboxCarrier(SmsHttpCarrier):
    """Hands messages to the sandbox carrier's program, on whose page they are read."""

    def __init__(self, settings: SmsHttpSettings, fetcher: Fetcher) -> None:
        super().__init__(settings, fetcher)
        self._code: str | None = None

    def code_for(self, *, destination_is_sandbox: bool) -> str | None:
        """The code to use for a sandbox destination, asked for once; None while the program cannot be asked."""
        if not destination_is_sandbox:
            return None
        if self._code is None:
            self._code = self._ask_for_code()
        return self._code

    def _ask_for_code(self) -> str | None:
        try:
            answer = self._fetcher.get(f"{self._url}/sandbox/code", headers=self._authorization)
        except FetchRefused:
            return None
        code = read_object(answer.body).get("code") if answer.status == 200 else None
        return code if isinstance(code, str) and _CODE.fullmatch(code) else None


CARRIER = CarrierExtension(
    name="sandbox_carrier",  # `sandbox` is the section of the settings that allows sandbox parts at all
    medium=Medium.SMS,
    settings=SmsHttpSettings,
    build=SandboxCarrier,
    is_sandbox=True,
)
