"""Tokens against forged forms (threats F03, F04): bound to one browser and one form's subject, nothing stored."""

import hmac

from idp.ports import Cipher


def token(cipher: Cipher, browser: str, subject: str) -> str:
    """What the form carries."""
    return cipher.tag("csrf", f"{browser}\n{subject}".encode("utf-8", "surrogatepass")).hex()


def matches(cipher: Cipher, browser: str, subject: str, unverified_token: str) -> bool:
    """Whether the form came from a page that we gave to this browser."""
    if not browser:
        return False
    return hmac.compare_digest(token(cipher, browser, subject).encode(), unverified_token.encode("utf-8", "replace"))
