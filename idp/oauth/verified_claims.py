"""What is told as `verified_claims` (OpenID Connect for Identity Assurance 1.0 §5, OpenID Identity Assurance Schema Definition).

Only what was asked for, only what a proofing has verified, and nothing that any of the client's restrictions excludes.
Of evidence nothing is kept yet, nor of the single process: who restricts them is told nothing.
"""

from collections.abc import Mapping
from typing import Any

from idp.clock import Instant, as_datetime
from idp.model.account import Account, Proofed
from idp.model.policy import Proofing
from idp.model.release import VERIFIABLE
from idp.oauth.extensions.verified_claims import NAME, PLACES, elements_of, fault_in
from idp.oauth.wishes import satisfies

TRUST_FRAMEWORK = "cn_gov_service"
"""By whose rules we verify: those of the levels of government services. Its assurance levels are P2, P3 and P4."""
CLAIMS = VERIFIABLE
LEAST = Proofing.P2
"""Below it a person has said who they are, and nobody has looked."""


def names_in(requested: Mapping[str, Any]) -> set[str]:
    """The claims that are asked for as verified ones, in either place, as far as they could be told at all."""
    wishes = (_well_formed(requested, place) for place in PLACES)
    return {name for wish in wishes for element in elements_of(wish) for name in element["claims"] if name in CLAIMS}


def allowed(requested: Mapping[str, Any], held_back: set[str]) -> dict[str, Any]:
    """The requests by place, with no claim that the person did not let go, or that could not be told at all."""
    kept: dict[str, Any] = {}
    for place in PLACES:
        wish = _well_formed(requested, place)
        elements = [left for each in elements_of(wish) if (left := _without(each, held_back))["claims"]]
        if elements:
            kept[place] = elements if isinstance(wish, list) else elements[0]
    return kept


def told(wish: object, known: Mapping[str, Any], account: Account, now: Instant) -> Any:
    """The answer to one place's request: an object to an object, an array to an array (§5.6); None: there is none (§5.7.5).

    Args:
        wish: as `allowed` left it.
        known: the person's data by claim.
    """
    proofed = account.proofed(now)
    if proofed.level < LEAST:
        return None
    answers = [
        {"verification": verification, "claims": claims}
        for element in elements_of(wish)
        if (claims := _claims(element["claims"], known))
        and (verification := _verification(element["verification"], proofed, now)) is not None
    ]
    if not answers:
        return None
    return answers if isinstance(wish, list) else answers[0]


def _well_formed(requested: Mapping[str, Any], place: str) -> Any:
    """The request in this place; none where it cannot be read, as one that an older version has let through."""
    wish = requested.get(place, {}).get(NAME, [])
    return [] if fault_in(wish) else wish


def _without(element: Mapping[str, Any], held_back: set[str]) -> dict[str, Any]:
    claims = element["claims"]
    return {**element, "claims": {name: claims[name] for name in CLAIMS if name in claims and name not in held_back}}


def _claims(wishes: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """A claim that we do not have, or have with another value, is left out (§5.7.2, §5.7.4)."""
    return {
        name: known[name]
        for name in CLAIMS
        if name in wishes and name in known and satisfies(known[name], wishes[name])
    }


def _verification(wishes: Mapping[str, Any], proofed: Proofed, now: Instant) -> dict[str, Any] | None:
    """What of the verification is asked for (§5.4); None where a restriction is not met (§5.7.4)."""
    facts = {"trust_framework": TRUST_FRAMEWORK, "assurance_level": proofed.level.name}
    if proofed.at is not None:  # in UTC, which tells no place (§9)
        facts["time"] = as_datetime(proofed.at).strftime("%Y-%m-%dT%H:%M:%SZ")
    answer: dict[str, Any] = {}
    for name, wish in wishes.items():
        if name not in facts:
            if _restricts(wish):
                return None
        elif not satisfies(facts[name], wish) or (name == "time" and _is_too_old(wish, proofed, now)):
            return None
        else:
            answer[name] = facts[name]
    return answer


def _is_too_old(wish: object, proofed: Proofed, now: Instant) -> bool:
    """§5.5.2, reckoned at the moment of telling: what was new enough when it was asked for may be told much later."""
    max_age = wish.get("max_age") if isinstance(wish, dict) else None
    return max_age is not None and (proofed.at is None or now - proofed.at > max_age)


def _restricts(wish: object) -> bool:
    """Whether it asks for particular values, however deep: then what has none does not fit (§5.5.1)."""
    if isinstance(wish, dict):
        return not wish.keys().isdisjoint({"value", "values", "max_age"}) or any(map(_restricts, wish.values()))
    return isinstance(wish, list) and any(map(_restricts, wish))
