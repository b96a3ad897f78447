"""What a person's number tells of them, as claims: when they were born, how old they are, of which sex, and the number itself.

Each only of a number that a register has matched with the name: what somebody merely says of their age is no age.
"""

from typing import Any, NamedTuple

from idp.accounts.number_facts import ages_reached, birth_date_of, sex_of
from idp.clock import Instant, date_in_china
from idp.model import release
from idp.model.account import Account, Attributes
from idp.model.client import Client

SCOPES = frozenset({"birthdate", "gender", "age", release.ID_NUMBER})
"""Those that release something of it."""
_LEAST = min(release.SCOPES[name].proofing for name in SCOPES)


class Telling(NamedTuple):
    """One release: of whom, to whom, within which scope, and when."""

    account: Account
    attributes: Attributes
    client: Client
    scope: tuple[str, ...]
    at: Instant


def number_claims(telling: Telling) -> dict[str, Any]:
    """All that may be told now of the number, by claim; nothing of one that nobody has matched."""
    if telling.account.proofed(telling.at).level < _LEAST:
        return {}
    attributes, claims = telling.attributes, dict[str, Any]()
    born, sex = birth_date_of(attributes), sex_of(attributes)
    if born is not None:
        claims["birthdate"] = born.isoformat()
        reached = ages_reached(born, date_in_china(telling.at))
        claims |= {f"age_over_{age}": is_reached for age, is_reached in reached.items()}
    if sex is not None:
        claims["gender"] = sex.value
    if attributes.citizen_id is not None and _may_have_number(telling):
        claims[release.NUMBER] = attributes.citizen_id
    return claims


def _may_have_number(telling: Telling) -> bool:
    """Under its own scope, and as long as the registration has the licence; the level was asked with the scope."""
    return release.ID_NUMBER in telling.scope and telling.client.is_licensed(release.ID_NUMBER)
