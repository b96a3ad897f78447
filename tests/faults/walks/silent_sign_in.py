"""Single sign-on without a page: a code, and its redemption; sometimes twice, one after the other or at once."""

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.faults.ledger import Broken, Fault
from tests.faults.line import Answer, AnswerLostError, Line
from tests.faults.walks.browser import Browser, StrangePageError, question
from tests.faults.walks.world import App, World

CODE, TOKEN = "authorization code", "access token"
CODE_SECONDS = 45
"""Well within the 60 that a code lives."""


@dataclass
class Code:
    """An authorization code that an app was handed, and what became of it."""

    world: World
    app: App
    value: str
    code_verifier: str
    may_have_ended: Callable[[], bool]
    """Whether the session behind it was told to end; then it need not work any more."""
    issued_at: float = field(default_factory=time.monotonic)
    tokens: list[str] = field(default_factory=list)
    refused_first: int = 0
    """Redemptions that were refused although no answer with tokens had come."""
    refused_later: int = 0
    """Replays: the tokens were there before."""
    lost: int = 0
    at_once: bool = False
    is_late: bool = False
    """Asked for when it may have run out."""

    def redeem(self, line: Line) -> Answer:
        """One token request (RFC 6749 §4.1.3)."""
        had_tokens = bool(self.tokens)
        form = {
            "grant_type": "authorization_code",
            "code": self.value,
            "redirect_uri": self.app.redirect_uri,
            "code_verifier": self.code_verifier,
        }
        try:
            answer = line.ask("POST", "/token", form, self.app.basic)
        except AnswerLostError:
            self.lost += 1
            raise
        if answer.status == 200:
            self.tokens.append(answer.json()["access_token"])
        elif had_tokens:
            self.refused_later += 1
        else:
            self.refused_first += 1
            self.is_late |= time.monotonic() > self.issued_at + CODE_SECONDS
        return answer

    def redeem_until_answered(self, line: Line) -> Answer:
        """As an app does that was cut off: with the same code again."""
        while True:
            try:
                return self.redeem(line)
            except AnswerLostError:
                time.sleep(0.02)

    def acknowledged(self) -> dict[str, int]:
        return {CODE: 1, TOKEN: len(self.tokens)}

    def tried_again(self) -> dict[str, int]:
        return {CODE: len(self.tokens) + self.refused_first + self.refused_later + self.lost > 1}

    def broken(self, line: Line) -> Iterator[Broken]:
        if len(self.tokens) > 1:
            yield Broken(CODE, Fault.TWICE, f"{len(self.tokens)} answers with tokens")
        may_end = self.may_have_ended()
        if not self.tokens and self.refused_first and not (self.lost or self.is_late or may_end):
            yield Broken(CODE, Fault.LOST, "a fresh code was refused at its first use")
        if len(self.tokens) == 1:
            lives = is_alive(line, self.tokens[0])
            if self.refused_later and lives:
                yield Broken(CODE, Fault.TWICE, "tokens outlived the replay of their code")
            if not (self.refused_later or self.at_once or may_end or lives):
                yield Broken(TOKEN, Fault.LOST, f"it does not work; {self.lost} answers were lost before")


def is_alive(line: Line, access_token: str) -> bool:
    """Whether userinfo answers (RFC 6750)."""
    answer = line.ask_until_answered("GET", "/userinfo", headers={"Authorization": f"Bearer {access_token}"})
    assert answer.status in {200, 401}, answer
    return answer.status == 200


class SilentSignIn:
    """The most frequent walk."""

    def __init__(self, world: World) -> None:
        self._world = world

    def walk(self, line: Line) -> None:
        code = silent_code(self._world, Browser(line, self._world.visitor()), self._world.app())
        match random.random():
            case chance if chance < 0.2:
                code.at_once = True
                other = self._world.elsewhere(code.redeem_until_answered)
                code.redeem_until_answered(line)
                other.result()
            case chance if chance < 0.4:
                code.redeem_until_answered(line)
                code.redeem_until_answered(line)
            case _:
                code.redeem_until_answered(line)


def silent_code(world: World, browser: Browser, app: App, may_have_ended: Callable[[], bool] = lambda: False) -> Code:
    """A code for this browser without any page, written down."""
    asked = question(app, "none")
    answer = browser.get(asked.target)
    if "code" not in answer.told:
        raise StrangePageError(f"no code: {answer.status} {answer.told} {answer.body[-300:]!r}")
    code = Code(world, app, answer.told["code"], asked.code_verifier, may_have_ended)
    world.ledger.write(code)
    return code
