"""An app that cannot authenticate itself pushes so often from one address, and is told when to come back (threat N12)."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from idp.oauth import authorization_requests
from tests.attacks.clients import NATIVE
from tests.attacks.generated.city import City
from tests.attacks.generated.parts import Sent
from tests.idp.oauth.registered import CHALLENGE

ASKED = {
    "client_id": NATIVE,
    "redirect_uri": "com.example.app:/cb",
    "response_type": "code",
    "scope": "openid",
    "code_challenge": CHALLENGE,
    "code_challenge_method": "S256",
}


def test_a_flood_of_pushes_is_told_to_wait(
    migrated_sqlite: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RFC 6585 §4. Mutations: no bound; 429 that does not say until when; somebody elsewhere waits, too."""
    monkeypatch.setattr(authorization_requests, "MAX_PUSHES", 2)
    city = City(migrated_sqlite, tmp_path)
    try:
        typed = (("Content-Type", "application/x-www-form-urlencoded"),)
        push = Sent("POST", b"/par", b"", typed, urlencode(ASKED).encode())
        assert [city.call(push).status for _ in range(2)] == [201, 201]
        answer = city.call(push)
        assert (answer.status, dict(answer.headers)["Retry-After"]) == (429, "60")
        elsewhere = Sent("POST", b"/par", b"", typed, push.body, "198.51.100.7")
        assert city.call(elsewhere).status == 201
    finally:
        city.close()
