"""Proof Key for Code Exchange (RFC 7636): S256, asked for at the authorization endpoint already.

Only a confidential client of `legacy` may leave it out, and only with a nonce, which binds the code to its sign-in as well
(RFC 9700 §2.1.1).
"""

import re
from collections.abc import Mapping
from hmac import compare_digest

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidRequestError
from authlib.oauth2.rfc7636 import CodeChallenge, create_s256_code_challenge

from idp.model.client import Client
from idp.oauth.profiles import rules_of

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}", re.ASCII)


class ProofKey(CodeChallenge):
    """Authlib's extension without `plain`, without defaults, and required where Authlib lets it be absent."""

    DEFAULT_CODE_CHALLENGE_METHOD = "S256"
    SUPPORTED_CODE_CHALLENGE_METHOD = ("S256",)

    def validate_code_challenge(self, grant: object, _redirect_uri: str) -> None:
        """RFC 7636 §4.4.1, and RFC 9700 §2.1.1: no challenge, no code."""
        request = grant.request  # type: ignore[attr-defined]
        data = request.payload.data
        if "code" not in data["response_type"].split():
            return
        if not (data.get("code_challenge") or data.get("code_challenge_method")) and _may_omit(
            request.client.model, data
        ):
            return
        if not data.get("code_challenge"):
            raise InvalidRequestError("Send a code_challenge (RFC 7636).")
        if data.get("code_challenge_method") != "S256":
            raise InvalidRequestError("Use code_challenge_method=S256.")
        if not _CHALLENGE.fullmatch(data["code_challenge"]):
            raise InvalidRequestError("The code_challenge is not the base64url form of a SHA-256 digest.")

    def validate_code_verifier(self, grant: object, _result: object) -> None:
        """RFC 7636 §4.6, compared in constant time."""
        request = grant.request  # type: ignore[attr-defined]
        verifier, challenge = request.form.get("code_verifier"), request.authorization_code.code_challenge
        if challenge is None:
            if verifier:  # somebody took the challenge out of the request (threat B04)
                raise InvalidGrantError("The authorization request had no code_challenge.")
            return
        if not verifier or not _VERIFIER.fullmatch(verifier):
            raise InvalidGrantError("The code_verifier is missing or malformed.")
        if not compare_digest(create_s256_code_challenge(verifier), challenge):
            raise InvalidGrantError("The code_verifier does not match the code_challenge.")


def _may_omit(client: Client, data: Mapping[str, str]) -> bool:
    has_nonce = bool(data.get("nonce")) and "openid" in data.get("scope", "").split()
    return rules_of(client).may_omit_code_challenge and client.is_confidential and has_nonce
