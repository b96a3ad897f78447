"""What faces and net id have in common: a transaction, a page on which the person chooses, and one signed end."""

import hmac
import re
import secrets
import time
from abc import ABC, abstractmethod
from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examples.authority.questions import ID, RANDOM, is_text, matches
    from examples.authority.signing import SigningKey
else:  # run by its path, it finds them beside it
    from questions import ID, RANDOM, is_text, matches
    from signing import SigningKey

TRANSACTION_SECONDS = 600
TRANSACTIONS_KEPT = 500
URL = re.compile(r"https?://[\x21-\x7e]{1,490}", re.ASCII)


@dataclass
class Transaction:
    """One; `page` is the secret part of the address of the person's page."""

    order: dict[str, Any] = field(repr=False)
    begun_at: int
    id: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    page: str = field(default_factory=lambda: secrets.token_urlsafe(24))
    choice: str = ""
    signed: str = ""

    @property
    def expires_at(self) -> int:
        """When it is forgotten."""
        return self.begun_at + TRANSACTION_SECONDS

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


class TransactionRegister(ABC):
    """Transactions in memory, and the key that signs what became of them."""

    signed_as: str
    """The member of a state that brings what was signed."""

    def __init__(self, issuer: str) -> None:
        self.issuer = issuer
        self.key = SigningKey.drawn()
        self._by_id: OrderedDict[str, Transaction] = OrderedDict()
        self._last = ""
        self._lock = Lock()

    @abstractmethod
    def problem_with(self, order: dict[str, Any], idempotency_key: str | None) -> str:
        """What is wrong with a request to begin, in one word; empty: nothing."""

    @abstractmethod
    def choice_of(self, transaction: Transaction, form: dict[str, str]) -> str:
        """What the person chose on its page; empty: nothing that is offered there."""

    @abstractmethod
    def sign(self, transaction: Transaction, fault: str) -> str:
        """What came of it."""

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
            found = next(
                (each for each in self._by_id.values() if hmac.compare_digest(each.page.encode(), page.encode())), None
            )
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
            if fault == "replay" and self._last:
                return {"status": "done", self.signed_as: self._last}
            if fault not in ("none", "slow"):
                return {"status": "done", self.signed_as: self.sign(transaction, fault)}
            transaction.signed = transaction.signed or self.sign(transaction, fault)
            self._last = transaction.signed
            return {"status": "done", self.signed_as: transaction.signed}

    def keys(self) -> dict[str, Any]:
        """The JWK Set (RFC 7517 §5)."""
        return {"keys": [self.key.public_jwk]}


def problem_with_common(order: dict[str, Any], idempotency_key: str | None) -> str:
    """What is wrong with the members that both contracts have."""
    texts = (("client", 200), ("purpose", 400), ("language", 35))
    holds = {
        "bad_id": matches(ID, order["id"]) and order["id"] == idempotency_key,
        "bad_nonce": matches(RANDOM, order["nonce"]) and matches(RANDOM, order["subject_key"]),
        "no_consent": type(order["consented_at"]) is int and order["consented_at"] >= 1,
        "bad_text": all(is_text(order[name], most) for name, most in texts),
        "bad_return_url": matches(URL, order["return_url"]) if "return_url" in order else True,
    }
    return next((word for word, is_well in holds.items() if not is_well), "")
