"""The authenticator app in a test's hand: it reads the page as a person does, and works out codes."""

import re

import pyotp

from tests.benchmarks.operations import Answer


def shown_secret(page: Answer) -> str:
    """The secret in letters."""
    found = re.search(r'id="secret"[^>]*>([A-Z2-7 ]+)<', page.body.decode())
    assert found is not None, page.body.decode()
    return found[1].replace(" ", "")


def code_of(secret: str, now: int, steps: int = 0) -> str:
    """What the app shows now, or so many steps later."""
    return pyotp.TOTP(secret).generate_otp(now // 30 + steps)
