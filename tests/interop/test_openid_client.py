"""openid-client, the certified client of the npm world, signs people in over both stores and two server processes."""

import json
import subprocess
from typing import Any

import pytest

from tests.interop.node_packages import HERE, NODE, install
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.form_browser import FormBrowser

SECRET = "secret-of-an-app-that-posts-it-0123456789"
POSTING = {"client_id": "posting-app", "client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post"}


def registered(idp: RunningIdp, name: str) -> dict[str, Any]:
    """The metadata of one of the three clients, the third of which is not in the demo."""
    if name != "posting-app":
        return idp.client(name)
    from idp.oauth.client_metadata import client_of

    metadata = {**idp.client("licence-library"), **POSTING}
    services = idp.installation.services
    with services.begin() as unit_of_work:
        unit_of_work.clients.save(client_of(metadata), services.clock())
        unit_of_work.commit()
    return metadata


def sign_in(idp: RunningIdp, metadata: dict[str, Any], redirect_uri: str, person: Person) -> dict[str, Any]:
    """What openid-client says of the person, who signs in with a browser of ours in between."""
    told = json.dumps({"issuer": idp.issuer, "metadata": metadata, "redirect_uri": redirect_uri})
    # From a string, a script finds its packages in the working directory.
    command = [str(NODE), "--input-type=module", "--eval", (HERE / "code_flow.mjs").read_text("utf-8"), told]
    with (
        subprocess.Popen(
            command, cwd=install(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process,
        FormBrowser(idp.issuer) as browser,
    ):
        assert process.stdin
        assert process.stdout
        address = process.stdout.readline().strip()
        callback = browser.go_through(address, person, by="code").address if address else ""
        output, errors = process.communicate(callback + "\n", timeout=30)
        assert process.returncode == 0, errors
        found: dict[str, Any] = json.loads(output)
        return found


@pytest.mark.parametrize(
    ("name", "redirect_uri", "alg"),
    [
        ("housing-fund", "http://localhost:8001/callback", "RS256"),
        ("posting-app", "http://127.0.0.1:8002/callback", "ES256"),
        ("city-app", "http://127.0.0.1:51004/callback", "ES256"),
    ],
)
def test_it_signs_people_in(idp_server: RunningIdp, name: str, redirect_uri: str, alg: str) -> None:
    """Discovery, code with PKCE, state, nonce, max_age and iss, id_token by signature, userinfo, logout address."""
    person = idp_server.new_person()
    found = sign_in(idp_server, registered(idp_server, name), redirect_uri, person)
    assert found["alg"] == alg
    assert found["claims"]["iss"] == idp_server.issuer
    assert found["claims"]["aud"] == name
    assert found["claims"]["acr"] == "urn:yizheng:level:3"
    assert found["userinfo"]["name"] == person.name
    assert found["userinfo"]["sub"] == found["claims"]["sub"]
    assert found["logout"].startswith(f"{idp_server.issuer}/logout?")
