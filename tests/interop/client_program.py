"""Relying parties of others: programs in three languages that know nothing of us, each on a library of its language.

A program is started with one JSON object: `issuer`, the client's metadata (`client_id` `client_secret` `scope`
`token_endpoint_auth_method` `id_token_signed_response_alg`), `redirect_uri`, and the `port` of 127.0.0.1 at which the
identity provider reaches it (`authority` is for whoever starts it: who vouches for the issuer's certificate): `/jwks` is its public key, `/backchannel_logout` hears logout tokens. It prints `{}` when it
listens. Then it answers each line of its input, a command with its parameters, by one line:

| command | parameters | answer |
|---|---|---|
| `authorization` | `parameters`: more of the request | `address` to open |
| `callback` | `address` the browser came back to | `alg` `id_token` `claims` `userinfo` |
| `refresh` | | the same, and whether the refresh token `rotated` |
| `client_credentials` | `parameters`: more of the request | the token response |
| `hand_over` | `token`: which of the tokens it holds | its `value` |
| `introspection` | `token`, or the `value` of another's | the introspection response |
| `examination` | `value` and `audience` of a JWT access token | its claims, verified without asking anybody |
| `revocation` | `token` | |
| `userinfo` | | the claims |
| `logout` | `post_logout_redirect_uri` | `address` to open, `state` to come back with |
| `backchannel_logouts` | | `logouts`: the claims of the logout tokens it heard and accepted |

`error` instead is what the identity provider refused with. Whatever else goes wrong ends the program with its trace.
"""

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO, Any, Self

import httpx

from tests.interop.node_packages import HERE, NODE, install

SECONDS = 30
RUBY = Path("/usr/bin/ruby")
"""Debian's own, which has Debian's packages, whatever PATH says."""
TRUST = ("NODE_EXTRA_CA_CERTS", "REQUESTS_CA_BUNDLE", "SSL_CERT_FILE")
"""Where Node, requests and OpenSSL look for a certificate authority that the machine does not know."""


class ClientProgram:
    """One of the programs, running."""

    def __init__(self, command: list[str], folder: Path, settings: dict[str, Any]) -> None:
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LANG": "C.UTF-8", "NO_PROXY": "*"}
        if settings["authority"]:
            environment |= dict.fromkeys(TRUST, settings["authority"])
        self.receiver = f"http://127.0.0.1:{settings.get('port')}"
        self._process = subprocess.Popen(
            [*command, json.dumps(settings)],
            cwd=folder,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        try:
            self._read()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.communicate(timeout=SECONDS)

    def ask(self, command: str, **parameters: object) -> dict[str, Any]:
        """The answer to a command; a refusal is one, too."""
        print(json.dumps({"command": command, **parameters}), file=self._stream(self._process.stdin), flush=True)
        return self._read()

    def logouts(self, expected: int) -> list[dict[str, Any]]:
        """What it was told by the back channel, as soon as that is so many times."""
        deadline = time.monotonic() + SECONDS
        while len(heard := self.ask("backchannel_logouts")["logouts"]) < expected:
            assert time.monotonic() < deadline, heard
            time.sleep(0.05)
        return list(heard)

    def hear(self, logout_token: str) -> int:
        """The status with which it answers somebody who brings this."""
        body = {"logout_token": logout_token}
        return httpx.post(f"{self.receiver}/backchannel_logout", data=body, trust_env=False).status_code

    def _read(self) -> dict[str, Any]:
        line = self._stream(self._process.stdout).readline()
        assert line, self._stream(self._process.stderr).read()
        answer: dict[str, Any] = json.loads(line)
        return answer

    @staticmethod
    def _stream(stream: IO[str] | None) -> IO[str]:
        assert stream is not None
        return stream


def openid_client(settings: dict[str, Any]) -> ClientProgram:
    """JavaScript: openid-client."""
    # From a string, a script finds its packages in the working directory.
    script = (HERE / "openid_client.mjs").read_text("utf-8")
    return ClientProgram([str(NODE), "--input-type=module", "--eval", script, "--"], install(), settings)


def authlib_client(settings: dict[str, Any]) -> ClientProgram:
    """Python: Authlib's own client, isolated from this project's folder."""
    return ClientProgram([sys.executable, "-I", str(HERE / "authlib_client.py")], HERE, settings)


def ruby_openid_connect(settings: dict[str, Any]) -> ClientProgram:
    """Ruby: the gem openid_connect, from Debian."""
    assert RUBY.exists(), "ruby is missing: the tests need the Debian package ruby-openid-connect"
    return ClientProgram([str(RUBY), str(HERE / "ruby_openid_connect.rb")], HERE, settings)


PROGRAMS = {"openid-client": openid_client, "python": authlib_client, "ruby": ruby_openid_connect}
