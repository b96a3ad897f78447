"""In large letters a person may have the page read to them, where their device has a voice."""

import pytest

from tests.browser.conftest import NewVisitor
from tests.plugins.running_idp import RunningIdp

VOICE = """
window.heard = [];
Object.defineProperty(window, "speechSynthesis", { value: {
  speaking: false,
  speak(said) { this.speaking = true; window.heard.push([said.lang, said.text]); },
  cancel() { this.speaking = false; },
} });
"""
"""Chromium without sound says nothing: what it would say is kept."""


@pytest.mark.parametrize(("mode", "is_there"), [("standard", False), ("elder", True), ("xl", True)])
def test_the_page_is_read_and_stopped(
    new_visitor: NewVisitor, idp_sqlite: RunningIdp, mode: str, is_there: bool
) -> None:
    """Mutation: another language's voice; a button that cannot be pressed twice."""
    visitor = new_visitor()
    visitor.context.add_init_script(VOICE)
    visitor.context.add_cookies([{"name": "mode", "value": mode, "url": idp_sqlite.issuer}])
    visitor.page.goto(f"{idp_sqlite.issuer}/help")
    button = visitor.page.locator("#read-aloud")
    assert button.is_visible() is is_there
    if not is_there:
        return
    box = button.bounding_box()
    assert box is not None
    assert box["height"] >= 60
    before = button.text_content()
    button.click()
    language, text = visitor.page.evaluate("window.heard[0]")
    assert language == "zh-CN"
    assert visitor.page.locator("h1").inner_text().replace("\\n", "") in text.replace("\\n", "")
    assert button.text_content() != before
    button.click()
    assert button.text_content() == before
    assert visitor.page.evaluate("window.heard.length") == 1
