"""JWT access tokens (RFC 9068) as a protected resource takes them: whose they are, for whom, and whether who shows one may.

What cannot be told from the token alone, whether it was called back since, only the provider knows (RFC 7662). A token
that is a JWT lives ten minutes at most.
"""

import hashlib
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from resource_server.certificate import der_of, thumbprint_of
from resource_server.compact import Compact, read
from resource_server.dpop_proof import LEEWAY, ProofFault, is_young, read_proof
from resource_server.public_keys import PublicKey, read_keys

ALGORITHMS = ("ES256", "RS256", "PS256", "EdDSA", "Ed25519")
REFETCH_SECONDS = 60
"""Between two fetches of the provider's keys for the sake of a key that nobody knows."""
KEYS_SECONDS = 3600
"""How long its keys are used without another look."""

KEPT_SECONDS = 86_400
"""How long they are believed while the provider cannot be reached."""
RETRY_SECONDS = 5
"""Between two attempts, however many ask."""

FetchKeys = Callable[[], Mapping[str, Any]]
"""Gives the JWK Set that stands at the provider's `jwks_uri`, as JSON was read."""
IsFirstUse = Callable[[str, int], bool]
"""Whether this name is used for the first time within so many seconds; of a resource with several processes they all ask one store."""


class TokenRefused(Exception):  # noqa: N818 - a refusal is an outcome, not a fault of the program
    """Why nothing is told to whoever asks.

    Attributes:
        status: 401, 403 where the token is good for other things, 503 while the provider's keys cannot be had.
        challenges: the values of `WWW-Authenticate` (RFC 6750 §3, RFC 9449 §7.1).
    """

    def __init__(
        self, error: str, description: str, *, status: int = 401, scheme: str = "Bearer", beside: str = ""
    ) -> None:
        super().__init__(f"{error}: {description}")
        self.error = error
        self.status = status
        told = f' error="{error}", error_description="{description}"' if error else ""
        self.challenges = (f"{scheme}{told}{',' if told and beside else ''}{f' {beside}' if beside else ''}",)


@dataclass(frozen=True, slots=True)
class AccessToken:
    """A token that is good here and now, in the hands of who may use it.

    Attributes:
        sub: the person as this resource's sector knows them; the client itself where it acts for itself.
        claims: all of it (RFC 9068 §2.2).
    """

    sub: str
    client_id: str
    scope: frozenset[str]
    claims: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Shown:
    """What came with a request.

    Attributes:
        address: of the request as the resource is known to clients: never built from Host.
        authorization, proof: the headers `Authorization` and `DPoP`.
        certificate: the header `Client-Cert` of a front in the resource's own trust; empty from anybody else.
    """

    method: str
    address: str
    authorization: str = ""
    proof: str = ""
    certificate: str = ""


