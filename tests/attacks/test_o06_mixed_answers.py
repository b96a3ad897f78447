"""O06: requests are cut off at random points; no answer ever carries what belongs to somebody else."""

import random
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx

from tests.attacks.rig import Browser, Target

PEOPLE = 8
REQUESTS = 1600
AT_ONCE = 16


def test_whoever_hangs_up_leaves_nothing_to_the_next(target: Target) -> None:
    """Half of the requests are abandoned somewhere; each of the others gets the very person whose token it shows.

    Red when a connection to a store goes back into use with an answer still on its way (redis-py CVE-2023-28858).
    """
    bearers = [bearer_of(target) for _ in range(PEOPLE)]
    chance = random.Random(6)
    plan = [(number % PEOPLE, chance.random() < 0.5, chance.random()) for number in range(REQUESTS)]

    def ask(step: tuple[int, bool, float]) -> str | None:
        person, is_cut_off, where = step
        token, sub = bearers[person]
        if is_cut_off:
            hang_up(target, token, where)
            return None
        with httpx.Client(base_url=target.issuer, trust_env=False, verify=target.tls, timeout=20) as client:
            answer = client.get("/userinfo", headers={"Authorization": f"Bearer {token}"})
        target.check(answer)
        return None if answer.json()["sub"] == sub else f"{answer.status_code}: {answer.text[:200]}"

    with ThreadPoolExecutor(AT_ONCE) as threads:
        wrong = [told for told in threads.map(ask, plan) if told is not None]
    assert wrong == []


def bearer_of(target: Target) -> tuple[str, str]:
    """An access token of a person nobody has met, and the `sub` it must always show."""
    browser: Browser = target.browser()
    browser.follow(browser.sign_in(target.idp.new_person()))
    token = browser.tokens()["access_token"]
    return token, browser.userinfo(token).json()["sub"]


def hang_up(target: Target, token: str, where: float) -> None:
    """Send a beginning of a request, or all of it, and go without waiting for the answer."""
    address = urlsplit(target.issuer)
    head = f"GET /userinfo HTTP/1.1\r\nHost: {address.netloc}\r\nAuthorization: Bearer {token}\r\n\r\n".encode()
    cut = len(head) if where > 0.4 else int(len(head) * where * 2)
    with socket.create_connection((address.hostname or "", address.port or 443), timeout=10) as plain:
        if isinstance(target.tls, bool):
            plain.sendall(head[:cut])
            return
        with target.tls.wrap_socket(plain, server_hostname=address.hostname) as secure:
            secure.sendall(head[:cut])
