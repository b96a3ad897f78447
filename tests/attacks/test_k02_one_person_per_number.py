"""K02: one number in eight spellings, bound by twenty people at once over two processes, comes to one of them.

What holds while master keys are changed: `tests/idp/storage/test_one_person_per_number.py`.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import httpx
from sqlalchemy import func, select

from idp.events import Action
from idp.model.account import Identifier, IdentifierKind, NewAccount
from idp.model.credential import CredentialKind
from idp.model.policy import Proofing
from idp.storage.engine import create_engine
from idp.storage.tables import identifiers
from realnames.identifiers.citizen_id import complete
from tests.attacks.rig import Browser, Target
from tests.attacks.strangers import unknown_phone
from tests.plugins.running_idp import Person

AT_ONCE = 20
SPELLINGS: dict[str, Callable[[str], str]] = {
    "plain": lambda number: number,
    "full width": lambda number: "".join(chr(ord(each) + 0xFEE0) for each in number),
    "spaces": lambda number: f" {number[:6]} {number[6:14]}\u3000{number[14:]} ",
    "lower case": lambda number: number.lower(),
    "zero width": "\u200b".join,
    "hyphens": lambda number: f"{number[:6]}-{number[6:14]}\u2013{number[14:]}",
    "Cyrillic": lambda number: number.replace("X", "\u0425"),
    "a sign": lambda number: number.replace("X", "\u00d7"),
}


def ending_in_x(first: int) -> str:
    """A number of province 89 that nobody has and whose last character has several spellings."""
    numbers = (complete(f"89010119600229{sequence:03}") for sequence in range(first, 999))
    return next(number for number in numbers if number.endswith("X"))


def newcomers(target: Target) -> list[Person]:
    """People with a phone and a password, and no name yet."""
    services, password = target.idp.installation.services, "a pass phrase of twenty"
    target.log.keep_out(password)
    hashed, now, made = services.passwords.hash(password), services.clock(), []
    with services.begin() as unit_of_work:
        for phone in (unknown_phone() for _ in range(AT_ONCE)):
            account = NewAccount(
                name=None,
                identifiers=(Identifier(IdentifierKind.PHONE, f"+86{phone}"),),
                proofing=Proofing.P0,
                proofed_at=None,
                is_sandbox=True,
                created_at=now,
            )
            created = unit_of_work.accounts.create(account)
            unit_of_work.credentials.put(created.id, CredentialKind.PASSWORD, hashed, now)
            target.log.keep_out(phone)
            made.append(Person(phone, "", password, "", created.id))
        unit_of_work.commit()
    return made


def at_the_number(target: Target, person: Person) -> Browser:
    """Signed in, with a name typed, before the page that asks for the number."""
    target.registered |= {f"{target.issuer}/me/signed-in"}  # the account is an app of its own
    browser = target.browser()
    browser.open("/me/name/who")
    browser.name(person.phone)
    answer = browser.follow(browser.submit(password=person.password, may_sign_in=True))
    browser.open(answer.headers["location"].removeprefix(target.issuer))
    browser.follow(browser.submit(name="测试人"))
    assert browser.here.endswith("/me/name/number")
    return browser


def holders_of(target: Target, number: str) -> int:
    """How many rows in force hold it, under whichever index."""
    services = target.idp.installation.services
    indexes = services.cipher.indexes(IdentifierKind.CITIZEN_ID.value, number)
    engine = create_engine(target.idp.installation.settings.storage.database)
    with engine.connect() as connection:
        rows = select(func.count()).select_from(identifiers).where(identifiers.c.superseded_at.is_(None))
        found: int = connection.execute(rows.where(identifiers.c.blind_index.in_(indexes))).scalar_one()
    engine.dispose()
    return found


def test_of_twenty_who_bind_one_number_in_eight_spellings_one_has_it(either_target: Target) -> None:
    """Red when a number is looked up and then written, when its index is made of what was typed, or kept by a process."""
    target, number = either_target, ending_in_x(1)
    target.idp.tell_authority("/people", {"name": "测试人", "type": "citizen_id", "number": number})
    for action in (Action.NUMBER_CLAIMED, Action.DISPUTE_OPENED, Action.EVIDENCE_RECORDED):
        target.excuses(action, "who came too late for the register's budget of the day is chance")
    people = newcomers(target)
    browsers = [at_the_number(target, person) for person in people]
    for place, browser in enumerate(browsers):
        typed = [*SPELLINGS.values()][place % len(SPELLINGS)](number)
        target.log.keep_out(typed, number)
        browser.follow(browser.submit(number=typed))
        assert browser.here.endswith("/me/name/check"), [*SPELLINGS][place % len(SPELLINGS)]

    def bind(browser: Browser) -> httpx.Response:
        form = browser.page.forms[0]
        return browser.http.post(urljoin(browser.here, form.action), data=form.hidden)

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = [target.check(answer) for answer in threads.map(bind, browsers)]
    target.expects(Action.ACCOUNT_NAMED)
    target.expects(Action.ACCOUNT_NAMING_REFUSED, "refused", AT_ONCE - 1)
    assert sorted(answer.status_code for answer in answers) == [200] * (AT_ONCE - 1) + [303]
    assert holders_of(target, number) == 1
    (winner,) = [person for person, answer in zip(people, answers, strict=True) if answer.status_code == 303]
    with target.idp.installation.services.begin() as unit_of_work:
        held = [unit_of_work.accounts.attributes(person.account_id).citizen_id for person in people]
        found = unit_of_work.accounts.find(Identifier(IdentifierKind.CITIZEN_ID, number))
    assert held.count(number) == 1
    assert found is not None
    assert found.id == winner.account_id


def test_the_form_of_1989_binds_nothing(either_target: Target) -> None:
    """Its cards are void since 2013. Red when it is stored beside the 18 characters of the same person."""
    target, number = either_target, ending_in_x(500)
    browser = at_the_number(target, newcomers(target)[0])
    answer = browser.submit(number=f"{number[:6]}{number[8:17]}")
    assert answer.status_code == 200
    assert "number-error" in browser.page.ids
    assert holders_of(target, number) == 0
