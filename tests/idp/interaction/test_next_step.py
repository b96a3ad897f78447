"""The one next step: a table over everything that was asked and everything that was done."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

import pytest

from idp.clock import Instant
from idp.interaction.next_step import (
    FRESH_SECONDS,
    AskConsent,
    LogIn,
    OfferName,
    OfferProofing,
    Proceed,
    ProveFactor,
    Refuse,
    Register,
    RenewPassword,
    Situation,
    Step,
    asked_of,
    next_step,
)
from idp.model.account import Account, AccountStatus, Proofed
from idp.model.consent import Consent
from idp.model.interaction import ConsentDecision, Interaction
from idp.model.policy import Level, Method, Proofing, Requirement
from idp.model.session import Session, VisitorAtClient
from tests.idp.installed import NOW, request

ME, SOMEBODY_ELSE = 7, 8
ASKED = ("openid", "profile")
LESS = ("openid",)


@dataclass(frozen=True)
class SignedIn:
    """A session of this browser: how old its sign-in is, and whether it was made in this interaction."""

    age: int
    is_made_here: bool = False
    has_been_replaced: bool = False

    @property
    def counts_as_answer(self) -> bool:
        """Made in this interaction, at most ten minutes ago, and it is the session that lives."""
        return self.is_made_here and self.age <= 600 and not self.has_been_replaced


SESSIONS = {
    "none": None,
    "old": SignedIn(age=10_000),
    "fresh, made elsewhere": SignedIn(age=1),
    "made here": SignedIn(age=1, is_made_here=True),
    "made here ten minutes ago": SignedIn(age=600, is_made_here=True),
    "made here too long ago": SignedIn(age=601, is_made_here=True),
    "made here, since replaced": SignedIn(age=1, is_made_here=True, has_been_replaced=True),
}
PROMPTS = ((), ("none",), ("login",), ("consent",), ("select_account",), ("login", "consent"), ("create",))
MAX_AGES = (None, 0, 60, 100_000)
LEVELS = (
    (Level.THREE, Level.THREE, Level.NONE, Level.NONE),
    (Level.TWO, Level.THREE, Level.NONE, Level.NONE),
    (Level.TWO, Level.FOUR, Level.THREE, Level.NONE),
    (Level.THREE, Level.FOUR, Level.FOUR, Level.NONE),
    (Level.FIVE, Level.NONE, Level.NONE, Level.NONE),
    (Level.THREE, Level.TWO, Level.NONE, Level.FOUR),
)
"""Reached, required, in reach by a second proof, and wished where such a proof would reach it."""
STATES = ("", "keeps its level", "password due", "proofing helps", "would not be proofed")
CONSENTS = ("not asked for", "none", "covers", "too narrow", "answered yes", "answered no", "answered by another")


@dataclass(frozen=True)
class Case:
    """One row of the table."""

    session: SignedIn | None
    prompt: tuple[str, ...]
    max_age: int | None
    reached: Level
    required: Level
    in_reach: Level
    wished: Level
    state: str
    consent: str
    is_person_meant: bool

    def step(self) -> Step:
        """What the decision says."""
        return next_step(self._interaction(), self._situation())

    def _interaction(self) -> Interaction:
        asked = request(prompt=self.prompt, scope=ASKED, max_age=self.max_age)
        keeps = self.state == "keeps its level"
        interaction = Interaction(id="i", request=asked, created_at=NOW, browser="b", keeps_level=keeps)
        if self.state == "would not be proofed":
            interaction = replace(interaction, proofing="answered")
        if self.session is not None and self.session.is_made_here:
            made = 99 if self.session.has_been_replaced else 1
            interaction = interaction.with_sign_in(made, Instant(NOW - self.session.age))
        if not self.consent.startswith("answered"):
            return interaction
        account_id = SOMEBODY_ELSE if self.consent == "answered by another" else ME
        is_allowed = self.consent != "answered no"
        return interaction.with_consent(ConsentDecision(account_id=account_id, allowed=is_allowed, scope=LESS, at=NOW))

    def _situation(self) -> Situation:
        given = {"covers": ASKED, "too narrow": LESS}.get(self.consent)
        consent = given and Consent(account_id=ME, client_id="housing-fund", scope=given, given_at=NOW)
        return Situation(
            visitor=None if self.session is None else _visitor(self.session.age, consent or None),
            reached=Level.NONE if self.session is None else self.reached,
            requirement=Requirement(
                level=self.required, max_age=self.max_age, asks_consent=self.consent != "not asked for", reasons=()
            ),
            now=NOW,
            is_person_meant=self.is_person_meant,
            in_reach=self.in_reach,
            wished=self.wished,
            is_password_due=self.state == "password due",
            proofing_helps=self.state in {"proofing helps", "would not be proofed"},
        )


def _visitor(age: int, consent: Consent | None) -> VisitorAtClient:
    account = Account(
        id=ME,
        uid="uid",
        status=AccountStatus.ACTIVE,
        proofings=(Proofed(Proofing.P2, None),),
        is_sandbox=False,
        created_at=NOW,
    )
    return VisitorAtClient(session=_session(age), account=account, sub="sub", consent=consent, takes_part=False)


def _session(age: int) -> Session:
    at = Instant(NOW - age)
    return Session(
        id=1,
        sid="sid",
        secret_digest=b"",
        account_id=ME,
        channel="website",
        methods=(Method.PASSWORD,),
        auth_time=at,
        created_at=at,
        last_seen_at=at,
        expires_at=Instant(NOW + 1),
        ended_at=None,
        is_shared_device=False,
    )


def table() -> Iterator[Case]:
    """Every combination."""
    for session, prompt, max_age, levels, state, consent, is_person_meant in product(
        SESSIONS.values(), PROMPTS, MAX_AGES, LEVELS, STATES, CONSENTS, (True, False)
    ):
        yield Case(session, prompt, max_age, *levels, state, consent, is_person_meant)


def expected(case: Case) -> Step | str:
    """What OpenID Connect Core §3.1.2.1 and DESIGN (The authorization request, 5) say; an error as its code."""
    sign_in = Register if "create" in case.prompt else LogIn
    if case.session is None:
        return _unless_silent(case, sign_in(), "login_required")
    if not case.session.counts_as_answer:
        is_asked_again = bool({"login", "select_account", "create"} & set(case.prompt))
        if is_asked_again or (case.max_age is not None and case.session.age > case.max_age):
            return _unless_silent(case, sign_in(again=True), "login_required")
    if not case.is_person_meant:
        return (
            "login_required"
            if case.session.counts_as_answer
            else _unless_silent(case, sign_in(again=True), "login_required")
        )
    if case.state == "password due":
        return _unless_silent(case, RenewPassword(), "interaction_required")
    return _expected_of_level(case) or _expected_of_consent(case)


def _unless_silent(case: Case, step: Step, error: str) -> Step | str:
    return error if case.prompt == ("none",) else step


def _expected_of_level(case: Case) -> Step | str | None:
    if case.reached < case.required:
        if case.in_reach < case.required and case.state == "proofing helps":
            return _unless_silent(case, OfferProofing(), "interaction_required")
        if case.in_reach < case.required:
            return "unmet_authentication_requirements"
        return _unless_silent(case, ProveFactor(), "login_required")
    if case.wished and case.prompt != ("none",) and case.state != "keeps its level":
        return ProveFactor()
    return None


def _expected_of_consent(case: Case) -> Step | str:
    if case.consent in {"answered yes", "answered no"}:
        return Proceed(LESS) if case.consent == "answered yes" else "access_denied"
    if "consent" not in case.prompt and case.consent in {"not asked for", "covers"}:
        return Proceed(ASKED)
    return "consent_required" if case.prompt == ("none",) else AskConsent()


def test_every_combination_has_the_one_right_step() -> None:
    """Mutations: any condition negated or left out; `<` for `<=` at ten minutes; another's answer counted;
    tokens for another person than was named; a second proof asked for where it would not do, or by a silent request.
    """
    assert FRESH_SECONDS == 600
    cases = list(table())
    assert len(cases) == 7 * 7 * 4 * 6 * 5 * 7 * 2
    wrong = []
    for case in cases:
        step = case.step()
        if (step.error if isinstance(step, Refuse) else step) != expected(case):
            wrong.append((case, step))
    assert wrong == []


def test_a_silent_request_never_shows_a_page() -> None:
    """Mutation: `AskConsent` or `LogIn` whatever the prompt says."""
    silent = [case.step() for case in table() if case.prompt == ("none",)]
    assert {type(step) for step in silent} == {Proceed, Refuse}


def test_only_a_sign_in_of_this_interaction_answers_prompt_login() -> None:
    """Mutation: believing `auth_time`, which another tab's sign-in moves as well."""
    for case in table():
        if "login" in case.prompt and not isinstance(case.step(), LogIn):
            assert case.session is not None
            assert case.session.counts_as_answer


