"""The rows of a generated city, as the product would have written them.

They are made here and not by the product's own repositories, since a million people would take those an hour; what
keeps both together are tests, in which every generated cookie, token and phone must work and every row must look alike.
"""

import json
from collections.abc import Iterable, Mapping, Sequence

from idp.clock import Instant, after
from idp.events import Action, Kind
from idp.model import numbered_secret, release
from idp.model.account import AccountStatus, Identifier
from idp.model.credential import CredentialKind
from idp.model.terms import Terms
from idp.oauth.disclosures import Door
from idp.storage.namesakes import index_of
from idp.storage.sealed_fields import SealedFields
from idp.storage.tables import credentials, identifiers, names
from tests.benchmarks.generated_city import BUILT_AT, CHANNEL, METHODS, PASSWORD_HASH, PROOFING, SCOPE, GeneratedCity
from tests.benchmarks.generated_person import CLIENT_ID, Person

Row = Mapping[str, object]


def rows_of(city: GeneratedCity, numbers: Iterable[int], *, is_whole: bool = True) -> Mapping[str, Sequence[Row]]:
    """The rows of these people by table, in an order in which each may refer to those before it.

    A city that is not whole has nothing but what its people are found by.
    """
    people, fields = [Person(number) for number in numbers], SealedFields(city.cipher)
    return {**_known(fields, people), **(_used(city, fields, people) if is_whole else {})}


def _known(fields: SealedFields, people: Sequence[Person]) -> Mapping[str, Sequence[Row]]:
    return {
        "accounts": [_account(person) for person in people],
        "names": [_name(fields, person) for person in people],
        "identifiers": [
            _identifier(fields, person, known) for person in people for known in (person.phone, person.citizen_id)
        ],
    }


def _used(city: GeneratedCity, fields: SealedFields, people: Sequence[Person]) -> Mapping[str, Sequence[Row]]:
    return {
        "subjects": [{"account_id": person.number, "sector": city.sector, "sub": person.sub} for person in people],
        "credentials": [_credential(fields, person) for person in people],
        "sessions": [_session(city, person) for person in people],
        "session_clients": [
            {"session_id": person.number, "client_id": CLIENT_ID, "joined_at": BUILT_AT} for person in people
        ],
        "consents": [_consent(person) for person in people],
        "authorizations": [_family(city, person) for person in people],
        "events": [event for person in people for event in _events(city, person)],
    }


def _account(person: Person) -> Row:
    return {
        "id": person.number,
        "uid": person.uid,
        "status": AccountStatus.ACTIVE.value,
        "proofing": int(PROOFING),
        "proofed_at": BUILT_AT,
        "is_sandbox": False,
        "created_at": BUILT_AT,
    }


def _name(fields: SealedFields, person: Person) -> Row:
    sealed = fields.seal(names.c.sealed_name, _place(person, BUILT_AT), person.name)
    return {
        "account_id": person.number,
        "sealed_name": sealed,
        "blind_index": index_of(fields, person.name, (person.citizen_id,)),
        "valid_from": BUILT_AT,
    }


def _identifier(fields: SealedFields, person: Person, identifier: Identifier) -> Row:
    index = fields.cipher.index(identifier.kind.value, identifier.value)
    return {
        "account_id": person.number,
        "kind": identifier.kind.value,
        "blind_index": index,
        "sealed_value": fields.seal(identifiers.c.sealed_value, _place(person, index.hex()), identifier.value),
        "verified_at": BUILT_AT,
        "valid_from": BUILT_AT,
    }


def _credential(fields: SealedFields, person: Person) -> Row:
    kind = CredentialKind.PASSWORD.value
    sealed = fields.seal(credentials.c.sealed_secret, _place(person, kind), PASSWORD_HASH)
    return {"account_id": person.number, "kind": kind, "sealed_secret": sealed, "created_at": BUILT_AT}


def _place(person: Person, distinction: Instant | str) -> str:
    """How the stores name the row that a sealed text is bound to."""
    return f"{person.number} {distinction}"


def _session(city: GeneratedCity, person: Person) -> Row:
    return {
        "id": person.number,
        "sid": person.sid,
        "secret_digest": numbered_secret.digest_of(person.secret("session")),
        "account_id": person.number,
        "channel": CHANNEL,
        "methods": " ".join(METHODS),
        "auth_time": BUILT_AT,
        "created_at": BUILT_AT,
        "last_seen_at": BUILT_AT,
        "expires_at": after(BUILT_AT, city.session_seconds),
        "is_shared_device": False,
    }


def _consent(person: Person) -> Row:
    return {
        "account_id": person.number,
        "client_id": CLIENT_ID,
        "scope": " ".join(SCOPE),
        "left_out": "",
        "given_at": BUILT_AT,
    }


def _family(city: GeneratedCity, person: Person) -> Row:
    grant = city.grant(person)
    return {
        "id": person.number,
        "origin": person.origin,
        "client_id": grant.client_id,
        "account_id": grant.account_id,
        "session_id": grant.session_id,
        "sid": grant.sid,
        "sub": grant.sub,
        "scope": " ".join(grant.scope),
        "auth_time": grant.auth_time,
        "acr": grant.acr,
        "amr": " ".join(grant.amr),
        "nonce": grant.nonce,
        "claims": json.dumps(grant.claims),
        "created_at": BUILT_AT,
        "released_at": BUILT_AT,
        "released_claims": "name sub",
    }


def _events(city: GeneratedCity, person: Person) -> Sequence[Row]:
    scope = list(SCOPE)
    told = {
        "claims": ["name", "sub"],
        "at": Door.USERINFO.value,
        "basis": [basis.value for basis in release.bases_of(SCOPE, asks_consent=False)],
        "terms": Terms().version,
    }
    return [
        _event(person, Action.SIGNED_IN, None, CHANNEL, {"amr": list(map(str, METHODS))}),
        _event(person, Action.AUTHORIZED, CLIENT_ID, CHANNEL, {"acr": city.acr, "scope": scope}),
        _event(person, Action.TOKEN_ISSUED, CLIENT_ID, CHANNEL, {"grant": "authorization_code", "scope": scope}),
        _event(person, Action.CLAIMS_RELEASED, CLIENT_ID, CHANNEL, told),
    ]


def _event(
    person: Person, action: Action, client_id: str | None, channel: str | None, data: Mapping[str, object]
) -> Row:
    return {
        "kind": Kind.AUDIT.value,
        "action": action.value,
        "at": BUILT_AT,
        "outcome": "ok",
        "account_id": person.number,
        "client_id": client_id,
        "session_id": person.number,
        "channel": channel,
        "data": json.dumps(data, separators=(",", ":")),
    }
