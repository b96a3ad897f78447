"""A sign-in by password and what it opens; many sign out again, and then all of it is over."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.faults.ledger import Broken, Fault
from tests.faults.line import AnswerLostError, Line
from tests.faults.receivers import unverified_sid
from tests.faults.walks.browser import Browser, StrangePageError, question
from tests.faults.walks.silent_sign_in import is_alive, silent_code
from tests.faults.walks.world import App, World

SESSION, SIGN_OUT, HEARD = "session", "sign-out", "back-channel logout"


@dataclass
class Session:
    """A cookie that a browser was given, and whether it was told that it is over."""

    world: World
    app: App
    cookies: dict[str, str]
    sid: str = ""
    access_tokens: list[str] = field(default_factory=list)
    asked_to_end: bool = False
    ended: bool = False

    def acknowledged(self) -> dict[str, int]:
        return {SESSION: 1, SIGN_OUT: self.ended, HEARD: self.ended}

    def tried_again(self) -> dict[str, int]:
        return {}

    def broken(self, line: Line) -> Iterator[Broken]:
        if self.asked_to_end and not self.ended:
            return  # nobody was told anything
        told = Browser(line, dict(self.cookies)).get(question(self.app, "none").target).told
        alive = [is_alive(line, token) for token in self.access_tokens]
        if self.ended:
            if told.get("error") != "login_required" or any(alive):
                yield Broken(SIGN_OUT, Fault.LOST, f"and yet {told.get('error', 'signed in')}, tokens {alive}")
            if not self.world.is_brought(self._has_heard):
                yield Broken(HEARD, Fault.LOST, "the app never heard")
        elif "code" not in told or not all(alive):
            yield Broken(SESSION, Fault.LOST, f"{told.get('error')}, tokens {alive}")

    def _has_heard(self) -> bool:
        return self.world.receivers is None or self.sid in self.world.receivers.ended


class SignInAndOut:
    """Two thirds of those who sign in sign out again."""

    def __init__(self, world: World) -> None:
        self._world = world

    def walk(self, line: Line) -> None:
        person = self._world.people.get()
        try:
            browser, app = Browser(line), self._world.app()
            browser.sign_in(question(app), person)
        finally:
            self._world.people.put(person)
        session = Session(self._world, app, browser.cookies)
        self._world.ledger.write(session)
        code = silent_code(self._world, browser, app, lambda: session.asked_to_end)
        answer = code.redeem_until_answered(line)
        if answer.status != 200:
            return  # an answer with the tokens was lost
        session.access_tokens.append(answer.json()["access_token"])
        session.sid = unverified_sid(answer.json()["id_token"])
        if random.random() < 0.66:
            self._sign_out(session, line, answer.json()["id_token"])

    def _sign_out(self, session: Session, line: Line, id_token: str) -> None:
        parameters = {"id_token_hint": id_token, "post_logout_redirect_uri": session.app.goodbye_uri}
        session.asked_to_end = True
        browser = Browser(line, dict(session.cookies))
        try:
            answer = browser.get(f"/logout?{urlencode(parameters)}")
        except AnswerLostError:
            return
        if answer.location != session.app.goodbye_uri:
            raise StrangePageError(f"not signed out: {answer.status} {answer.body[-300:]!r}")
        session.ended = True
