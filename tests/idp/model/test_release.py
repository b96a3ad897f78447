"""The catalogue of what is told about people: whole, in words, and strict where the law is."""

import pytest

from idp.http.languages import CHINESE, ENGLISH
from idp.model import release
from idp.model.policy import Level, Proofing
from idp.model.release import Basis


@pytest.mark.parametrize("scope", release.SCOPES)
def test_a_person_reads_each_scope_in_their_language(scope: str) -> None:
    """Mutation: a scope that the consent page has no words for."""
    words = release.SCOPES[scope].words
    for language in (CHINESE, ENGLISH):
        assert language.text(f"consent.claim.{words}")


def test_every_claim_has_a_scope_and_a_number_has_one_for_itself() -> None:
    """Mutation: the number released beside something else."""
    assert {terms.scope for terms in release.CLAIMS.values()} <= release.SCOPES.keys()
    assert [name for name, terms in release.CLAIMS.items() if terms.scope == "id_number"] == ["cn_id_number"]


def test_the_number_takes_the_most() -> None:
    """MISSION: own scope, consent, licence. Mutations: any of them taken away; a number in what browsers carry."""
    terms = release.SCOPES["id_number"]
    assert terms.needs_licence
    assert terms.is_separate
    assert terms.level >= Level.THREE
    assert terms.proofing >= Proofing.P2
    assert not release.CLAIMS["cn_id_number"].in_id_token
    assert release.SCOPES["id_match"].needs_licence


def test_what_a_number_tells_takes_one_that_was_matched() -> None:
    for scope in ("birthdate", "gender", "age", "id_number", "id_match"):
        assert release.SCOPES[scope].proofing is Proofing.P2, scope


def test_the_scope_age_alone_tells_one_age() -> None:
    """Mutation: all ages, which together tell nearly the year."""
    come = [name for name, terms in release.CLAIMS.items() if terms.scope == "age" and terms.comes_with_scope]
    assert come == ["age_over_18"]


@pytest.mark.parametrize(
    ("scope", "asks_consent", "bases"),
    [
        (("openid", "profile"), True, (Basis.CONSENT,)),
        (("openid", "profile"), False, (Basis.LAW,)),
        (("openid", "id_number"), True, (Basis.CONSENT, Basis.SEPARATE_CONSENT)),
        (("openid", "id_number"), False, (Basis.LAW, Basis.SEPARATE_CONSENT)),
        (("id_number",), False, (Basis.SEPARATE_CONSENT,)),
        ((), True, ()),
    ],
)
def test_by_what_right(scope: tuple[str, ...], asks_consent: bool, bases: tuple[Basis, ...]) -> None:
    """Mutation: a law in the place of the separate answer."""
    assert release.bases_of(scope, asks_consent=asks_consent) == bases
