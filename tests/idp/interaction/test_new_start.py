"""A new start behind a slip, by its verbs: once over all processes, and whole or not at all (threats G07, H04, O02)."""

from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from idp.accounts.tries import Paused, Wrong
from idp.app import Installation
from idp.errors import Unavailable
from idp.interaction.handles import begin
from idp.interaction.new_start import NewStartProof
from idp.interaction.outcomes import Attempt, NotAllowed, Outcome, SignedIn, SlipOver
from idp.interaction.slip import SlipProof
from idp.model.account import Account
from idp.model.interaction import Interaction
from idp.model.policy import Authentication, Method
from tests.idp.installed import CITIZEN_ID, PHONE, Moment, installed, new_person, new_slip, request
from tests.idp.interaction.verbs import Verbs
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

NEW_PASSWORD = "江边的树 春天会开花"


class Paper:
    """Somebody with a slip, before a sign-in page."""

    def __init__(self, installation: Installation, typed: str = CITIZEN_ID) -> None:
        self.services = installation.services
        started = begin(request(), "browser", self.services.clock())
        named = Verbs(self.services).name(started, typed, self.services.clock(), is_shared_device=False)
        self.attempt = Attempt(named, self.services.channels["website"], None, self.services.clock())

    def shows(self, code: str) -> Interaction | Wrong | Paused | NotAllowed:
        shown = SlipProof(self.services).show(self.attempt, code)
        if isinstance(shown, Interaction):
            self.attempt = replace(self.attempt, interaction=shown)
        return shown

    def sets(self, password: str = NEW_PASSWORD) -> Outcome:
        while True:
            with suppress(Unavailable):  # more at once than may hash at once: the page says to try again
                outcome = NewStartProof(self.services).by_password(self.attempt, password)
                assert not isinstance(outcome, str)
                return outcome


@pytest.fixture
def person(installation_on_each_store: Installation) -> Account:
    return new_person(installation_on_each_store)


@pytest.fixture
def code(installation_on_each_store: Installation, person: Account) -> str:
    return new_slip(installation_on_each_store, person)


def test_a_new_start_signs_in_by_what_was_set(installation_on_each_store: Installation, code: str) -> None:
    """The level stays true: a slip adds nothing to what was shown. Mutation: two kinds for one proof."""
    paper = Paper(installation_on_each_store)
    assert isinstance(paper.shows(code), Interaction)
    outcome = paper.sets()
    assert isinstance(outcome, SignedIn)
    assert outcome.session.methods == (Method.PASSWORD,)
    assert outcome.session.authentication is Authentication.A1


def test_of_twenty_new_starts_at_once_one_is_made(
    installation_on_each_store: Installation, code: str, person: Account
) -> None:
    """Threat O02. Mutations: the slip is looked at and not used; used in another transaction than the change."""
    papers = [Paper(installation_on_each_store) for _ in range(20)]
    for paper in papers:
        assert isinstance(paper.shows(code), Interaction)
    outcomes = storm(len(papers), lambda number: type(papers[number].sets(f"{NEW_PASSWORD} {number}")))
    assert outcomes.count(SignedIn) == 1
    assert set(outcomes) == {SignedIn, SlipOver}
    with installation_on_each_store.services.begin() as unit_of_work:
        assert len(unit_of_work.sessions.unended(person.id)) == 1


def test_another_process_and_an_emptied_cache_bring_no_slip_back(
    installation_on_each_store: Installation, code: str, storage_urls: StorageUrls, tmp_path: Path, clock: Moment
) -> None:
    """Threats G07, O04. Mutation: what was used is remembered in the process, or in the ephemeral store."""
    early = Paper(installation_on_each_store)
    early.shows(code)
    paper = Paper(installation_on_each_store)
    paper.shows(code)
    assert isinstance(paper.sets(), SignedIn)
    emptied = replace(storage_urls, ephemeral=f"sqlite:///{tmp_path / 'emptied.db'}")
    another = installed(emptied, tmp_path, clock)
    assert isinstance(Paper(another).shows(code), Wrong)
    early.services = another.services
    assert isinstance(early.sets(), SlipOver)
    another.storage.close()


def test_who_knows_the_password_guesses_slips_no_faster(
    installation_on_each_store: Installation, code: str, clock: Moment
) -> None:
    """Threat H02. Mutation: one counter alone, which every right password clears."""
    del code
    tried = 0
    for _ in range(4):
        paper = Paper(installation_on_each_store, PHONE)
        verbs = Verbs(paper.services)
        assert isinstance(verbs.check_password(paper.attempt, "a pass phrase of a test"), SignedIn)
        tried += sum(not isinstance(paper.shows("0000 0000"), Paused) for _ in range(4))
    assert tried == 4
    clock.pass_by(61)
    assert isinstance(Paper(installation_on_each_store).shows("0000 0000"), Wrong | Paused)


def test_nobody_learns_who_has_a_slip(installation: Installation) -> None:
    """Threat G01. Mutation: another outcome for who was given none, or has no account."""
    new_slip(installation, new_person(installation))
    outcomes = [
        [Paper(installation, typed).shows("0000 0000") for _ in range(6)]
        for typed in (CITIZEN_ID, "13912345678", "890102193705120027")
    ]
    assert outcomes[0] == outcomes[1] == outcomes[2]
