"""What population register, company register and bank have in common: one question, one signed answer, by their contracts."""

import re
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examples.authority.signing import NOBODY, SigningKey, binding
else:  # run by its path, it finds it beside it
    from signing import NOBODY, SigningKey, binding

ANSWERS_KEPT = 500

ID = re.compile(r"[A-Za-z0-9_-]{16,64}", re.ASCII)
RANDOM = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)
PHONE = re.compile(r"\+[1-9][0-9]{6,14}", re.ASCII)
NUMBER = re.compile(r"[0-9A-Z]{4,18}", re.ASCII)
DOCUMENTS = ("citizen_id", "permanent_resident_id", "hk_macau_travel_permit", "taiwan_travel_permit", "passport")

Order = dict[str, Any]


@dataclass(frozen=True)
class Operation:
    """One kind of question.

    Attributes:
        members: what it has beside what all have, and how each is judged.
        lines: by which the answer names whom it is about.
        answer: what the register says, as claims.
    """

    members: dict[str, Callable[[Any], bool]]
    lines: Callable[[Order], Sequence[str]]
    answer: Callable[[Order], dict[str, Any]]


class Register:
    """Questions of one contract, and the key that signs answers to them."""

    def __init__(self, typ: str, issuer: str, operations: dict[str, Operation]) -> None:
        self._typ = typ
        self._issuer = issuer
        self._operations = operations
        self._key = SigningKey.drawn()
        self._answered: OrderedDict[str, tuple[str, Order, str]] = OrderedDict()
        self._last_answer = ""
        self._lock = Lock()

    def keys(self) -> dict[str, Any]:
        """The JWK Set (RFC 7517 §5)."""
        return {"keys": [self._key.public_jwk]}

    def asks(self, name: str) -> bool:
        """Whether the contract has such a question."""
        return name in self._operations

    def problem_with(self, name: str, order: Order, idempotency_key: str | None) -> str:
        """What is wrong with a question, in one word; empty: nothing."""
        members = self._operations[name].members
        if order.keys() != {"id", "client", "nonce", "subject_key", *members}:
            return "wrong_keys"
        holds = {
            "bad_id": matches(ID, order["id"]) and order["id"] == idempotency_key,
            "bad_client": is_text(order["client"], 200),
            "bad_nonce": matches(RANDOM, order["nonce"]) and matches(RANDOM, order["subject_key"]),
            **{f"bad_{member}": is_right(order[member]) for member, is_right in members.items()},
        }
        return next((word for word, is_well in holds.items() if not is_well), "")

    def answer(self, name: str, order: Order, fault: str) -> str | None:
        """The signed answer, or what the fault wants; None: the id was used for another question."""
        with self._lock:
            known = self._answered.get(order["id"])
            if known is not None:
                return known[2] if known[:2] == (name, order) else None
            if fault == "replay" and self._last_answer:
                return self._last_answer
            operation = self._operations[name]
            about = (*operation.lines(order), *([NOBODY] if fault == "another_person" else []))
            claims = {**binding(order, self._issuer, *about), "question": name, **operation.answer(order)}
            signed = self._key.sign(self._typ, claims, fault)
            if fault in {"none", "slow", "replay"}:
                self._last_answer = signed
                self._answered[order["id"]] = (name, order, signed)
                while len(self._answered) > ANSWERS_KEPT:
                    self._answered.popitem(last=False)
            return signed


def lines_of(person: dict[str, Any]) -> tuple[str, str, str]:
    """Somebody as answers name them."""
    return person["document"]["type"], person["document"]["number"], person["name"]


def is_person(value: Any) -> bool:
    """Whether it is a `Person` of the contracts."""
    if not isinstance(value, dict) or value.keys() != {"name", "document"} or not is_text(value["name"], 120):
        return False
    document = value["document"]
    is_document = isinstance(document, dict) and document.keys() == {"type", "number"}
    return is_document and document["type"] in DOCUMENTS and matches(NUMBER, document["number"])


def matches(form: re.Pattern[str], value: object) -> bool:
    """Whether it is a text of this form."""
    return isinstance(value, str) and form.fullmatch(value) is not None


def is_text(value: object, most: int) -> bool:
    """Whether it is a text of one to so many characters, none of them a control character."""
    return isinstance(value, str) and 1 <= len(value) <= most and all(character >= " " for character in value)
