"""Threat G09: who made an account with somebody else's phone has nothing left when that person comes."""

import json
from typing import Any

import pytest

from idp.accounts.import_people import PeopleImport
from idp.app import Installation
from idp.interaction.login import SignedIn, Wrong
from idp.sessions.resume import resume
from tests.idp.delivery.outbox_rows import Rows
from tests.idp.installed import PASSWORD, PHONE, code_that_left
from tests.idp.interaction.test_login import Visitor
from tests.plugins.private_servers import StorageUrls


def bring(installation: Installation, **members: Any) -> None:
    run = PeopleImport(installation.services, is_dry_run=False)
    run.write([run.read(json.dumps({"phone": PHONE, "password": PASSWORD, **members}).encode())])


def sign_in_by_code(installation: Installation) -> SignedIn:
    visitor = Visitor(installation)
    visitor.asks_for_code()
    outcome = visitor.types_code(code_that_left(installation))
    assert isinstance(outcome, SignedIn)
    return outcome


def is_open(installation: Installation, signed_in: SignedIn) -> bool:
    services = installation.services
    with services.begin() as unit_of_work:
        return resume(unit_of_work, signed_in.cookie, services.channels, services.clock()) is not None


def reclaimed(urls: StorageUrls) -> list[str]:
    return [data for action, _, data in Rows(urls.database).events() if action == "account.reclaimed"]


def test_the_first_proof_of_a_phone_throws_out_whoever_was_there(
    installation: Installation, sqlite_urls: StorageUrls
) -> None:
    """Mutations: the password stays; the open session stays; the new session goes with the old ones."""
    bring(installation)
    stranger = Visitor(installation).types_password(PASSWORD)
    assert isinstance(stranger, SignedIn)
    owner = sign_in_by_code(installation)
    assert not is_open(installation, stranger)
    assert is_open(installation, owner)
    assert isinstance(Visitor(installation).types_password(PASSWORD), Wrong)
    assert [json.loads(data) for data in reclaimed(sqlite_urls)] == [{"sessions": 1, "authorizations": 0}]
    sign_in_by_code(installation)
    assert is_open(installation, owner), "only the first proof empties"
    assert len(reclaimed(sqlite_urls)) == 1


@pytest.mark.parametrize(
    "members",
    [
        {"proofing": {"verified": ["phone"]}},
        {"proofing": 2, "name": "张小三", "id_type": "citizen_id", "id_number": "890101199003070011"},
    ],
    ids=["the old system had checked the phone", "a register had checked the person"],
)
def test_what_somebody_vouched_for_stays(
    installation: Installation, sqlite_urls: StorageUrls, members: dict[str, Any]
) -> None:
    """Mutation: every imported password dies at the first code."""
    bring(installation, **members)
    before = Visitor(installation).types_password(PASSWORD)
    assert isinstance(before, SignedIn)
    sign_in_by_code(installation)
    assert is_open(installation, before)
    assert isinstance(Visitor(installation).types_password(PASSWORD), SignedIn)
    assert reclaimed(sqlite_urls) == []
