"""`docs/how-to/protect-a-resource.md`: its program is one, and lets nobody in without a token."""

from typing import Any

import httpx

from resource_server.wsgi import Protected
from tests.docs.pages import blocks

PAGE = "how-to/protect-a-resource.md"


def test_the_program_of_the_page_guards_the_service() -> None:
    """Mutation: a name in it that the package does not have."""
    (program,) = [block for block in blocks(PAGE) if block.language == "python"]
    names: dict[str, Any] = {}
    exec(program.text, names)
    guarded = names["guarded"]
    assert isinstance(guarded, Protected)
    with httpx.Client(transport=httpx.WSGITransport(guarded), base_url="https://records.yunjiang.example") as client:
        assert client.get("/mine").headers["www-authenticate"] == "Bearer"
