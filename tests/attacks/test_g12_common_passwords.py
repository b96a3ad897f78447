"""G12 and G04 at the door where a password is set: what others know or try first is refused with the reason, unhashed.

NFC and NFD, capitals, spaces and full width hide nothing; what is good is taken whole.
"""

import time
import unicodedata

import pytest

from idp.events import Action
from idp.model.credential import CredentialKind
from tests.attacks.answers import gives_session
from tests.attacks.messages import a_minute_later
from tests.attacks.rig import Browser, Target, authorization_url
from tests.browser.visitor import SANDBOX_CODE
from tests.plugins.running_idp import Person

DOOR = "/me/methods/password"
GOOD = "un café à l’école № 一证 Å"
COMMON = ("woaini1314", "WoAiNi1314", "ｗｏａｉｎｉ１３１４", "woaini 1314", "1qaz2wsx", "P@ssw0rd", "5201314520")
TRIED_FIRST = "别人会先试它"
PERSONAL = "别人猜得到"
"""Words of the page for each reason."""
Owner = tuple[Person, Browser]


@pytest.fixture
def owner(target: Target) -> Owner:
    """Somebody on the page of the new password, after both proofs that they have."""
    target.excuses(Action.CREDENTIAL_CHANGED, "what is stored is looked at")
    target.excuses(Action.AUTHORIZED, "the code that leads back to the account's own pages is nobody's")
    person, browser = target.idp.new_person(), target.browser()
    target.log.keep_out(person.phone, person.citizen_id, person.password)
    a_minute_later(target.idp, person.phone)
    target.registered |= {f"{target.issuer}/me/signed-in"}  # the account is an app of its own
    browser.follow(browser.sign_in(person))
    browser.open(DOOR)
    browser.follow(browser.submit(way="code"))
    browser.follow(browser.submit(code=SANDBOX_CODE, may_sign_in=True))
    browser.open(DOOR)
    assert browser.here.endswith(DOOR)
    return person, browser


def stored(target: Target, person: Person) -> str:
    with target.idp.installation.services.begin() as unit_of_work:
        credential = unit_of_work.credentials.get(person.account_id, CredentialKind.PASSWORD)
    assert credential is not None
    return credential.secret


def opens(target: Target, person: Person, password: str) -> bool:
    browser = target.browser()
    browser.open(authorization_url())
    browser.name(person.phone)
    answer = browser.submit(password=password, may_sign_in=True)
    return answer.status_code == 303 and gives_session(answer)


def test_what_others_try_first_is_refused_with_the_reason(target: Target, owner: Owner) -> None:
    """G12. Red when the list is asked for the bytes as they came, or asked after the password was stored."""
    person, browser = owner
    before = stored(target, person)
    for common in COMMON:
        answer = browser.submit(password=common)
        assert answer.status_code == 200, common
        assert TRIED_FIRST in answer.text, common
        assert 'aria-invalid="true"' in answer.text
    assert stored(target, person) == before


def test_what_others_know_of_the_person_is_refused_with_the_reason(target: Target, owner: Owner) -> None:
    """G12: citizen number, its last six and eight, birthday, phone. Red when one of them is left out."""
    person, browser = owner
    before, number = stored(target, person), person.citizen_id
    for known in (number, f"ab{number[-6:]}", number[-8:], f"{number[6:14]}ab", person.phone, f"+86 {person.phone}"):
        answer = browser.submit(password=known)
        assert answer.status_code == 200, known
        assert PERSONAL in answer.text, known
    assert stored(target, person) == before


def test_a_good_one_is_taken_whole_whatever_keyboard_it_comes_from(target: Target, owner: Owner) -> None:
    """G04. Red when what is stored is not NFC of all of it."""
    person, browser = owner
    answer = browser.submit(password=unicodedata.normalize("NFD", GOOD))
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        f"{DOOR.removesuffix('/password')}?done=password_set",
    )
    target.expects(Action.SIGN_IN_REFUSED, "wrong_password", 2)
    assert not opens(target, person, GOOD[:-1])
    assert not opens(target, person, GOOD.casefold())
    assert opens(target, person, GOOD)


@pytest.mark.parametrize("characters", [129, 60_000])
def test_too_long_is_refused_before_any_hash(target: Target, owner: Owner, characters: int) -> None:
    """G04. Red when it is cut and taken, or hashed first."""
    person, browser = owner
    before = stored(target, person)
    begun = time.monotonic()
    answer = browser.submit(password="ab1" * (characters // 3 + 1))
    assert answer.status_code == 200
    assert "太长了" in answer.text
    assert time.monotonic() - begun < 1
    assert stored(target, person) == before


def test_nul_ends_no_new_password(target: Target, owner: Owner) -> None:
    """G04. Red when the form is cut at NUL, and what stands before it becomes the password."""
    person, browser = owner
    before = stored(target, person)
    assert browser.submit(password="before the end\0and behind").status_code == 400
    assert stored(target, person) == before
