"""Client profiles: one word in a registration stands for a set of refusals, and all of them stand here.

`gov-high` is the FAPI 2.0 Security Profile; `gov-standard` is OAuth 2.0 as RFC 9700 wants it; `legacy` leaves what thirty
years of portals still speak, for the clients that an officer lets. A profile never opens anything for another client: each
request is held against the profile of the client that makes it, and discovery tells the union of those that are on.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from idp.jose import FOREIGN_ALGORITHMS
from idp.model.client import Client, Profile


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What clients of a profile may do; everything else is refused to them.

    Attributes:
        response_types: in canonical order (OAuth 2.0 Multiple Response Type Encoding Practices §3).
        authentication_methods: how they prove themselves where clients do.
        signing_algorithms: by which we sign for them, the default first.
        client_algorithms: by which they may sign for us.
        pushes_requests: they must push their authorization requests (RFC 9126), and be asked by no other way.
        names_issuer_alone: what they sign for us names the issuer as one string, tells from when to when it holds, and is
            not of the future (FAPI 2.0 Security Profile §5.3.2.1, Message Signing §5.3.1).
        binds_tokens: they get no bearer tokens (FAPI 2.0 §5.3.2.1).
        needs_dpop_nonce: their proofs repeat a nonce of ours (RFC 9449 §8).
        rotates_refresh_tokens: their refresh tokens are exchanged for the next one (FAPI 2.0 §5.3.2.1 forbids it).
        may_omit_code_challenge: a confidential one may, where a nonce binds the code to its sign-in.
    """

    response_types: tuple[str, ...] = ("code",)
    authentication_methods: tuple[str, ...]
    signing_algorithms: tuple[str, ...]
    client_algorithms: tuple[str, ...]
    pushes_requests: bool = False
    names_issuer_alone: bool = False
    binds_tokens: bool = False
    needs_dpop_nonce: bool = False
    rotates_refresh_tokens: bool = True
    may_omit_code_challenge: bool = False

    @cached_property
    def has_front_channel(self) -> bool:
        """Whether tokens may come straight from the authorization endpoint."""
        return any(response_type != "code" for response_type in self.response_types)


BY_AUTHORITY, SELF_SIGNED = "tls_client_auth", "self_signed_tls_client_auth"
BY_CERTIFICATE = (BY_AUTHORITY, SELF_SIGNED)
"""There where a front tells of certificates (the setting `mutual_tls`)."""
METHODS = (
    "client_secret_basic",
    "client_secret_post",
    "client_secret_jwt",
    "private_key_jwt",
    *BY_CERTIFICATE,
    "none",
)
"""What this server accepts, at every endpoint where clients authenticate."""


RULES: Mapping[Profile, Rules] = {
    Profile.GOV_HIGH: Rules(
        authentication_methods=("private_key_jwt", *BY_CERTIFICATE),
        signing_algorithms=("ES256",),
        client_algorithms=tuple(alg for alg in FOREIGN_ALGORITHMS if alg != "RS256"),
        pushes_requests=True,
        names_issuer_alone=True,
        binds_tokens=True,
        needs_dpop_nonce=True,
        rotates_refresh_tokens=False,
    ),
    Profile.GOV_STANDARD: Rules(
        authentication_methods=METHODS,
        signing_algorithms=("RS256", "ES256"),
        client_algorithms=FOREIGN_ALGORITHMS,
    ),
    Profile.LEGACY: Rules(
        authentication_methods=METHODS,
        response_types=("code", "id_token", "id_token token", "code id_token", "code token", "code id_token token"),
        signing_algorithms=("RS256", "ES256"),
        client_algorithms=FOREIGN_ALGORITHMS,
        may_omit_code_challenge=True,
    ),
}


def rules_of(client: Client) -> Rules:
    """What this client may do."""
    return RULES[client.profile]


def algorithm_for(client: Client, registered: str) -> str:
    """By which we sign for this client: as it registered, where its profile allows that now."""
    allowed = rules_of(client).signing_algorithms
    return registered if registered in allowed else allowed[0]


def union(profiles: Iterable[Profile]) -> Rules:
    """What some client of these profiles may do: what discovery tells. Only what binds all of them binds everybody."""
    of_each = [RULES[profile] for profile in profiles]

    def any_of(name: str) -> tuple[str, ...]:
        return tuple(dict.fromkeys(value for rules in of_each for value in getattr(rules, name)))

    return Rules(
        response_types=any_of("response_types"),
        authentication_methods=any_of("authentication_methods"),
        signing_algorithms=any_of("signing_algorithms"),
        client_algorithms=any_of("client_algorithms"),
        pushes_requests=all(rules.pushes_requests for rules in of_each),
    )
