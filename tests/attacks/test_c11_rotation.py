"""C11: keys change under load, and processes die in the midst of it; nobody ever meets a token they cannot verify."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from idp.keys import rotation
from idp.keys.ring import REFRESH_SECONDS
from idp.model.signing_key import KeyState
from idp.oauth.client_metadata import client_of
from tests.attacks.clients import SECRET
from tests.plugins.private_servers import StorageUrls
from tests.plugins.running_idp import RunningIdp, running_idp

ROTATIONS = 3
CACHE_SECONDS = 2.0
"""How long the resource keeps our JWKS."""
AHEAD_SECONDS = int(CACHE_SECONDS) + REFRESH_SECONDS + 1
"""For how long a next key is published before it signs: a resource may have asked a process whose copy was that old."""
MACHINE = {
    "client_id": "rotating",
    "client_name": "轮换",
    "client_secret": SECRET,
    "token_endpoint_auth_method": "client_secret_post",
    "grant_types": ["client_credentials"],
    "response_types": [],
    "scope": "licence:read",
    "access_token_format": "jwt",
}


@dataclass
class Resource:
    """Takes tokens as a department's service does: by keys it fetches every two seconds, and not when a kid is new."""

    idp: RunningIdp
    keys: KeySet = field(default_factory=lambda: KeySet([]))
    fetched_at: float = 0.0
    kids: set[str] = field(default_factory=set)
    unverified: list[str] = field(default_factory=list)
    taken: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, token: str) -> None:
        with self.lock:
            if time.monotonic() - self.fetched_at > CACHE_SECONDS:
                self.keys = self.published()
                self.fetched_at = time.monotonic()
            try:
                self.kids.add(jwt.decode(token, self.keys, algorithms=["ES256"]).header["kid"])
            except (JoseError, ValueError) as error:
                self.unverified.append(f"{type(error).__name__}: {error}")
            self.taken.append(token)

    def published(self) -> KeySet:
        while True:
            try:
                answer = httpx.get(f"{self.idp.issuer}/jwks", trust_env=False, timeout=10)
            except httpx.TransportError:  # the process that had the connection was just killed
                continue
            assert answer.status_code == 200
            return KeySet.import_key_set(answer.json())


@pytest.fixture
def idp(storage_urls: StorageUrls, tmp_path: Path) -> Iterator[RunningIdp]:
    """A server of its own, since its processes are killed."""
    with running_idp(storage_urls, tmp_path) as idp:
        services = idp.installation.services
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client_of(MACHINE), services.clock())
            unit_of_work.commit()
        yield idp


def test_a_rotation_under_load_with_dying_processes(idp: RunningIdp) -> None:
    """Red when the next key is not published before it signs, or the retired one not afterwards, or a rotation that was
    rolled back shows.
    """
    resource, is_over = Resource(idp), threading.Event()
    clients = [threading.Thread(target=fetch, args=(idp, resource, is_over)) for _ in range(4)]
    for client in clients:
        client.start()
    try:
        for number in range(ROTATIONS):
            time.sleep(AHEAD_SECONDS + 0.5)
            if number % 2:
                kill_one(idp)
            rotate(idp, is_rolled_back=True)
            rotate(idp)
            if not number % 2:
                kill_one(idp)
        time.sleep(CACHE_SECONDS * 3)
    finally:
        is_over.set()
        for client in clients:
            client.join(30)
    assert resource.unverified == []
    assert len(resource.kids) == ROTATIONS + 1
    final = resource.published()
    for token in resource.taken[:: max(1, len(resource.taken) // 50)]:  # the oldest still have minutes to live
        assert jwt.decode(token, final, algorithms=["ES256"]).claims["client_id"] == MACHINE["client_id"]
    assert "Traceback" not in idp.logs()


def fetch(idp: RunningIdp, resource: Resource, is_over: threading.Event) -> None:
    form = {"grant_type": "client_credentials", "client_id": MACHINE["client_id"], "client_secret": SECRET}
    while not is_over.is_set():
        try:
            answer = httpx.post(f"{idp.issuer}/token", data=form, trust_env=False, timeout=10)
        except httpx.TransportError:  # cut off by a kill: an honest client asks again
            continue
        assert answer.status_code == 200, answer.text
        resource.take(answer.json()["access_token"])


def rotate(idp: RunningIdp, *, is_rolled_back: bool = False) -> None:
    services = idp.installation.services
    with services.begin() as unit_of_work:
        before = [key.kid for key in unit_of_work.signing_keys.all() if key.state is KeyState.ACTIVE]
        rotation.rotate(unit_of_work, "ES256", services.clock(), publish_ahead=AHEAD_SECONDS)
        if not is_rolled_back:
            unit_of_work.commit()
    if is_rolled_back:
        with services.begin() as unit_of_work:
            after = [key.kid for key in unit_of_work.signing_keys.all() if key.state is KeyState.ACTIVE]
        assert after == before


def kill_one(idp: RunningIdp) -> None:
    """One of the two server processes; `idp serve` starts another."""
    parent = idp.processes["serve"].pid
    children = [int(pid) for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text("ascii").split()]
    workers = [pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()]
    os.kill(workers[0], signal.SIGKILL)
