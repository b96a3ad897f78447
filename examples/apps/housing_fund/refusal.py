"""What can go wrong between a person and the identity provider."""

import re


class IdentityProviderUnavailable(Exception):  # noqa: N818
    """The identity provider gave no answer that can be used; its text tells the operator why, never the visitor."""


class SignInRefused(Exception):  # noqa: N818
    """Nobody is signed in by this answer. Both texts may be shown: only what RFC 6749 §4.1.2.1 allows is kept of them."""

    def __init__(self, code: str, description: str = "") -> None:
        self.code = _printable(code, 60)
        self.description = _printable(description, 200)
        super().__init__(self.code)


def _printable(text: str, length: int) -> str:
    return re.sub(r"[^ -~]", "", text)[:length]
