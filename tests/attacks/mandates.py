"""Who acts for whom on the attacker's bench: people, their mandates, and how an agent comes to a choice or to tokens."""

from dataclasses import dataclass, field
from typing import Any

import httpx

from idp.accounts.invitee import invitee_of
from idp.clock import after
from idp.entropy import random_uid
from idp.events import Action
from idp.model.account import Identifier, IdentifierKind
from idp.model.mandate import Acting, Mandate, MandateRole, NewMandate
from idp.model.policy import Level
from tests.attacks.rig import ACTING, Browser, Target, authorization_url, told
from tests.plugins.running_idp import Person
from tests.specs.acting import helper, whole
from tests.specs.form_browser import SANDBOX_CODE

PAGE = "/identity"
DAY = 86_400


@dataclass
class Agent:
    """Somebody on a browser of their own, who may act for whoever is named."""

    target: Target
    person: Person
    browser: Browser
    principals: dict[str, Person] = field(default_factory=dict)
    mandates: list[Mandate] = field(default_factory=list)

    @classmethod
    def at(cls, target: Target, *, proofing: int = 2) -> "Agent":
        """A new person, who is signed in."""
        person = target.idp.new_person(proofing=proofing)
        target.log.keep_out(person.phone, person.citizen_id, person.password)
        browser = target.browser()
        browser.follow(browser.sign_in(person))
        return cls(target, person, browser)

    def helps(self, principal: Person | None = None, **changes: Any) -> Mandate:
        """One more person for whom they may act at the app of the bench."""
        principal = principal or self.target.idp.new_person()
        mandate = helper(self.target.idp, principal, self.person, changes.pop("remit", whole(ACTING)), **changes)
        self.principals[mandate.uid] = principal
        self.mandates.append(mandate)
        return mandate

    def climbs(self) -> None:
        """A second proof, so that every page of theirs opens; of the real person alone."""
        self.browser.open(authorization_url(acr_values="urn:yizheng:level:4"))
        self.browser.follow(self.browser.submit(way="code"))
        left = self.browser.follow(self.browser.submit(code=SANDBOX_CODE, may_sign_in=True))
        assert "code" in told(left.headers["location"])

    def asks(self, **changes: str | None) -> httpx.Response:
        """Up to the question for whom they act, or past it."""
        return self.browser.open(authorization_url(ACTING, **changes))

    def chooses(self, *identities: str) -> httpx.Response:
        """Send the question's form with these; stop where the answer leads out, or at the page."""
        form = self.browser.page.forms[0]
        pairs = [("csrf", form.hidden["csrf"]), *(("identity", each) for each in identities)]
        return self.browser.follow(self.browser.post(form.action, pairs))

    def code(self, mandate: Mandate) -> str:
        """A code of who acts by this mandate."""
        assert self.asks().url.path.endswith(PAGE)
        self.target.expects(Action.MANDATE_USED)
        return told(self.chooses(mandate.uid).headers["location"])["code"]

    def tokens(self, mandate: Mandate) -> dict[str, Any]:
        """What the app gets of it."""
        answer = self.browser.redeem(self.code(mandate), ACTING)
        assert answer.status_code == 200, answer.text
        tokens: dict[str, Any] = answer.json()
        return tokens


def offered(target: Target, principal: Person, to: Person, **changes: Any) -> Mandate:
    """A mandate that waits for the answer of whoever has this phone and this name; the phone is proven."""
    services = target.idp.installation.services
    now, phone = services.clock(), f"+86{to.phone}"
    values: dict[str, Any] = {
        "uid": random_uid(),
        "role": MandateRole.HELPER,
        "remit": whole(ACTING),
        "valid_from": now,
        "valid_until": after(now, DAY),
        "answer_by": after(now, DAY),
        "granted_at": now,
        "principal_id": principal.account_id,
        "granted_by": principal.account_id,
        "granted_level": Level.FIVE,
        "invitee": invitee_of(services.cipher, phone, to.name),
        **changes,
    }
    with services.begin() as unit_of_work:
        unit_of_work.accounts.verify(to.account_id, Identifier(IdentifierKind.PHONE, phone), now)
        added = unit_of_work.mandates.add(NewMandate(**values))
        unit_of_work.commit()
    assert added is not None
    return added


def kept(target: Target, mandate: Mandate) -> Acting:
    """The mandate as the store has it now."""
    with target.idp.installation.services.begin() as unit_of_work:
        found = unit_of_work.mandates.get(mandate.id)
    assert found is not None
    return found


def number_of(target: Target, principal: Person) -> int:
    """How many mandates there are of this person, whatever became of them."""
    with target.idp.installation.services.begin() as unit_of_work:
        return len(unit_of_work.mandates.of_principal(principal.account_id, 100))
