"""The decision: rules only tighten, their order is nothing."""

from dataclasses import replace
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st

from idp.model.policy import Facts, Level
from idp.policy.decide import decide
from idp.policy.rules import Rule

APPS, CHANNELS = ("housing-fund", "licence-library"), ("website", "app")
SCOPES = ("openid", "profile", "phone", "id_number", "id_match")


def some(values: tuple[str, ...]) -> st.SearchStrategy[frozenset[str]]:
    return st.frozensets(st.sampled_from(values))


ages = st.none() | st.integers(0, 10_000)
rules = st.builds(
    Rule,
    name=st.text("abc", min_size=1, max_size=4),
    client_ids=some(APPS),
    channels=some(CHANNELS),
    scopes=some(SCOPES),
    level=st.sampled_from(Level),
    max_age=ages,
    asks_consent=st.booleans(),
)
facts = st.builds(
    Facts,
    client_id=st.sampled_from(APPS),
    client_level=st.sampled_from(Level),
    channel=st.sampled_from(CHANNELS),
    channel_ceiling=st.sampled_from(Level),
    requested_level=st.sampled_from(Level),
    max_age=ages,
    scope=st.lists(st.sampled_from(SCOPES), unique=True).map(tuple),
)
unlimited = 10**9


@settings(max_examples=200, deadline=None)
@given(facts, st.lists(rules, max_size=4), rules, st.booleans())
def test_one_more_rule_never_loosens(known: Facts, there: list[Rule], added: Rule, asks_consent: bool) -> None:
    """Mutations: `min` of levels, `max` of ages, the last rule wins, consent by `and`."""
    before = decide(known, there, client_asks_consent=asks_consent)
    after = decide(known, [*there, added], client_asks_consent=asks_consent)
    assert after.level >= before.level
    assert (unlimited if after.max_age is None else after.max_age) <= (
        unlimited if before.max_age is None else before.max_age
    )
    assert after.asks_consent >= before.asks_consent
    assert set(before.reasons) <= set(after.reasons)
    if not added.matches(known):
        assert after == before


@settings(max_examples=100, deadline=None)
@given(facts, st.lists(rules, max_size=4, unique_by=lambda rule: rule.name), st.booleans())
def test_the_order_of_rules_is_nothing(known: Facts, there: list[Rule], asks_consent: bool) -> None:
    """Mutation: reasons in the order in which the rules are written."""
    decisions = {decide(known, order, client_asks_consent=asks_consent) for order in permutations(there)}
    assert len(decisions) == 1


@settings(max_examples=100, deadline=None)
@given(facts, st.lists(rules, max_size=4), st.booleans())
def test_registration_and_request_stand_under_every_decision(
    known: Facts, there: list[Rule], asks_consent: bool
) -> None:
    decided = decide(known, there, client_asks_consent=asks_consent)
    assert decided.level >= max(known.client_level, known.requested_level)
    assert known.max_age is None or (decided.max_age is not None and decided.max_age <= known.max_age)
    assert decided.asks_consent >= asks_consent


def test_a_rule_matches_where_all_its_conditions_hold() -> None:
    """Mutation: `or` between conditions; an empty condition that matches nothing."""
    known = Facts(
        client_id="housing-fund",
        client_level=Level.ONE,
        channel="website",
        channel_ceiling=Level.FIVE,
        scope=("openid", "phone"),
    )
    for rule, matches in (
        (Rule(name="everywhere"), True),
        (Rule(name="app", client_ids=frozenset({"housing-fund"})), True),
        (Rule(name="other app", client_ids=frozenset({"licence-library"})), False),
        (Rule(name="phone", scopes=frozenset({"phone", "email"})), True),
        (Rule(name="mail", scopes=frozenset({"email"})), False),
        (Rule(name="app, other channel", client_ids=frozenset({"housing-fund"}), channels=frozenset({"tv"})), False),
        (Rule(name="all", client_ids=frozenset(APPS), channels=frozenset(CHANNELS), scopes=frozenset(SCOPES)), True),
    ):
        assert rule.matches(known) is matches, rule.name


def test_the_decision_names_the_rules_that_made_it() -> None:
    known = Facts(client_id="housing-fund", client_level=Level.TWO, channel="website", channel_ceiling=Level.FIVE)
    night = Rule(name="night", max_age=300)
    housing = Rule(name="housing", client_ids=frozenset({"housing-fund"}), level=Level.THREE, asks_consent=True)
    elsewhere = Rule(name="elsewhere", channels=frozenset({"tv"}), level=Level.FIVE)
    decided = decide(known, [night, elsewhere, housing], client_asks_consent=False)
    assert (decided.level, decided.max_age, decided.asks_consent) == (Level.THREE, 300, True)
    assert decided.reasons == ("housing", "night")


def test_what_is_asked_for_has_terms_of_its_own() -> None:
    """MISSION: the number only with its level and consent. Mutations: the terms of a scope passed over; a rule beside them."""
    known = Facts(client_id="housing-fund", client_level=Level.ONE, channel="website", channel_ceiling=Level.FIVE)
    for scope, level, asks in (
        (("openid", "profile", "birthdate", "age"), Level.ONE, False),
        (("openid", "id_match"), Level.THREE, False),
        (("openid", "id_number"), Level.THREE, True),
        (("licences:read",), Level.ONE, False),
    ):
        decided = decide(replace(known, scope=scope), [], client_asks_consent=False)
        assert (decided.level, decided.asks_consent) == (level, asks), scope
    higher = decide(replace(known, scope=("id_number",), client_level=Level.FOUR), [], client_asks_consent=False)
    assert higher.level is Level.FOUR
