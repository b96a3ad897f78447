"""Twenty simultaneous token requests, each on a connection of its own that is open already when the barrier lifts."""

import http.client
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from tests.specs.relying_party import RelyingParty

PARALLEL = 20
Answer = tuple[int, dict[str, Any]]


def all_at_once(threads: ThreadPoolExecutor, app: RelyingParty, body: str) -> list[Answer]:
    """What each was answered; the pool must have as many threads."""
    barrier = threading.Barrier(PARALLEL)

    def ask(_: int) -> Answer:
        connection = connect(app)
        barrier.wait(30)
        return send(connection, app, body)

    return list(threads.map(ask, range(PARALLEL)))


def connect(app: RelyingParty) -> http.client.HTTPConnection:
    """A fresh connection."""
    connection = http.client.HTTPConnection(urlsplit(app.issuer).netloc, timeout=30)
    connection.connect()
    return connection


def send(connection: http.client.HTTPConnection, app: RelyingParty, body: str) -> Answer:
    """One token request; the connection is closed afterwards."""
    headers = {**app.basic, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/token", body, headers)
    with connection.getresponse() as response:
        answer = response.status, json.loads(response.read())
    connection.close()
    return answer
