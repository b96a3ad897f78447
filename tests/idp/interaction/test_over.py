"""Who cannot go on is told why, and led to the app's registered address, never to one from the request."""

import tomllib
from dataclasses import replace
from urllib.parse import quote

import pytest

from idp.app import Installation
from idp.clock import after
from idp.errors import SignInOver
from idp.interaction.handles import LIFETIME, Interactions, begin
from idp.interaction.over import sign_in_over
from idp.model.client import ClientStatus
from idp.model.interaction import Interaction
from idp.oauth.client_metadata import client_of
from tests.idp.installed import NOW, request
from tests.plugins.running_idp import ROOT

BROWSER = "cookie-of-this-browser"
START = "http://localhost:8001/login"


@pytest.fixture
def interactions(installation: Installation) -> Interactions:
    services = installation.services
    return Interactions(services.ephemeral, services.cipher, services.clock)


@pytest.fixture
def interaction(installation: Installation) -> Interaction:
    """Of a registered app that says where one starts."""
    city = tomllib.loads((ROOT / "examples" / "city.toml").read_text("utf-8"))
    client = client_of({**city["clients"][0], "initiate_login_uri": START}, is_sandbox=True)
    with installation.services.begin() as unit_of_work:
        unit_of_work.clients.save(client, NOW)
        unit_of_work.commit()
    return begin(replace(request(), client_id=client.client_id), BROWSER, NOW)


def told(
    installation: Installation, interactions: Interactions, handle: str, browser: str | None, at: int
) -> SignInOver:
    services = replace(installation.services, clock=lambda: after(NOW, at))
    with services.begin() as unit_of_work:
        return sign_in_over(services, interactions, unit_of_work, handle, browser)


@pytest.mark.parametrize(
    ("opened_by", "kind"),
    [
        ((BROWSER, LIFETIME), "ended"),
        (("another", LIFETIME), "ended"),
        (("another", 5), "other_browser"),
        ((None, 5), "cookies"),
        ((None, 3600), "other_browser"),
    ],
)
def test_the_reason_and_the_way_back(
    installation: Installation,
    interactions: Interactions,
    interaction: Interaction,
    opened_by: tuple[str | None, int],
    kind: str,
) -> None:
    """Mutations: the age asked for after the browser; any browser without a cookie told that it keeps none."""
    over = told(installation, interactions, interactions.seal(interaction), *opened_by)
    assert (over.kind, over.back_url, over.status) == (
        kind,
        f"{START}?iss={quote(installation.settings.issuer, safe='')}",
        400,
    )
    assert over.client_name


@pytest.mark.parametrize("handle", ["gone", "~gone", "~", "", "x" * 5000])
def test_a_handle_that_is_not_ours_leads_to_no_app(
    installation: Installation, interactions: Interactions, handle: str
) -> None:
    over = told(installation, interactions, handle, BROWSER, 5)
    assert (over.kind, over.client_name, over.back_url) == ("ended", None, None)


def test_a_disabled_app_is_not_led_to(
    installation: Installation, interactions: Interactions, interaction: Interaction
) -> None:
    """Mutation: `status` not looked at."""
    with installation.services.begin() as unit_of_work:
        client = unit_of_work.clients.get(interaction.request.client_id)
        assert client is not None
        unit_of_work.clients.save(replace(client, status=ClientStatus.DISABLED), NOW)
        unit_of_work.commit()
    over = told(installation, interactions, interactions.seal(interaction), "another", 5)
    assert (over.client_name, over.back_url) == (None, None)
