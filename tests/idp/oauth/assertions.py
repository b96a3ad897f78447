"""Whoever holds a private key and signs with it what a test wants, however wrong."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import count
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey, OKPKey, RSAKey

TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_numbers = count(1)


def encoded(part: object) -> str:
    """Base64url of bytes, or of anything else as JSON."""
    raw = part if isinstance(part, bytes) else json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def changed(members: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The members with some changed, and those left out that were changed to None."""
    return {name: value for name, value in {**members, **changes}.items() if value is not None}


@dataclass(frozen=True)
class KeyHolder:
    """A key pair with its name and its algorithm."""

    alg: str
    kid: str
    private: ECKey | RSAKey | OKPKey

    @property
    def jwk(self) -> dict[str, Any]:
        """The public key."""
        return {**self.private.as_dict(private=False), "kid": self.kid, "use": "sig"}

    @property
    def jwks(self) -> dict[str, Any]:
        """The set that holds this key alone."""
        return {"keys": [self.jwk]}

    def sign(self, header: object, payload: object) -> str:
        """A compact JWS over exactly these parts."""
        signing_input = f"{encoded(header)}.{encoded(payload)}"
        model = jws.JWSRegistry.algorithms["Ed25519" if self.alg == "EdDSA" else self.alg]
        return f"{signing_input}.{encoded(model.sign(signing_input.encode(), self.private))}"

    def assertion(
        self, client_id: str, audience: object, now: int, header: Mapping[str, Any] | None = None, **changes: Any
    ) -> str:
        """A flawless client assertion but for the changes; a claim or header changed to None is left out."""
        claims = {
            "iss": client_id,
            "sub": client_id,
            "aud": audience,
            "iat": now,
            "exp": now + 60,
            "jti": f"jti-{next(_numbers)}",
        }
        return self.sign(
            changed({"alg": self.alg, "kid": self.kid, "typ": "JWT"}, header or {}), changed(claims, changes)
        )


@cache
def holder(alg: str = "ES256", kid: str = "one") -> KeyHolder:
    """The same key for the same question: making one of RSA takes long."""
    if alg == "ES256":
        return KeyHolder(alg, kid, ECKey.generate_key("P-256"))
    if alg in {"EdDSA", "Ed25519"}:
        return KeyHolder(alg, kid, OKPKey.generate_key("Ed25519"))
    return KeyHolder(alg, kid, RSAKey.generate_key(2048))


def form(assertion: str, **changes: str) -> dict[str, str]:
    """The parameters that carry it (RFC 7523 §2.2)."""
    return {"client_assertion_type": TYPE, "client_assertion": assertion, **changes}


