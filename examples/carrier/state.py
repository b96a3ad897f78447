"""What the sandbox carrier remembers: the messages that came, and how it is to misbehave."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from threading import Lock

MESSAGES_KEPT = 500
OF_REPORTS = ("unreported", "undelivered")
"""Faults that only messages meet."""


@dataclass
class Received:
    """A message as it came: what was sent, when it came first, how often it came, and what we reported of it."""

    message_id: str
    id: str
    to: str
    text: str
    received_at: str
    medium: str = "sms"
    times: int = 1
    report: str | None = None


class Inbox:
    """The last messages, one for each id.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int = MESSAGES_KEPT) -> None:
        self._most = most
        self._messages: OrderedDict[str, Received] = OrderedDict()
        self._lock = Lock()

    def take(self, id_: str, to: str, text: str, medium: str) -> Received | None:
        """Keep a message; one that is here already is only counted; None when its id named another one."""
        with self._lock:
            known = self._messages.get(id_)
            if known is not None:
                if (known.to, known.text, known.medium) != (to, text, medium):
                    return None
                known.times += 1
                return known
            now = datetime.now().astimezone().isoformat(timespec="seconds")
            received = Received(secrets.token_hex(8), id_, to, text, now, medium)
            self._messages[id_] = received
            while len(self._messages) > self._most:
                self._messages.popitem(last=False)
            return received

    def newest_first(self, to: str | None) -> list[Received]:
        """All messages, or those to one phone."""
        with self._lock:
            return [message for message in reversed(self._messages.values()) if to in (None, message.to)]


class Faults:
    """How the gateway misbehaves at the moment.

    `none` · `slow`: it takes the message and answers after some seconds · `down`: it hangs up without an answer ·
    `error`: 500 · `busy`: 429 · `refuse`: 400 · `unreported`: it takes the message and never tells what became of it ·
    `undelivered`: it takes the message and reports that it failed.
    """

    KINDS = ("none", "slow", "down", "error", "busy", "refuse", "unreported", "undelivered")

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

    def next(self, *, is_message: bool) -> tuple[str, float]:
        """What happens to this request: the kind, and the seconds of a slow answer."""
        with self._lock:
            now = self._kind, self._seconds
            if not is_message and self._kind in OF_REPORTS:
                return "none", 0
            if self._times == 1:
                self._kind = "none"
            self._times = max(0, self._times - 1)
            return now
