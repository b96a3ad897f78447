"""Who acts for whom, for officers: seen, and stopped at once, as when somebody calls the hotline. Nobody is appointed here."""

from typing import Annotated

from pydantic import Field

from admin.operation import SECURITY, Desk, Effect, Gives, Operation, State, Takes
from admin.operations.people import OnePerson, person, record_look
from idp.accounts.mandate_end import Ending, finish, not_found
from idp.errors import Refused
from idp.events import Action
from idp.model.mandate import Acting, EndReason
from idp.model.organization import Organization

_LISTED = 100


class OneMandate(Takes):
    """A mandate, by its uid."""

    mandate: Annotated[str, Field(max_length=64)]


class OneOrganization(Takes):
    """An organisation that somebody has entered, by its unified social credit code."""

    code: Annotated[str, Field(max_length=18)]


class ServiceTold(Gives):
    """An app, and those of its matters that are meant; None: the app as a whole."""

    client_id: str
    matters: tuple[str, ...] | None


class MandateTold(Gives):
    """Who may act for whom, by their uid.

    `agent` is missing until somebody accepted; `services` where the register lets them do all that may be done for others.
    """

    mandate: str
    role: str
    agent: str | None
    principal: str | None
    organization: str | None
    services: tuple[ServiceTold, ...] | None
    channels: tuple[str, ...]
    source: str | None
    granted_at: int
    accepted_at: int | None
    valid_until: int | None
    used_at: int | None
    ended_at: int | None
    ended_why: str | None


class MandateList(Gives):
    """Those on either side of which the person stands, the newest first, what is over among them."""

    mandates: list[MandateTold]


class OrganizationTold(Gives):
    """As the register said at `checked_at`; `changed_at`: a change that nobody could ask about yet."""

    code: str
    name: str
    organization_type: str
    status: str
    checked_at: int
    changed_at: int | None
    mandates: list[MandateTold]


class MandatesEnded(Gives):
    """How many were ended."""

    ended: int


def _of_person(desk: Desk, wanted: OnePerson) -> MandateList:
    account, mandates = person(desk, wanted.uid), desk.unit_of_work.mandates
    record_look(desk, account, Action.PERSON_VIEWED, what="mandates")
    found = [*mandates.of_agent(account.id, _LISTED), *mandates.of_principal(account.id, _LISTED)]
    newest = sorted(found, key=lambda each: each.mandate.id, reverse=True)
    return MandateList(mandates=[_told(desk, each) for each in newest[:_LISTED]])


def _end(desk: Desk, wanted: OneMandate) -> MandateTold:
    acting = desk.unit_of_work.mandates.by_uid(wanted.mandate)
    if acting is None:
        raise not_found()
    _stop(desk, acting)
    ended = desk.unit_of_work.mandates.get(acting.mandate.id)
    return _told(desk, ended or acting)


def _of_organization(desk: Desk, wanted: OneOrganization) -> OrganizationTold:
    organization = _organization(desk, wanted)
    record_look(desk, None, Action.ORGANIZATION_VIEWED, code=organization.code)
    found = desk.unit_of_work.mandates.of_organization(organization.id, _LISTED)
    return OrganizationTold(
        code=organization.code,
        name=organization.name,
        organization_type=organization.organization_type.value,
        status=organization.status.value,
        checked_at=organization.checked_at,
        changed_at=organization.changed_at,
        mandates=[_told(desk, each) for each in found],
    )


def _end_all(desk: Desk, wanted: OneOrganization) -> MandatesEnded:
    """Those that wait for an answer among them; who represents it may enter it anew, if the register still says so."""
    found = desk.unit_of_work.mandates.open_of_organization(_organization(desk, wanted).id)
    return MandatesEnded(ended=sum(_stop(desk, each) for each in found))


def _stop(desk: Desk, acting: Acting) -> bool:
    """What is over stays as it is."""
    if acting.mandate.ended_at is not None:
        return False
    ending = Ending(EndReason.OFFICER, desk.at, officer_id=desk.actor.account_id)
    return finish(desk.services, desk.unit_of_work, acting, ending) is not None


def _organization(desk: Desk, wanted: OneOrganization) -> Organization:
    found = desk.unit_of_work.organizations.by_code(wanted.code)
    if found is None:
        raise Refused("not_found", "Nobody has entered an organisation with this code.", status=404)
    return found


def _told(desk: Desk, acting: Acting) -> MandateTold:
    mandate = acting.mandate
    agent = None if mandate.agent_id is None else desk.unit_of_work.accounts.get(mandate.agent_id)
    services = tuple(
        ServiceTold(
            client_id=each.client_id,
            matters=None if each.matters is None else tuple(matter.code for matter in each.matters),
        )
        for each in mandate.remit.services
    )
    return MandateTold(
        mandate=mandate.uid,
        role=mandate.role.value,
        agent=None if agent is None else agent.uid,
        principal=None if acting.principal is None else acting.principal.uid,
        organization=None if acting.organization is None else acting.organization.code,
        services=None if mandate.remit.is_every else services,
        channels=mandate.remit.channels,
        source=mandate.source,
        granted_at=mandate.granted_at,
        accepted_at=mandate.accepted_at,
        valid_until=mandate.valid_until,
        used_at=mandate.used_at,
        ended_at=mandate.ended_at,
        ended_why=None if mandate.ended_why is None else mandate.ended_why.value,
    )


def _state(desk: Desk, wanted: OneMandate) -> State | None:
    acting = desk.unit_of_work.mandates.by_uid(wanted.mandate)
    return None if acting is None else {"role": acting.mandate.role.value, "ended": acting.mandate.ended_at is not None}


def _state_of_organization(desk: Desk, wanted: OneOrganization) -> State | None:
    """How many mandates are open."""
    organization = desk.unit_of_work.organizations.by_code(wanted.code)
    if organization is None:
        return None
    return {"mandates": len(desk.unit_of_work.mandates.open_of_organization(organization.id))}


LIST_MANDATES = Operation(
    name="people.mandates",
    about="For whom a person acts or acted, and who for them; the others by their uid alone.",
    method="GET",
    path="/people/{uid}/mandates",
    takes=OnePerson,
    gives=MandateList,
    does=SECURITY,
    run=_of_person,
    is_for_people=True,
)
END_MANDATE = Operation(
    name="mandates.end",
    about="Stop a mandate, or take an offer away: its tokens die, its apps and both sides are told.",
    method="POST",
    path="/mandates/{mandate}/end",
    takes=OneMandate,
    gives=MandateTold,
    does=SECURITY,
    run=_end,
    effect=Effect.CHANGE,
    state=_state,
)
SHOW_ORGANIZATION = Operation(
    name="organizations.show",
    about="An organisation as its register says, and who acts for it.",
    method="GET",
    path="/organizations/{code}",
    takes=OneOrganization,
    gives=OrganizationTold,
    does=SECURITY,
    run=_of_organization,
    is_for_people=True,
)
END_MANDATES = Operation(
    name="organizations.end_mandates",
    about="Stop everybody who acts for an organisation; who represents it may enter it again.",
    method="POST",
    path="/organizations/{code}/end-mandates",
    takes=OneOrganization,
    gives=MandatesEnded,
    does=SECURITY,
    run=_end_all,
    effect=Effect.CHANGE,
    state=_state_of_organization,
)
OPERATIONS = (LIST_MANDATES, END_MANDATE, SHOW_ORGANIZATION, END_MANDATES)