@dataclass(frozen=True)
class Attacker:
    """Bends the assertions of a client: with its key where that may help, otherwise with another one."""

    good: KeyHolder
    client_id: str
    audience: str
    now: int

    def everything(self) -> dict[str, str]:
        """Assertions that a careless server would take, or fall over (threats C01–C06, C08, C12, E04, E05)."""
        groups = (self.forged, self.broken, self.other_algorithms, self.other_headers, self.other_claims, self.times)
        return {name: assertion for group in groups for name, assertion in group().items()}

    @property
    def head(self) -> dict[str, Any]:
        return {"alg": self.good.alg, "kid": self.good.kid, "typ": "JWT"}

    def claims(self, **changes: Any) -> dict[str, Any]:
        named = {"iss": self.client_id, "sub": self.client_id, "aud": self.audience}
        times = {"iat": self.now, "exp": self.now + 60, "jti": f"jti-{next(_numbers)}"}
        return changed({**named, **times}, changes)

    def with_header(self, **header: Any) -> str:
        return self.good.assertion(self.client_id, self.audience, self.now, header)

    def with_claims(self, **changes: Any) -> str:
        return self.good.assertion(self.client_id, self.audience, self.now, **changes)

    def with_text(self, name: str, text: str, *, instead: bool = True) -> str:
        """A claim in JSON that `json.dumps` would not write, in the place of the good one or before it."""
        rest = json.dumps(self.claims(**({name: None} if instead else {})))[1:]
        return self.good.sign(self.head, f'{{"{name}":{text},{rest}'.encode())

    def forged(self) -> dict[str, str]:
        """Signed by somebody else, or by nobody."""
        stranger = KeyHolder("ES256", self.good.kid, ECKey.generate_key("P-256"))
        header, payload, signature = self.with_claims().split(".")
        return {
            "a stranger's key": stranger.assertion(self.client_id, self.audience, self.now),
            "own key in the header": stranger.assertion(self.client_id, self.audience, self.now, {"jwk": stranger.jwk}),
            "signature left out": f"{header}.{payload}.",
            "another payload": f"{header}.{encoded(self.claims())}.{signature}",
            "longer signature": f"{header}.{payload}.{signature}{'A' * 1024}",
            "another spelling of the signature": f"{header}.{payload}.{signature[:-1]}{chr(ord(signature[-1]) + 1)}",
            "padded": f"{header}.{payload}.{signature}==",
            "four parts": f"{header}.{payload}.{signature}.",
            "JSON serialization": json.dumps({"payload": payload, "signatures": [{"protected": header}]}),
        }

    def broken(self) -> dict[str, str]:
        """Nothing that could be read, signed well."""
        good, head, claims = self.good, self.head, self.claims()
        alg_twice = f'{{"alg":"none","alg":"{good.alg}","kid":"{good.kid}"}}'.encode()
        return {
            "text": "assertion",
            "nothing": "",
            "JWE": "e30.e30.e30.e30.e30",
            "header of 10 kB": self.with_header(kid="k" * 10_000),
            "payload of 45 kB": self.with_claims(filler="x" * 33_000),
            "header is a list": good.sign([1], claims),
            "header is deep": good.sign(b"[" * 2000, claims),
            "payload is a list": good.sign(head, [1]),
            "payload is deep": good.sign(head, b'{"a":' * 900 + b"1" + b"}" * 900),
            "payload is not UTF-8": good.sign(head, b'{"iss":"\xff"}'),
            "payload in UTF-16": good.sign(head, json.dumps(claims).encode("utf-16")),
            "alg twice": good.sign(alg_twice, claims),
            "aud twice": self.with_text("aud", '"https://other.test"', instead=False),
            "jti twice": self.with_text("jti", '"one"', instead=False),
        }

    def other_algorithms(self) -> dict[str, str]:
        """RFC 8725 §2.1 and §2.2."""
        _, payload, _ = self.with_claims().split(".")
        names: tuple[Any, ...] = ("none", "None", "nOnE", "", 0, [], {})
        found = {f"alg {alg!r}": f"{encoded({**self.head, 'alg': alg})}.{payload}." for alg in names}
        others = ("none", "HS256", "RS256", "ES384", "dir", None)
        found |= {f"alg {alg!r}, signed": self.with_header(alg=alg) for alg in others}
        signing_input = f"{encoded({**self.head, 'alg': 'HS256'})}.{payload}"
        public = {"PEM": self.good.private.as_pem(private=False), "JWK": json.dumps(self.good.jwk).encode()}
        for name, key in public.items():
            mac = hmac.new(key, signing_input.encode(), hashlib.sha256).digest()
            found[f"public key as HMAC secret, {name}"] = f"{signing_input}.{encoded(mac)}"
        return found

    def other_headers(self) -> dict[str, str]:
        """Keys, addresses of keys, names of keys, types, and what would be critical."""
        values: dict[str, tuple[Any, ...]] = {
            "jwk": (self.good.jwk,),
            "jku": ("https://evil.test/jwks",),
            "x5u": ("https://evil.test/x5u",),
            "x5c": (["MII"],),
            "crit": (["exp"], ["b64"], [], "exp", 1),
            "b64": (False, True),
            "kid": ("../../dev/null", "' OR 1=1--", "other", "", "\x00", "\ud800", 1, [], {}, True),
            "typ": ("at+jwt", "AT+JWT", "logout+jwt", "dpop+jwt", "oauth-authz-req+jwt", 1, []),
        }
        return {f"{name} {value!r}": self.with_header(**{name: value}) for name in values for value in values[name]}

    def other_claims(self) -> dict[str, str]:
        """Somebody else's, for somebody else, or of another type."""
        me, us = self.client_id, self.audience
        foreign = ("https://other.test", f"{us}/", f"{us}/authorize", us.upper(), f"{us}.evil.test")
        wrong: tuple[Any, ...] = ("", 0, True, [], {}, "\x00", "\ud800", None)
        values: dict[str, tuple[Any, ...]] = {
            "iss": ("other", me.upper(), us, *wrong),
            "sub": ("other", me.upper(), f"{me} ", *wrong),
            "aud": (*foreign, *([us, each] for each in (*foreign, 1, None, [us])), *wrong),
            "jti": ("", 0, True, [], {}, None),
        }
        return {f"{name} {value!r}": self.with_claims(**{name: value}) for name in values for value in values[name]}

    def times(self) -> dict[str, str]:
        """Over, not begun, too long, or no time at all."""
        found = {f"exp {away} s": self.with_claims(exp=self.now + away) for away in (-300, -61, 3601, 315_360_000)}
        found |= {f"exp {away} s, no iat": self.with_claims(exp=self.now + away, iat=None) for away in (400, 3600)}
        found["no exp"] = self.with_claims(exp=None)
        for name in ("iat", "nbf"):
            found |= {f"{name} {away} s": self.with_claims(**{name: self.now + away}) for away in (75, 300, 3600)}
        texts = (
            "1e308",
            "1e400",
            "-1e400",
            "NaN",
            "Infinity",
            "-Infinity",
            "9" * 400,
            "9" * 4500,
            "-1",
            "true",
            "[]",
            "{}",
        )
        for text in (*texts, f'"{self.now + 60}"', '"now"'):
            found |= {f"{name} {text[:20]}": self.with_text(name, text) for name in ("exp", "iat", "nbf")}
        return found
