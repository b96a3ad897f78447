"""Bringing many people at once: a second person permits one file, by its digest, and then the command brings it."""

from typing import Annotated

from pydantic import Field

from admin.operation import GUARDIANS, SYSTEM, Desk, Effect, Gives, Operation, State, Takes
from admin.perform import DRAFT_SECONDS
from idp.clock import Instant, after

NAME = "people.import"


class PermitImport(Takes):
    """A file, by the SHA-256 of its bytes in hexadecimal; its name and lines are for whoever decides."""

    digest: str = Field(pattern=r"^[0-9a-f]{64}$")
    file: str = Field(min_length=1, max_length=255)
    rows: Annotated[int, Field(gt=0, le=10**9)]


class Permitted(Gives):
    """Until when the command may bring it."""

    until: int


def _permit(desk: Desk, wanted: PermitImport) -> Permitted:
    until = after(desk.at, DRAFT_SECONDS)
    desk.unit_of_work.permits.grant(NAME, wanted.digest, until)
    return Permitted(until=until)


def _state(desk: Desk, wanted: PermitImport) -> State:
    until = permitted_until(desk, wanted)
    return {"permitted_until": until if until is not None and desk.at < until else None}


def permitted_until(desk: Desk, wanted: PermitImport) -> Instant | None:
    """How long the file may be brought; None: nobody ever permitted it."""
    return desk.unit_of_work.permits.until(NAME, wanted.digest)


PERMIT_IMPORT = Operation(
    name=NAME,
    about="Let `idp person import` bring one file, within seven days.",
    method="POST",
    path="/people:import",
    takes=PermitImport,
    gives=Permitted,
    does=SYSTEM,
    run=_permit,
    effect=Effect.GUARDED,
    approves=GUARDIANS,
    state=_state,
    shows=("file", "rows", "digest"),
    is_for_people=True,
)
OPERATIONS = (PERMIT_IMPORT,)
