"""K07: people and officers read numbers masked on every page, in every table and from every operation that only reads."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest

from admin.operation import Effect, Operation
from admin.operations import OPERATIONS
from idp.model.office import OFFICERS, Role
from tests.admin.api.api_client import Api, api_of, of_officers, register_apps
from tests.admin.api.test_hostile_values import sample
from tests.admin.officers import Officer, officer, token_of
from tests.attacks.apps_without_grant import GRANTED
from tests.attacks.bench_of_numbers import NAME, NUMBER, OTHERS_NUMBER, OTHERS_PHONE, Bench, bench
from tests.attacks.forms_of_secrets import leaks, of_number, of_text
from tests.idp.pages.test_data import work
from tests.idp.reference_sources import ROOT
from tests.plugins.private_servers import StorageUrls

MASK = "8901**********6856"
ENDPOINTS = (ROOT / "docs/reference/endpoints.md").read_text("utf-8")
RULES = tuple(re.findall(r"^\| `(/[^`]*)` \| GET", ENDPOINTS, re.MULTILINE))
"""Every page there is: a test holds the reference to be complete."""
PEOPLES = tuple(
    rule for rule in RULES if re.match(r"/(me|recover|help|privacy|accessibility|status|display)?(/|$)", rule)
)
OFFICERS_PAGES = tuple(rule for rule in RULES if rule.startswith("/console"))
OWN_COPY = ("/me/data/export", "/me/data/export.json")
"""The copy of all that is held of a person, for themselves (PIPL Art. 45), behind a fresh sign-in."""

IN_CLEAR = "people.reveal"
"""One member, for a reason that is written down and that the person reads (tests/admin/api/test_people_sessions_events.py)."""


@pytest.fixture(scope="module")
def city(migrated_sqlite: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """One app was told the number, so that there is something to read about it."""
    directory = tmp_path_factory.mktemp("masks")
    shutil.copy(migrated_sqlite, directory / "idp.db")
    urls = StorageUrls(f"sqlite:///{directory / 'idp.db'}", f"sqlite:///{directory / 'ephemeral.db'}")
    with bench(urls, directory) as opened:
        register_apps(opened.installation, of_officers())
        opened.party(GRANTED).userinfo(opened.granted_at(None)["access_token"])
        yield opened


@pytest.fixture(scope="module")
def desks(city: Bench) -> dict[Role, Officer]:
    """Everybody who may look."""
    return {role: officer(city.installation, role) for role in OFFICERS}


@pytest.fixture(scope="module")
def calls(desks: dict[Role, Officer]) -> dict[Role, Api]:
    """The same by token."""
    return {role: api_of(desk) for role, desk in desks.items()}


def filled(rule: str, city: Bench) -> str:
    """With something to show."""
    real = {"client_id": GRANTED, "uid": city.person.uid}
    return re.sub(r"<([^>]+)>", lambda found: real.get(found[1], "1"), rule)


@pytest.mark.parametrize("rule", [rule for rule in PEOPLES if rule not in OWN_COPY])
def test_the_person_reads_it_masked(city: Bench, rule: str) -> None:
    """Whoever looks over their shoulder, or finds the page in a browser's history, learns no number.

    Mutations: a value in a field that is filled in beforehand; in a link; in what a script reads.
    """
    city.take()
    city.browser.get(filled(rule, city))
    assert leaks(city.take()["people"], city.number) == []


def test_the_pages_were_opened(city: Bench) -> None:
    """Else nothing was looked at. Mutation of this test: all of them lead to the sign-in."""
    assert len(PEOPLES) > 50
    assert len(OFFICERS_PAGES) > 20
    assert MASK in city.browser.get("/me/data").html
    assert "身份证号" in city.browser.get("/me/activity").html
    assert city.browser.get("/me/activity.json").status == 200


@pytest.mark.parametrize("rule", PEOPLES)
def test_nobody_reads_of_somebody_else(city: Bench, rule: str) -> None:
    """Mutation: a page, a table or a copy that takes its person from the address."""
    other = city.signed_in(OTHERS_PHONE, "somebody else")
    city.take()
    other.get(f"{filled(rule, city)}?uid={city.person.uid}&person={city.person.uid}")
    assert leaks(city.take()["somebody else"], city.person_too) == []


def test_a_copy_is_of_whoever_asked_for_it(city: Bench) -> None:
    """It has the number in full, so that whoever is the person can see that it is right; and nobody else's."""
    other = city.signed_in(OTHERS_PHONE)
    for browser, number, others in ((city.browser, NUMBER, OTHERS_NUMBER), (other, OTHERS_NUMBER, NUMBER)):
        (form,) = (form for form in browser.get("/me/data").forms if form.action == "/me/data/export")
        browser.post(form.action, form.fields)
        work(city.installation)
        copy = browser.get("/me/data/export.json").html + browser.get("/me/data/export").html
        assert number in copy
        assert leaks(copy, of_number(city.installation.services.cipher, others)) == []


