"""Client metadata (RFC 7591 §2) as a registered client: every member is checked, unknown ones are refused."""

import json
from collections.abc import Mapping
from dataclasses import fields, replace

from pydantic import ValidationError

from idp.model.client import Client, ClientStatus
from idp.oauth.client_agreements import MIN_SECRET, agreements, sectors_of
from idp.oauth.client_authentication import digest_of
from idp.oauth.client_members import ClientMetadata
from idp.oauth.encryption import CONTENT
from idp.oauth.profiles import RULES
from idp.registration.faults import InvalidClientMetadata

_ANY_SECRET = "0" * MIN_SECRET
"""Stands where the one that is kept, which nobody knows, must have a place."""
_BY_NAME = ("resource_scope", "resource_matters", "licences")
"""Members that hold words by language, each under a name."""
_FIELDS = frozenset(field.name for field in fields(Client))


def client_of(metadata: Mapping[str, object], *, is_sandbox: bool = False, keeps: Client | None = None) -> Client:
    """The client that this metadata registers; raises `InvalidClientMetadata` with every fault, and no value.

    Args:
        keeps: the client as it is, whose secret stays where the metadata names none.
    """
    if keeps is not None and can_keep_secret(metadata, keeps):
        client = client_of({**metadata, "client_secret": _ANY_SECRET}, is_sandbox=is_sandbox)
        kept = {"secrets": keeps.secrets, "sealed_secrets": keeps.sealed_secrets} if client.secrets else {"secrets": ()}
        return replace(client, secret_digests=keeps.secret_digests, **kept)
    known = _read(metadata)
    secret = known.client_secret.get_secret_value() if known.client_secret else None
    default_alg = RULES[known.profile].signing_algorithms[0]
    written_differently: dict[str, object] = {
        "scope": tuple(known.scope.split()),
        "optional_scope": tuple(known.optional_scope.split()),
        "purpose": tuple(known.purpose.items()),
        **{name: _as_pairs(getattr(known, name)) for name in _BY_NAME},
        "id_token_signed_response_alg": known.id_token_signed_response_alg or default_alg,
        "authorization_signed_response_alg": known.authorization_signed_response_alg or default_alg,
        **{f"{what}_encrypted_response_enc": _content_encryption(known, what) for what in ("id_token", "userinfo")},
        "introspection_signed_response_alg": known.introspection_signed_response_alg or default_alg,
        "sector": known.sector_identifier or "".join(sectors_of(known)) or known.client_id,
        "secret_digests": (digest_of(secret),) if secret else (),
        "secrets": (secret,) if secret and known.token_endpoint_auth_method == "client_secret_jwt" else (),
        "status": ClientStatus.ACTIVE,
        "is_sandbox": is_sandbox,
    }
    as_told = {name: getattr(known, name) for name in _FIELDS & ClientMetadata.model_fields.keys()}
    return Client(**{**as_told, **written_differently})


def metadata_of(client: Client) -> dict[str, object]:
    """What would register this client again, as RFC 7591 §2 writes it; without its secret, which nobody knows."""
    told: dict[str, object] = {}
    for name in ClientMetadata.model_fields:
        if name == "sector_identifier":
            told[name] = None if client.sector_identifier_uri else client.sector
        elif name in {"scope", "optional_scope"}:
            told[name] = " ".join(getattr(client, name))
        elif name == "purpose":
            told[name] = dict(client.purpose)
        elif name in _BY_NAME:
            told[name] = {each: dict(words) for each, words in getattr(client, name)}
        elif name != "client_secret":
            told[name] = getattr(client, name)
    return {name: value for name, value in told.items() if value or ClientMetadata.model_fields[name].default}


def _as_pairs(words_by_name: Mapping[str, Mapping[str, str]]) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
    return tuple((name, tuple(words.items())) for name, words in words_by_name.items())


def can_keep_secret(metadata: Mapping[str, object], client: Client) -> bool:
    """Whether this metadata may stand with the secret that the client has: it names none, and the kind is the same."""
    method = metadata.get(
        "token_endpoint_auth_method", ClientMetadata.model_fields["token_endpoint_auth_method"].default
    )
    if "client_secret" in metadata or not client.secret_digests or not str(method).startswith("client_secret_"):
        return False
    return method != "client_secret_jwt" or bool(client.secrets or client.sealed_secrets)


def _content_encryption(known: ClientMetadata, what: str) -> str | None:
    """As registered; where only the key management is, the default of OpenID Connect Registration §2."""
    alg: str | None = getattr(known, f"{what}_encrypted_response_alg")
    enc: str | None = getattr(known, f"{what}_encrypted_response_enc")
    return enc or (None if alg is None else CONTENT[0])


def _read(metadata: Mapping[str, object]) -> ClientMetadata:
    """The members, as strictly as JSON has types; raises with the faults of all members, and of those between them."""
    faults: list[str] = []
    bad: set[str] = set()
    known = _validated(metadata, faults, bad)
    if known is None and bad:
        rest = {name: value for name, value in metadata.items() if name not in bad}
        known = _validated({"client_id": "x", "client_name": "x", **rest}, [], set())
    if known is not None:
        faults += [each.fault for each in agreements(known) if not each.holds and bad.isdisjoint(each.members)]
    if known is None or faults:
        raise InvalidClientMetadata(faults)
    return known


def _validated(metadata: Mapping[str, object], faults: list[str], bad: set[str]) -> ClientMetadata | None:
    try:
        text = json.dumps(dict(metadata), allow_nan=False)
    except (TypeError, ValueError, RecursionError):
        faults.append("metadata: holds what JSON has no word for")
        return None
    try:
        return ClientMetadata.model_validate_json(text, strict=True)
    except ValidationError as error:
        for fault in error.errors():
            bad.update(map(str, fault["loc"][:1]))
            where = ".".join(map(str, fault["loc"])) or "metadata"
            faults.append(f"{where}: {_in_words(fault['type'], fault['msg'])}")
        return None


def _in_words(kind: str, message: str) -> str:
    words = {"extra_forbidden": "is no member that we know", "json_invalid": "holds a text that is not Unicode"}
    return words.get(kind, message.removeprefix("Value error, "))
