"""How the sandbox authority is to misbehave."""

from threading import Lock

OF_VERDICTS = ("wrong_signature", "replay", "another_person", "expired")
"""Faults that only a verdict meets."""


class Faults:
    """How the authority misbehaves at the moment.

    `none` · `slow`: it answers after some seconds · `down`: it hangs up without an answer · `error`: 500 ·
    `wrong_signature`: a verdict by a key that is not its own · `replay`: the last verdict that it gave, whomever it was
    on · `another_person`: a verdict on somebody else · `expired`: a verdict that ran out.
    """

    KINDS = ("none", "slow", "down", "error", *OF_VERDICTS)

    def __init__(self) -> None:
        self._kind, self._seconds, self._times = "none", 0.0, 0
        self._lock = Lock()

    def set(self, kind: str, seconds: float, times: int) -> None:
        """Misbehave from now on, for so many requests; 0 means until told otherwise."""
        with self._lock:
            self._kind, self._seconds, self._times = kind, seconds, times

    @property
    def kind(self) -> str:
        """How the next request will be met."""
        return self._kind

    def next(self, *, signs: bool) -> tuple[str, float]:
        """What happens to this request: the kind, and the seconds of a slow answer."""
        with self._lock:
            now = self._kind, self._seconds
            if not signs and self._kind in OF_VERDICTS:
                return "none", 0
            if self._times == 1:
                self._kind = "none"
            self._times = max(0, self._times - 1)
            return now
