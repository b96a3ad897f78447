"""The bank: compares name, number, phone and bank card, all four together."""

import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examples.authority.questions import PHONE, Operation, Order, Register, is_person, lines_of, matches
    from examples.authority.records import Records
else:  # run by its path, it finds them beside it
    from questions import PHONE, Operation, Order, Register, is_person, lines_of, matches
    from records import Records

CARD = re.compile(r"[0-9]{12,19}", re.ASCII)


def bank_register(records: Records, issuer: str) -> Register:
    """Speaks `docs/contracts/bank_accounts.json`."""

    def elements(order: Order) -> dict[str, Any]:
        holder, told = records.holder_of(order["card_number"]), order["person"]
        if holder is None:
            return {"outcome": "not_found"}
        known = (*holder.lines, holder.bank_phone or holder.phone)
        return {"outcome": "match" if known == (*lines_of(told), order["phone"]) else "mismatch"}

    members = {
        "person": is_person,
        "phone": lambda phone: matches(PHONE, phone),
        "card_number": lambda number: matches(CARD, number),
    }
    four = Operation(
        members, lambda order: (*lines_of(order["person"]), order["phone"], order["card_number"]), elements
    )
    return Register("bank-answer+jwt", issuer, {"four_elements": four})
