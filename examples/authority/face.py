"""The register of faces: transactions, what the person chose, and the signed verdict on it."""

import base64
import hashlib
import hmac
import json
import re
import secrets
import time
import unicodedata
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

CHOICES = ("match", "mismatch", "no_photo", "not_found", "cancel")
TRANSACTION_SECONDS = 600
VERDICT_SECONDS = 300
TRANSACTIONS_KEPT = 500

KEYS = {"id", "client", "nonce", "subject_key", "person", "purpose", "consented_at", "language", "return_url"}
ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
RANDOM = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)
URL = re.compile(r"https?://[\x21-\x7e]{1,490}", re.ASCII)


@dataclass
class Transaction:
    """One comparison; `page` is the secret part of the address of the person's page."""

    order: dict[str, Any] = field(repr=False)
    begun_at: int
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    page: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    choice: str = ""
    verdict: str = ""

    @property
    def expires_at(self) -> int:
        """When it is forgotten."""
        return self.begun_at + TRANSACTION_SECONDS

    @property
    def is_known(self) -> bool:
        """Whether the number is one of the sandbox's people."""
        return bool(self.order["person"]["citizen_number"].startswith("89"))

    @property
    def masked_name(self) -> str:
        """The first character alone."""
        return f"{self.order['person']['name'][:1]}**"

    @property
    def masked_number(self) -> str:
        """First and last character."""
        number = self.order["person"]["citizen_number"]
        return f"{number[0]}{'*' * 16}{number[-1]}"

    @property
    def purpose(self) -> str:
        """What it is for."""
        return str(self.order["purpose"])

    @property
    def language(self) -> str:
        """Of the person's page."""
        return str(self.order["language"])

    @property
    def return_url(self) -> str:
        """Where the browser goes afterwards."""
        return str(self.order["return_url"])


class FaceRegister:
    """Transactions in memory, and the key that signs verdicts on them."""

    def __init__(self, issuer: str) -> None:
        self._issuer = issuer
        self._key = generate_private_key(SECP256R1())
        self._kid = secrets.token_urlsafe(8)
        self._by_id: OrderedDict[str, Transaction] = OrderedDict()
        self._last_verdict = ""
        self._lock = Lock()

    def problem_with(self, order: dict[str, Any], idempotency_key: str | None) -> str:
        """What is wrong with a request to begin, in one word; empty: nothing."""
        if order.keys() != KEYS:
            return "wrong_keys"
        person = order["person"]
        is_person = isinstance(person, dict) and person.keys() == {"name", "citizen_number"}
        texts = (("client", 200), ("purpose", 400), ("language", 35))
        holds = {
            "bad_id": _is(ID, order["id"]) and order["id"] == idempotency_key,
            "bad_nonce": _is(RANDOM, order["nonce"]) and _is(RANDOM, order["subject_key"]),
            "bad_person": is_person and _is(NUMBER, person["citizen_number"]) and _is_text(person["name"], 120),
            "no_consent": type(order["consented_at"]) is int and order["consented_at"] >= 1,
            "bad_text": all(_is_text(order[name], most) for name, most in texts) and _is(URL, order["return_url"]),
        }
        return next((word for word, is_well in holds.items() if not is_well), "")

    def begin(self, order: dict[str, Any]) -> Transaction | None:
        """Open it; the same one for the same id and content; None: the id is another one's."""
        with self._lock:
            known = next((each for each in self._by_id.values() if each.order["id"] == order["id"]), None)
            if known is not None:
                return known if known.order == order else None
            transaction = Transaction(order, int(time.time()))
            self._by_id[transaction.id] = transaction
            while len(self._by_id) > TRANSACTIONS_KEPT:
                self._by_id.popitem(last=False)
            return transaction

    def at(self, page: str) -> Transaction | None:
        """The living transaction of a person's page."""
        with self._lock:
            found = next((each for each in self._by_id.values() if hmac.compare_digest(each.page, page)), None)
        return found if found is not None and time.time() < found.expires_at else None

    def decide(self, transaction: Transaction, choice: str) -> None:
        """The person's choice; the first one stays."""
        with self._lock:
            transaction.choice = transaction.choice or choice

    def state(self, name: str, fault: str) -> dict[str, str] | None:
        """What became of it, as the contract says it, or as the fault wants it; None: there is no such one."""
        with self._lock:
            transaction = self._by_id.get(name)
            if transaction is None or time.time() >= transaction.expires_at:
                return None
            if transaction.choice in ("", "cancel"):
                return {"status": "cancelled" if transaction.choice else "pending"}
            if fault == "replay" and self._last_verdict:
                return {"status": "done", "verdict": self._last_verdict}
            if fault != "none":
                return {"status": "done", "verdict": self._sign(transaction, fault)}
            transaction.verdict = transaction.verdict or self._sign(transaction, fault)
            self._last_verdict = transaction.verdict
            return {"status": "done", "verdict": transaction.verdict}

    def keys(self) -> dict[str, Any]:
        """The JWK Set (RFC 7517 §5)."""
        numbers = self._key.public_key().public_numbers()
        x, y = (base64url(number.to_bytes(32)) for number in (numbers.x, numbers.y))
        return {"keys": [{"kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": self._kid, "use": "sig", "alg": "ES256"}]}

    def _sign(self, transaction: Transaction, fault: str) -> str:
        order, now = transaction.order, int(time.time())
        decided_at = now - 2 * VERDICT_SECONDS if fault == "expired" else now
        person = (
            {"name": "旁人", "citizen_number": "890101199003070011"} if fault == "another_person" else order["person"]
        )
        claims = {
            "iss": self._issuer,
            "aud": order["client"],
            "iat": decided_at,
            "exp": decided_at + VERDICT_SECONDS,
            "jti": secrets.token_urlsafe(24),
            "txn": order["id"],
            "nonce": order["nonce"],
            "subject_digest": subject_digest(order["subject_key"], person),
            "outcome": transaction.choice,
            "liveness": "passed" if transaction.choice in ("match", "mismatch") else "not_checked",
        }
        if transaction.choice in ("match", "mismatch"):
            claims["score_class"] = "high" if transaction.choice == "match" else "low"
        key = generate_private_key(SECP256R1()) if fault == "wrong_signature" else self._key
        return compact_jws({"alg": "ES256", "typ": "face-verdict+jwt", "kid": self._kid}, claims, key)


def subject_digest(subject_key: str, person: dict[str, str]) -> str:
    """The contract's name for a person, which nobody can read who has not the transaction's key."""
    message = f"{person['citizen_number']}\n{unicodedata.normalize('NFC', person['name'])}".encode()
    key = base64.urlsafe_b64decode(subject_key + "=" * (-len(subject_key) % 4))
    return base64url(hmac.digest(key, message, hashlib.sha256))


def compact_jws(header: dict[str, str], claims: dict[str, Any], key: EllipticCurvePrivateKey) -> str:
    """ES256 (RFC 7515 §7.1, RFC 7518 §3.4)."""
    signed = ".".join(base64url(json.dumps(part, ensure_ascii=False).encode()) for part in (header, claims))
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    return f"{signed}.{base64url(r.to_bytes(32) + s.to_bytes(32))}"


def base64url(value: bytes) -> str:
    """Without padding (RFC 7515 §2)."""
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def _is(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


def _is_text(value: object, most: int) -> bool:
    return isinstance(value, str) and 1 <= len(value) <= most
