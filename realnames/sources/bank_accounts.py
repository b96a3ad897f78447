"""The source that speaks our bank accounts contract (`docs/contracts/bank_accounts.json`)."""

from idp.clock import Clock
from idp.fetch import Fetcher
from idp.ports import ClaimedPerson, Source, SourceAnswer, SourceKind, SourceOutcome
from realnames.sources.claimed import PersonSettings, lines_of, member_of
from realnames.sources.register_client import Question, RegisterClient, Unanswered, read_answer

TYPE = "bank-answer+jwt"


class HttpBankAccounts:
    """Implements `ports.BankAccounts` over HTTP; may be shared by threads."""

    def __init__(self, settings: PersonSettings, fetcher: Fetcher, clock: Clock) -> None:
        self.names = settings.names
        self.documents = settings.documents
        self._register = RegisterClient(TYPE, settings, fetcher, clock)

    def four_elements(self, person: ClaimedPerson, phone: str, card_number: str) -> SourceAnswer:
        """Name, number, phone and bank card."""
        if person.document.kind not in self.documents:
            return SourceAnswer(outcome=SourceOutcome.DOWN, why="unknown_document")
        members = {"person": member_of(person), "phone": phone, "card_number": card_number}
        subject = (*lines_of(person), phone, card_number)
        told = self._register.ask(Question(name="four_elements", members=members, subject=subject), read_answer)
        return SourceAnswer(outcome=SourceOutcome.DOWN, why=told.why) if isinstance(told, Unanswered) else told

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
        return self._register.is_reachable()


SOURCE = Source(name="bank_accounts", kind=SourceKind.BANK, settings=PersonSettings, build=HttpBankAccounts)
