"""The page of sessions: found, counted, ended one by one, and many by two people (threats K07, M05)."""

import pytest

from idp.app import Installation
from idp.model.account import Account
from idp.model.office import Role
from tests.admin.officers import Officer, officer, token_of
from tests.admin.signed_in import signed_in
from tests.benchmarks.operations import Answer

PATH = "/console/sessions"


@pytest.fixture
def held(installation: Installation, person: Account) -> Officer:
    del person
    return officer(installation, Role.SECURITY)


def press(held: Officer, **fields: str) -> Answer:
    return held.browser.post(PATH, csrf=token_of(held.browser.get(PATH), PATH), **fields)


def running(installation: Installation, person: Account) -> int:
    with installation.services.begin() as unit_of_work:
        return sum(each.ended_at is None for each in unit_of_work.sessions.unended(person.id))


def test_one_is_ended_and_its_apps_are_told(installation: Installation, person: Account, held: Officer) -> None:
    """Mutations: another one ends; whoever looks is not told what the apps know."""
    first, second = signed_in(installation, person), signed_in(installation, person, "app")
    listed = held.browser.get(f"{PATH}?person={person.uid}&channel=app").body.decode()
    assert f'value="{second.id}"' in listed
    assert f'value="{first.id}"' not in listed
    page = press(held, act="end", session_id=str(second.id), person=person.uid).body.decode()
    assert "正在告诉各应用" in page
    assert "officers-tool · " in page
    assert running(installation, person) == 1


def test_many_are_counted_proposed_and_ended_by_another(
    installation: Installation, person: Account, held: Officer
) -> None:
    """Mutations: counting ends them; one officer ends them; the filter is lost on the way."""
    for channel in ("website", "website", "app"):
        signed_in(installation, person, channel)
    wanted = {"person": person.uid, "channel": "website"}
    assert "会结束2个会话" in press(held, act="count", **wanted).body.decode()
    assert running(installation, person) == 3
    press(held, act="end_all", reason="手机被盗", **wanted)
    path = held.browser.here
    assert path.startswith("/console/drafts/")
    assert running(installation, person) == 3
    system = officer(installation, Role.SYSTEM)
    system.browser.post(path, csrf=token_of(system.browser.get(path), path), decision="approve")
    assert running(installation, person) == 1


def test_what_does_not_fit_is_said(person: Account, held: Officer) -> None:
    """Mutation: a traceback for a number, a person or a form of nobody."""
    assert "没有人用这个" in held.browser.get(f"{PATH}?person=nobody").body.decode()
    assert "填写的内容有问题" in held.browser.get(f"{PATH}?before=x").body.decode()
    assert "填写的内容有问题" in held.browser.get(f"{PATH}?channel={'x' * 65}").body.decode()
    for fields in (
        {"act": "end"},
        {"act": "end", "session_id": "9" * 30},
        {"act": "gone"},
        {"act": "count", "person": "x"},
    ):
        assert press(held, **fields).status == 200
    assert held.browser.post(PATH, csrf="x", act="end_all", person=person.uid).status == 200
    assert held.browser.here == PATH
