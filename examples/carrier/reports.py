"""Tells whoever sent a message what became of it: the gateway's side of the reports in `docs/contracts/sms_http.json`."""

import json
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Thread
from time import monotonic
from urllib.error import URLError
from urllib.request import Request, urlopen

AT_ONCE = 100
"""Reports in one batch."""
TRIES = 8
PAUSE_SECONDS = 0.25
"""Before the first try, since whoever sent the message has only just heard that we took it; it grows with each try."""


class Reporter:
    """Posts reports from a thread of its own, and again those that were not known yet or not taken."""

    def __init__(self, address: str, token: str) -> None:
        self._address = address
        self._token = token
        self._queue: SimpleQueue[tuple[float, int, str, str]] = SimpleQueue()
        Thread(target=self._run, daemon=True, name="reports").start()

    def tell(self, id_: str, status: str) -> None:
        """Report this soon."""
        self._queue.put((monotonic() + PAUSE_SECONDS, 1, id_, status))

    def _run(self) -> None:
        waiting: list[tuple[float, int, str, str]] = []
        while True:
            with suppress(Empty):
                next_at = min((due for due, *_ in waiting), default=None)
                waiting.append(self._queue.get(timeout=None if next_at is None else max(0.001, next_at - monotonic())))
            batch = [each for each in waiting if each[0] <= monotonic()][:AT_ONCE]
            if not batch:
                continue
            known = self._post({id_: status for _, _, id_, status in batch})
            again = [
                (monotonic() + PAUSE_SECONDS * 2**tries, tries + 1, id_, status)
                for _, tries, id_, status in batch
                if id_ not in known and tries < TRIES
            ]
            waiting = [each for each in waiting if each not in batch] + again

    def _post(self, reports: dict[str, str]) -> set[str]:
        """The ids that were taken."""
        body = {"reports": [{"id": id_, "status": status} for id_, status in reports.items()]}
        fields = {"Authorization": f"Bearer {self._token}", "Content-Type": "application/json"}
        try:
            request = Request(self._address, json.dumps(body).encode(), fields)  # noqa: S310 - what its user named
            with urlopen(request, timeout=5) as answer:  # noqa: S310
                return set(reports) - set(json.loads(answer.read())["unknown"])
        except (URLError, OSError, ValueError, KeyError):
            return set()
