"""Officers' keys where it is in earnest: without the sandbox, whose officers may try any passkey out."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from idp.accounts.invitations import Offer, invite
from idp.app import install, load_settings
from idp.model.office import Role
from tests.browser.authenticator import authenticator_of
from tests.browser.visitor import Visitor
from tests.docs.programs import fetch, running, wait_until
from tests.idp.installed import MASTER_KEY
from tests.plugins.private_servers import StorageUrls
from tests.plugins.server_processes import free_port


@pytest.fixture
def invitation(storage_urls: StorageUrls, tmp_path: Path) -> Iterator[str]:
    """Where a security officer takes it, at a server that runs."""
    issuer = f"http://localhost:{free_port()}"
    environment = {
        "IDP_ISSUER": issuer,
        "IDP_STATE_DIRECTORY": str(tmp_path),
        "IDP_SERVER__PORT": issuer.rpartition(":")[2],
        "IDP_SERVER__MANAGEMENT_PORT": str(free_port()),
        "IDP_STORAGE__DATABASE": storage_urls.database,
        "IDP_STORAGE__EPHEMERAL": storage_urls.ephemeral,
        "IDP_SECRETS__KEYS": MASTER_KEY,
    }
    inherited = {name: value for name, value in os.environ.items() if name[:4] != "IDP_"} | environment
    idp, log = [sys.executable, "-m", "idp"], tmp_path / "idp.log"
    subprocess.run([*idp, "migrate"], env=inherited, check=True, capture_output=True)
    installation = install(load_settings(None, environment))
    with installation.services.begin() as unit_of_work:
        sent = invite(unit_of_work, Offer(role=Role.SECURITY), installation.services.clock())
        unit_of_work.commit()
    installation.storage.close()
    with running([*idp, "serve"], inherited, log):
        wait_until(lambda: fetch(f"{issuer}/jwks")[0] == 200, log)
        yield f"{issuer}/console/invitations/{sent.token}"


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_a_key_that_is_copied_to_other_devices_is_none(invitation: str, chromium: Browser) -> None:
    """H and I, MISSION: bound to one device. The invitation stays good for such a one. Mutation: `_admit` asks nothing."""
    visitor = Visitor(chromium)
    page, synced = visitor.page, authenticator_of(visitor, is_synced=True)
    page.goto(invitation)
    page.fill("#name", "李敏")
    with page.expect_navigation():
        page.click("#passkey-start")
    assert page.url == invitation
    assert page.locator(".summary").is_visible()
    synced.remove()
    authenticator_of(visitor)
    page.fill("#name", "李敏")
    page.click("#passkey-start")
    page.wait_for_url("**/console")
    visitor.close()
    assert visitor.complaints == []
