"""Whether a person may be offered a face check: their own choice first, then what it takes.

The law (rules on face recognition, in force since 2025-06-01): never the only way, whoever refuses loses nothing by it,
and nobody under fourteen without a guardian's consent, for which there is no page here.
"""

from enum import StrEnum

from idp.accounts.act import Act
from idp.clock import Instant, date_in_china
from idp.events import Action
from idp.model.account import Attributes
from idp.model.policy import Method
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.hold import hold
from realnames.identifiers.age import age_on
from realnames.identifiers.citizen_id import CitizenId

YOUNGEST = 14
"""Years; below that it takes a guardian's consent (PIPL Art. 31)."""


class FaceStanding(StrEnum):
    """Why somebody may be offered it, or not."""

    OFFERED = "offered"
    REFUSED = "refused"
    CHILD = "child"
    NO_NUMBER = "no_number"
    """There is no real name with a citizen number to compare with."""


def face_standing(
    services: Services, unit_of_work: UnitOfWork, account_id: int, stored: Attributes
) -> FaceStanding | None:
    """How it stands with this person; None: nobody compares faces here."""
    if Method.FACE not in services.methods:
        return None
    if unit_of_work.accounts.face_refused_at(account_id) is not None:
        return FaceStanding.REFUSED
    if stored.name is None or stored.citizen_id is None:
        return FaceStanding.NO_NUMBER
    return FaceStanding.CHILD if _is_child(stored.citizen_id, services.clock()) else FaceStanding.OFFERED


def may_show_face(
    services: Services, unit_of_work: UnitOfWork, account_id: int, stored: Attributes
) -> frozenset[Method]:
    """The method, for who may be offered it."""
    is_offered = face_standing(services, unit_of_work, account_id, stored) is FaceStanding.OFFERED
    return frozenset({Method.FACE}) if is_offered else frozenset()


def choose(services: Services, act: Act, *, is_allowed: bool) -> None:
    """Note what the person wants; it holds from this moment on, everywhere."""
    account_id = act.visitor.account.id
    with services.begin() as unit_of_work:
        hold(unit_of_work, act.visitor)
        accounts = unit_of_work.accounts
        is_change = accounts.allow_face(account_id) if is_allowed else accounts.refuse_face(account_id, act.at)
        if is_change:
            unit_of_work.events.record(act.event(Action.FACE_ALLOWED if is_allowed else Action.FACE_REFUSED))
        unit_of_work.commit()


def _is_child(citizen_id: str, now: Instant) -> bool:
    return age_on(CitizenId(citizen_id).birth_date, date_in_china(now)) < YOUNGEST
