"""How many comparisons may be begun within a day of the clock in China: for one person, and for everybody.

A ticket that the authority did not give costs nothing: down is never a failed try. Counters only go up, so what came
back is counted beside what was taken out. What came back is read first: then it is older than one's own number, and of
all who were let in with a smaller one no more than the limit can hold a ticket, however many press at once. Whoever
comes while the last of them is still out may be refused early, and never late.
"""

from idp.clock import Instant, date_in_china
from idp.services import Services

_DAY = 86_400


class FaceBudget:
    """The two budgets of one person's day."""

    def __init__(self, services: Services, account_id: int, now: Instant) -> None:
        limits, day = services.settings.sources, date_in_china(now).isoformat()
        self._ephemeral = services.ephemeral
        # The person's own is looked at first: who is over it takes nothing out of everybody's.
        self._limits = {f"{account_id}:{day}": limits.face_per_person_day, f"all:{day}": limits.face_per_day}

    def spend(self) -> bool:
        """Take one out of both; False, with nothing taken, when one of them is used up."""
        taken = []
        for whose, limit in self._limits.items():
            came_back = int(self._ephemeral.get(f"face_unbegun:{whose}") or 0)
            taken.append(whose)
            if self._ephemeral.incr(f"face_begun:{whose}", _DAY) - came_back > limit:
                self._put_back(taken)
                return False
        return True

    def give_back(self) -> None:
        """What was spent last led to no ticket."""
        self._put_back(list(self._limits))

    def _put_back(self, taken: list[str]) -> None:
        for whose in taken:
            self._ephemeral.incr(f"face_unbegun:{whose}", _DAY)