def test_offline_access_counts_only_where_it_was_asked_for() -> None:
    """OpenID Connect Core §11. Mutation: `asked_of` leaves the scope as it is."""
    offline = (*ASKED, "offline_access")
    given = Consent(account_id=ME, client_id="housing-fund", scope=offline, given_at=NOW)
    left_out = Consent(account_id=ME, client_id="housing-fund", scope=ASKED, left_out=offline[-1:], given_at=NOW)
    assert asked_of(request(scope=offline), None) == ASKED
    assert asked_of(request(scope=offline), left_out) == ASKED
    assert asked_of(request(scope=offline), given) == offline
    assert asked_of(request(scope=offline, prompt=("login", "consent")), None) == offline
    assert asked_of(request(scope=ASKED, prompt=("consent",)), given) == ASKED


def test_what_is_refused_is_told_in_our_own_words() -> None:
    for step in {case.step() for case in table()}:
        if isinstance(step, Refuse):
            assert step.public.isascii()
            assert step.public.endswith(".")


SIGNED_IN_HERE = SignedIn(age=1, is_made_here=True)
ONE, TWO, THREE = Level.ONE, Level.TWO, Level.THREE


@pytest.mark.parametrize(
    ("naming", "is_nameless", "required", "helps", "is_offered"),
    [
        ("offered", True, Level.NONE, True, True),
        ("offered", True, TWO, True, True),
        ("answered", True, Level.NONE, True, False),
        ("answered", True, TWO, True, False),
        ("offered", False, Level.NONE, False, False),
        (None, True, ONE, True, False),
        (None, True, TWO, True, True),
        (None, True, THREE, False, False),
        ("offered", True, THREE, False, False),
        (None, False, TWO, False, False),
    ],
)
def test_a_name_is_asked_for_once_and_where_it_helps(
    naming: Literal["offered", "answered"] | None,
    is_nameless: bool,
    required: Level,
    helps: bool,
    is_offered: bool,
) -> None:
    """Mutations: whoever put it off is asked again for ever; everybody without a name is asked at every app."""
    for prompt in ((), ("none",)):
        case = Case(SIGNED_IN_HERE, prompt, None, ONE, required, Level.NONE, Level.NONE, "", "not asked for", True)
        situation = replace(case._situation(), is_nameless=is_nameless, naming_helps=helps)
        step = next_step(replace(case._interaction(), naming=naming), situation)
        assert (step == OfferName()) is (is_offered and not prompt)
