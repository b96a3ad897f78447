"""OpenID Connect for Identity Assurance 1.0 §5.4, §5.5, §8: evidence, and claims of a number, over HTTP.

Requirements 52 to 54 of the conformance facts once more, where evidence of each method stands behind a person. The tables of
what fits which wish are in `tests/idp/oauth`.
"""

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from idp.model.evidence import WORTH, EvidenceMethod, NewEvidence
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.identity_assurance_schema import ANSWER
from tests.specs.relying_party import RelyingParty

PLACES = ("id_token", "userinfo")
SCOPE = "openid profile birthdate gender age id_number"
RIGHT = {"en": "Regulations, Art. 24"}
CLAIMS = ("name", "birthdate", "gender", *(f"age_over_{age}" for age in (14, 16, 18, 60, 65, 80)), "cn_id_number")
EVERYTHING: dict[str, Any] = {
    "trust_framework": None,
    "assurance_level": None,
    "time": None,
    "verification_process": None,
    "evidence": [
        {"type": {"value": "document"}, "check_details": None, "document_details": None},
        {"type": {"value": "electronic_record"}, "check_details": None, "record": None},
        {"type": {"value": "vouch"}, "check_details": None, "attestation": None},
        {"type": {"value": "electronic_signature"}, "issuer": None, "serial_number": None},
    ],
}


@pytest.fixture(scope="module")
def known(idp_sqlite: RunningIdp) -> Person:
    """Somebody whom everybody has looked at in every way."""
    person = idp_sqlite.new_person()
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        for method, worth in WORTH.items():
            new = NewEvidence(source=f"{method}_register", method=method, proofing=worth, verified_at=services.clock())
            unit_of_work.evidence.add(person.account_id, new, services.clock())
        unit_of_work.commit()
    return person


@pytest.fixture(scope="module")
def app(register: Callable[..., RelyingParty]) -> RelyingParty:
    """One that may know everything there is."""
    return register(scope=SCOPE, purpose=RIGHT, licences={"id_number": RIGHT}, optional_scope="id_number")


@pytest.fixture(scope="module")
def visitor(idp_sqlite: RunningIdp, app: RelyingParty, known: Person) -> Iterator[FormBrowser]:
    """Signed in, and the number was let go."""
    with FormBrowser(idp_sqlite.issuer) as browser:
        page = browser.sign_in(browser.get(app.ask().address), known)
        browser.press(page, {"id": "consent-allow"}, allow_citizen_number="1")
        yield browser


@pytest.fixture(scope="module")
def metadata(idp_sqlite: RunningIdp) -> dict[str, Any]:
    address = f"{idp_sqlite.issuer}/.well-known/openid-configuration"
    document: dict[str, Any] = httpx.get(address, trust_env=False).json()
    return document


