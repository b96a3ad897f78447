"""One more document of a person whose name is known: a passport, a renewed card, a permit.

It opens the account as the others do, so it is written down only where the register says that it is of somebody with
this name: else whoever wants to could take another's number from them.
"""

from dataclasses import dataclass, replace

from idp.accounts import guesses
from idp.accounts.act import Act
from idp.accounts.evidence import Check, record
from idp.accounts.source_budget import NotNow
from idp.accounts.tries import Paused
from idp.errors import Refused
from idp.events import Action, Kind
from idp.model.account import Identifier
from idp.model.session import Visitor
from idp.ports import ClaimedPerson, UnitOfWork
from idp.proofing.population import Answered, asked, confirmed, is_refused
from idp.services import Services
from idp.sessions.hold import hold


@dataclass(frozen=True, slots=True)
class Added:
    """It is theirs."""


@dataclass(frozen=True, slots=True)
class NotAdded:
    """It was not written down.

    Attributes:
        why: 'refused' for whatever reason; 'down' or 'limit', and it may be said again later; 'hall': nobody can be asked
            about such documents.
    """

    why: str


class Documents:
    """The verbs; all are the signed-in person's own."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def of(self, visitor: Visitor) -> tuple[Identifier, ...]:
        """Those that count now."""
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(visitor.account.id)
        return stored.documents

    def is_open_to(self, visitor: Visitor) -> bool:
        """Whether the person has a name and a document already, and somebody can be asked."""
        with self._services.begin() as unit_of_work:
            is_named = unit_of_work.accounts.attributes(visitor.account.id).name is not None
        return self._services.sources.population is not None and is_named and bool(self.of(visitor))

    def add(self, act: Act, document: Identifier) -> Added | NotAdded | Paused:
        """Have it verified, and write it down."""
        account_id = act.visitor.account.id
        subject = self._services.cipher.index("guess", f"document:{account_id}")
        with self._services.begin() as unit_of_work:
            name = unit_of_work.accounts.attributes(account_id).name
            if name is None:
                return NotAdded("refused")
            if paused := guesses.reserve(unit_of_work, subject, act.at):
                return Paused(paused)
        answer = asked(self._services, act, ClaimedPerson(name, document))
        confirmation = confirmed(answer)
        if confirmation is None:
            return self._not_added(act, subject, answer)
        try:
            with self._services.begin() as unit_of_work:
                hold(unit_of_work, act.visitor)
                if unit_of_work.accounts.attributes(account_id).name != name:
                    return NotAdded("refused")
                unit_of_work.accounts.add_document(account_id, document, act.at)
                unit_of_work.guesses.clear(subject)
                self._record(unit_of_work, act, document, confirmation)
                unit_of_work.commit()
        except Refused as refused:
            if refused.code != "identifier_taken":
                raise
            return self._refused(act)
        return Added()

    def _record(self, unit_of_work: UnitOfWork, act: Act, document: Identifier, answer: Answered) -> None:
        unit_of_work.events.record(act.event(Action.DOCUMENT_ADDED, {"kind": document.kind.value}))
        check = Check(
            source=str(self._services.settings.sources.population),
            method=answer.method,
            verified_at=answer.answered_at or act.at,
            reference=answer.reference,
        )
        record(self._services, unit_of_work, act, check)

    def _not_added(self, act: Act, subject: bytes, answer: Answered | NotNow | None) -> NotAdded:
        if is_refused(answer):
            return self._refused(act)
        with self._services.begin() as unit_of_work:  # nobody answered, so it was no try
            unit_of_work.guesses.clear(subject)
            unit_of_work.commit()
        return NotAdded("hall" if answer is None else "limit" if isinstance(answer, NotNow) else "down")

    def _refused(self, act: Act) -> NotAdded:
        refusal = replace(act.event(Action.DOCUMENT_REFUSED), kind=Kind.REFUSAL, outcome="refused")
        with self._services.begin() as unit_of_work:
            unit_of_work.events.record(refusal)
            unit_of_work.commit()
        return NotAdded("refused")
