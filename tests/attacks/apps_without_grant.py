"""The apps that may not know a person's number, and ask for everything all the same; and one that may."""

import json
from typing import Any

from idp.model import release
from idp.model.client import TOKEN_EXCHANGE
from tests.benchmarks.operations import SECRET
from tests.specs.encryption_keys import reader

READER = reader()
CALLBACK = "https://app.example/callback"
DESK, ARCHIVE = "https://desk.example", "https://archive.example"
WORDS = {"zh-CN": "测试", "en": "A test"}
ALL_SCOPES = " ".join(release.SCOPES)
WITHOUT_LICENCE = " ".join(name for name in release.SCOPES if name not in release.LICENSED)

_ODD_NAMES = ("citizen_id", "id_number", "national_id", "identifiers", "documents", "sub_id", "cn_id_number#zh", "*")
_DETAILS = {"document": "document_details", "electronic_record": "record", "vouch": "attestation"}
_EVIDENCE = [
    {
        "type": {"value": kind},
        "check_details": None,
        details: None,
        "document_number": None,
        "serial_number": None,
        "derived_claims": None,
    }
    for kind, details in _DETAILS.items()
]
_EVERYTHING: dict[str, Any] = {
    **dict.fromkeys((*release.CLAIMS, *_ODD_NAMES)),
    "verified_claims": {
        "verification": {
            "trust_framework": None,
            "assurance_level": None,
            "time": None,
            "verification_process": None,
            "evidence": _EVIDENCE,
        },
        "claims": dict.fromkeys((*release.CLAIMS, *_ODD_NAMES)),
    },
}
WISHES = json.dumps({"id_token": _EVERYTHING, "userinfo": _EVERYTHING})

_APP: dict[str, Any] = {
    "client_name": "没有许可的应用",
    "client_secret": SECRET,
    "redirect_uris": [CALLBACK],
    "grant_types": ["authorization_code", "refresh_token"],
    "scope": "openid",
    "token_endpoint_auth_method": "client_secret_post",
    "asks_consent": False,
    "sector_identifier": "apps.example",
}
_NOBODYS = {**_APP, "redirect_uris": [], "response_types": [], "sector_identifier": None, "scope": ""}
_LICENSED = {
    **_APP,
    "scope": "openid profile id_number id_match",
    "licences": {"id_number": WORDS, "id_match": WORDS},
    "purpose": WORDS,
}
IMPLICIT = ("id_token", "id_token token", "code id_token", "code token", "code id_token token")

OF_PEOPLE: dict[str, dict[str, Any]] = {
    "bare": _APP,
    "jwt": {
        **_APP,
        "access_token_format": "jwt",
        "id_token_signed_response_alg": "ES256",
        "userinfo_signed_response_alg": "ES256",
    },
    "encrypted": {
        **_APP,
        "jwks": READER.jwks,
        "id_token_encrypted_response_alg": "ECDH-ES",
        "userinfo_encrypted_response_alg": "ECDH-ES",
    },
    "portal": {
        **_APP,
        "profile": "legacy",
        "grant_types": ["authorization_code", "implicit"],
        "response_types": ["code", *IMPLICIT],
    },
    "at-the-desk": {**_APP, "audience": DESK, "may_act": "desk", "scope": "openid archive:read"},
    # It may know all but the number: name, phone, mail and birth date.
    "generous": {**_APP, "scope": WITHOUT_LICENCE},
    # It may ask for the number, and did not; nobody was asked.
    "unasked": _LICENSED,
}
"""By client_id; people come from them, and none of them was granted the number."""

OF_NOBODY: dict[str, dict[str, Any]] = {
    "desk": {
        **_NOBODYS,
        "grant_types": [TOKEN_EXCHANGE],
        "resource": DESK,
        "exchange_audiences": [ARCHIVE],
        "scope": "archive:read",
        "access_token_format": "jwt",
    },
    "archive": {
        **_NOBODYS,
        "grant_types": ["client_credentials"],
        "resource": ARCHIVE,
        "resource_scope": {"archive:read": {"en": "Read"}},
    },
}
"""Resources, which see other apps' tokens."""

GRANTED = "fund"
MAY_BE_TOLD = {**_LICENSED, "scope": f"{_LICENSED['scope']} archive:read", "resources": [DESK], "may_act": "desk"}
"""The one that is told the number; what it is given for the desk the desk sees."""

SEES_THE_PERSON = frozenset({"generous", "unasked"})
"""They were granted the name, and the first phone and birth date: of them only the number must stay away."""

EVERY_APP = {**OF_PEOPLE, **OF_NOBODY, GRANTED: MAY_BE_TOLD}


def registered(client_id: str) -> dict[str, Any]:
    """As it is registered."""
    return {"client_id": client_id} | {name: value for name, value in EVERY_APP[client_id].items() if value is not None}
