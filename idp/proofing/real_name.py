"""A person says name and number, and the population register says whether they belong together (C10).

What it says is P2. Where there is no register, or it cannot be asked now, what was said is kept as P1 and the register is
asked later: down is never a mismatch and never a try. A number that another account has is refused in the words of every
other refusal, after the same questions, and tries are counted, so that nobody finds out who has an account (G01, K05).
"""

from dataclasses import dataclass, replace

from pydantic_core import from_json, to_json

from idp.accounts import guesses
from idp.accounts.act import Act
from idp.accounts.claimed import claimed_person
from idp.accounts.evidence import Check, record
from idp.accounts.source_budget import NotNow
from idp.accounts.tries import Paused
from idp.errors import Refused
from idp.events import Action, Kind
from idp.model.account import Identifier, IdentifierKind
from idp.model.policy import Proofing
from idp.model.session import Visitor
from idp.ports import ClaimedPerson, UnitOfWork
from idp.proofing.disputes import open_dispute
from idp.proofing.population import Answered, asked, confirmed, is_refused
from idp.services import Services
from idp.sessions.hold import hold

_DRAFT_SECONDS = 3600
_NOBODY = Identifier(IdentifierKind.PHONE, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was typed so far.

    Attributes:
        kind, number: the document, as its parser wrote it.
        back, client_name: the sign-in that waits for it, and its app; None: the person came by the account.
        form_targets: where a form may lead by way of that sign-in, as the pages of the sign-in know it (CSP `form-action`).
    """

    session_id: int
    name: str = ""
    kind: IdentifierKind = IdentifierKind.CITIZEN_ID
    number: str = ""
    back: str | None = None
    client_name: str | None = None
    form_targets: tuple[str, ...] = ()

    @property
    def person(self) -> ClaimedPerson:
        """Who they say they are."""
        return ClaimedPerson(self.name, Identifier(self.kind, self.number))


@dataclass(frozen=True, slots=True)
class Named:
    """It is written down.

    Attributes:
        waits: the register could not be asked now, and will be asked when the person comes again.
        is_over_for_today: nobody may ask it any more before tomorrow.
    """

    proofing: Proofing
    waits: bool = False
    is_over_for_today: bool = False


@dataclass(frozen=True, slots=True)
class NotNamed:
    """It could not be, for whatever reason."""


class RealName:
    """The verbs; all are the signed-in person's own."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def is_open_to(self, visitor: Visitor) -> bool:
        """Whether it is about somebody of whom nobody has verified a name yet."""
        proofing = visitor.account.proofed(self._services.clock()).level
        if proofing > Proofing.P1:
            return False
        with self._services.begin() as unit_of_work:
            account_id = visitor.account.id
            if unit_of_work.accounts.attributes(account_id).name is None:
                return True
            is_own_word = self._is_asked and not unit_of_work.accounts.is_named_by_others(account_id)
            return is_own_word and not unit_of_work.evidence.of_account(account_id)

    def waits(self, visitor: Visitor) -> bool:
        """Whether the person has said it, and the register is still to be asked."""
        if not self._is_asked or visitor.account.proofed(self._services.clock()).level is not Proofing.P1:
            return False
        with self._services.begin() as unit_of_work:
            return self._said(unit_of_work, visitor) is not None

    def draft(self, visitor: Visitor) -> Draft:
        """What was typed so far in this session."""
        stored = self._services.ephemeral.get(_key(visitor))
        opened = stored and self._services.cipher.open("naming", stored, _key(visitor))
        draft = Draft(**from_json(opened)) if opened else None
        if draft is None or draft.session_id != visitor.session.id:
            return Draft(session_id=visitor.session.id)
        return replace(draft, kind=IdentifierKind(draft.kind))

    def keep(self, visitor: Visitor, draft: Draft) -> None:
        """Remember what was typed, sealed, for an hour."""
        sealed = self._services.cipher.seal("naming", to_json(draft), _key(visitor))
        self._services.ephemeral.put(_key(visitor), sealed, _DRAFT_SECONDS)

    def forget(self, visitor: Visitor) -> None:
        """It is done, or given up."""
        self._services.ephemeral.take(_key(visitor))

    def confirm(self, act: Act, draft: Draft) -> Named | NotNamed | Paused:
        """Have what was typed and looked at again verified, and write it down."""
        if paused := self._counted(act):
            return paused
        answer = asked(self._services, act, draft.person, self._phone(act))
        if is_refused(answer):
            return self._refused(act, draft.person, answer)
        is_named = self._written(act, draft, answer)
        if is_named:
            self.forget(act.visitor)
        return is_named or self._refused(act, draft.person, answer)

    def verify(self, act: Act) -> Named | NotNamed | Paused:
        """Ask the register about what was said before, when it could not be asked."""
        with self._services.begin() as unit_of_work:
            person = self._said(unit_of_work, act.visitor)
        if person is None:
            return Named(act.visitor.account.proofed(act.at).level)
        if paused := self._counted(act):
            return paused
        answer = asked(self._services, act, person, self._phone(act))
        if is_refused(answer):
            return self._refused(act, person, answer)
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            if self._said(unit_of_work, act.visitor) != person:  # said again meanwhile, in another tab
                return Named(Proofing.P1, waits=True)
            return self._done(unit_of_work, act, answer)

    @property
    def _is_asked(self) -> bool:
        return self._services.sources.population is not None

    def _phone(self, act: Act) -> str | None:
        """A phone that the register is told, too: one that the person has proven, where the city wants that."""
        if not self._services.settings.proofing.with_phone:
            return None
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(act.visitor.account.id)
        return stored.phone if stored.phone_is_verified else None

    def _said(self, unit_of_work: UnitOfWork, visitor: Visitor) -> ClaimedPerson | None:
        """Name and document as the person has said them."""
        return claimed_person(unit_of_work.accounts.attributes(visitor.account.id))

    def _counted(self, act: Act) -> Paused | None:
        with self._services.begin() as unit_of_work:
            paused = guesses.reserve(unit_of_work, self._subject(act), act.at)
        return Paused(paused) if paused else None

    def _written(self, act: Act, draft: Draft, answer: Answered | NotNow | None) -> Named | None:
        account_id = act.visitor.account.id
        with self._services.begin() as unit_of_work:
            hold(unit_of_work, act.visitor)
            if unit_of_work.evidence.of_account(account_id):  # verified meanwhile: a window corrects it
                return None
            try:
                if not unit_of_work.accounts.name_self(account_id, draft.name, draft.person.document, act.at):
                    return None
            except Refused as refused:
                if refused.code != "identifier_taken":
                    raise
                return None
            unit_of_work.events.record(act.event(Action.ACCOUNT_NAMED, {"proofing": int(Proofing.P1)}))
            return self._done(unit_of_work, act, answer)

    def _done(self, unit_of_work: UnitOfWork, act: Act, answer: Answered | NotNow | None) -> Named:
        """Write down what the register said, and commit."""
        unit_of_work.guesses.clear(self._subject(act))
        confirmation = confirmed(answer)
        if confirmation is None:
            unit_of_work.commit()
            return Named(Proofing.P1, waits=answer is not None, is_over_for_today=isinstance(answer, NotNow))
        check = Check(
            source=str(self._services.settings.sources.population),
            method=confirmation.method,
            verified_at=confirmation.answered_at or act.at,
            reference=confirmation.reference,
        )
        written = record(self._services, unit_of_work, act, check)
        unit_of_work.commit()
        return Named(written.proofing)

    def _refused(self, act: Act, person: ClaimedPerson, answer: Answered | NotNow | None) -> NotNamed:
        """The log says why; the person is told the same whatever it was."""
        refusal = act.event(Action.ACCOUNT_NAMING_REFUSED)
        with self._services.begin() as unit_of_work:
            unit_of_work.events.record(replace(refusal, kind=Kind.REFUSAL, outcome="refused"))
            # Apart from it, since a person may read what the log says of them.
            told = {"uid": act.visitor.account.uid}
            unit_of_work.events.record(
                replace(act.event(Action.NUMBER_CLAIMED, told), account_id=None, session_id=None, outcome=_why(answer))
            )
            if (confirmation := confirmed(answer)) is not None:
                open_dispute(self._services, unit_of_work, act.visitor.account, person, confirmation)
            unit_of_work.commit()
        return NotNamed()

    def _subject(self, act: Act) -> bytes:
        return self._services.cipher.index("guess", f"naming:{act.visitor.account.id}")


def _why(answer: Answered | NotNow | None) -> str:
    if not isinstance(answer, Answered) or not is_refused(answer):
        return "taken"
    return "deceased" if answer.is_deceased else answer.outcome.value


def _key(visitor: Visitor) -> str:
    return f"naming:{visitor.account.id}"
