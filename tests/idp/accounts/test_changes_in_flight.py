"""A change of what opens an account, begun before the account was claimed, frozen or signed out, leaves nothing (G09)."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from idp.accounts.citizen_cards import CardKeeping
from idp.accounts.claim import claim
from idp.accounts.held import held_by
from idp.accounts.methods import Methods
from idp.accounts.passkeys import PasskeyKeeping
from idp.accounts.status import Reason, freeze
from idp.app import Installation
from idp.errors import Refused
from idp.jose import base64url
from idp.model.session import Visitor
from idp.sessions.end import end
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.accounts.test_passkeys import BROWSER, act_of, visitor_of
from tests.idp.card_office import TERMINAL, CardOffice, SoftwareCard
from tests.idp.installed import Moment, installed
from tests.idp.pages.one_time_codes import code_of
from tests.plugins.private_servers import StorageUrls

OFFICE = CardOffice()
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def clock() -> Moment:
    return Moment()


@pytest.fixture
def city(storage_urls: StorageUrls, tmp_path: Path, clock: Moment) -> Iterator[Installation]:
    opened = installed(storage_urls, tmp_path, clock, **OFFICE.settings(tmp_path))
    yield opened
    opened.storage.close()


def signed_out(city: Installation, visitor: Visitor) -> None:
    with city.services.begin() as unit_of_work:
        end(unit_of_work, visitor.session, city.services.clock())
        unit_of_work.commit()


def frozen(city: Installation, visitor: Visitor) -> None:
    with city.services.begin() as unit_of_work:
        freeze(unit_of_work, visitor.account.id, Reason.NOT_ME, city.services.clock())
        unit_of_work.commit()


def claimed(city: Installation, visitor: Visitor) -> None:
    with city.services.begin() as unit_of_work:
        claim(unit_of_work, visitor.account, None, city.services.clock())
        unit_of_work.commit()


def sets_password(city: Installation, visitor: Visitor) -> None:
    Methods(city.services).set_password(act_of(city, visitor), "a pass phrase of the hijacker", ends_others=False)


def adds_app(city: Installation, visitor: Visitor) -> None:
    act = act_of(city, visitor)
    Methods(city.services).add_one_time_code(act, SECRET, code_of(SECRET, act.at))


def makes_codes(city: Installation, visitor: Visitor) -> None:
    Methods(city.services).make_recovery_codes(act_of(city, visitor))


def makes_passkey(city: Installation, visitor: Visitor) -> None:
    keeping, act = PasskeyKeeping(city.services), act_of(city, visitor)
    keeping.add(act, BROWSER, SoftwareAuthenticator().create(keeping.options(visitor, BROWSER, act.at)))


def adds_card(city: Installation, visitor: Visitor) -> None:
    keeping, act = CardKeeping(city.services), act_of(city, visitor)
    challenge = base64url(keeping.question(visitor, BROWSER, TERMINAL, act.at))
    answer = SoftwareCard(OFFICE).signs(json.dumps({"challenge": challenge, "purpose": "add"}))
    keeping.add(act, BROWSER, answer)


Doing = Callable[[Installation, Visitor], None]


@pytest.mark.parametrize("happens", [signed_out, frozen, claimed])
@pytest.mark.parametrize("change", [sets_password, adds_app, makes_codes, makes_passkey, adds_card])
def test_nothing_is_left_behind(city: Installation, change: Doing, happens: Doing) -> None:
    """Mutation: `hold` left out of the transaction that writes."""
    visitor = visitor_of(city)
    happens(city, visitor)
    with city.services.begin() as unit_of_work:
        before = held_by(city.services, unit_of_work, visitor.account.id)
    with pytest.raises(Refused) as refused:
        change(city, visitor)
    assert refused.value.code == "access_denied"
    with city.services.begin() as unit_of_work:
        assert held_by(city.services, unit_of_work, visitor.account.id) == before


@pytest.mark.parametrize("change", [sets_password, adds_app, makes_codes, makes_passkey, adds_card])
def test_otherwise_it_is_made(city: Installation, change: Doing) -> None:
    visitor = visitor_of(city)
    with city.services.begin() as unit_of_work:
        before = held_by(city.services, unit_of_work, visitor.account.id)
    change(city, visitor)
    with city.services.begin() as unit_of_work:
        assert held_by(city.services, unit_of_work, visitor.account.id) != before