@dataclass
class AccessTokenVerifier:
    """Verifies the tokens of one provider for one resource.

    Args:
        issuer: the provider, as its discovery document says.
        audience: this resource, as it is registered there.
    """

    issuer: str
    audience: str
    fetch_keys: FetchKeys
    is_first_use: IsFirstUse
    _keys: Sequence[PublicKey] = field(default=(), init=False)
    _fetched_at: int = field(default=-(10**9), init=False)
    _asked_at: int = field(default=-(10**9), init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def verify(self, shown: Shown, now: int, scopes: Collection[str] = ()) -> AccessToken:
        """The token of this request; raises `TokenRefused`.

        Args:
            now: seconds since 1970.
            scopes: all of which it must have.
        """
        scheme, _, token = shown.authorization.partition(" ")
        scheme, token = scheme.lower(), token.strip()
        if scheme not in {"bearer", "dpop"} or not token:
            raise TokenRefused("", "")
        claims = self._claims(token, now)
        self._refuse_strangers(shown, scheme, token, claims, now)
        scope = frozenset(str(claims.get("scope", "")).split())
        if not scope.issuperset(scopes):
            wanted = " ".join(sorted(scopes))
            raise TokenRefused(
                "insufficient_scope", "The token is for other things.", status=403, beside=f'scope="{wanted}"'
            )
        return AccessToken(str(claims["sub"]), str(claims["client_id"]), scope, claims)

    def _claims(self, token: str, now: int) -> Mapping[str, Any]:
        """RFC 9068 §4."""
        compact = read(token)
        if compact is None or not self._is_ours(compact, now):
            raise _bad("The token is not one of the provider's.")
        claims = compact.unverified_claims
        audience = claims.get("aud")
        is_for_us = self.audience in audience if isinstance(audience, list) else audience == self.audience
        if claims.get("iss") != self.issuer or not is_for_us:
            raise _bad("The token is for others.")
        expires_at, issued_at = claims.get("exp"), claims.get("iat")
        if not isinstance(expires_at, int) or not isinstance(issued_at, int):
            raise _bad("The token has no times.")
        if now >= expires_at + LEEWAY or issued_at > now + LEEWAY:
            raise _bad("The token has expired.")
        if not all(isinstance(claims.get(name), str) for name in ("sub", "client_id", "jti")):
            raise _bad("The token lacks what RFC 9068 asks for.")
        return claims

    def _is_ours(self, compact: Compact, now: int) -> bool:
        header = compact.unverified_header
        typ, alg, kid = header.get("typ"), header.get("alg"), header.get("kid")
        if not isinstance(typ, str) or typ.lower().removeprefix("application/") != "at+jwt":
            return False
        if alg not in ALGORITHMS or not isinstance(kid, str) or not {"crit", "b64"}.isdisjoint(header):
            return False
        key = self._key(kid, now)
        return key is not None and key.verifies(alg, compact.signing_input, compact.signature)

    def _key(self, kid: str, now: int) -> PublicKey | None:
        """The provider's key of this name; its set is fetched again when it is old, or when the name is new to us."""
        known = self._known(kid, now)
        age = now - self._fetched_at
        if age >= KEYS_SECONDS or (known is None and age >= REFETCH_SECONDS):
            self._fetch(now, must_wait=not self._keys)
            known = self._known(kid, now)
        if known is None and now - self._fetched_at > KEPT_SECONDS:
            raise TokenRefused("", "", status=503)
        return known

    def _known(self, kid: str, now: int) -> PublicKey | None:
        """Also a key is believed for a day at most while nobody can be asked whether it still stands."""
        if now - self._fetched_at > KEPT_SECONDS:
            return None
        return next((key for key in self._keys if key.kid == kid), None)

    def _fetch(self, now: int, *, must_wait: bool) -> None:
        """By one thread; the others go on with what is known, and wait only where that is nothing."""
        if not self._lock.acquire(blocking=must_wait):
            return
        try:
            if now - self._asked_at >= RETRY_SECONDS:  # whoever waited finds that somebody has just asked
                self._asked_at = now
                self._keys, self._fetched_at = read_keys(self.fetch_keys()), now
        except Exception:  # noqa: BLE001, S110 - whatever fetches them is the resource's own choice
            pass
        finally:
            self._lock.release()

    def _refuse_strangers(self, shown: Shown, scheme: str, token: str, claims: Mapping[str, Any], now: int) -> None:
        """Whoever shows a bound token proves to hold what it is bound to (RFC 9449 §7, RFC 8705 §3)."""
        bound = claims.get("cnf")
        bound = bound if isinstance(bound, dict) else {}
        if (scheme == "dpop") != ("jkt" in bound):
            raise _bad("The token is to be shown in another way.")
        if "x5t#S256" in bound:
            der = der_of(shown.certificate) if shown.certificate else None
            if der is None or thumbprint_of(der) != bound["x5t#S256"]:
                raise _bad("The token is bound to another certificate.")
        if "jkt" in bound:
            self._refuse_proofs_of_others(shown, token, str(bound["jkt"]), now)

    def _refuse_proofs_of_others(self, shown: Shown, token: str, jkt: str, now: int) -> None:
        try:
            proof = read_proof(shown.proof, shown.method, [shown.address], ALGORITHMS, token)
        except ProofFault as fault:
            raise _bad_proof(str(fault)) from None
        if proof.jkt != jkt:
            raise _bad_proof("It is by another key.")
        if not is_young(proof, now):
            raise _bad_proof("Its iat is too far from the clock of this resource.")
        name = hashlib.sha256(f"{proof.jkt}:{proof.jti}".encode("utf-8", "surrogatepass")).hexdigest()
        if not self.is_first_use(name, 2 * LEEWAY + 1):
            raise _bad_proof("It was used before.")


def _bad(what: str) -> TokenRefused:
    return TokenRefused("invalid_token", what)


def _bad_proof(what: str) -> TokenRefused:
    algorithms = f'algs="{" ".join(ALGORITHMS)}"'
    return TokenRefused("invalid_dpop_proof", what, scheme="DPoP", beside=algorithms)
