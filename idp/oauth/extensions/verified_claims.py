"""How `verified_claims` may be asked for in the `claims` parameter (OpenID Connect for Identity Assurance 1.0 §5.3 to §5.6).

The grammar is that of the published schema `verified_claims_request.json`; what is left open there is left open here, since
a later version may know it: members of `verification` without a meaning for us, and members beside `value` and `values`.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from authlib.oauth2.rfc6749 import InvalidRequestError

NAME = "verified_claims"
PLACES = ("id_token", "userinfo")
MAX_ELEMENTS = 16
"""Elements of an array of requests; each may bring an answer of its own, also through a browser's address."""
_PURPOSE = range(3, 301)
"""Characters of a `purpose`, as the schema has it."""


def refuse_what_is_no_request(claims: Mapping[str, Any]) -> None:
    """Refuse `verified_claims` that nobody can read (§5.7.6); what we do not have, or do not know, is no fault (§5.7.2)."""
    for place in PLACES:
        if NAME in claims.get(place, {}):
            fault = fault_in(claims[place][NAME])
            if fault is not None:
                raise InvalidRequestError(f"{fault} (OpenID Connect for Identity Assurance 5)")


def elements_of(requested: object) -> list[Any]:
    """The requests in the one object or the array of objects (§5.6)."""
    return requested if isinstance(requested, list) else [requested]


def fault_in(requested: object) -> str | None:
    """What is wrong with a request, in words that repeat nothing of it; None: nothing is."""
    elements = elements_of(requested)
    if len(elements) > MAX_ELEMENTS:
        return f"More than {MAX_ELEMENTS} verified_claims are asked for at once."
    return _first(_fault_in_element(element) for element in elements)


def _fault_in_element(element: object) -> str | None:
    """Both members and no third: it might restrict what we then told without regard to it (§5.5.1)."""
    if not isinstance(element, dict) or element.keys() != {"verification", "claims"}:
        return "A verified_claims request is an object of verification and claims, or an array of such."
    verification, claims = element["verification"], element["claims"]
    if not isinstance(verification, dict) or "trust_framework" not in verification:
        return "The verification in verified_claims is an object with a trust_framework."
    if not isinstance(claims, dict) or not claims:
        return "The claims in verified_claims are an object with a member at least."
    return _first(
        (
            *(_fault_in_verification(name, wish) for name, wish in verification.items()),
            *(_fault_in_wish(wish) for wish in claims.values()),
        )
    )


def _fault_in_verification(name: str, wish: object) -> str | None:
    """Each element by its kind in the schema."""
    if name in {"trust_framework", "assurance_level"}:
        return _fault_in_wish(wish, are_texts=True)
    if name in {"time", "verification_process"}:
        return _fault_in_wish(wish)
    if name == "assurance_process":
        return None if wish is None or isinstance(wish, dict) else "The assurance_process is null or an object."
    return _fault_in_evidence(wish) if name == "evidence" else None


def _fault_in_evidence(wish: object) -> str | None:
    """Each entry is a filter for one type, which it names by `value` alone (§5.4)."""
    if not isinstance(wish, list) or not wish:
        return "The evidence is an array with an entry at least."
    for entry in wish:
        kind = entry.get("type") if isinstance(entry, dict) else None
        if not isinstance(kind, dict) or not isinstance(kind.get("value"), str) or "values" in kind:
            return "Each entry of evidence has a type with a value, which is a text."
    return None


def _fault_in_wish(wish: object, *, are_texts: bool = False) -> str | None:
    """Null or an object of `essential`, `purpose`, `value`, `values` and `max_age`, each of its type."""
    if wish is None:
        return None
    if not isinstance(wish, dict):
        return "What is asked for in verified_claims is null or an object."
    rules = (
        (isinstance(wish.get("essential", False), bool), "The essential of a claim is true or false."),
        (_is_purpose(wish.get("purpose", "...")), "The purpose of a claim is a text of 3 to 300 characters."),
        (_is_duration(wish.get("max_age", 0)), "The max_age of a claim is a number of seconds."),
        (isinstance(wish.get("values", []), list), "The values of a claim are an array."),
        (not are_texts or _names_texts(wish), "A trust_framework and an assurance_level are restricted to texts."),
    )
    return next((fault for is_kept, fault in rules if not is_kept), None)


def _is_purpose(purpose: object) -> bool:
    return isinstance(purpose, str) and len(purpose) in _PURPOSE


def _is_duration(seconds: object) -> bool:
    return isinstance(seconds, int | float) and not isinstance(seconds, bool) and seconds >= 0


def _names_texts(wish: Mapping[str, Any]) -> bool:
    values = wish.get("values", ["..."])
    are_texts = isinstance(values, list) and bool(values) and all(isinstance(each, str) for each in values)
    return are_texts and isinstance(wish.get("value", ""), str)


def _first(faults: Iterable[str | None]) -> str | None:
    return next((fault for fault in faults if fault is not None), None)
