"""A secret on its way into somebody's app: it travels sealed in the form, and nothing is kept until a code proves it.

The seal opens for the same person on the same browser, for an hour, and only while the person's app is still the one it
was when the page was shown: a form that did its work, or was overtaken, shows its secret to nobody any more (threat H09).
"""

from idp.clock import Instant, after
from idp.jose import base64url, from_base64url
from idp.model.credential import Credential
from idp.ports import Cipher

LIFETIME = 3600
"""Seconds; to install an app takes a while."""
_PURPOSE = "one_time_code_enrolment"


def seal(cipher: Cipher, secret: str, bound_to: str, now: Instant) -> str:
    """What the form carries."""
    sealed = cipher.seal(_PURPOSE, f"{now} {secret}".encode(), bound_to)
    return base64url(sealed)


def opened(cipher: Cipher, unverified_form: str, bound_to: str, now: Instant) -> str | None:
    """The secret in it; None when it is too old, was made for somebody else, or has done its work."""
    try:
        sealed = from_base64url(unverified_form)
    except ValueError:
        return None
    made_at, _, secret = (cipher.open(_PURPOSE, sealed, bound_to) or b"").decode().partition(" ")
    return secret if secret and now < after(Instant(int(made_at)), LIFETIME) else None


def bound_to(account_id: int, browser: str, present: Credential | None) -> str:
    """Whom a form is for, where it was shown, and which app it is to replace."""
    return f"{account_id} {browser} {present.created_at if present is not None else 'none'}"
