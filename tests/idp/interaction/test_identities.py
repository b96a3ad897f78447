"""For whom somebody acts at an app: a table over what they may choose, what they chose, and what is asked silently."""

from dataclasses import replace
from itertools import product

from idp.interaction.handles import begin
from idp.interaction.next_step import (
    AskConsent,
    ChooseIdentity,
    Identities,
    Proceed,
    ProveFactor,
    Refuse,
    Situation,
    next_step,
)
from idp.model.interaction import ConsentDecision, IdentityChoice, Interaction
from idp.model.policy import Level
from tests.idp.installed import NOW, request
from tests.idp.interaction.test_next_step import ASKED, ME, SIGNED_IN_HERE, SOMEBODY_ELSE, Case

ONE, OTHER, GONE = 11, 12, 99
OFFERS = {"none": None, "nothing": (), "one": (ONE,), "two": (ONE, OTHER)}
CHOICES: dict[str, tuple[int, int | None] | None] = {
    "not asked": None,
    "self": (ME, None),
    "one": (ME, ONE),
    "gone": (ME, GONE),
    "another person's": (SOMEBODY_ELSE, ONE),
}
LAST: dict[str, tuple[bool, int | None]] = {
    "never": (False, None),
    "self": (True, None),
    "one": (True, ONE),
    "gone": (True, GONE),
}
SIGNED_IN = Case(SIGNED_IN_HERE, (), None, Level.THREE, Level.THREE, Level.NONE, Level.NONE, "", "not asked for", True)


def situation(offer: tuple[int, ...] | None, last: tuple[bool, int | None], *, is_wanted: bool) -> Situation:
    identities = None
    if offer is not None:
        identities = Identities(mandates=offer, is_wanted=is_wanted, was_used=last[0], last_used=last[1])
    return replace(SIGNED_IN._situation(), identities=identities)


def interaction(choice: tuple[int, int | None] | None, *, is_silent: bool) -> Interaction:
    started = SIGNED_IN._interaction()
    asked = request(prompt=("none",) if is_silent else (), scope=ASKED)
    return replace(
        started,
        request=asked,
        identity=None if choice is None else IdentityChoice(account_id=choice[0], mandate_id=choice[1], at=NOW),
    )


def expected(
    offer: tuple[int, ...] | None,
    choice: tuple[int, int | None] | None,
    last: tuple[bool, int | None],
    *,
    is_silent: bool,
    is_wanted: bool,
) -> object:
    """What MISSION says: nobody acts for another by mistake, by silence, or by a mandate that is over; nor as themselves by one."""
    if offer is None:
        chose_somebody = choice is not None and choice[0] == ME and choice[1] is not None
        again = "interaction_required" if is_silent else ChooseIdentity()
        return again if chose_somebody else Proceed(ASKED)
    if is_wanted and not offer:
        return "access_denied"
    allowed = {*offer, *([] if is_wanted else [None])}
    if choice is not None and choice[0] == ME and choice[1] in allowed:
        return Proceed(ASKED, choice[1])
    if not is_silent:
        return ChooseIdentity()
    if last[0] and last[1] in allowed:
        return Proceed(ASKED, last[1])
    return "interaction_required"


def test_every_combination_has_the_one_right_step() -> None:
    """Mutations: any condition of `_identity` negated or left out; another person's choice counted; silence chooses."""
    wrong = []
    table = list(product(OFFERS.values(), CHOICES.values(), LAST.values(), (False, True), (False, True)))
    assert len(table) == 4 * 5 * 4 * 2 * 2
    for offer, choice, last, is_silent, is_wanted in table:
        step = next_step(interaction(choice, is_silent=is_silent), situation(offer, last, is_wanted=is_wanted))
        told = step.error if isinstance(step, Refuse) else step
        if told != expected(offer, choice, last, is_silent=is_silent, is_wanted=is_wanted):
            wrong.append((offer, choice, last, is_silent, is_wanted, step))
    assert wrong == []


def test_it_is_asked_once_the_person_is_sure_enough_and_before_they_allow_anything() -> None:
    """Mutations: before the second proof; after the consent, which would be another person's."""
    asked = interaction(None, is_silent=False)
    low = replace(situation((ONE,), (False, None), is_wanted=False), reached=Level.TWO, in_reach=Level.THREE)
    assert next_step(asked, low) == ProveFactor()
    wants = Case(SIGNED_IN_HERE, (), None, Level.THREE, Level.THREE, Level.NONE, Level.NONE, "", "none", True)
    consenting = replace(wants._situation(), identities=Identities(mandates=(ONE,)))
    assert next_step(asked, consenting) == ChooseIdentity()
    chosen = interaction((ME, ONE), is_silent=False)
    assert next_step(chosen, consenting) == AskConsent()
    answered = chosen.with_consent(ConsentDecision(account_id=ME, allowed=True, scope=ASKED, at=NOW))
    assert next_step(answered, consenting) == Proceed(ASKED, ONE)


def test_another_choice_asks_for_the_consent_again() -> None:
    from idp.interaction.identities import choose

    answered = replace(
        begin(request(), "browser", NOW), consent=ConsentDecision(account_id=ME, allowed=True, scope=ASKED, at=NOW)
    )
    first = choose(answered, IdentityChoice(account_id=ME, mandate_id=ONE, at=NOW))
    assert first.consent is not None
    same = choose(first, IdentityChoice(account_id=ME, mandate_id=ONE, at=NOW))
    assert same.consent is not None
    other = choose(first, IdentityChoice(account_id=ME, mandate_id=None, at=NOW))
    assert other.consent is None
