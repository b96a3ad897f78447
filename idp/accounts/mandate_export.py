"""What the copy that people take along says of whom they act for, and who acts for them: never who the other person is."""

from collections.abc import Callable, Sequence
from typing import Any

from idp.clock import Instant, as_datetime
from idp.model.mandate import Acting
from idp.model.organization import Organization


def written(found: Sequence[Acting], account_id: int, name_of: Callable[[str], str | None]) -> list[dict[str, Any]]:
    """Each mandate on either side of which the person stands."""
    return [_mandate(each, account_id, name_of) for each in found]


def _mandate(acting: Acting, account_id: int, name_of: Callable[[str], str | None]) -> dict[str, Any]:
    mandate = acting.mandate
    return {
        "role": mandate.role.value,
        "side": "agent" if mandate.agent_id == account_id else "principal",
        "organization": None if acting.organization is None else _organization(acting.organization),
        "services": None
        if mandate.remit.is_every
        else [
            {
                "client_id": each.client_id,
                "client_name": name_of(each.client_id),
                "matters": None if each.matters is None else [matter.code for matter in each.matters],
            }
            for each in mandate.remit.services
        ],
        "channels": list(mandate.remit.channels),
        "is_single_use": mandate.is_single_use,
        "granted_at": _moment(mandate.granted_at),
        "granted_level": int(mandate.granted_level),
        "source": mandate.source,
        "accepted_at": _moment(mandate.accepted_at),
        "valid_until": _moment(mandate.valid_until),
        "used_at": _moment(mandate.used_at),
        "ended_at": _moment(mandate.ended_at),
        "ended_why": mandate.ended_why and mandate.ended_why.value,
    }


def _organization(organization: Organization) -> dict[str, str]:
    return {"code": organization.code, "name": organization.name, "status": organization.status.value}


def _moment(moment: Instant | None) -> str | None:
    """RFC 3339, in UTC."""
    return None if moment is None else as_datetime(moment).isoformat().replace("+00:00", "Z")
