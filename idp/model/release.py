"""What is told about people, and on what terms: every scope and every claim there is, in one place.

Discovery, the consent page, the decision at the door, registrations and `docs/reference/claims.md` all read it here. A claim
belongs to one scope, which stands for it before the person: what nobody let go is not told, however it is asked for.

The law is that on the protection of personal information (PIPL): who lets an app have something agrees to that (Art. 13, 23);
to what is sensitive they agree separately (Art. 29); and what a law obliges an app to know it is told without being asked for
(Art. 13, 34), which its registration says.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import NamedTuple

from idp.model.policy import Level, Proofing


class Basis(StrEnum):
    """What makes a release lawful."""

    CONSENT = "consent"
    """The person let it go (PIPL Art. 13 and 23)."""
    SEPARATE_CONSENT = "separate_consent"
    """They did, in an answer to this alone (PIPL Art. 29)."""
    LAW = "law"
    """An organ of state carries out its duty, as the registration says (PIPL Art. 13 and 34)."""


class ScopeTerms(NamedTuple):
    """On what terms a scope is granted.

    Attributes:
        words: what a person reads of it, under `[consent.claim]` of the catalogues of texts; None: it lets nothing be seen.
        proofing: below it there is nothing to tell.
        level: of the sign-in; an app that asks for the scope asks for it.
        needs_licence: whether officers must have said in the app's registration by what right it asks (`licences`).
        is_separate: whether it takes an answer of its own, also where the registration says that nobody is asked.
    """

    name: str
    words: str | None
    proofing: Proofing = Proofing.P0
    level: Level = Level.NONE
    needs_licence: bool = False
    is_separate: bool = False


class ClaimTerms(NamedTuple):
    """How a claim is told.

    Attributes:
        scope: that stands for it.
        comes_with_scope: whether it is told for the scope alone; else it has to be asked for by name as well.
        is_verifiable: whether a proofing verifies it, so that it may stand in `verified_claims`.
        in_id_token: whether it may stand in an id_token, which comes back through browsers as `id_token_hint`.
    """

    name: str
    scope: str
    comes_with_scope: bool = True
    is_verifiable: bool = False
    in_id_token: bool = True


OPENID, OFFLINE = "openid", "offline_access"
ID_NUMBER, ID_MATCH = "id_number", "id_match"
NUMBER = "cn_id_number"
"""The citizen number (GB 11643). No standard has a claim for it; the prefix keeps the name apart from theirs (Core §5.1.2)."""
AGES = (14, 16, 18, 60, 65, 80)
"""Years at which something begins by law: `age_over_N` is told of these alone, so that nobody asks until they know the year."""
USUAL_AGE = 18
"""What the scope `age` tells where no age is named."""

SCOPES: Mapping[str, ScopeTerms] = {
    each.name: each
    for each in (
        ScopeTerms(OPENID, "subject"),
        ScopeTerms("profile", "name"),
        ScopeTerms("phone", "phone_number"),
        ScopeTerms("email", "email"),
        ScopeTerms("birthdate", "birthdate", Proofing.P2),
        ScopeTerms("gender", "gender", Proofing.P2),
        ScopeTerms("age", "age", Proofing.P2),
        ScopeTerms(ID_NUMBER, "citizen_number", Proofing.P2, Level.THREE, needs_licence=True, is_separate=True),
        ScopeTerms(ID_MATCH, "id_match", Proofing.P2, Level.THREE, needs_licence=True),
        ScopeTerms(OFFLINE, "offline_access"),
    )
}
"""The scopes that are no resource's; `openid` alone releases nothing but `sub`, `offline_access` nothing at all."""

CLAIMS: Mapping[str, ClaimTerms] = {
    each.name: each
    for each in (
        ClaimTerms("name", "profile", is_verifiable=True),
        ClaimTerms("phone_number", "phone"),
        ClaimTerms("phone_number_verified", "phone"),
        ClaimTerms("email", "email"),
        ClaimTerms("email_verified", "email"),
        ClaimTerms("birthdate", "birthdate", is_verifiable=True),
        ClaimTerms("gender", "gender", is_verifiable=True),
        *(ClaimTerms(f"age_over_{age}", "age", age == USUAL_AGE, is_verifiable=True) for age in AGES),
        ClaimTerms(NUMBER, ID_NUMBER, is_verifiable=True, in_id_token=False),
    )
}
"""What there is of a person. That a phone is theirs a code has shown, and no register: it cannot be told as verified."""

VERIFIABLE = tuple(name for name, terms in CLAIMS.items() if terms.is_verifiable)
LICENSED = frozenset(name for name, terms in SCOPES.items() if terms.needs_licence)
SEPARATE = frozenset(name for name, terms in SCOPES.items() if terms.is_separate)
_LEVELS = {name: terms.level for name, terms in SCOPES.items() if terms.level}


def level_of(scope: Iterable[str]) -> Level:
    """What a sign-in must be worth for all of these to be told."""
    return max((_LEVELS[name] for name in scope if name in _LEVELS), default=Level.NONE)


def is_asked_separately(scope: Iterable[str]) -> bool:
    """Whether one of them takes an answer of its own."""
    return not SEPARATE.isdisjoint(scope)


def bases_of(scope: Iterable[str], *, asks_consent: bool) -> tuple[Basis, ...]:
    """By what right all of this is told, each once.

    Args:
        asks_consent: whether the app has to ask; else a law obliges the release.
    """
    asked, usual = set(scope), Basis.CONSENT if asks_consent else Basis.LAW
    return (*((usual,) if asked - SEPARATE else ()), *((Basis.SEPARATE_CONSENT,) if asked & SEPARATE else ()))
