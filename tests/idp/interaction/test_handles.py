"""Handles: an interaction travels sealed until something is done in it, and belongs to one browser."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from idp.app import Installation
from idp.clock import Instant
from idp.interaction.handles import LIFETIME, Interactions, begin
from idp.model.account import IdentifierKind
from idp.model.interaction import ConsentDecision, Interaction, LoginProgress, SecondProof
from idp.model.policy import Method
from idp.storage.ephemeral.table import NAME
from tests.idp.installed import NOW, Moment, request

BROWSER = "cookie-of-this-browser"
FULL = request(
    state="s\u0000\"'<中>",
    nonce="n",
    prompt=("login", "consent"),
    max_age=60,
    login_hint="13900000001",
    ui_locales=("zh-CN", "en"),
    acr_values=("urn:yizheng:level:3",),
    essential_acr=("urn:yizheng:level:4",),
    claims={"id_token": {"acr": {"essential": True, "values": ["urn:yizheng:level:4"]}}},
)


@pytest.fixture
def interactions(installation: Installation) -> Interactions:
    services = installation.services
    return Interactions(services.ephemeral, services.cipher, services.clock)


def started() -> Interaction:
    return begin(FULL, BROWSER, NOW)


def advanced(interaction: Interaction) -> Interaction:
    """Everything that can happen to one."""
    second = SecondProof(session_id=12, methods=(Method.ONE_TIME_CODE, Method.PASSWORD), level_needed=4, level_now=3)
    login = LoginProgress(
        kind=IdentifierKind.PHONE, typed="+8613900000001", account_id=7, challenge="c", code_sent_at=NOW, second=second
    )
    consent = ConsentDecision(account_id=7, allowed=True, scope=("openid",), at=NOW)
    return interaction.with_sign_in(12, NOW).with_consent(consent).with_login(login)


def stored(directory: Path) -> list[bytes]:
    """The values in the ephemeral store."""
    with closing(sqlite3.connect(directory / "ephemeral.db")) as connection:
        return [bytes(row[0]) for row in connection.execute(f"SELECT value FROM {NAME}")]


def test_sealed_and_stored_lead_to_the_same_interaction(interactions: Interactions) -> None:
    """Mutation: the sealed form wins over what was stored since (a back button would undo the sign-in)."""
    interaction = started()
    sealed = interactions.seal(interaction)
    assert interactions.find(sealed, BROWSER) == interaction
    done = advanced(interaction)
    short = interactions.save(done)
    assert short == interaction.id
    assert interactions.find(short, BROWSER) == done
    assert interactions.find(sealed, BROWSER) == done, "the back button leads to what was done"
    assert interactions.find(interactions.seal(done), BROWSER) == done


def test_nothing_is_stored_before_something_is_done(interactions: Interactions, tmp_path: Path) -> None:
    """Mutation: `save` where `seal` is called (threat N12)."""
    for _ in range(20):
        interactions.find(interactions.seal(started()), BROWSER)
    assert stored(tmp_path) == []


def test_a_stored_interaction_is_encrypted(interactions: Interactions, tmp_path: Path) -> None:
    """Mutation: storing the JSON as it is."""
    interactions.save(advanced(started()))
    (value,) = stored(tmp_path)
    assert len(value) > 200
    assert b"13900000001" not in value
    assert b"housing-fund" not in value


@pytest.mark.parametrize("browser", [None, "", "another", f"{BROWSER} ", BROWSER.upper(), "中", "\ud800", "\0"])
def test_another_browser_is_refused(interactions: Interactions, browser: str | None) -> None:
    """Mutation: the digest not compared, or a missing cookie taken for a match."""
    interaction = started()
    assert interactions.find(interactions.seal(interaction), browser) is None
    assert interactions.find(interactions.save(interaction), browser) is None


def test_an_interaction_lives_for_a_day(interactions: Interactions, clock: Moment) -> None:
    """Mutation: no look at `created_at`, which is all that ends a sealed handle."""
    interaction = started()
    sealed, short = interactions.seal(interaction), interactions.save(interaction)
    clock.pass_by(LIFETIME - 1)
    assert interactions.find(sealed, BROWSER) == interactions.find(short, BROWSER) == interaction
    assert interactions.save(interaction) == short, "a step at the very end is still taken"
    clock.pass_by(1)
    assert interactions.find(sealed, BROWSER) is None
    assert interactions.find(short, BROWSER) is None
    interactions.save(interaction)
    assert interactions.find(short, BROWSER) is None


def test_one_handle_is_one_address(interactions: Interactions) -> None:
    """Mutation: lenient base64, by which `handle=.css` is the same interaction to us and a stylesheet to a cache."""
    handle = interactions.seal(started())
    for other in (
        f"{handle}=",
        f"{handle}=.css",
        f"{handle}.css",
        f"{handle}\n",
        f" {handle}",
        f"{handle[:9]}!{handle[9:]}",
    ):
        assert interactions.find(other, BROWSER) is None


def test_a_tampered_or_truncated_handle_opens_nothing(interactions: Interactions) -> None:
    """Mutation: encryption without authentication."""
    handle = interactions.seal(started())
    for length in range(0, len(handle), 7):
        assert interactions.find(handle[:length], BROWSER) is None
    for position in range(1, len(handle), 5):
        other = "A" if handle[position] != "A" else "B"
        assert interactions.find(f"{handle[:position]}{other}{handle[position + 1 :]}", BROWSER) is None


def test_what_is_stored_for_one_id_opens_under_no_other(installation: Installation, interactions: Interactions) -> None:
    """Mutation: the id left out of the authenticated context."""
    mine, other = started(), started()
    interactions.save(mine)
    stored = installation.services.ephemeral.get(f"interaction:{mine.id}")
    assert stored is not None
    installation.services.ephemeral.put(f"interaction:{other.id}", stored, 60)
    assert interactions.find(other.id, BROWSER) is None


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(handle=st.text(st.characters(), max_size=200) | st.text("~A_-=.", max_size=80), browser=st.none() | st.text())
def test_hostile_handles_find_nothing_and_never_raise(
    interactions: Interactions, handle: str, browser: str | None
) -> None:
    for hostile in (handle, f"~{handle}"):
        assert interactions.find(hostile, browser) is None


def test_every_interaction_has_an_id_of_its_own() -> None:
    assert len({started().id for _ in range(100)}) == 100
    assert started().browser == replace(started(), created_at=Instant(0)).browser
    assert BROWSER not in started().browser
