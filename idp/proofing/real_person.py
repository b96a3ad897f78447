"""Beyond name and number: that the person at the screen is the one of that number (P3).

Each way asks somebody else, after a consent of its own, and gives evidence for as long as it counts. None is the only
one: whoever has no phone, no net id and no wish to show their face goes to the hall. What a source that is down does not
answer is neither a mismatch nor a try.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from idp.accounts import guesses
from idp.accounts.act import Act
from idp.accounts.claimed import claimed_person
from idp.accounts.comparison import PAUSE_SECONDS, TRIES, Begun, Impossible, Wish, pause_after
from idp.accounts.evidence import Check, record
from idp.accounts.face_choice import FaceStanding, face_standing
from idp.accounts.source_budget import NotNow, SourceBudget, subject_of
from idp.accounts.tries import Paused
from idp.clock import after
from idp.events import Action, Kind
from idp.model.account import Attributes, IdentifierKind
from idp.model.evidence import EvidenceMethod
from idp.model.policy import Proofing
from idp.model.session import Visitor
from idp.ports import ClaimedPerson, SourceKind, SourceOutcome, UnitOfWork
from idp.proofing.authority_pages import AuthorityPage, Order, Told, face_page, network_identity_page
from idp.services import Services
from idp.sessions.hold import hold


class Way(StrEnum):
    """How a person shows who they are, from where they sit."""

    FACE = "face"
    NET_ID = "net_id"
    BANK = "bank"


METHODS = {
    Way.FACE: EvidenceMethod.FACE,
    Way.NET_ID: EvidenceMethod.NETWORK_IDENTITY,
    Way.BANK: EvidenceMethod.BANK_ACCOUNT,
}


@dataclass(frozen=True, slots=True)
class Raised:
    """It is evidence now."""

    proofing: Proofing


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Nothing was shown, and nothing was got wrong."""

    told: Told


@dataclass(frozen=True, slots=True)
class Mismatched:
    """It was compared, and is not the person of this number; so many tries are left."""

    left: int