def test_who_signs_in_by_number_reads_it_on_no_page(city: Bench) -> None:
    """Mutations: shown again above the password; kept in the address or in a hidden field."""
    browser = city.stranger()
    page = browser.get("/me")
    city.take()
    page = browser.press(page, {"name": "way", "value": "password"}, username=NUMBER)
    browser.press(page, {"id": "sign-in"}, password="wrong password")
    assert leaks(city.take()["people"], city.number) == []


@pytest.mark.parametrize("rule", [rule for rule in OFFICERS_PAGES if "invitations" not in rule])
def test_officers_read_it_masked(city: Bench, desks: dict[Role, Officer], rule: str) -> None:
    """Mutation: a page of the console that shows more than the mask without a reason that is written down."""
    for role, desk in desks.items():
        page = desk.browser.get(filled(rule, city))
        assert leaks(page.body.decode(), city.number) == [], role


def test_officers_find_by_number_and_read_it_masked(city: Bench, desks: dict[Role, Officer]) -> None:
    """Mutations: the found number in full; what was typed, in an address."""
    browser = desks[Role.SECURITY].browser
    for asked in ({"identifier": NUMBER}, {"name": NAME, "birth_year": "1976"}):
        page = browser.get("/console/people")
        page = browser.post("/console/people", csrf=token_of(page, "/console/people"), **asked)
        assert NUMBER not in browser.here
        text = f"{browser.here}{page.body.decode()}"
        assert MASK in text
        assert leaks(text, city.number) == []


@pytest.mark.parametrize(
    "name", [name for name, each in OPERATIONS.items() if each.effect is Effect.READ and name != IN_CLEAR]
)
def test_reading_operations_mask_it(city: Bench, calls: dict[Role, Api], name: str) -> None:
    """The API and the command line give the same. Mutations: a member with the value; a digest of it to compare by."""
    operation = OPERATIONS[name]
    path, body = asked_of(operation, city)
    for role in OFFICERS:
        if role in operation.does:
            answer = calls[role](operation.method, path, body)
            assert answer.status < 500
            secrets = [*city.number, of_text("name", NAME), of_text("phone", "13987654321")]
            assert leaks(answer.body.decode(), secrets) == [], role


def test_operations_found_the_person(city: Bench, calls: dict[Role, Api]) -> None:
    """Else nothing was looked at."""
    found = calls[Role.SECURITY]("POST", "/people:find", {"identifier": NUMBER})
    assert found.json == {"uid": city.person.uid}
    assert MASK in calls[Role.SECURITY]("GET", f"/people/{city.person.uid}").body.decode()


def asked_of(operation: Operation, city: Bench) -> tuple[str, dict[str, object] | None]:
    """Path and body of a call about the person."""
    uid = city.person.uid
    real: dict[str, object] = {"uid": uid, "person": uid, "client_id": GRANTED, "identifier": NUMBER}
    real |= {"name": NAME, "birth_year": 1976}
    fields = operation.takes.model_fields.items()
    members = {name: real.get(name, sample(field.annotation)) for name, field in fields if field.is_required()}
    members |= {name: real[name] for name, _ in fields if name in real}
    path = operation.path.format(**{each: quote(str(members.pop(each))) for each in operation.places})
    return (f"{path}?{urlencode(members)}", None) if operation.method == "GET" else (path, members)
