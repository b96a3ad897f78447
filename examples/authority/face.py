"""The register of faces: there is no camera, the person chooses what came of it."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examples.authority.questions import is_text, matches
    from examples.authority.signing import NOBODY, binding
    from examples.authority.transactions import Transaction, TransactionRegister, problem_with_common
else:  # run by its path, it finds them beside it
    from questions import is_text, matches
    from signing import NOBODY, binding
    from transactions import Transaction, TransactionRegister, problem_with_common

CHOICES = ("match", "mismatch", "no_photo", "not_found", "cancel")

KEYS = {"id", "client", "nonce", "subject_key", "person", "purpose", "consented_at", "language", "return_url"}
NUMBER = re.compile(r"[1-9][0-9]{16}[0-9X]", re.ASCII)


class FaceRegister(TransactionRegister):
    """Speaks `docs/contracts/face_authority.json`. Numbers of province 89 are known."""

    signed_as = "verdict"

    def problem_with(self, order: dict[str, Any], idempotency_key: str | None) -> str:
        """What is wrong with a request to begin, in one word; empty: nothing."""
        if order.keys() != KEYS:
            return "wrong_keys"
        person = order["person"]
        is_person = isinstance(person, dict) and person.keys() == {"name", "citizen_number"}
        if not (is_person and matches(NUMBER, person["citizen_number"]) and is_text(person["name"], 120)):
            return "bad_person"
        return problem_with_common(order, idempotency_key)

    def choice_of(self, transaction: Transaction, form: dict[str, str]) -> str:
        """One of the buttons."""
        choice = form.get("choice", "")
        return choice if choice in self.choices(transaction) else ""

    def choices(self, transaction: Transaction) -> tuple[str, ...]:
        """Who is not known here is not found."""
        is_known = transaction.order["person"]["citizen_number"].startswith("89")
        return CHOICES if is_known else ("not_found", "cancel")

    def sign(self, transaction: Transaction, fault: str) -> str:
        """The verdict."""
        order, choice = transaction.order, transaction.choice
        name = NOBODY if fault == "another_person" else order["person"]["name"]
        was_compared = choice in ("match", "mismatch")
        claims = {
            **binding(order, self.issuer, order["person"]["citizen_number"], name),
            "outcome": choice,
            "liveness": "passed" if was_compared else "not_checked",
        }
        if was_compared:
            claims["score_class"] = "high" if choice == "match" else "low"
        return self.key.sign("face-verdict+jwt", claims, fault)
