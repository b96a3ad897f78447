"""All that is held of one person, read in one place so that a new table is not forgotten there."""

import json
from collections.abc import Sequence

from sqlalchemy import BigInteger, bindparam, select

from idp.model.account import IdentifierKind
from idp.model.consent import Consent
from idp.model.credential import CredentialKind
from idp.model.dossier import (
    Dossier,
    HeldAuthorization,
    HeldEvent,
    HeldIdentifier,
    HeldMethod,
    HeldName,
    HeldRecovery,
    HeldSlip,
)
from idp.model.mandate import Acting
from idp.model.policy import Level
from idp.model.recovery import RecoveryOutcome
from idp.storage.account_columns import ACCOUNT_COLUMNS, account_of
from idp.storage.attribute_columns import place_of
from idp.storage.consents import consent_of
from idp.storage.evidence import SqlEvidence
from idp.storage.known_devices import known_device_of
from idp.storage.known_networks import known_network_of
from idp.storage.mandates import SqlMandates
from idp.storage.recoveries import recovery_of
from idp.storage.recovery_codes import SqlRecoveryCodes
from idp.storage.sealed_fields import SealedFields
from idp.storage.sessions import session_of
from idp.storage.statements import Row
from idp.storage.tables import (
    accounts,
    authorizations,
    citizen_cards,
    consents,
    credentials,
    events,
    identifiers,
    is_shown_to_person,
    known_devices,
    known_networks,
    names,
    passkeys,
    recoveries,
    sessions,
    slips,
)
from idp.storage.transaction import Transaction

_person = bindparam("account_id", type_=BigInteger)
_most = bindparam("most", type_=BigInteger)

_ACCOUNT = select(*ACCOUNT_COLUMNS, accounts.c.face_refused_at).where(accounts.c.id == _person)
_NAMES = select(names).where(names.c.account_id == _person).order_by(names.c.id)
_IDENTIFIERS = select(identifiers).where(identifiers.c.account_id == _person).order_by(identifiers.c.id)
_METHODS = (
    select(credentials.c.kind, credentials.c.created_at, credentials.c.used_at)
    .where(credentials.c.account_id == _person)
    .order_by(credentials.c.id)
)
_PASSKEYS = (
    select(passkeys.c.created_at, passkeys.c.used_at).where(passkeys.c.account_id == _person).order_by(passkeys.c.id)
)
_CITIZEN_CARDS = (
    select(citizen_cards.c.created_at, citizen_cards.c.used_at)
    .where(citizen_cards.c.account_id == _person)
    .order_by(citizen_cards.c.id)
)
_SESSIONS = select(sessions).where(sessions.c.account_id == _person).order_by(sessions.c.id.desc()).limit(_most)
_KNOWN_DEVICES = (
    select(known_devices).where(known_devices.c.account_id == _person).order_by(known_devices.c.id.desc()).limit(_most)
)
_KNOWN_NETWORKS = (
    select(known_networks).where(known_networks.c.account_id == _person).order_by(known_networks.c.seen_at.desc())
)
_CONSENTS = select(consents).where(consents.c.account_id == _person).order_by(consents.c.id)
# By the sessions, which are indexed by their person.
_AUTHORIZATIONS = (
    select(authorizations)
    .where(
        authorizations.c.session_id.in_(select(sessions.c.id).where(sessions.c.account_id == _person)),
        authorizations.c.account_id == _person,
    )
    .order_by(authorizations.c.id.desc())
    .limit(_most)
)
_SLIPS = select(slips).where(slips.c.account_id == _person)
_RECOVERIES = select(recoveries).where(recoveries.c.account_id == _person).order_by(recoveries.c.id.desc()).limit(_most)
_EVENTS = (
    select(events).where(events.c.account_id == _person, is_shown_to_person).order_by(events.c.id.desc()).limit(_most)
)


