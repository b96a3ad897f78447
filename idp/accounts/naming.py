"""Level two, first registration: a person without a name says name and number themselves; the register is asked later.

Nobody checks here whether both belong together, so nothing of it counts as verified. A number that another account has is
refused in the words of every other refusal, and tries are counted, so that nobody finds out who has an account (G01).
"""

from dataclasses import dataclass, replace

from pydantic_core import from_json, to_json

from idp.accounts import guesses
from idp.accounts.act import Act
from idp.accounts.tries import Paused
from idp.errors import Refused
from idp.events import Action, Kind
from idp.model.account import Identifier, IdentifierKind
from idp.model.policy import Proofing
from idp.model.session import Visitor
from idp.services import Services
from idp.sessions.hold import hold

_DRAFT_SECONDS = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was typed so far.

    Attributes:
        back, client_name: the sign-in that waits for it, and its app; None: the person came by the account.
    """

    session_id: int
    name: str = ""
    number: str = ""
    back: str | None = None
    client_name: str | None = None


@dataclass(frozen=True, slots=True)
class Named:
    """It is written down."""


@dataclass(frozen=True, slots=True)
class NotNamed:
    """It could not be, for whatever reason."""


class Naming:
    """The verbs; all are the signed-in person's own."""

    def __init__(self, services: Services) -> None:
        self._services = services

    def is_open_to(self, visitor: Visitor) -> bool:
        """Whether it is about somebody who has no name yet."""
        if visitor.account.proofed(self._services.clock()).level is not Proofing.P0:
            return False
        with self._services.begin() as unit_of_work:
            return unit_of_work.accounts.attributes(visitor.account.id).name is None

    def draft(self, visitor: Visitor) -> Draft:
        """What was typed so far in this session."""
        stored = self._services.ephemeral.get(_key(visitor))
        opened = stored and self._services.cipher.open("naming", stored, _key(visitor))
        draft = Draft(**from_json(opened)) if opened else None
        if draft is None or draft.session_id != visitor.session.id:
            return Draft(session_id=visitor.session.id)
        return draft

    def keep(self, visitor: Visitor, draft: Draft) -> None:
        """Remember what was typed, sealed, for an hour."""
        sealed = self._services.cipher.seal("naming", to_json(draft), _key(visitor))
        self._services.ephemeral.put(_key(visitor), sealed, _DRAFT_SECONDS)

    def forget(self, visitor: Visitor) -> None:
        """It is done, or given up."""
        self._services.ephemeral.take(_key(visitor))

    def confirm(self, act: Act, draft: Draft) -> Named | NotNamed | Paused:
        """Write down what was typed and looked at again."""
        account_id = act.visitor.account.id
        subject = self._services.cipher.index("guess", f"naming:{account_id}")
        with self._services.begin() as unit_of_work:
            if paused := guesses.reserve(unit_of_work, subject, act.at):
                return Paused(paused)
            number = Identifier(IdentifierKind.CITIZEN_ID, draft.number)
            hold(unit_of_work, act.visitor)
            try:
                is_named = unit_of_work.accounts.name_self(account_id, draft.name, number, act.at)
            except Refused as refused:
                if refused.code != "identifier_taken":
                    raise
                is_named = False
            if not is_named:
                unit_of_work.roll_back()
                refusal = act.event(Action.ACCOUNT_NAMING_REFUSED)
                unit_of_work.events.record(replace(refusal, kind=Kind.REFUSAL, outcome="refused"))
                unit_of_work.commit()
                return NotNamed()
            unit_of_work.guesses.clear(subject)
            unit_of_work.events.record(act.event(Action.ACCOUNT_NAMED, {"proofing": int(Proofing.P1)}))
            unit_of_work.commit()
        self.forget(act.visitor)
        return Named()


def _key(visitor: Visitor) -> str:
    return f"naming:{visitor.account.id}"
