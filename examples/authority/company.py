"""The company register: what an organisation is, who represents it, and which entries changed."""

import re
import secrets
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from examples.authority.questions import Operation, Order, Register, is_person, lines_of, matches
    from examples.authority.records import Records
else:  # run by its path, it finds them beside it
    from questions import Operation, Order, Register, is_person, lines_of, matches
    from records import Records

CODE = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}", re.ASCII)
CURSOR = re.compile(r"[A-Za-z0-9_-]{0,64}", re.ASCII)
MOST_CODES = 200


def company_register(records: Records, issuer: str) -> Register:
    """Speaks `docs/contracts/company_register.json`."""
    started = secrets.token_hex(4)

    def organization(order: Order) -> dict[str, Any]:
        found = records.organizations.get(order["code"])
        if found is None:
            return {"outcome": "not_found"}
        told = {"name": found.name, "organization_type": found.organization_type, "status": found.status}
        return {"outcome": "match", **told}

    def representative(order: Order) -> dict[str, Any]:
        found = records.organizations.get(order["code"])
        if found is None:
            return {"outcome": "not_found"}
        person = records.people.get(found.representative)
        is_one = person is not None and person.lines == lines_of(order["person"])
        dates = {"represented_since": found.since, "as_of": today()}
        return {"outcome": "match" if is_one else "mismatch", "status": found.status, **dates}

    def changes(order: Order) -> dict[str, Any]:
        whose, _, place = order["cursor"].rpartition("-")
        is_known = whose == started and place.isascii() and place.isdigit()
        # One of an earlier start says nothing here: everything that there is may have changed since.
        everything = [] if is_known or not order["cursor"] else list(records.organizations)
        first = int(place) if is_known else len(records.changed)
        found = everything or records.changed[first : first + MOST_CODES]
        ends = first if everything else first + len(found)
        return {
            "codes": list(dict.fromkeys(found)),
            "cursor": f"{started}-{ends}",
            "has_more": ends < len(records.changed),
        }

    code = {"code": lambda told: matches(CODE, told)}
    return Register(
        "company-answer+jwt",
        issuer,
        {
            "organization": Operation(code, lambda order: (order["code"],), organization),
            "legal_representative": Operation(
                {**code, "person": is_person},
                lambda order: (order["code"], *lines_of(order["person"])),
                representative,
            ),
            "changes": Operation(
                {"cursor": lambda told: matches(CURSOR, told)}, lambda order: (order["cursor"],), changes
            ),
        },
    )


def today() -> str:
    """The day in China, UTC+8."""
    return time.strftime("%Y-%m-%d", time.gmtime(time.time() + 8 * 3600))