class SqlDossiers:
    """Implements `ports.Dossiers`."""

    def __init__(self, transaction: Transaction, fields: SealedFields) -> None:
        self._transaction = transaction
        self._fields = fields

    def of(self, account_id: int, most: int) -> Dossier | None:
        """All that is held of the person, of each kind so many at most, the newest."""
        key = {"account_id": account_id}
        account = self._transaction.find(_ACCOUNT, key)
        if account is None:
            return None
        many = {**key, "most": most + 1}
        opened = self._transaction.find_all(_SESSIONS, many)
        known = self._transaction.find_all(_KNOWN_DEVICES, many)
        granted = self._transaction.find_all(_AUTHORIZATIONS, many)
        waited = self._transaction.find_all(_RECOVERIES, many)
        logged = self._transaction.find_all(_EVENTS, many)
        acted = self._mandates(account_id, most + 1)
        return Dossier(
            account=account_of(account),
            names=[self._name(row) for row in self._transaction.find_all(_NAMES, key)],
            identifiers=[self._identifier(row) for row in self._transaction.find_all(_IDENTIFIERS, key)],
            evidence=SqlEvidence(self._transaction).of_account(account_id),
            mandates=acted[:most],
            methods=self._methods(account_id),
            sessions=[session_of(row) for row in opened[:most]],
            known_devices=[known_device_of(row) for row in known[:most]],
            known_networks=[known_network_of(row) for row in self._transaction.find_all(_KNOWN_NETWORKS, key)],
            consents=self._consents(account_id),
            authorizations=[_authorization(row) for row in granted[:most]],
            slips=[_slip(row) for row in self._transaction.find_all(_SLIPS, key)],
            recoveries=[self._recovery(row) for row in waited[:most]],
            events=[_event(row) for row in logged[:most]],
            face_refused_at=account.face_refused_at,
            is_complete=max(len(opened), len(known), len(granted), len(waited), len(logged), len(acted)) <= most,
        )

    def _mandates(self, account_id: int, most: int) -> Sequence[Acting]:
        """By which the person acts or acted, and by which others do or did for them; the newest first."""
        mandates = SqlMandates(self._transaction)
        found = [*mandates.of_agent(account_id, most), *mandates.of_principal(account_id, most)]
        return sorted(found, key=lambda each: each.mandate.id, reverse=True)

    def _methods(self, account_id: int) -> Sequence[HeldMethod]:
        key = {"account_id": account_id}
        methods = [_method(row) for row in self._transaction.find_all(_METHODS, key)]
        methods += [_passkey(row) for row in self._transaction.find_all(_PASSKEYS, key)]
        methods += [_citizen_card(row) for row in self._transaction.find_all(_CITIZEN_CARDS, key)]
        codes = SqlRecoveryCodes(self._transaction).batch(account_id)
        if codes is None:
            return methods
        kind = CredentialKind.RECOVERY_CODE
        return [*methods, HeldMethod(kind=kind, added_at=codes.created_at, used_at=codes.used_at)]

    def _consents(self, account_id: int) -> Sequence[Consent]:
        rows = self._transaction.find_all(_CONSENTS, {"account_id": account_id})
        return [consent_of(row, account_id, row.client_id) for row in rows]

    def _name(self, row: Row) -> HeldName:
        place = place_of(row.account_id, row.valid_from)
        name = self._fields.open(names.c.sealed_name, place, row.sealed_name)
        return HeldName(name=name, since=row.valid_from, until=row.superseded_at)

    def _identifier(self, row: Row) -> HeldIdentifier:
        place = place_of(row.account_id, row.blind_index.hex())
        return HeldIdentifier(
            kind=IdentifierKind(row.kind),
            value=self._fields.open(identifiers.c.sealed_value, place, row.sealed_value),
            verified_at=row.verified_at,
            since=row.valid_from,
            until=row.superseded_at,
        )

    def _recovery(self, row: Row) -> HeldRecovery:
        known = recovery_of(row, self._fields)
        return HeldRecovery(
            basis=known.basis,
            phone=known.phone,
            opened_at=known.opened_at,
            ripe_at=known.ripe_at,
            ended_at=row.ended_at,
            outcome=None if row.outcome is None else RecoveryOutcome(row.outcome),
        )


def _slip(row: Row) -> HeldSlip:
    return HeldSlip(level=Level(row.level), issued_at=row.issued_at, expires_at=row.expires_at)


def _passkey(row: Row) -> HeldMethod:
    return HeldMethod(kind=CredentialKind.PASSKEY, added_at=row.created_at, used_at=row.used_at)


def _citizen_card(row: Row) -> HeldMethod:
    return HeldMethod(kind=CredentialKind.CITIZEN_CARD, added_at=row.created_at, used_at=row.used_at)


def _method(row: Row) -> HeldMethod:
    return HeldMethod(kind=CredentialKind(row.kind), added_at=row.created_at, used_at=row.used_at)


def _authorization(row: Row) -> HeldAuthorization:
    return HeldAuthorization(
        client_id=row.client_id,
        scope=tuple(row.scope.split()),
        granted_at=row.created_at,
        refreshed_at=row.refreshed_at,
        revoked_at=row.revoked_at,
    )


def _event(row: Row) -> HeldEvent:
    return HeldEvent(
        at=row.at,
        action=row.action,
        outcome=row.outcome,
        client_id=row.client_id,
        channel=row.channel,
        data=json.loads(row.data),
    )
