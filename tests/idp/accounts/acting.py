"""People who let others act for them, in the test's own process: each is signed in by two proofs."""

from dataclasses import dataclass, field
from itertools import count
from typing import Any

from idp.accounts import mandate_answer, mandate_end, mandate_offer, organizations
from idp.accounts.act import Act
from idp.accounts.mandate_offer import Offer
from idp.accounts.organizations import Entered
from idp.app import Installation
from idp.clock import Instant, after
from idp.events import Action
from idp.http.message_texts import message_text
from idp.model.account import Account, Identifier, IdentifierKind
from idp.model.mandate import Acting, Mandate, MandateRole
from idp.model.notice import NoticeKind
from idp.model.organization import Organization
from idp.model.policy import Method, Proofing
from idp.model.remit import Remit, Service
from idp.model.session import NewSession, Visitor
from idp.oauth.client_metadata import client_of
from realnames.identifiers.citizen_id import complete
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import PASSWORD, new_person
from tests.idp.registers import CODE, CompanyRegister, PopulationRegister, with_registers

DAY = 86_400
APP, SHOP = "acting-app", "acting-shop"
SECRET = "a-secret-of-an-app-with-enough-letters"


@dataclass
class City:
    """An installation with registers, two apps that accept mandates and one that accepts none."""

    installation: Installation
    company: CompanyRegister
    population: PopulationRegister
    people: dict[str, Account] = field(default_factory=dict)
    _numbers: Any = field(default_factory=lambda: count(1))

    @classmethod
    def over(cls, installation: Installation) -> "City":
        opened, company, population = with_registers(installation)
        city = cls(opened, company, population)
        city.app(APP, level=1)
        city.app(SHOP, level=4)
        city.app("plain", accepts_mandates=[])
        return city

    def app(self, client_id: str, **changes: Any) -> None:
        metadata = {
            "client_id": client_id,
            "client_name": client_id,
            "client_secret": SECRET,
            "redirect_uris": [f"https://{client_id}.example/callback"],
            "accepts_mandates": ["persons", "organizations"],
            "backchannel_logout_uri": f"https://{client_id}.example/logout",
            **changes,
        }
        services = self.installation.services
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client_of(metadata), services.clock())
            unit_of_work.commit()

    def person(self, name: str, proofing: Proofing = Proofing.P3, *, is_proven: bool = True) -> Account:
        """Somebody with this name, whose phone ends with their number."""
        number = next(self._numbers)
        phone = Identifier(IdentifierKind.PHONE, f"+861390000{number:04}")
        citizen = Identifier(IdentifierKind.CITIZEN_ID, complete(f"8901011990030{number // 100 + 1}{number % 100:03}"))
        account = new_person(self.installation, phone, citizen, name=name, proofing=proofing)
        services = self.installation.services
        if is_proven:
            with services.begin() as unit_of_work:
                unit_of_work.accounts.verify(account.id, phone, services.clock())
                unit_of_work.commit()
        self.people[name] = account
        return account

    def phone(self, name: str) -> str:
        with self.installation.services.begin() as unit_of_work:
            return str(unit_of_work.accounts.attributes(self.people[name].id).phone)

    def act(self, name: str, *methods: Method) -> Act:
        """Signed in just now, by a password and a code unless these."""
        services = self.installation.services
        now = services.clock()
        account = self.people[name]
        with services.begin() as unit_of_work:
            session = unit_of_work.sessions.begin(
                NewSession(
                    secret_digest=b"s" * 32,
                    account_id=account.id,
                    channel="website",
                    methods=methods or (Method.PASSWORD, Method.MESSAGE_CODE),
                    auth_time=now,
                    expires_at=after(now, 3600),
                )
            )
            unit_of_work.commit()
            known = unit_of_work.accounts.get(account.id)
        assert known is not None
        return Act(Visitor(session=session, account=known), "zh-CN", now)

    def wanted(self, to: str, **changes: Any) -> Offer:
        """A helper at the app for a month."""
        values: dict[str, Any] = {
            "phone": self.phone(to),
            "name": to,
            "role": MandateRole.HELPER,
            "remit": remit(),
            "valid_until": self.later(30),
            **changes,
        }
        return Offer(**values)

    def later(self, days: int) -> Instant:
        return after(self.installation.services.clock(), days * DAY)

    def offers(self, giver: str, to: str, **changes: Any) -> Mandate:
        return mandate_offer.offer(self.installation.services, self.act(giver), self.wanted(to, **changes))

    def accepts(self, name: str, mandate: Mandate) -> Mandate:
        return mandate_answer.accept(self.installation.services, self.act(name), mandate.uid)

    def ends(self, name: str, mandate: Mandate) -> Mandate:
        return mandate_end.end(self.installation.services, self.act(name), mandate.uid)

    def helper(self, giver: str, to: str, **changes: Any) -> Mandate:
        """One that was accepted."""
        return self.accepts(to, self.offers(giver, to, **changes))

    def enters(self, name: str, code: str = CODE) -> Organization:
        """The register says that this person represents it, and the person enters it."""
        if code not in self.company.organizations:
            self.company.has(code, name)
        entered = organizations.enter(self.installation.services, self.act(name), code)
        assert isinstance(entered, Entered), entered
        return entered.organization

    def now(self, mandate: Mandate) -> Acting:
        """The mandate as it is kept now."""
        with self.installation.services.begin() as unit_of_work:
            found = unit_of_work.mandates.get(mandate.id)
        assert found is not None
        return found

    def log(self, name: str) -> list[tuple[Action, str]]:
        """What the person's log tells of mandates, the oldest first, each with the side on which they are."""
        with self.installation.services.begin() as unit_of_work:
            told = unit_of_work.events.of_person(self.people[name].id, before=None, limit=100)
        found = [(Action(each.action), str(each.data.get("side"))) for each in told if "mandate" in each.data]
        return found[::-1]

    def notices(self) -> list[tuple[str, str]]:
        """Who was promised which message since this was asked last."""
        phones = {self.phone(name): name for name in self.people}
        words = {message_text("zh-CN", f"notice.what.{kind}"): kind.value for kind in NoticeKind}
        told = []
        for item in notices_of(self.installation):
            (kind,) = (kind for text, kind in words.items() if text in item.payload["text"])
            told.append((phones[item.payload["destination"]], kind))
        return sorted(told)


def remit(*client_ids: str, channels: tuple[str, ...] = ("website",)) -> Remit:
    """All matters of these apps, over these channels."""
    return Remit(tuple(Service(each) for each in client_ids or (APP,)), channels)


__all__ = ["APP", "CODE", "DAY", "PASSWORD", "SECRET", "SHOP", "City", "remit"]
