"""Signing in by a recovery code: once, by its person alone, seen by its person (threats H02, H04, H05)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from idp.accounts.act import Act
from idp.accounts.held import held_by
from idp.accounts.methods import Methods
from idp.accounts.status import Reason, unfreeze
from idp.accounts.tries import Paused, Wrong
from idp.app import Installation
from idp.interaction.handles import begin
from idp.interaction.outcomes import Attempt, NotAllowed, Outcome, SignedIn, Used
from idp.interaction.second_proof import Climb, ask_second, methods_left, page_of
from idp.model.account import Account
from idp.model.policy import Authentication, Level, Method
from idp.model.session import Visitor
from tests.idp.accounts.notices_of import notices_of
from tests.idp.installed import PASSWORD, PHONE, Moment, freeze, installed, new_person, request
from tests.idp.interaction.verbs import Verbs
from tests.idp.storage.made import session
from tests.idp.storage.storm import storm
from tests.plugins.private_servers import StorageUrls

NONE_OF_THEM = "0000 0000 0000 0000"


class Sheet:
    """A person with a sheet of paper, before a sign-in page."""

    def __init__(self, installation: Installation, typed: str = PHONE) -> None:
        self.services = installation.services
        self.verbs = Verbs(self.services)
        started = begin(request(), "browser", self.services.clock())
        interaction = self.verbs.name(started, typed, self.services.clock(), is_shared_device=False)
        self.attempt = Attempt(interaction, self.services.channels["website"], None, self.services.clock())

    def types(self, code: str) -> Outcome:
        return self.verbs.check_recovery_code(self.attempt, code)


def make_codes(installation: Installation, account: Account) -> Sequence[str]:
    with installation.services.begin() as unit_of_work:
        visitor = Visitor(session=session(unit_of_work, account.id), account=account)
        unit_of_work.commit()
    return Methods(installation.services).make_recovery_codes(Act(visitor, "zh-CN", installation.services.clock()))


@pytest.fixture
def person(installation_on_each_store: Installation) -> Account:
    return new_person(installation_on_each_store)


@pytest.fixture
def codes(installation_on_each_store: Installation, person: Account) -> Sequence[str]:
    made = make_codes(installation_on_each_store, person)
    notices_of(installation_on_each_store)
    return made


def test_each_code_opens_a_session_once_and_its_person_hears_of_it(
    installation_on_each_store: Installation, codes: Sequence[str]
) -> None:
    """Threats H04, H05. Mutations: not used up; used up outside the transaction; nobody told, or told twice over."""
    for number, code in enumerate(codes[:2]):
        outcome = Sheet(installation_on_each_store).types(code)
        assert isinstance(outcome, SignedIn)
        assert outcome.session.methods == (Method.RECOVERY_CODE,)
        assert outcome.session.authentication is Authentication.A1
        assert isinstance(Sheet(installation_on_each_store).types(code), Used)
        (told,) = notices_of(installation_on_each_store)
        assert "备用码登录" in told.payload["text"]
        with installation_on_each_store.services.begin() as unit_of_work:
            batch = unit_of_work.recovery_codes.batch(outcome.session.account_id)
        assert batch is not None
        assert batch.left == 9 - number


def test_a_new_batch_kills_the_old_one(
    installation_on_each_store: Installation, person: Account, codes: Sequence[str]
) -> None:
    """Threat H04. Mutation: the old digests stay."""
    newer = make_codes(installation_on_each_store, person)
    assert isinstance(Sheet(installation_on_each_store).types(codes[0]), Wrong)
    assert isinstance(Sheet(installation_on_each_store).types(newer[0]), SignedIn)


def test_another_process_and_an_emptied_cache_bring_no_code_back(
    installation_on_each_store: Installation,
    codes: Sequence[str],
    storage_urls: StorageUrls,
    tmp_path: Path,
    clock: Moment,
) -> None:
    """Threats H04, O04. Mutation: used codes remembered in the process, or in the ephemeral store."""
    assert isinstance(Sheet(installation_on_each_store).types(codes[0]), SignedIn)
    emptied = replace(storage_urls, ephemeral=f"sqlite:///{tmp_path / 'emptied.db'}")
    another = installed(emptied, tmp_path, clock)
    assert isinstance(Sheet(another).types(codes[0]), Used)
    assert isinstance(Sheet(another).types(codes[1]), SignedIn)
    another.storage.close()


def test_of_twenty_sign_ins_at_once_one_succeeds(
    installation_on_each_store: Installation, codes: Sequence[str]
) -> None:
    """Threats H04, O02: whoever is too many may also be paused. Mutation: look whether it is used, then write it."""
    sheets = [Sheet(installation_on_each_store) for _ in range(20)]
    outcomes = storm(len(sheets), lambda number: type(sheets[number].types(codes[0])))
    assert outcomes.count(SignedIn) == 1
    assert set(outcomes) <= {SignedIn, Used, Paused}


def test_the_code_of_somebody_else_opens_nothing(
    installation_on_each_store: Installation, codes: Sequence[str]
) -> None:
    """Mutation: looked up by the code alone."""
    with installation_on_each_store.services.begin() as unit_of_work:
        account = unit_of_work.accounts.by_uid("nobody")
    assert account is None
    assert isinstance(Sheet(installation_on_each_store, "13912345678").types(codes[0]), Wrong)
    assert isinstance(Sheet(installation_on_each_store).types(codes[0]), SignedIn)


def test_who_knows_the_password_guesses_codes_no_faster(
    installation_on_each_store: Installation, codes: Sequence[str], clock: Moment
) -> None:
    """Threat H02. Mutation: one counter alone, which every right password clears."""
    tried = 0
    for _ in range(4):
        sheet = Sheet(installation_on_each_store)
        assert isinstance(sheet.verbs.check_password(sheet.attempt, PASSWORD), SignedIn)
        tried += sum(not isinstance(sheet.types(NONE_OF_THEM), Paused) for _ in range(4))
    assert tried == 4
    clock.pass_by(61)
    assert isinstance(Sheet(installation_on_each_store).types(codes[0]), SignedIn)


def test_nobody_learns_who_has_codes(installation: Installation) -> None:
    """Threat G01. Mutations: another outcome for who made none, or has no account."""
    make_codes(installation, new_person(installation))
    outcomes = [
        [Sheet(installation, typed).types(NONE_OF_THEM) for _ in range(6)]
        for typed in (PHONE, "13912345678", "890102193705120027")
    ]
    assert outcomes[0] == outcomes[1] == outcomes[2]


def test_a_frozen_person_keeps_the_code(
    installation_on_each_store: Installation, person: Account, codes: Sequence[str], clock: Moment
) -> None:
    """Mutation: used up before anybody looks whether it opens something."""
    freeze(installation_on_each_store, person)
    assert isinstance(Sheet(installation_on_each_store).types(codes[0]), NotAllowed)
    with installation_on_each_store.services.begin() as unit_of_work:
        unfreeze(unit_of_work, person.id, Reason.SETTLED, clock())
        unit_of_work.commit()
    assert isinstance(Sheet(installation_on_each_store).types(codes[0]), SignedIn)


def test_a_code_is_the_second_proof_beside_a_password_and_offered_while_one_is_left(
    installation_on_each_store: Installation, codes: Sequence[str], clock: Moment
) -> None:
    """C06. Mutations: offered first; offered beside a message code; offered when all are used up."""
    services = installation_on_each_store.services
    sheet = Sheet(installation_on_each_store)
    first = sheet.verbs.check_password(sheet.attempt, PASSWORD)
    assert isinstance(first, SignedIn)
    website = services.channels["website"]
    with services.begin() as unit_of_work:
        held = held_by(services, unit_of_work, first.session.account_id)
    assert methods_left(first.session, held, website) == (Method.MESSAGE_CODE, Method.RECOVERY_CODE)
    by_message = replace(first.session, methods=(Method.MESSAGE_CODE,))
    assert methods_left(by_message, held, website) == (Method.PASSWORD,)
    asked = ask_second(first.interaction, first.session, held, (Method.RECOVERY_CODE,), Climb(Level.FOUR, Level.THREE))
    assert page_of(asked) == "ways"
    sheet.attempt = replace(sheet.attempt, interaction=asked, session=first.session)
    outcome = sheet.types(codes[0])
    assert isinstance(outcome, SignedIn)
    assert outcome.session.authentication is Authentication.A2
    with services.begin() as unit_of_work:
        for code in codes[1:]:
            digests = services.recovery_codes.digests(first.session.account_id, code)
            assert unit_of_work.recovery_codes.use(first.session.account_id, digests, clock())
        unit_of_work.commit()
        held = held_by(services, unit_of_work, first.session.account_id)
    assert Method.RECOVERY_CODE not in held.methods
