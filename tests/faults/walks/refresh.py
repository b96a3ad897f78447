"""An app that goes on refreshing: cut off it asks again, sometimes twice at once; some families are called back."""

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.faults.ledger import Broken, Fault
from tests.faults.line import Answer, AnswerLostError, Line
from tests.faults.walks.browser import Browser, StrangePageError
from tests.faults.walks.silent_sign_in import TOKEN, is_alive, silent_code
from tests.faults.walks.world import REFRESHING, App, World

FAMILY, SUCCESSOR, REVOCATION, REUSE = "refresh family", "refresh token", "revocation", "reuse detected"
RETRY_SECONDS = 20
"""Well within the 30 of an honest retry."""


@dataclass
class Family:
    """One refresh token and what grew out of it, as the app holds it."""

    app: App
    access_tokens: list[str]
    values: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By generation, every text that an answer ever brought."""
    retried: int = 0
    refused: list[str] = field(default_factory=list)
    """Refusals of a refresh token that should have worked."""
    asked_to_end: bool = False
    ended_by: str = ""

    @classmethod
    def of(cls, app: App, tokens: dict[str, Any]) -> "Family":
        family = cls(app, [tokens["access_token"]])
        family.values[0].add(tokens["refresh_token"])
        return family

    @property
    def generation(self) -> int:
        return max(self.values)

    @property
    def newest(self) -> str:
        """The refresh token of the newest generation."""
        return next(iter(self.values[self.generation]))

    def revoke(self, line: Line) -> Answer:
        """Call all of it back (RFC 7009)."""
        form = {"token": self.newest, "token_type_hint": "refresh_token"}
        return line.ask("POST", "/revoke", form, self.app.basic)

    def present(self, line: Line, refresh_token: str) -> Answer:
        """One request (RFC 6749 §6); what it brings is written down by generation."""
        form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        answer = line.ask("POST", "/token", form, self.app.basic)
        if answer.status == 200:
            told = answer.json()
            self.values[int(told["refresh_token"].split(".")[1])].add(told["refresh_token"])
            self.access_tokens.append(told["access_token"])
        return answer

    def present_until_answered(self, line: Line, refresh_token: str) -> Answer | None:
        """As an app does that was cut off; None when all of it took too long for an honest retry."""
        begun = time.monotonic()
        while True:
            try:
                answer = self.present(line, refresh_token)
            except AnswerLostError:
                self.retried += 1
            else:
                return answer if time.monotonic() < begun + RETRY_SECONDS else None
            if time.monotonic() > begun + RETRY_SECONDS:
                return None
            time.sleep(0.02)

    def acknowledged(self) -> dict[str, int]:
        ends = {self.ended_by: 1} if self.ended_by else {}
        successors = sum(len(values) for values in self.values.values())
        return {FAMILY: 1, SUCCESSOR: successors, TOKEN: len(self.access_tokens) - 1, **ends}

    def tried_again(self) -> dict[str, int]:
        return {SUCCESSOR: self.retried}

    def broken(self, line: Line) -> Iterator[Broken]:
        for generation, values in self.values.items():
            if len(values) > 1:
                yield Broken(SUCCESSOR, Fault.TWICE, f"{len(values)} tokens of generation {generation}")
        for words in self.refused:
            yield Broken(SUCCESSOR, Fault.LOST, words)
        if self.asked_to_end and not self.ended_by:
            return  # nobody was told whether it is over
        alive = [is_alive(line, token) for token in self.access_tokens]
        if self.ended_by:
            if any(alive) or self._works(line):
                fault = Fault.LOST if self.ended_by == REVOCATION else Fault.TWICE
                yield Broken(self.ended_by, fault, f"and yet it lives; access tokens: {alive}")
            return
        if not all(alive):
            yield Broken(TOKEN, Fault.LOST, f"of a living family: {alive}")
        if not self._works(line):
            yield Broken(SUCCESSOR, Fault.LOST, "the newest refresh token does not work")

    def _works(self, line: Line) -> bool:
        form = {"grant_type": "refresh_token", "refresh_token": self.newest}
        answer = line.ask_until_answered("POST", "/token", form, self.app.basic)
        return answer.status == 200


class KeepRefreshing:
    """A few generations, then left alone, called back, or betrayed by a token of long ago."""

    def __init__(self, world: World) -> None:
        self._world = world

    def walk(self, line: Line) -> None:
        app = random.choice(REFRESHING)
        code = silent_code(self._world, Browser(line, self._world.visitor()), app)
        answer = code.redeem_until_answered(line)
        if answer.status != 200:
            return  # an answer with the tokens was lost
        family = Family.of(app, answer.json())
        code.may_have_ended = lambda: family.asked_to_end
        self._world.ledger.write(family)
        for _ in range(random.randint(1, 4)):
            if not self._one_step(family, line):
                return
        match random.random():
            case chance if chance < 0.25:
                self._call_back(family, line)
            case chance if chance < 0.4 and family.generation >= 2:
                self._reuse(family, line)

    def _one_step(self, family: Family, line: Line) -> bool:
        """From one generation to the next; False where the app gives up."""
        held = family.newest
        if random.random() < 0.25:
            other = self._world.elsewhere(lambda line: family.present_until_answered(line, held))
            answers = [family.present_until_answered(line, held), other.result()]
        else:
            answers = [family.present_until_answered(line, held)]
        if random.random() < 0.25:
            answers.append(family.present_until_answered(line, held))
        if None in answers:
            family.asked_to_end = True  # too late for an honest retry: it may have killed the family
            return False
        for answer in answers:
            if answer is not None and answer.status != 200:
                family.refused.append(f"an honest refresh: {answer.status} {answer.body!r}")
                return False
        family.retried += len(answers) - 1
        return True

    def _call_back(self, family: Family, line: Line) -> None:
        """Until it is acknowledged; only then it is surely over."""
        family.asked_to_end = True
        while not family.ended_by:
            try:
                answer = family.revoke(line)
            except AnswerLostError:
                time.sleep(0.02)
                continue
            if answer.status != 200:
                raise StrangePageError(f"not revoked: {answer.status} {answer.body!r}")
            family.ended_by = REVOCATION

    def _reuse(self, family: Family, line: Line) -> None:
        """A token of two generations ago, which a thief may have kept (RFC 9700 §4.14.2)."""
        family.asked_to_end = True
        old = next(iter(family.values[family.generation - 2]))
        answer = family.present(line, old)
        if answer.status == 200:
            family.refused.append("a token of two generations ago was exchanged")
        family.ended_by = REUSE
