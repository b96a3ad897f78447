"""DPoP (RFC 9449) at our own endpoints: a proof is about this request, young or with a nonce of ours, and used once."""

import hmac
from collections.abc import Collection

from idp.clock import Clock, Instant, after
from idp.errors import ProofRefused
from idp.http.request import Request
from idp.jose import base64url
from idp.oauth.profiles import Rules
from idp.oauth.used_once import UsedOnce
from idp.ports import Cipher
from resource_server.dpop_proof import LEEWAY, Proof, ProofFault, is_young, read_proof

NONCE_SECONDS = 60
"""How long a nonce is told; it works for two more of these."""

_PURPOSE = "dpop_nonce"


class Nonces:
    """What a client must repeat in its proofs (§8): computed from the time, so that nothing is stored."""

    def __init__(self, cipher: Cipher, clock: Clock) -> None:
        self._cipher = cipher
        self._clock = clock

    def current(self) -> str:
        """The one of this minute."""
        number = self._clock() // NONCE_SECONDS
        return _written(number, self._cipher.tag(_PURPOSE, b"%d" % number))

    def begun(self, unverified_nonce: str) -> Instant | None:
        """From when on it was told, if it is one of ours that still works."""
        text = unverified_nonce.partition(".")[0]
        now = self._clock() // NONCE_SECONDS
        if not (text.isascii() and text.isdigit() and len(text) <= 12 and now - 2 <= int(text) <= now + 1):
            return None
        number = int(text)
        genuine = (_written(number, tag) for tag in self._cipher.tags(_PURPOSE, b"%d" % number))
        known = unverified_nonce.encode("utf-8", "surrogatepass")
        is_ours = any(hmac.compare_digest(known, each.encode()) for each in genuine)
        return Instant(number * NONCE_SECONDS) if is_ours else None


class Proofs:
    """Verifies them."""

    def __init__(self, nonces: Nonces, used_once: UsedOnce, clock: Clock) -> None:
        self._nonces = nonces
        self._used_once = used_once
        self._clock = clock

    def key_of(
        self, request: Request, addresses: Collection[str], rules: Rules, access_token: str | None = None
    ) -> str:
        """The thumbprint of the key that the proof of this request was made with.

        Args:
            addresses: of the endpoint, as discovery tells them.
            access_token: what it came with, at a resource.

        Raises:
            ProofRefused: `invalid_dpop_proof`, `use_dpop_nonce`.
            Unavailable: nobody knows whether it was used before.
        """
        unverified = request.headers.get("dpop", "")
        try:
            proof = read_proof(unverified, request.method, addresses, rules.client_algorithms, access_token)
        except ProofFault as fault:
            raise _invalid(str(fault)) from None
        if rules.names_issuer_alone and self._clock() < after(Instant(proof.issued_at), -LEEWAY):
            raise _invalid("It was issued in the future.")  # also with a nonce of ours (FAPI 2.0 §5.3.2.1)
        not_before, expires_at = self._window(proof, needs_nonce=rules.needs_dpop_nonce)
        if not self._used_once.claim(f"dpop:{proof.jkt}", proof.jti, not_before=not_before, expires_at=expires_at):
            raise _invalid("It was used before.")
        return proof.jkt

    def _window(self, proof: Proof, *, needs_nonce: bool) -> tuple[Instant, Instant]:
        """From when on it can have been accepted, and until when it will be."""
        if proof.nonce is not None:
            begun = self._nonces.begun(proof.nonce)
            if begun is None:
                raise self._wants_nonce()
            return begun, after(begun, 3 * NONCE_SECONDS)
        if needs_nonce:
            raise self._wants_nonce()
        if not is_young(proof, self._clock()):
            raise _invalid("Its iat is too far from our clock.")
        signed_at = Instant(proof.issued_at)
        return after(signed_at, -LEEWAY), after(signed_at, LEEWAY)

    def _wants_nonce(self) -> ProofRefused:
        public = "Send the nonce of the DPoP-Nonce header inside the proof."
        return ProofRefused("use_dpop_nonce", public, nonce=self._nonces.current())


def _invalid(what: str) -> ProofRefused:
    return ProofRefused("invalid_dpop_proof", f"The DPoP proof is refused. {what}")


def _written(number: int, tag: bytes) -> str:
    return f"{number}.{base64url(tag[:18])}"
