"""How the sandbox authority is to misbehave, each of its registers for itself."""

from threading import Lock

OF_ANSWERS = ("wrong_signature", "replay", "another_person", "expired")
"""Faults that only what is signed meets."""
REGISTERS = ("face", "population", "company", "bank", "net-id", "card-reader")


class Faults:
    """How the registers misbehave at the moment.

    `none` · `slow`: it answers after some seconds · `down`: it hangs up without an answer · `error`: 500 ·
    `wrong_signature`: an answer by a key that is not its own · `replay`: the last answer that it gave, whomever it was
    about · `another_person`: an answer about somebody else · `expired`: an answer that ran out.
    """

    KINDS = ("none", "slow", "down", "error", *OF_ANSWERS)

    def __init__(self) -> None:
        self._faults = dict.fromkeys(REGISTERS, ("none", 0.0, 0))
        self._lock = Lock()

    def set(self, registers: tuple[str, ...], kind: str, seconds: float, times: int) -> None:
        """Misbehave from now on, for so many requests; 0 means until told otherwise."""
        with self._lock:
            self._faults |= dict.fromkeys(registers, (kind, seconds, times))

    @property
    def kinds(self) -> dict[str, str]:
        """How the next request to each will be met."""
        return {register: kind for register, (kind, _, _) in self._faults.items()}

    def next(self, register: str, *, signs: bool) -> tuple[str, float]:
        """What happens to this request: the kind, and the seconds of a slow answer."""
        with self._lock:
            kind, seconds, times = self._faults[register]
            if not signs and kind in OF_ANSWERS:
                return "none", 0
            if times == 1:
                self._faults[register] = ("none", 0.0, 0)
            elif times:
                self._faults[register] = (kind, seconds, times - 1)
            return kind, seconds
