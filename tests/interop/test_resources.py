"""Programs of others protect something: they examine a token that another program got for them."""

from collections.abc import Callable

import pytest

from tests.interop.client_program import PROGRAMS
from tests.interop.conftest import App
from tests.specs.form_browser import FormBrowser


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_resource_examines_a_token_that_was_got_for_it(
    browser: FormBrowser, new_app: Callable[..., App], language: str
) -> None:
    """RFC 9068 §4 by itself, RFC 7662 by asking, and after the revocation only who asks knows.

    Neither takes an id_token for an access token. Mutations: another `typ`; answer any client about any token.
    """
    address, scope = f"https://licences.example/{language}", f"licences.{language}:read"
    words = {"zh-CN": "查看电子证照", "en": "Read licences"}
    resource = new_app(language, resource=address, resource_scope={scope: words})
    asking = new_app("python", audience=address, access_token_format="jwt", scope=f"openid profile {scope}")
    assert asking.program.ask("client_credentials", parameters={"scope": scope})["scope"] == scope
    value = asking.program.ask("hand_over", token="client_credentials")["value"]

    claims = resource.program.ask("examination", value=value, audience=address)
    assert (claims["iss"], claims["client_id"], claims["scope"]) == (asking.idp.issuer, asking.client_id, scope)
    known = resource.program.ask("introspection", value=value)
    assert known["active"] is True
    assert all(known[name] == claims[name] for name in ("iss", "sub", "aud", "client_id", "scope", "exp", "jti"))

    stranger = new_app("python")
    assert stranger.program.ask("introspection", value=value) == {"active": False}
    id_token = resource.sign_in(browser, resource.idp.new_person())["id_token"]
    assert resource.program.ask("examination", value=id_token, audience=address) == {"error": "invalid_token"}
    assert resource.program.ask("introspection", value=id_token) == {"active": False}
    asking.program.ask("revocation", token="client_credentials")
    assert resource.program.ask("introspection", value=value) == {"active": False}
