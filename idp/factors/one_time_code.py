"""One-time codes of an authenticator app (RFC 6238): SHA-1, six digits, thirty seconds, a step early or late.

What makes a code work once is not here but in the store (`ports.Credentials.use_step`): a step that was used is never
used again, in no process, after no crash.
"""

import base64
import hmac
from typing import TYPE_CHECKING

from idp.clock import Instant
from idp.entropy import random_bytes

if TYPE_CHECKING:
    from pyotp import TOTP

STEP_SECONDS = 30
DIGITS = 6
DRIFT_STEPS = 1
"""How far the clock of a phone may be off, in steps; each more is one more code that a guess may hit (RFC 6238 §5.2)."""
_SECRET_BYTES = 20
"""160 bits, as RFC 4226 §4 recommends; 32 letters, which people can type in groups of four."""
_NOBODY = "A" * 32


class AuthenticatorCodes:
    """Implements `ports.OneTimeCodes`."""

    def new_secret(self) -> str:
        """A secret of ours, in base32 as apps take it."""
        return base64.b32encode(random_bytes(_SECRET_BYTES)).decode()

    def address(self, secret: str, *, issuer: str, label: str) -> str:
        """The `otpauth:` address that an app reads from the drawing; algorithm, digits and period are its defaults."""
        return _codes_of(secret).provisioning_uri(name=label, issuer_name=issuer)

    def step_of(self, secret: str | None, unverified_code: str, now: Instant) -> int | None:
        """Every step is compared, whether one matched before or not; without a secret the same work is done."""
        codes = _codes_of(secret or _NOBODY)
        typed = "".join(unverified_code.split()).encode("utf-8", "surrogatepass")
        current, matched = now // STEP_SECONDS, None
        for step in range(current - DRIFT_STEPS, current + DRIFT_STEPS + 1):
            if hmac.compare_digest(codes.generate_otp(step).encode(), typed):
                matched = step
        return matched if secret is not None else None


def _codes_of(secret: str) -> "TOTP":
    from pyotp import TOTP  # loads with the first code, not with everything that only starts

    return TOTP(secret, digits=DIGITS, interval=STEP_SECONDS)
