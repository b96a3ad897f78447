"""Which ways of proving who one is are open to a visit, and which are not and why."""

from idp.interaction.second_proof import WAYS
from idp.model.session import kind_of
from idp.pages.sign_in.visit import Visit


def page_instead(visit: Visit, way: str) -> str | None:
    """Where to go instead, when this way is not for this visit; None: here."""
    if visit.login is None:
        is_nameless = (way == "passkey" and visit.can_use_passkeys) or (way == "card" and visit.can_use_cards)
        return None if is_nameless else f"/s/{visit.handle}"
    if visit.login.registers:
        return None if way == "code" else f"/s/{visit.handle}/code"
    is_unsent = way == "code" and visit.second is not None and visit.login.challenge is None
    rarer = {"totp", "passkey", "card", "recovery", "face"}
    is_closed = way not in visit.open_ways and (visit.second is not None or way in rarer)
    return f"/s/{visit.handle}/ways" if is_unsent or is_closed else None


def closed_ways(visit: Visit) -> list[dict[str, str]]:
    """After a proof: the ways that do not help now, each with why not; before one there are none to tell of."""
    if visit.session is None or visit.second is None:
        return []
    used = {WAYS[method] for method in visit.session.methods}
    kinds = visit.session.kinds
    closed = [way for way in visit.all_ways if way not in visit.open_ways]
    return [
        {"name": way, "why": "used" if way in used else "same" if _kind_of(way) in kinds else "none"} for way in closed
    ]


def _kind_of(way: str) -> str:
    return next(kind_of(method) for method, page in WAYS.items() if page == way)
