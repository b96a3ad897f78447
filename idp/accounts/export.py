"""All that is held of a person, made by the worker and kept for seven days, sealed for that person alone.

It lies in the ephemeral store: losing it means asking again. It is opened behind a fresh sign-in only.
"""

import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic_core import from_json, to_json

from idp.accounts import mandate_export
from idp.accounts.act import Act
from idp.accounts.notices import Notices
from idp.clock import Instant, after, as_datetime
from idp.events import Action
from idp.model.dossier import Dossier, HeldEvent, HeldRecovery
from idp.model.evidence import Evidence
from idp.model.notice import NoticeKind
from idp.model.session import Session
from idp.services import Services
from idp.sessions.hold import hold

EXPORT = "export"
"""The kind in the outbox; its payload is `account_id`."""
FORMAT = "yizheng-export/1"
DAYS = 7
MOST = 10_000
"""Events, sessions, known browsers, authorizations, mandates and recoveries in it, each; the newest."""
_DAY = 86_400
_MAKING_SECONDS = 3600
"""After which one that was never made is asked for anew."""


@dataclass(frozen=True, slots=True)
class Export:
    """One that is ready: what it says (docs/reference/export.md), and until when it is there."""

    content: dict[str, Any]
    until: Instant


def ask(services: Services, act: Act) -> bool:
    """Promise one; False: one is being made. The one before is gone when it is ready."""
    account_id = act.visitor.account.id
    if not services.ephemeral.add(_making(account_id), b"1", _MAKING_SECONDS):
        return False
    try:
        with services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            payload = {"account_id": str(account_id)}
            unit_of_work.outbox.put(EXPORT, payload, act.at, after(act.at, _MAKING_SECONDS))
            unit_of_work.events.record(act.event(Action.ACCOUNT_EXPORT_ASKED))
            unit_of_work.commit()
    except BaseException:
        services.ephemeral.take(_making(account_id))
        raise
    return True


def is_being_made(services: Services, account_id: int) -> bool:
    """Whether one was promised and is not there yet."""
    return services.ephemeral.get(_making(account_id)) is not None


def make(services: Services, account_id: int, now: Instant) -> None:
    """Make it and put it where the person finds it; an account that is gone gets none."""
    with services.begin() as unit_of_work:
        dossier = unit_of_work.dossiers.of(account_id, MOST)
        if dossier is None:
            return
        names = {client.client_id: client.client_name for client in unit_of_work.clients.all()}
    content = content_of(dossier, names.get, now)
    sealed = services.cipher.seal(EXPORT, zlib.compress(to_json(content)), _ready(account_id))
    services.ephemeral.put(_ready(account_id), sealed, DAYS * _DAY)
    services.ephemeral.take(_making(account_id))


def ready(services: Services, account_id: int) -> Export | None:
    """The one that is there."""
    stored = services.ephemeral.get(_ready(account_id))
    opened = None if stored is None else services.cipher.open(EXPORT, stored, _ready(account_id))
    if opened is None:
        return None
    kept = from_json(zlib.decompress(opened))
    return Export(kept, after(Instant(kept["made_at_seconds"]), DAYS * _DAY))


def note_download(services: Services, act: Act, export: Export) -> None:
    """Write down that it left, and tell the person the first time."""
    made = export.content["made_at_seconds"]
    is_first = services.ephemeral.add(f"export_told:{act.visitor.account.id}:{made}", b"1", DAYS * _DAY)
    with services.begin() as unit_of_work:
        unit_of_work.events.record(act.event(Action.ACCOUNT_EXPORTED))
        if is_first:
            Notices(services).notify(unit_of_work, act.notice(NoticeKind.DATA_EXPORTED))
        unit_of_work.commit()


def content_of(dossier: Dossier, name_of: Callable[[str], str | None], now: Instant) -> dict[str, Any]:
    """What the export says; its members are stable (docs/reference/export.md)."""
    account, proofed = dossier.account, dossier.account.proofed(now)
    return {
        "format": FORMAT,
        "made_at": _moment(now),
        "made_at_seconds": now,
        "is_complete": dossier.is_complete,
        "account": {
            "status": account.status.value,
            "proofing": int(proofed.level),
            "proofed_at": _moment(proofed.at),
            "created_at": _moment(account.created_at),
            "closes_at": _moment(account.closes_at),
            "face_refused_at": _moment(dossier.face_refused_at),
            "staff_since": _moment(account.staff_since),
            "restarted_at": _moment(account.restarted_at),
            "cap": account.cap and {"level": account.cap.level.value, "until": _moment(account.cap.until)},
        },
        "names": [{"name": held.name, **_span(held.since, held.until)} for held in dossier.names],
        "identifiers": [
            {
                "kind": held.kind.value,
                "value": held.value,
                "verified_at": _moment(held.verified_at),
                **_span(held.since, held.until),
            }
            for held in dossier.identifiers
        ],
        "evidence": list(map(_evidence, dossier.evidence)),
        "mandates": mandate_export.written(dossier.mandates, account.id, name_of),
        "methods": [
            {"kind": held.kind.value, "added_at": _moment(held.added_at), "used_at": _moment(held.used_at)}
            for held in dossier.methods
        ],
        **_ways_back(dossier),
        **_use_of(dossier, name_of),
    }


