"""The register of net ids: whether somebody has one, and whether it is theirs; a net number for each client, and no plaintext."""

import hashlib
import hmac
import re
import secrets
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examples.authority.questions import is_person, lines_of, matches
    from examples.authority.records import Person, Records
    from examples.authority.signing import NOBODY, binding
    from examples.authority.transactions import Transaction, TransactionRegister, problem_with_common
else:  # run by its path, it finds them beside it
    from questions import is_person, lines_of, matches
    from records import Person, Records
    from signing import NOBODY, binding
    from transactions import Transaction, TransactionRegister, problem_with_common

KEYS = {"id", "client", "nonce", "subject_key", "purpose", "consented_at", "language"}
LEVELS = ("high", "substantial", "low")
SHOWN = re.compile(r"[\x21-\x7e]{8,1024}", re.ASCII)
CODE_SECONDS = 120


class NetworkIdentityRegister(TransactionRegister):
    """Speaks `docs/contracts/network_identity.json`.

    A choice is a level and the number of whoever shows their net id, or `not_found`, or `cancel`.
    """

    signed_as = "result"

    def __init__(self, records: Records, issuer: str) -> None:
        super().__init__(issuer)
        self._records = records
        self._secret = secrets.token_bytes(32)

    def problem_with(self, order: dict[str, Any], idempotency_key: str | None) -> str:
        """What is wrong with a request to begin, in one word; empty: nothing."""
        ends = {"return_url", "shown_code"} & order.keys()
        if order.keys() - {"person"} != KEYS | ends or len(ends) != 1:
            return "wrong_keys"
        if "person" in order and not is_person(order["person"]):
            return "bad_person"
        if "shown_code" in order and not matches(SHOWN, order["shown_code"]):
            return "bad_code"
        return problem_with_common(order, idempotency_key)

    def begin(self, order: dict[str, Any]) -> Transaction | None:
        """Open it; with a code that was shown it is at its end at once."""
        transaction = super().begin(order)
        if transaction is not None and "shown_code" in order:
            holder = self._shown_by(order["shown_code"])
            self.decide(transaction, "not_found" if holder is None else f"low:{holder.number}")
        return transaction

    def choice_of(self, transaction: Transaction, form: dict[str, str]) -> str:
        """A button, and for a level whose net id it is."""
        choice, number = form.get("choice", ""), form.get("holder", "")
        if choice in ("not_found", "cancel"):
            return choice
        is_holder = any(each.number == number for each in self.holders(transaction))
        return f"{choice}:{number}" if choice in LEVELS and is_holder else ""

    def holders(self, transaction: Transaction) -> list[Person]:
        """Who has a net id; whoever is asked about stands first."""
        found = [each for each in self._records.people.values() if each.net_id and not each.is_deceased]
        return sorted(found, key=lambda each: not _is_asked_about(transaction, each))

    def code_of(self, holder: Person) -> str:
        """What their app shows for the next two minutes."""
        until = int(time.time()) + CODE_SECONDS
        return f"NETID1.{holder.number}.{until}.{self._mac(f'{holder.number}.{until}')}"

    def sign(self, transaction: Transaction, fault: str) -> str:
        """The result."""
        order, (level, _, number) = transaction.order, transaction.choice.partition(":")
        asked = order.get("person")
        about = ((NOBODY,) if fault == "another_person" else ()) + (lines_of(asked) if asked else ())
        claims = binding(order, self.issuer, *about)
        holder = self._records.people.get(number)
        if holder is None:
            claims["outcome"] = "not_found"
        elif asked and lines_of(asked) != holder.lines:
            claims["outcome"] = "mismatch"
        else:
            net_number = self._mac(f"{order['client']}\n{number}")[:32].upper()
            claims |= {"outcome": "match", "net_number": net_number, "level": level}
        return self.key.sign("net-id-result+jwt", claims, fault)

    def _shown_by(self, code: str) -> Person | None:
        parts = code.split(".")
        if (
            len(parts) != 4
            or parts[0] != "NETID1"
            or not hmac.compare_digest(self._mac(".".join(parts[1:3])), parts[3])
        ):
            return None
        return self._records.people.get(parts[1]) if time.time() < int(parts[2]) else None

    def _mac(self, message: str) -> str:
        return hmac.digest(self._secret, message.encode(), hashlib.sha256).hex()


def _is_asked_about(transaction: Transaction, holder: Person) -> bool:
    asked = transaction.order.get("person")
    return bool(asked and lines_of(asked) == holder.lines)
