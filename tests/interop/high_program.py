"""Relying parties of others that speak what `gov-high` demands: two programs, each on a library that knows nothing of us.

A program is started with one JSON object: `issuer`, `redirect_uri`, `scope`, `token_endpoint_auth_method`, its `client_id`
unless it is to register itself, and the file of a `certificate` with its key where it comes with one (RFC 8705); its
tokens are bound to that, or else to a key of its own (RFC 9449). `authority` vouches for the issuer's certificate. The
program prints `{}`. Then it answers each line of its input, a command with its parameters, by one line:

| command | parameters | answer |
|---|---|---|
| `publish` | | the key set that it signs with |
| `authorization` | `parameters`: more of the request | `address` to open, after the signed request was pushed |
| `callback` | `address` the browser came back to | `token_type` `scope` `claims` `userinfo`, from a signed response |
| `refresh` | | the same with the next access token |
| `userinfo` | perhaps the `value` of another's token | the claims |
| `hand_over` | | the `value` of its access token |
| `introspection` | | the introspection response of its access token |
| `exchange` | `value` of another's token, `audience`, `scope` | the response without its token, which is now its own |
| `register` | `initial_access_token`, `metadata` | what was registered; from now on it is this client |
| `read` | | what is registered |
| `update` | `changes` of what is registered | what is registered; from now on it uses the new token |
| `remove` | | the `status` |
| `challenges` | | `endpoints` that wanted a nonce in the proof since this was last asked |

`error` instead is what the identity provider refused with. Whatever else goes wrong ends the program with its trace.
"""

from typing import Any

from tests.interop.client_program import ClientProgram
from tests.interop.java_packages import JAVA, class_path
from tests.interop.node_packages import HERE, NODE, install


def openid_client(settings: dict[str, Any]) -> ClientProgram:
    """JavaScript: openid-client."""
    # From a string, a script finds its packages in the working directory.
    script = (HERE / "openid_client_high.mjs").read_text("utf-8")
    return ClientProgram([str(NODE), "--input-type=module", "--eval", script, "--"], install(), settings)


def nimbus(settings: dict[str, Any]) -> ClientProgram:
    """Java: the Nimbus OAuth 2.0 SDK with OpenID Connect extensions."""
    lean = ("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")  # it lives for a second
    return ClientProgram([str(JAVA), *lean, "-cp", class_path(HERE / "nimbus"), "NimbusHigh"], HERE, settings)


HIGH_PROGRAMS = {"openid-client": openid_client, "nimbus": nimbus}
