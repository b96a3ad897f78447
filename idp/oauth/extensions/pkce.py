"""Proof Key for Code Exchange (RFC 7636): S256 for every client, asked for at the authorization endpoint already."""

import re
from hmac import compare_digest

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


class ProofKey(CodeChallenge):
    """Authlib's extension without `plain`, without defaults, and required where Authlib lets it be absent."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: object, _redirect_uri: str) -> None:
        """RFC 7636 §4.4.1, and RFC 9700 §2.1.1: no challenge, no code."""
        data = grant.request.payload.data  # type: ignore[attr-defined]
        if not data.get("code_challenge"):
            raise InvalidRequestError("Send a code_challenge (RFC 7636).")
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Use code_challenge_method=S256.")
        if not _CHALLENGE.fullmatch(data["code_challenge"]):
            raise InvalidRequestError("The code_challenge is not the base64url form of a SHA-256 digest.")

    def validate_code_verifier(self, grant: object, _result: object) -> None:
        """RFC 7636 §4.6, compared in constant time."""
        request = grant.request  # type: ignore[attr-defined]
        verifier = request.form.get("code_verifier")
        if not verifier or not _VERIFIER.fullmatch(verifier):
            raise InvalidGrantError("The code_verifier is missing or malformed.")
        if not compare_digest(create_s256_code_challenge(verifier), request.authorization_code.code_challenge):
            raise InvalidGrantError("The code_verifier does not match the code_challenge.")
