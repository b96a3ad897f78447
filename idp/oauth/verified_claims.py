"""What is told as `verified_claims` (OpenID Connect for Identity Assurance 1.0 §5, OpenID Identity Assurance Schema Definition).

Only what was asked for, only what a proofing has verified, and nothing that any of the client's restrictions excludes.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from idp.clock import Instant, as_datetime
from idp.model.account import Proofed
from idp.model.policy import Proofing
from idp.model.release import VERIFIABLE
from idp.oauth.extensions.verified_claims import NAME, PLACES, elements_of, fault_in
from idp.oauth.wishes import satisfies

TRUST_FRAMEWORK = "cn_gov_service"
"""By whose rules we verify: those of the levels of government services. Its assurance levels are P2, P3 and P4."""
CLAIMS = VERIFIABLE
LEAST = Proofing.P2
"""Below it a person has said who they are, and nobody has looked."""

Evidence = Callable[[], Sequence[Mapping[str, Any]]]
_UTC = "%Y-%m-%dT%H:%M:%SZ"
"""Moments in UTC, which tells no place (§9)."""
_ALWAYS = ("trust_framework", "type", "check_method")
"""What an object of that kind must have, so that an answer without it would be none (§5.7.5)."""
_OF_A_WISH = frozenset({"essential", "purpose"})
"""What a wish for a whole object may say beside."""


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


def told(wish: object, known: Mapping[str, Any], proofed: Proofed, evidence: Evidence, now: Instant) -> Any:
    """The answer to one place's request: an object to an object, an array to an array (§5.6); None: there is none (§5.7.5).

    Args:
        wish: as `allowed` left it.
        known: the person's data by claim.
        evidence: how the person was verified, the strongest first; called where somebody asks for it.
    """
    if proofed.level < LEAST:
        return None
    verification = _Verification(proofed, cache(evidence), now)
    answers = [
        {"verification": told_of_it, "claims": claims}
        for element in elements_of(wish)
        if (claims := _claims(element["claims"], known))
        and (told_of_it := verification.told(element["verification"])) is not None
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


class _Verification:
    """What could be told of one person's verification now."""

    def __init__(self, proofed: Proofed, evidence: Evidence, now: Instant) -> None:
        self._evidence = evidence
        self._now = now
        self._facts: dict[str, Any] = {"trust_framework": TRUST_FRAMEWORK, "assurance_level": proofed.level.name}
        if proofed.at is not None:
            self._facts["time"] = proofed.at

    def told(self, wishes: Mapping[str, Any]) -> dict[str, Any] | None:
        """What of it is asked for (§5.4); None where a restriction is not met (§5.7.4)."""
        facts = dict(self._facts)
        if "evidence" in wishes and (evidence := self._evidence()):
            facts["evidence"] = list(evidence)
        if "verification_process" in wishes and (evidence := self._evidence()):
            facts["verification_process"] = evidence[0]["check_details"][0]["check_id"]
        told = fitting(facts, wishes, self._now)
        return told if isinstance(told, dict) else None


def fitting(fact: Any, wish: object, now: Instant) -> Any:
    """What of a fact is told to who wishes for it so: a text, an object, an array; None where a restriction excludes it.

    Of an object only the members that are asked for, and of an array the entries that fit one of the wishes (§5.4); all of it
    to who wishes for it by null.
    """
    if isinstance(fact, Mapping):
        return _of_object(fact, wish, now)
    if isinstance(fact, list):
        return _of_array(fact, wish, now)
    text = fact if isinstance(fact, str) else as_datetime(fact).strftime(_UTC)
    is_too_old = not isinstance(fact, str) and _is_too_old(wish, fact, now)
    return text if satisfies(text, wish) and not is_too_old else None


def _of_object(fact: Mapping[str, Any], wish: object, now: Instant) -> dict[str, Any] | None:
    if wish is None or (isinstance(wish, Mapping) and not wish.keys() - _OF_A_WISH):
        return {name: fitting(value, None, now) for name, value in fact.items()}
    if not isinstance(wish, Mapping):
        return None
    told = {name: fact[name] for name in _ALWAYS if name in fact}
    for name, inner in wish.items():
        if name in fact:
            fit = fitting(fact[name], inner, now)
            if fit is None:
                return None
            if fit != {}:  # of which nothing is there that was asked for
                told[name] = fit
        elif _restricts(inner):
            return None
    return told


def _of_array(facts: list[Any], wish: object, now: Instant) -> list[Any] | None:
    wishes = wish if isinstance(wish, list) else [wish]
    told = (next((fit for each in wishes if (fit := fitting(fact, each, now)) is not None), None) for fact in facts)
    return [each for each in told if each is not None] or None


def _is_too_old(wish: object, moment: Instant, now: Instant) -> bool:
    """§5.5.2, reckoned at the moment of telling: what was new enough when it was asked for may be told much later.

    Inside `evidence` nobody has looked whether it is a number; what is none nothing is new enough for.
    """
    if not isinstance(wish, Mapping) or wish.get("max_age") is None:
        return False
    max_age = wish["max_age"]
    return not isinstance(max_age, int | float) or isinstance(max_age, bool) or now - moment > max_age


def _restricts(wish: object) -> bool:
    """Whether it asks for particular values, however deep: then what has none does not fit (§5.5.1)."""
    if isinstance(wish, dict):
        return not wish.keys().isdisjoint({"value", "values", "max_age"}) or any(map(_restricts, wish.values()))
    return isinstance(wish, list) and any(map(_restricts, wish))