class RealPerson:
    """The verbs; all are the signed-in person's own."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def ways(self, visitor: Visitor) -> tuple[Way, ...]:
        """Those open to the person now; none to who has said no name and number yet, or is known this well."""
        if visitor.account.proofed(self._services.clock()).level not in {Proofing.P1, Proofing.P2}:
            return ()
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(visitor.account.id)
            return tuple(way for way in Way if self._is_open(unit_of_work, visitor, stored, way))

    def person(self, visitor: Visitor) -> Attributes:
        """Of whom something would be told."""
        with self._services.begin() as unit_of_work:
            return unit_of_work.accounts.attributes(visitor.account.id)

    def begin(self, act: Act, way: Way, wish: Wish) -> Begun | Impossible | Paused:
        """Write the consent down, and only then send the person to the authority's page."""
        page, person = self._page(way), claimed_person(self.person(act.visitor))
        if page is None or person is None or way not in self.ways(act.visitor):
            return Impossible("not_offered")
        if paused := self._paused(act, way):
            return paused
        binding, budget = self._binding(act.visitor, person), self._budget(act, way, person)
        known = page.under_way(binding)
        if known is None and not budget.spend():
            return Impossible("limit")
        self._consented(act, way, wish)
        order = Order(act=act, binding=binding, person=person, purpose=wish.purpose, return_url=wish.return_url)
        if url := known or page.begin(order):
            return Begun(url)
        budget.give_back()
        return Impossible("down")

    def check(self, act: Act, way: Way) -> Raised | Unfinished | Mismatched | Paused:
        """Read what the authority signed; it is used up by that."""
        page, person = self._page(way), claimed_person(self.person(act.visitor))
        if page is None or person is None:
            return Unfinished(Told("nothing"))
        if paused := self._paused(act, way):
            return paused
        return self._counted(act, way, person, page.result(self._binding(act.visitor, person), act))

    def ask_bank(
        self, act: Act, wish: Wish, card_number: str
    ) -> Raised | Unfinished | Mismatched | Impossible | Paused:
        """Whether a bank knows name, number, phone and card together; the card is not kept."""
        bank, stored = self._services.sources.bank, self.person(act.visitor)
        person = claimed_person(stored)
        if bank is None or person is None or stored.phone is None or Way.BANK not in self.ways(act.visitor):
            return Impossible("not_offered")
        if paused := self._paused(act, Way.BANK):
            return paused
        self._consented(act, Way.BANK, wish)
        phone = stored.phone
        answer = self._budget(act, Way.BANK, person).ask(lambda: bank.four_elements(person, phone, card_number))
        if isinstance(answer, NotNow):
            return Impossible("limit")
        if answer.outcome is SourceOutcome.DOWN:
            return Impossible("down")
        told = Told(answer.outcome.value, reference=answer.reference, at=answer.answered_at)
        return self._counted(act, Way.BANK, person, told)

    def _is_open(self, unit_of_work: UnitOfWork, visitor: Visitor, stored: Attributes, way: Way) -> bool:
        sources, person = self._services.sources, claimed_person(stored)
        if person is None:
            return False
        match way:
            case Way.FACE:
                standing = face_standing(self._services, unit_of_work, visitor.account.id, stored)
                return sources.face is not None and standing is FaceStanding.OFFERED
            case Way.NET_ID:
                return sources.net_id is not None and person.document.kind is IdentifierKind.CITIZEN_ID
            case Way.BANK:
                is_known = sources.bank is not None and person.document.kind in sources.bank.documents
                return is_known and stored.phone_is_verified

    def _page(self, way: Way) -> AuthorityPage | None:
        sources = self._services.sources
        if way is Way.FACE and sources.face is not None:
            return face_page(sources.face)
        if way is Way.NET_ID and sources.net_id is not None:
            return network_identity_page(sources.net_id)
        return None

    def _budget(self, act: Act, way: Way, person: ClaimedPerson) -> SourceBudget:
        subjects = (str(act.visitor.account.id), subject_of(self._services.cipher, person.document))
        return SourceBudget(self._services, SourceKind(way.value), subjects, act.at)

    def _binding(self, visitor: Visitor, person: ClaimedPerson) -> str:
        """Whose it is: a name that is changed while somebody is compared is compared anew (threat K03)."""
        who = f"{person.name}\n{person.document.kind}\n{person.document.value}"
        digest = self._services.cipher.index("proofing", who).hex()
        return f"proofing {visitor.session.id} {visitor.account.id} {digest}"

    def _consented(self, act: Act, way: Way, wish: Wish) -> None:
        told = {"way": way.value, "source": self._source(way), "language": wish.language, **wish.consent}
        with self._services.begin() as unit_of_work:
            unit_of_work.events.record(act.event(Action.PROOFING_CONSENTED, told))
            unit_of_work.commit()

    def _counted(
        self, act: Act, way: Way, person: ClaimedPerson, told: Told
    ) -> Raised | Unfinished | Mismatched | Paused:
        if told.outcome not in {"match", "mismatch"}:
            return self._unfinished(act, way, told)
        with self._services.begin() as unit_of_work:
            if told.outcome == "mismatch":
                return self._mismatched(unit_of_work, act, way)
            hold(unit_of_work, act.visitor)
            if claimed_person(unit_of_work.accounts.attributes(act.visitor.account.id)) != person:
                return Unfinished(Told("nothing"))
            unit_of_work.guesses.clear(self._subject(act, way))
            check = Check(
                source=self._source(way),
                method=METHODS[way],
                verified_at=told.at or act.at,
                reference=told.reference,
                proofing=told.proofing,
            )
            written = record(self._services, unit_of_work, act, check)
            unit_of_work.commit()
        return Raised(written.proofing)

    def _unfinished(self, act: Act, way: Way, told: Told) -> Unfinished:
        """What is no answer to us is written down, for whoever must find out why."""
        if told.outcome == "untrusted":
            refused = act.event(Action.PROOFING_REFUSED, {"way": way.value, "source": self._source(way)})
            with self._services.begin() as unit_of_work:
                unit_of_work.events.record(replace(refused, kind=Kind.REFUSAL, outcome=told.why or "untrusted"))
                unit_of_work.commit()
        return Unfinished(told)

    def _mismatched(self, unit_of_work: UnitOfWork, act: Act, way: Way) -> Mismatched | Paused:
        failures = guesses.count_failure(unit_of_work, self._subject(act, way), act.at)
        told = {"way": way.value, "source": self._source(way)}
        refused = act.event(Action.PROOFING_REFUSED, told)
        unit_of_work.events.record(replace(refused, kind=Kind.REFUSAL, outcome="mismatch"))
        unit_of_work.commit()
        left = TRIES - failures
        return Mismatched(left) if left > 0 else Paused(after(act.at, PAUSE_SECONDS))

    def _paused(self, act: Act, way: Way) -> Paused | None:
        with self._services.begin() as unit_of_work:
            return pause_after(unit_of_work.guesses.get(self._subject(act, way)), act.at)

    def _subject(self, act: Act, way: Way) -> bytes:
        return self._services.cipher.index("guess", f"proofing:{way}:{act.visitor.account.id}")

    def _source(self, way: Way) -> str:
        return str(getattr(self._services.settings.sources, way.value))
