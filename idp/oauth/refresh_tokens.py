"""The value of a refresh token: computed from its family and generation, never stored (RFC 6749 §1.5, RFC 9700 §4.14).

`<family>.<generation>.<HMAC>`: whoever asks twice for the successor of one token gets the same text, so that a lost
answer costs nobody a sign-in, and a token of an older generation is recognised without keeping it.
"""

import base64
import hmac
from dataclasses import dataclass

from idp.model.authorization import Authorization, Standing
from idp.ports import Cipher, UnitOfWork

PURPOSE = "refresh_token"
MAX_VALUE = 128


@dataclass(frozen=True, slots=True)
class PresentedToken:
    """A refresh token that we issued, in whatever generation its family is by now."""

    standing: Standing
    generation: int


def value_of(cipher: Cipher, authorization: Authorization, generation: int) -> str:
    """The refresh token of this generation; only printable characters (RFC 6749 appendix A.17)."""
    return _write(authorization, generation, cipher.tag(PURPOSE, _message(authorization, generation)))


def find(unit_of_work: UnitOfWork, cipher: Cipher, unverified_value: str) -> PresentedToken | None:
    """The family behind a refresh token that is genuine; None for every other text."""
    if len(unverified_value) > MAX_VALUE or not unverified_value.isascii():
        return None
    family, _, rest = unverified_value.partition(".")
    generation = rest.partition(".")[0]
    if not (_is_number(family) and _is_number(generation)):
        return None
    standing = unit_of_work.authorizations.standing(int(family))
    if standing is None:
        return None
    authorization, number = standing.authorization, int(generation)
    presented = unverified_value.encode()
    genuine = (_write(authorization, number, tag) for tag in cipher.tags(PURPOSE, _message(authorization, number)))
    if not any(hmac.compare_digest(presented, value.encode()) for value in genuine):
        return None
    return PresentedToken(standing, number)


def _write(authorization: Authorization, generation: int, tag: bytes) -> str:
    return f"{authorization.id}.{generation}.{base64.urlsafe_b64encode(tag).rstrip(b'=').decode()}"


def _message(authorization: Authorization, generation: int) -> bytes:
    """The origin is unique as long as families are kept: after a restored backup, a family of the same number has other tokens."""
    return b"%b:%d" % (authorization.origin, generation)


def _is_number(text: str) -> bool:
    return text.isdigit() and len(text) <= 18 and (text == "0" or not text.startswith("0"))