def told(
    app: RelyingParty, browser: FormBrowser, wish: dict[str, Any], scope: str = SCOPE
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the id_token and userinfo say to who asks for this in both."""
    request = json.dumps({place: {"verified_claims": wish} for place in PLACES})
    question = app.ask({"scope": scope, "claims": request})
    tokens = app.tokens(browser.get(question.address), question)
    both = app.read(tokens["id_token"])[1], app.userinfo(tokens["access_token"]).json()
    for each in both:
        ANSWER.validate(each)
    return both


def test_requirement_52_what_is_told_lies_within_the_metadata(
    app: RelyingParty, visitor: FormBrowser, metadata: dict[str, Any]
) -> None:
    """§8. Mutations: a claim, a type, a register, a document or a method that nobody is told to expect."""
    for each in told(app, visitor, {"verification": EVERYTHING, "claims": dict.fromkeys(CLAIMS)}):
        answer = each["verified_claims"]
        assert answer["verification"]["trust_framework"] in metadata["trust_frameworks_supported"]
        assert set(answer["claims"]) <= set(metadata["claims_in_verified_claims_supported"])
        assert set(answer["claims"]) <= set(metadata["claims_supported"])
        evidence = answer["verification"]["evidence"]
        assert {entry["type"] for entry in evidence} == set(metadata["evidence_supported"])
        for entry in evidence:
            if entry["type"] == "document":
                assert entry["document_details"]["type"] in metadata["documents_supported"]
                methods = {check["check_method"] for check in entry["check_details"]}
                assert methods <= set(metadata["documents_check_methods_supported"])
            if entry["type"] == "electronic_record":
                assert entry["record"]["type"] in metadata["electronic_records_supported"]


def test_requirement_53_only_the_evidence_that_was_asked_for_is_told(
    app: RelyingParty, visitor: FormBrowser, known: Person
) -> None:
    """§5.4, §5.5. Mutations: every record told; a restriction that is no filter; a number of a document."""
    wish: dict[str, Any] = {
        "verification": {
            "trust_framework": None,
            "evidence": [{"type": {"value": "document"}, "check_details": [{"check_method": {"value": "pvp"}}]}],
        },
        "claims": {"name": None, "age_over_18": None},
    }
    expected = {
        "verification": {
            "trust_framework": "cn_gov_service",
            "evidence": [{"type": "document", "check_details": [{"check_method": "pvp"}]}],
        },
        "claims": {"name": known.name, "age_over_18": True},
    }
    assert [each["verified_claims"] for each in told(app, visitor, wish)] == [expected, expected]
    wish["verification"]["evidence"] = [{"type": {"value": "document"}, "method": {"value": "pipp"}}]
    assert ["verified_claims" in each for each in told(app, visitor, wish)] == [False, False]


@pytest.mark.parametrize("place", PLACES)
def test_requirement_53_the_number_is_told_in_one_place_and_for_one_scope(
    app: RelyingParty, visitor: FormBrowser, known: Person, place: str
) -> None:
    """MISSION. Mutations: an id_token that carries the number through browsers; asked for by name alone."""
    wish = {"verification": {"trust_framework": None}, "claims": {"cn_id_number": {"essential": True}}}
    both = dict(zip(PLACES, told(app, visitor, wish), strict=True))
    assert ("verified_claims" in both[place]) is (place == "userinfo")
    assert (known.citizen_id in str(both[place])) is (place == "userinfo")
    without_scope = dict(zip(PLACES, told(app, visitor, wish, "openid profile"), strict=True))
    assert known.citizen_id not in str(without_scope)


def test_requirement_54_what_is_told_is_what_is_stored(
    idp_sqlite: RunningIdp, app: RelyingParty, visitor: FormBrowser, known: Person
) -> None:
    """Requirement 54: the OP's stored data of the person. Mutations: another's; a level that nothing stands behind."""
    _, userinfo = told(app, visitor, {"verification": EVERYTHING, "claims": dict.fromkeys(CLAIMS)})
    born = f"{known.citizen_id[6:10]}-{known.citizen_id[10:12]}-{known.citizen_id[12:14]}"
    expected = {
        "name": known.name,
        "birthdate": born,
        "gender": "male" if int(known.citizen_id[16]) % 2 else "female",
        "cn_id_number": known.citizen_id,
        **{f"age_over_{age}": age < 40 for age in (14, 16, 18, 60, 65, 80)},
    }
    assert userinfo["verified_claims"]["claims"] == expected
    assert {name: userinfo[name] for name in expected if name in userinfo} == {
        name: value for name, value in expected.items() if name == "age_over_18" or not name.startswith("age_over")
    }
    with idp_sqlite.installation.services.begin() as unit_of_work:
        stored = unit_of_work.evidence.of_account(known.account_id)
    verification = userinfo["verified_claims"]["verification"]
    assert verification["assurance_level"] == max(each.proofing for each in stored).name == "P4"
    sources = [
        check["organization"]
        for each in verification["evidence"]
        for check in each["check_details"][:1]
        if "organization" in check
    ]
    assert sorted(sources) == sorted(each.source for each in stored if each.method is not EvidenceMethod.IMPORTED)
    assert verification["verification_process"] == verification["evidence"][0]["check_details"][0]["check_id"]
    assert not any(each.check_id in str(userinfo) for each in stored), "it is the same at no two apps"