def _evidence(evidence: Evidence) -> dict[str, Any]:
    """Who made sure, how and until when; what they looked at is not kept."""
    return {
        "source": evidence.source,
        "method": evidence.method.value,
        "proofing": int(evidence.proofing),
        "verified_at": _moment(evidence.verified_at),
        "expires_at": _moment(evidence.expires_at),
        "recorded_at": _moment(evidence.recorded_at),
        "by_clerk": evidence.operator_id is not None,
        "withdrawn_at": _moment(evidence.withdrawn_at),
        "withdrawn_why": evidence.withdrawn_why and evidence.withdrawn_why.value,
    }


def _ways_back(dossier: Dossier) -> dict[str, Any]:
    return {
        "slips": [
            {
                "level": int(held.level),
                "issued_at": _moment(held.issued_at),
                "expires_at": _moment(held.expires_at),
            }
            for held in dossier.slips
        ],
        "recoveries": [_recovery(held) for held in dossier.recoveries],
    }


def _use_of(dossier: Dossier, name_of: Callable[[str], str | None]) -> dict[str, Any]:
    """What was done with the account. A `sub` is left out: it is what one department calls the person, and no other."""
    return {
        "sessions": [_session(session) for session in dossier.sessions],
        "known_devices": [
            {
                "device": known.device,
                "first_seen_at": _moment(known.first_seen_at),
                "last_seen_at": _moment(known.last_seen_at),
            }
            for known in dossier.known_devices
        ],
        "known_networks": [
            {"last_seen_at": _moment(known.seen_at), "has_place": known.place_digest is not None}
            for known in dossier.known_networks
        ],
        "consents": [
            {
                **_app(consent.client_id, name_of),
                "scope": list(consent.scope),
                "left_out": list(consent.left_out),
                "given_at": _moment(consent.given_at),
                "terms": consent.terms,
            }
            for consent in dossier.consents
        ],
        "authorizations": [
            {
                **_app(granted.client_id, name_of),
                "scope": list(granted.scope),
                "granted_at": _moment(granted.granted_at),
                "refreshed_at": _moment(granted.refreshed_at),
                "revoked_at": _moment(granted.revoked_at),
            }
            for granted in dossier.authorizations
        ],
        "events": [{**_event(event), **_app(event.client_id, name_of)} for event in dossier.events],
    }


def _session(session: Session) -> dict[str, Any]:
    return {
        "channel": session.channel,
        "device": session.device,
        "methods": [method.value for method in session.methods],
        "is_shared_device": session.is_shared_device,
        "signed_in_at": _moment(session.auth_time),
        "last_seen_at": _moment(session.last_seen_at),
        "expires_at": _moment(session.expires_at),
        "ended_at": _moment(session.ended_at),
    }


def _recovery(held: HeldRecovery) -> dict[str, Any]:
    return {
        "basis": held.basis.value,
        "phone": held.phone,
        "opened_at": _moment(held.opened_at),
        "ripe_at": _moment(held.ripe_at),
        "ended_at": _moment(held.ended_at),
        "outcome": None if held.outcome is None else held.outcome.value,
    }


def _event(event: HeldEvent) -> dict[str, Any]:
    return {
        "at": _moment(event.at),
        "action": event.action,
        "outcome": event.outcome,
        "channel": event.channel,
        "data": event.data,
    }


def _app(client_id: str | None, name_of: Callable[[str], str | None]) -> dict[str, str | None]:
    return {"client_id": client_id, "client_name": None if client_id is None else name_of(client_id)}


def _span(since: Instant, until: Instant | None) -> dict[str, str | None]:
    return {"since": _moment(since), "until": _moment(until)}


def _moment(moment: Instant | None) -> str | None:
    """RFC 3339, in UTC."""
    return None if moment is None else as_datetime(moment).isoformat().replace("+00:00", "Z")


def _ready(account_id: int) -> str:
    return f"export:{account_id}"


def _making(account_id: int) -> str:
    return f"export_asked:{account_id}"
