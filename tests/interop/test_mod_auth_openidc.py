"""mod_auth_openidc, the relying party of the Apache web server (in C): no line of the site behind it knows of us."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from tests.docs.programs import fetch, wait_until
from tests.interop.conftest import SECRET, metadata_at, receiver_port
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser

CLIENT_ID = "apache"
MODULES = ("mpm_event", "authn_core", "authz_core", "authz_user", "headers", "auth_openidc")
CONFIGURATION = """
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/apache.pid
DefaultRuntimeDir {folder}
ErrorLog {folder}/log
LogLevel auth_openidc:info
DocumentRoot {folder}

OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {secret}
OIDCRedirectURI http://127.0.0.1:{port}/callback
OIDCCryptoPassphrase {secret}
OIDCScope "openid profile"
OIDCPKCEMethod S256

<Location />
    AuthType openid-connect
    Require valid-user
    Header always set X-User "expr=%{{REMOTE_USER}}"
</Location>
"""


@contextmanager
def apache(idp: RunningIdp) -> Iterator[tuple[str, Path]]:
    """The address of a site that lets nobody in who has not signed in with us, and its log."""
    with receiver_port(idp) as port, tempfile.TemporaryDirectory() as name:
        folder, address = Path(name), f"http://127.0.0.1:{port}"
        folder.chmod(0o755)
        (folder / "permits.txt").write_text("停车证", "utf-8")
        changes = {"client_id": CLIENT_ID, "backchannel_logout_uri": f"{address}/callback?logout=backchannel"}
        idp.register(metadata_at(idp, port) | changes)
        lines = [f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES]
        if os.geteuid() == 0:  # Apache's own processes must not be root's
            lines += ["User nobody", "Group nogroup"]
        if idp.authority is not None:
            (folder / "authority.pem").write_bytes(idp.authority.read_bytes())
            lines.append(f"OIDCCABundlePath {folder}/authority.pem")
        told = CONFIGURATION.format(port=port, folder=folder, issuer=idp.issuer, client_id=CLIENT_ID, secret=SECRET)
        (folder / "apache.conf").write_text("\n".join([*lines, told]), "utf-8")
        log = folder / "log"
        command = ["/usr/sbin/apache2", "-f", str(folder / "apache.conf"), "-D", "FOREGROUND"]
        with log.open("ab") as output, subprocess.Popen(command, stdout=output, stderr=output) as process:
            try:
                wait_until(lambda: process.poll() is not None or fetch(f"{address}/callback")[0] > 0, log)
                assert process.poll() is None, log.read_text("utf-8")
                yield address, log
            finally:
                process.terminate()


def test_it_guards_a_site_and_hears_of_the_logout(idp: RunningIdp) -> None:
    """Code with PKCE, then a session of its own, which the logout token of a logout elsewhere ends.

    Mutation: send the logout token without `sid`.
    """
    with (
        apache(idp) as (address, log),
        FormBrowser(idp.issuer) as browser,
        httpx.Client(base_url=address, trust_env=False) as site,
    ):
        asking = site.get("/permits.txt").headers["Location"]
        callback = browser.go_through(asking, idp.new_person()).address
        assert site.get(callback).headers["Location"] == f"{address}/permits.txt"
        inside = site.get("/permits.txt")
        assert inside.text == "停车证"
        assert inside.headers["X-User"].endswith(f"@{idp.issuer.removeprefix('https://')}")  # sub@issuer
        browser.press(browser.get("/logout"), {"id": "logout-confirm"})
        wait_until(lambda: site.get("/permits.txt").is_redirect, log)
        assert browser.get(site.get("/permits.txt").headers["Location"]).has("username")
