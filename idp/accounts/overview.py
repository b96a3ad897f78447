"""What an operator may see of a person without a reason to see more: everything masked, nothing secret."""

from collections.abc import Mapping, Sequence

from idp.accounts.identifiers import masked
from idp.accounts.names import masked_name
from idp.clock import Instant, as_datetime
from idp.events import Action
from idp.model.account import Account, Attributes, Identifier, IdentifierKind
from idp.model.credential import CredentialKind
from idp.model.policy import Authentication
from idp.policy.levels import LevelTable, reached
from idp.ports import UnitOfWork

_LAST_SIGN_INS = 20
_KIND = {
    "password": "knowledge",
    "one_time_code": "possession",
    "recovery_code": "possession",
    "message_code": "possession",
    "mail_code": "possession",
    "passkey": "both",
    "citizen_card": "both",
}


def overview(unit_of_work: UnitOfWork, account: Account, levels: LevelTable, now: Instant) -> Mapping[str, object]:
    """Members by name; moments are seconds since 1970.

    `methods` are those that the person has left something for, and the ways a message can take; `level` is the highest
    that they reach with all of them; `unusual` are those of the last sign-ins at which something was (docs/reference/risk.md).
    """
    attributes, proofed = unit_of_work.accounts.attributes(account.id), account.proofed(now)
    sessions = unit_of_work.sessions.unended(account.id)
    methods = [kind.value for kind in unit_of_work.credentials.kinds(account.id)]
    codes = unit_of_work.recovery_codes.batch(account.id)
    methods += [CredentialKind.RECOVERY_CODE.value] if codes is not None and codes.left else []
    methods += [
        way for way, address in (("message_code", attributes.phone), ("mail_code", attributes.email)) if address
    ]
    methods += ["passkey"] if unit_of_work.passkeys.of_account(account.id) else []
    methods += ["citizen_card"] if unit_of_work.citizen_cards.of_account(account.id) else []
    kinds = {_KIND[method] for method in methods}
    authentication = Authentication.A3 if "both" in kinds else Authentication(min(len(kinds), Authentication.A2))
    phone, email = _masked(IdentifierKind.PHONE, attributes.phone), _masked(IdentifierKind.EMAIL, attributes.email)
    return {
        "uid": account.uid,
        "status": account.status.value,
        "level": reached(levels, proofed.level, authentication, account.ceiling_at(now)).value,
        "capped_until": account.cap.until if account.cap is not None and now < account.cap.until else None,
        "proofing": proofed.level.name,
        "proofed_at": proofed.at,
        "staff_since": account.staff_since,
        "created_at": account.created_at,
        "name": None if attributes.name is None else masked_name(attributes.name),
        "documents": masked_documents(attributes),
        "phone": phone,
        "phone_is_verified": attributes.phone_is_verified,
        "email": email,
        "email_is_verified": attributes.email_is_verified,
        "methods": methods,
        "sessions": sum(now < session.expires_at for session in sessions),
        "unusual": _unusual(unit_of_work, account),
        "sectors": sorted(unit_of_work.subjects.all_of(account.id)),
        "is_sandbox": account.is_sandbox,
    }


def _unusual(unit_of_work: UnitOfWork, account: Account) -> Sequence[str]:
    """`<moment> <score> <reasons>` of each, the last one first."""
    found = unit_of_work.events.of_person(account.id, before=None, limit=_LAST_SIGN_INS, actions=[Action.SIGNED_IN])
    return [
        f"{as_datetime(each.at):%Y-%m-%dT%H:%M:%SZ} {each.data['risk_score']} {','.join(reasons)}"
        for each in found
        if isinstance(reasons := each.data.get("risk"), list)
    ]


def masked_documents(attributes: Attributes) -> Sequence[str]:
    """`<kind> <masked number>` of each."""
    citizen_id = attributes.citizen_id
    first = [] if citizen_id is None else [Identifier(IdentifierKind.CITIZEN_ID, citizen_id)]
    return [f"{each.kind.value} {masked(each)}" for each in (*first, *attributes.other_documents)]


def _masked(kind: IdentifierKind, value: str | None) -> str | None:
    return None if value is None else masked(Identifier(kind, value))
