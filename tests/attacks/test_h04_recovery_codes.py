"""H04 over two processes: one recovery code in twenty sign-ins at once, an old batch, and nothing that tells a code again.

That a flushed cache brings none back: `tests/idp/interaction/test_recovery_code.py`.
"""

from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urljoin

import httpx

from idp.accounts.act import Act
from idp.accounts.methods import Methods
from idp.events import Action
from idp.model.session import Visitor
from tests.attacks.answers import gives_session
from tests.attacks.rig import Browser, Target, authorization_url
from tests.idp.storage.made import new_session
from tests.plugins.running_idp import Person

AT_ONCE = 20


def made_for(target: Target, person: Person) -> list[str]:
    """A batch as the person's page would make it, kept out of every log."""
    services = target.idp.installation.services
    with services.begin() as unit_of_work:
        account = unit_of_work.accounts.get(person.account_id)
        assert account is not None
        session = unit_of_work.sessions.begin(new_session(account.id, expires_at=services.clock()))
        unit_of_work.commit()
    codes = Methods(services).make_recovery_codes(
        Act(Visitor(session=session, account=account), "zh-CN", services.clock())
    )
    target.log.keep_out(*codes, *(code.replace(" ", "") for code in codes))
    return list(codes)


def at_the_page(target: Target, person: Person) -> Browser:
    browser = target.browser()
    browser.open(authorization_url())
    browser.name(person.phone)
    browser.open(browser.here.replace("/password", "/recovery"))
    return browser


def test_of_twenty_sign_ins_with_one_code_exactly_one_succeeds(target: Target) -> None:
    """Red when it is looked up and then written, when what was used is remembered in one process, and when it is in a log."""
    target.excuses(Action.SIGN_IN_REFUSED, "how many of the others were too late to be a try is chance")
    target.excuses(Action.CREDENTIAL_ADDED, "the test makes the codes")
    person = target.idp.new_person()
    code, *others = made_for(target, person)
    browsers = [at_the_page(target, person) for _ in range(AT_ONCE)]

    def sign_in(browser: Browser) -> httpx.Response:
        form = browser.page.forms[0]
        return browser.http.post(urljoin(browser.here, form.action), data={**form.hidden, "code": code})

    with ThreadPoolExecutor(AT_ONCE) as threads:
        answers = [target.check(answer, may_sign_in=True) for answer in threads.map(sign_in, browsers)]
    assert sum(map(gives_session, answers)) == 1
    with target.idp.installation.services.begin() as unit_of_work:
        batch = unit_of_work.recovery_codes.batch(person.account_id)
    assert batch is not None
    assert batch.left == len(others)


def test_a_used_code_and_one_of_an_old_batch_open_nothing(target: Target) -> None:
    """Red when a new batch is written beside the old one, or a used one is good for another browser."""
    target.excuses(Action.CREDENTIAL_ADDED, "the test makes the codes")
    target.excuses(Action.CREDENTIAL_CHANGED, "likewise")
    person = target.idp.new_person()
    old, new = made_for(target, person), made_for(target, person)
    assert not gives_session(at_the_page(target, person).submit(code=old[0]))
    assert gives_session(at_the_page(target, person).submit(code=new[0], may_sign_in=True))
    assert not gives_session(at_the_page(target, person).submit(code=new[0]))
    assert not gives_session(at_the_page(target, target.idp.new_person()).submit(code=new[1]))
    target.expects(Action.SIGN_IN_REFUSED, "wrong_recovery_code", 2)
    target.expects(Action.SIGN_IN_REFUSED, "used_recovery_code")
