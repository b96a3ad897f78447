"""What clients and resources are told of whom somebody acts for, each by the names of its own sector."""

from collections.abc import Mapping
from typing import Any

from idp.model.authorization import Grant
from idp.model.mandate import Acting
from idp.model.organization import Organization
from idp.ports import UnitOfWork


def principal_claims(unit_of_work: UnitOfWork, acting: Acting, sector: str) -> dict[str, Any]:
    """What an id_token and userinfo tell of it to a client of this sector: `org`, or `on_behalf_of`."""
    told = {"sub": principal_at(unit_of_work, acting, sector), **mandate_told(acting)}
    if acting.organization is None:
        return {"on_behalf_of": told}
    return {"org": {**told, **organization_told(acting.organization)}}


def mandate_told(acting: Acting) -> dict[str, Any]:
    """Which mandate it is, as what its agent acts, and until when; a register's has no end of its own."""
    mandate = acting.mandate
    told: dict[str, Any] = {"mandate": mandate.uid, "role": mandate.role.value}
    return told if mandate.valid_until is None else {**told, "valid_until": mandate.valid_until}


def organization_told(organization: Organization) -> dict[str, str]:
    """What the company register publishes; the kind is explicit, since not each is a legal person (Civil Code §54)."""
    return {
        "code": organization.code,
        "name": organization.name,
        "organization_type": organization.organization_type.value,
    }


def principal_at(unit_of_work: UnitOfWork, acting: Acting, sector: str) -> str:
    """The `sub` by which this sector knows whoever is acted for (OpenID Connect Core §8.1)."""
    if acting.organization is not None:
        return unit_of_work.organizations.subject(acting.organization.id, sector)
    assert acting.principal is not None  # a mandate is of one of the two
    return unit_of_work.subjects.of(acting.principal.id, sector)


def act_told(unit_of_work: UnitOfWork, grant: Grant, sector: str, act: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """Who acts, as this sector knows the agent; whoever acts through the agent stands before them."""
    agent = {"sub": unit_of_work.subjects.of(grant.account_id, sector)}
    return agent if act is None else {**act, "act": agent}


def detail_of(acting: Acting) -> dict[str, Any]:
    """The mandate as an authorization details object (RFC 9396 §7)."""
    organization = acting.organization
    named = mandate_told(acting)
    return {
        "type": "mandate",
        "principal_type": "person" if organization is None else "organization",
        "identifier": named.pop("mandate") if organization is None else organization.code,
        "role": named["role"],
    }
