"""How often a source may be asked within a day of the clock in China: about each subject, and over all of them.

What a source that was down did not answer costs nothing: down is never a failed try. Counters only go up, so what came
back is counted beside what was taken out. What came back is read first: then it is older than one's own number, and of
all who were let in with a smaller one no more than the limit can hold an answer, however many ask at once. Whoever comes
while the last of them is still out may be refused early, and never late.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, TypeVar

from idp.clock import Instant, date_in_china, midnight_in_china
from idp.model.account import Identifier
from idp.ports import Cipher, SourceKind, SourceOutcome
from idp.services import Services

_DAY = 86_400


@dataclass(frozen=True, slots=True)
class NotNow:
    """A budget is used up, which says nothing about anybody: neither a mismatch nor a try."""

    until: Instant


@dataclass(frozen=True, slots=True)
class Down:
    """A register cannot be asked now, which says nothing about anybody."""


class _Answer(Protocol):
    @property
    def outcome(self) -> SourceOutcome: ...


Answer = TypeVar("Answer", bound=_Answer)


def subject_of(cipher: Cipher, identifier: Identifier) -> str:
    """A number as the subject of a budget: a keyed digest, since counters are kept in clear."""
    return f"number:{cipher.index(identifier.kind.value, identifier.value).hex()}"


class SourceBudget:
    """The budgets of one question.

    Args:
        subjects: whom or what it is about, or who asks: an account's id as it is, a number by `subject_of`, an
            organisation by its code. Each has the same budget of its own, and is looked at in this order.

    Attributes:
        until: when the day is over, and with it what was used up.
    """

    def __init__(self, services: Services, kind: SourceKind, subjects: Sequence[str], now: Instant) -> None:
        limits, today = services.settings.sources, date_in_china(now)
        self._ephemeral = services.ephemeral
        self._kind = kind
        self.until = midnight_in_china(today + timedelta(days=1))
        per_person: int = getattr(limits, f"{kind}_per_person_day")
        # Each subject's own is looked at first: who is over it takes nothing out of everybody's.
        own = {f"{subject}:{today.isoformat()}": per_person for subject in subjects}
        self._limits: dict[str, int] = {**own, f"all:{today.isoformat()}": getattr(limits, f"{kind}_per_day")}

    def spend(self) -> bool:
        """Take one out of each; False, with nothing taken, when one of them is used up."""
        taken: list[str] = []
        for whose, limit in self._limits.items():
            came_back = int(self._ephemeral.get(f"{self._kind}_unbegun:{whose}") or 0)
            taken.append(whose)
            if self._ephemeral.incr(f"{self._kind}_begun:{whose}", _DAY) - came_back > limit:
                self._put_back(taken)
                return False
        return True

    def give_back(self) -> None:
        """What was spent last led to no answer."""
        self._put_back(list(self._limits))

    def ask(self, question: Callable[[], Answer]) -> Answer | NotNow:
        """The answer, if a question may be asked; what a source that is down answers costs nothing."""
        if not self.spend():
            return NotNow(self.until)
        answer = question()
        if answer.outcome is SourceOutcome.DOWN:
            self.give_back()
        return answer

    def _put_back(self, taken: Sequence[str]) -> None:
        for whose in taken:
            self._ephemeral.incr(f"{self._kind}_unbegun:{whose}", _DAY)
