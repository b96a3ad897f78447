"""How the load talks to the machines: one request after another, and an answer is there or it is lost."""

import http.client
import json
import random
import select
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.specs.form_browser import Form, Page

PATIENCE_SECONDS = 90
"""How long nobody at all may listen."""
ANSWER_SECONDS = 30
Fields = Mapping[str, str]


class AnswerLostError(Exception):
    """The request was sent and nobody knows whether it was carried out, or whether it still will be."""


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def told(self) -> dict[str, str]:
        """The authorization response in the query of a redirect."""
        return dict(parse_qsl(urlsplit(self.location).query))

    @property
    def forms(self) -> list[Form]:
        return Page("", self.status, self.body.decode()).forms

    def json(self) -> dict[str, Any]:
        told: dict[str, Any] = json.loads(self.body)
        return told


@dataclass
class Traffic:
    """What is under way on all lines together, and what became of the rest."""

    in_flight: int = 0
    answers: Counter[int] = field(default_factory=Counter)
    lost: int = 0
    faults: list[str] = field(default_factory=list)
    """Answers that no crash excuses: a 5xx other than 503."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def answered(self) -> int:
        return self.answers.total()

    @contextmanager
    def one_request(self) -> Iterator[None]:
        with self._lock:
            self.in_flight += 1
        try:
            yield
        finally:
            with self._lock:
                self.in_flight -= 1

    def note(self, target: str, answer: Answer | None) -> None:
        with self._lock:
            if answer is None:
                self.lost += 1
                return
            self.answers[answer.status] += 1
            if answer.status >= 500 and answer.status != 503:
                self.faults.append(f"{urlsplit(target).path}: {answer.status} {answer.body[:200]!r}")


@dataclass(frozen=True)
class Doors:
    """Where the machines of one issuer listen."""

    issuer: str
    ports: tuple[int, ...]


class Line:
    """The connections of one caller; like a load balancer, it takes another machine where nobody listens."""

    def __init__(self, doors: Doors, traffic: Traffic) -> None:
        self.doors = doors
        self._traffic = traffic
        self._host = urlsplit(doors.issuer).netloc
        self._open: dict[int, http.client.HTTPConnection] = {}

    def ask(self, method: str, target: str, form: Fields | None = None, headers: Fields | None = None) -> Answer:
        """The answer; raises AnswerLostError, also when a 503 says that nobody knows."""
        sent = {"Host": self._host, **(headers or {})}
        body = None if form is None else urlencode(form)
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self._connection()
        with self._traffic.one_request():
            answer = self._answer(connection, method, target, body, sent)
        self._traffic.note(target, answer)
        if answer is None or answer.status == 503:
            raise AnswerLostError(target)
        return answer

    def ask_until_answered(
        self, method: str, target: str, form: Fields | None = None, headers: Fields | None = None
    ) -> Answer:
        """For requests that may be repeated at will."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                return self.ask(method, target, form, headers)
            except AnswerLostError:
                assert time.monotonic() < deadline, f"{target}: never answered"
                time.sleep(0.05)

    def close(self) -> None:
        for connection in self._open.values():
            connection.close()

    def _answer(
        self, connection: http.client.HTTPConnection, method: str, target: str, body: str | None, headers: Fields
    ) -> Answer | None:
        try:
            connection.request(method, target, body, dict(headers))
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        except (OSError, http.client.HTTPException):
            connection.close()
            return None

    def _connection(self) -> http.client.HTTPConnection:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            for port in random.sample(self.doors.ports, len(self.doors.ports)):
                connection = self._open.setdefault(port, http.client.HTTPConnection("127.0.0.1", port))
                if connection.sock is not None and _is_readable(connection.sock):
                    connection.close()  # the other side ended it between two requests
                if connection.sock is not None:
                    return connection
                try:
                    connection.timeout = ANSWER_SECONDS
                    connection.connect()
                except OSError:
                    connection.close()
                    continue
                return connection
            assert time.monotonic() < deadline, "no machine listens"
            time.sleep(0.05)


def _is_readable(sock: Any) -> bool:
    return bool(select.select([sock], [], [], 0)[0])
