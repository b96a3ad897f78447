"""response_mode=form_post in Chromium: a script sends the answer on, or the person does."""

import pytest
from playwright.sync_api import Route, expect

from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.plugins.running_idp import RunningIdp


@pytest.mark.parametrize("has_scripts", [True, False])
def test_the_answer_reaches_the_app(
    new_visitor: NewVisitor, idp_sqlite: RunningIdp, library: DepartmentApp, has_scripts: bool
) -> None:
    """Mutation: `form_targets` left out, so that the policy keeps the form here; the script forgotten."""
    visitor = new_visitor(has_scripts=has_scripts)
    callback = f"{library.base_url}/callback"
    sent: list[str] = []

    def take(route: Route) -> None:
        sent.append(route.request.post_data or "")
        route.fulfill(body="<p id=arrived>", content_type="text/html")

    visitor.page.route(callback, take)
    query = f"client_id={library.client_id}&redirect_uri={callback}&scope=openid&state=s%22t&response_mode=form_post"
    visitor.page.goto(f"{idp_sqlite.issuer}/authorize?{query}")
    if not has_scripts:
        visitor.page.locator("#continue").click()
    expect(visitor.page.locator("#arrived")).to_be_attached()
    (body,) = sent
    assert "error=invalid_request" in body
    assert "state=s%22t" in body
    assert visitor.page.url == callback
