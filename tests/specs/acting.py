"""Mandates as they are kept, written past the pages: who may act for whom at which app."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from idp.accounts.mandate_end import Ending, finish
from idp.clock import Instant, after
from idp.entropy import random_uid
from idp.model.mandate import EndReason, Mandate, MandateRole, NewMandate
from idp.model.organization import Organization, OrganizationStatus, RegisteredOrganization
from idp.model.policy import Level
from idp.model.remit import EVERYTHING, Remit, Service
from realnames.identifiers.social_credit_code import OrganizationKind, complete_social_credit_code
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser, Page
from tests.specs.pushing_party import PushingParty
from tests.specs.relying_party import Question

_numbers = count(1)
PAGE = "/identity"


def helper(idp: RunningIdp, principal: Person, agent: Person, remit: Remit, **changes: Any) -> Mandate:
    """The one may act for the other."""
    return _write(idp, agent, remit, role=MandateRole.HELPER, principal_id=principal.account_id, **changes)


def represents(idp: RunningIdp, agent: Person) -> tuple[Organization, Mandate]:
    """A new company, and who represents it as the register says."""
    services = idp.installation.services
    registered = RegisteredOrganization(
        code=complete_social_credit_code(f"91890100MA{next(_numbers):07}"),
        name="云江示例有限公司",
        organization_type=OrganizationKind.ENTERPRISE,
        status=OrganizationStatus.ACTIVE,
    )
    with services.begin() as unit_of_work:
        entered = unit_of_work.organizations.enter(registered, services.clock())
        unit_of_work.commit()
    role = MandateRole.LEGAL_REPRESENTATIVE
    return entered, _write(idp, agent, EVERYTHING, role=role, organization_id=entered.id, valid_until=None)


def agent_of(idp: RunningIdp, company: Organization, agent: Person, remit: Remit) -> Mandate:
    return _write(idp, agent, remit, role=MandateRole.AGENT, organization_id=company.id)


def _write(idp: RunningIdp, agent: Person, remit: Remit, **changes: Any) -> Mandate:
    services = idp.installation.services
    now = services.clock()
    values: dict[str, Any] = {
        "uid": random_uid(),
        "remit": remit,
        "valid_from": now,
        "valid_until": after(now, 86_400),
        "granted_at": now,
        "agent_id": agent.account_id,
        "accepted_at": now,
        "granted_level": Level.FIVE,
        **changes,
    }
    with services.begin() as unit_of_work:
        added = unit_of_work.mandates.add(NewMandate(**values))
        unit_of_work.commit()
    assert added is not None
    return added


def end(idp: RunningIdp, mandate: Mandate) -> None:
    """The principal takes it back."""
    services = idp.installation.services
    with services.begin() as unit_of_work:
        acting = unit_of_work.mandates.get(mandate.id)
        assert acting is not None
        assert finish(services, unit_of_work, acting, Ending(EndReason.REVOKED, services.clock())) is not None
        unit_of_work.commit()


def say(idp: RunningIdp, company: Organization, status: OrganizationStatus, at: Instant | None = None) -> None:
    """What the register says of it now."""
    services = idp.installation.services
    with services.begin() as unit_of_work:
        registered = RegisteredOrganization(
            code=company.code, name=company.name, organization_type=company.organization_type, status=status
        )
        unit_of_work.organizations.confirm(company, registered, services.clock() if at is None else at)
        unit_of_work.commit()


def whole(*client_ids: str) -> Remit:
    """These apps on the website, as a whole."""
    return Remit(tuple(Service(each) for each in client_ids), ("website",))


@dataclass
class Acting:
    """Somebody on their own browser, at one app."""

    browser: FormBrowser
    person: Person
    app: PushingParty

    def asks(self, changes: dict[str, str | None] | None = None) -> tuple[Page, Question]:
        """Up to the page that asks for whom they act, or past it."""
        question = self.app.ask(changes)
        page = self.browser.get(question.address)
        if page.has("username"):
            page = self.browser.sign_in(page, self.person)
        return page, question

    def acts(self, identity: str, changes: dict[str, str | None] | None = None) -> tuple[Page, Question]:
        """For this one, by the uid of the mandate, or `self`."""
        page, question = self.asks(changes)
        assert page.address.endswith(PAGE), page.address
        return self.browser.press(page, {"name": "identity", "value": identity}), question

    def tokens(self, identity: str, changes: dict[str, str | None] | None = None) -> dict[str, Any]:
        """What the app gets of it."""
        page, question = self.acts(identity, changes)
        assert "code" in page.answer, page.address
        answer = self.app.redeem(page, question)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def refresh(self, tokens: dict[str, Any]) -> Any:
        body = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **self.app.proof()}
        return self.app.http.post(f"{self.app.issuer}/token", data=body)

    def introspected(self, party: PushingParty, token: str) -> dict[str, Any]:
        answer = party.http.post(f"{party.issuer}/introspect", data={"token": token, **party.proof()})
        found: dict[str, Any] = answer.json()
        return found


__all__ = ["PAGE", "Acting", "agent_of", "end", "helper", "represents", "say", "whole"]
