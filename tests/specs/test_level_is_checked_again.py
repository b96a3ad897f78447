"""A level falls when what it rests on is gone, and every token that is issued or told about afterwards says so (MISSION, Levels)."""

import json
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from idp.model.evidence import WithdrawalReason
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.pushing_party import PushingParty

LEVEL_2, LEVEL_3 = "urn:yizheng:level:2", "urn:yizheng:level:3"
ESSENTIAL = json.dumps({"id_token": {"acr": {"essential": True, "values": [LEVEL_3]}}})


class Signed:
    """A person at 三级, signed in at an app."""

    def __init__(self, idp: RunningIdp, app: PushingParty, person: Person, claims: str | None) -> None:
        self.idp, self.app, self.person = idp, app, person
        with FormBrowser(idp.issuer) as browser:
            question = app.ask({"claims": claims})
            self.tokens: dict[str, Any] = app.tokens(browser.go_through(question.address, person), question)

    def lose_evidence(self) -> None:
        with self.idp.installation.services.begin() as unit_of_work:
            now = self.idp.installation.services.clock()
            assert unit_of_work.evidence.withdraw_all(self.person.account_id, WithdrawalReason.WRONG, now)
            unit_of_work.commit()

    def told(self) -> object:
        """What introspection says of the level."""
        return self.app.post("/introspect", {"token": self.tokens["access_token"]}).json()["acr"]


@pytest.fixture
def app(idp_sqlite: RunningIdp) -> Iterator[PushingParty]:
    with ExitStack() as stack:
        yield stack.enter_context(
            PushingParty(
                idp_sqlite,
                profile="gov-standard",
                jwks=None,
                token_endpoint_auth_method="client_secret_basic",
                client_secret=secrets.token_urlsafe(32),
            )
        )


def test_the_next_id_token_and_introspection_tell_what_is_left(idp_sqlite: RunningIdp, app: PushingParty) -> None:
    """Mutations: `acr` copied from the sign-in at a refresh; introspection that tells what was."""
    signed = Signed(idp_sqlite, app, idp_sqlite.new_person(), None)
    _, claims = app.read(signed.tokens["id_token"])
    assert (claims["acr"], signed.told()) == (LEVEL_3, LEVEL_3)
    signed.lose_evidence()
    assert signed.told() == LEVEL_2
    renewed = app.refresh(signed.tokens["refresh_token"])
    assert renewed.status_code == 200, renewed.text
    _, told = app.read(renewed.json()["id_token"])
    assert (told["acr"], told["proofing"]) == (LEVEL_2, "P1")


def test_what_the_app_called_essential_is_essential_later(idp_sqlite: RunningIdp, app: PushingParty) -> None:
    """OIDC Core §5.5.1.1. Mutation: a silent downgrade at the refresh."""
    signed = Signed(idp_sqlite, app, idp_sqlite.new_person(), ESSENTIAL)
    assert app.refresh(signed.tokens["refresh_token"]).status_code == 200
    signed = Signed(idp_sqlite, app, idp_sqlite.new_person(), ESSENTIAL)
    signed.lose_evidence()
    refused = app.refresh(signed.tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
