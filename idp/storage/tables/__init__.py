"""The tables; `migrations` builds them and a test holds both together.

Ids are sequential, so that hot tables grow at their end; random values stand only in secondary unique indexes. Moments
are whole seconds since 1970. What is encrypted is bytes and is named `sealed_…`; what is found without being stored is
a `blind_index`. Lists of words are one text with spaces between them, as RFC 6749 §3.3 writes a scope.
"""

from idp.storage.tables._columns import metadata
from idp.storage.tables.evidence import disputes, evidence, is_dispute_waiting
from idp.storage.tables.governance import drafts, is_undecided, kept_answers, permits
from idp.storage.tables.mandates import (
    is_mandate_open,
    mandates,
    organization_subjects,
    organizations,
    register_cursors,
)
from idp.storage.tables.offices import appointments, envelopes, invitations, is_in_force
from idp.storage.tables.operation import (
    audit_holds,
    audit_seals,
    client_terms,
    clients,
    event_counts,
    event_tally,
    events,
    is_shown_to_person,
    is_waiting,
    master_keys,
    outbox,
    signing_keys,
    versions,
)
from idp.storage.tables.people import (
    accounts,
    consents,
    identifiers,
    is_document,
    is_identifier_in_force,
    is_name_in_force,
    is_name_unindexed,
    known_devices,
    known_networks,
    names,
    subjects,
)
from idp.storage.tables.proofs import (
    citizen_cards,
    credentials,
    former_passwords,
    guesses,
    is_recovery_waiting,
    passkeys,
    recoveries,
    recovery_codes,
    slips,
)
from idp.storage.tables.registration import initial_access_tokens, logos, registrations
from idp.storage.tables.sign_ins import access_tokens, authorizations, revoked_jwts, session_clients, sessions

__all__ = [
    "access_tokens",
    "accounts",
    "appointments",
    "audit_holds",
    "audit_seals",
    "authorizations",
    "citizen_cards",
    "client_terms",
    "clients",
    "consents",
    "credentials",
    "disputes",
    "drafts",
    "envelopes",
    "event_counts",
    "event_tally",
    "events",
    "evidence",
    "former_passwords",
    "guesses",
    "identifiers",
    "initial_access_tokens",
    "invitations",
    "is_dispute_waiting",
    "is_document",
    "is_identifier_in_force",
    "is_in_force",
    "is_mandate_open",
    "is_name_in_force",
    "is_name_unindexed",
    "is_recovery_waiting",
    "is_shown_to_person",
    "is_undecided",
    "is_waiting",
    "kept_answers",
    "known_devices",
    "known_networks",
    "logos",
    "mandates",
    "master_keys",
    "metadata",
    "names",
    "organization_subjects",
    "organizations",
    "outbox",
    "passkeys",
    "permits",
    "recoveries",
    "recovery_codes",
    "register_cursors",
    "registrations",
    "revoked_jwts",
    "session_clients",
    "sessions",
    "signing_keys",
    "slips",
    "subjects",
    "versions",
]
