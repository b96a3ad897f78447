"""A person is asked for the first time whether an app may see something, and allows it."""

import queue
from collections.abc import Iterator
from dataclasses import dataclass

from tests.faults.ledger import Broken, Fault
from tests.faults.line import Line
from tests.faults.walks.browser import Browser, StrangePageError, question
from tests.faults.walks.world import App, Drip, World

CONSENT = "consent"
SECONDS_BETWEEN = 1.5


@dataclass
class Consent:
    """The page took the answer."""

    app: App
    cookies: dict[str, str]

    def acknowledged(self) -> dict[str, int]:
        return {CONSENT: 1}

    def tried_again(self) -> dict[str, int]:
        return {}

    def broken(self, line: Line) -> Iterator[Broken]:
        told = Browser(line, dict(self.cookies)).get(question(self.app, "none").target).told
        if "code" not in told:
            yield Broken(CONSENT, Fault.LOST, f"allowed and yet {told}")


class AllowAnApp:
    """Until every person has been asked about every app."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._drip = Drip(SECONDS_BETWEEN)

    def walk(self, line: Line) -> None:
        if not self._drip.falls():
            return
        try:
            cookies, app = self._world.unasked.get_nowait()
        except queue.Empty:
            return
        browser = Browser(line, dict(cookies))
        page = browser.follow(browser.get(question(app).target))
        answer = browser.press(page, {"action": "allow"})
        if not answer.location.startswith("/authorize/"):
            raise StrangePageError(f"not allowed: {answer.status} {answer.body[-300:]!r}")
        self._world.ledger.write(Consent(app, cookies))
        browser.follow(answer)
