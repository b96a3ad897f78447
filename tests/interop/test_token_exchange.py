"""Programs of others go on with a token that they were sent (RFC 8693): for the same person, and as who they are."""

import pytest

from tests.interop.conftest import running_app
from tests.interop.high_app import NewHighApp
from tests.interop.high_program import HIGH_PROGRAMS
from tests.plugins.running_idp import RunningIdp
from tests.specs.form_browser import FormBrowser
from tests.specs.pushing_party import PushingParty


@pytest.mark.parametrize("language", HIGH_PROGRAMS)
def test_a_desk_acts_for_a_person_at_the_archive(
    idp_behind_nginx: RunningIdp, high_browser: FormBrowser, new_high_app: NewHighApp, language: str
) -> None:
    """§2.1, §2.2.1 and §4.1: the desk speaks what `gov-high` demands, and the token that it gets is bound to its key.

    Mutations: no `act`; a bearer token for who must have none; any audience.
    """
    desk, archive = f"https://desk.{language}.example", f"https://archive.{language}.example"
    enters, reads = f"desk.{language}:enter", f"archive.{language}:read"
    words = {"zh-CN": "读取", "en": "Read"}
    with running_app(idp_behind_nginx, "python", resource=archive, resource_scope={reads: words}) as at_archive:
        at_desk = new_high_app(
            language,
            redirect_uris=[],
            response_types=[],
            grant_types=["urn:ietf:params:oauth:grant-type:token-exchange"],
            exchange_audiences=[archive],
            resource=desk,
            resource_scope={enters: words},
            scope=reads,
        )
        desk_id = at_desk.metadata["client_id"]
        own = {
            "client_id": f"app-of-{desk_id}",
            "audience": desk,
            "may_act": desk_id,
            "scope": f"openid {enters} {reads}",
        }
        with PushingParty(idp_behind_nginx, profile="gov-standard", **own) as app:
            question = app.ask()
            page = high_browser.go_through(question.address, idp_behind_nginx.new_person())
            value = app.tokens(page, question)["access_token"]
        told = at_desk.ask("exchange", value=value, audience=archive, scope=reads)
        assert told["issued_token_type"] == "urn:ietf:params:oauth:token-type:access_token"
        assert (told["token_type"].lower(), told["scope"]) == ("dpop", reads)
        assert at_desk.ask("challenges")["endpoints"] == ["/token"]
        known = at_archive.program.ask("introspection", value=at_desk.ask("hand_over")["value"])
        assert (known["active"], known["aud"], known["scope"]) == (True, archive, reads)
        assert (known["act"]["client_id"], known["cnf"].keys()) == (desk_id, {"jkt"})
        elsewhere = at_desk.ask("exchange", value=value, audience="https://elsewhere.example", scope=reads)
        assert elsewhere == {"error": "invalid_target"}
