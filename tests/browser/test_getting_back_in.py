"""Nobody is left outside: people who lost what they signed in with get back in, with scripts and without (C12, C13)."""

from sqlalchemy import update

from idp.accounts.lost_phone import complete_ripe
from idp.storage.engine import create_engine
from idp.storage.tables import recoveries
from tests.browser.conftest import NewVisitor
from tests.browser.department_apps import DepartmentApp
from tests.browser.visitor import SANDBOX_CODE, Visitor
from tests.plugins.running_idp import Person, RunningIdp

NEW_PASSWORD = "江边的树 春天会开花"


def go_on(visitor: Visitor, selector: str) -> None:
    with visitor.page.expect_navigation():
        visitor.page.locator(selector).click()


def fill(visitor: Visitor, field: str, value: str, button: str = "#sign-in") -> None:
    visitor.page.locator(f"[name={field}]").fill(value)
    go_on(visitor, button)


def name_by_number(visitor: Visitor, person: Person) -> None:
    """The citizen number: a phone is not needed to say who one is."""
    visitor.page.locator("[name=username]").fill(person.citizen_id)
    go_on(visitor, "button[name=way][value=password]")


def show_slip(visitor: Visitor, idp: RunningIdp, person: Person) -> None:
    """From the address on the paper to the page behind it."""
    code = idp.new_slip(person)
    visitor.page.goto(f"{idp.issuer}/recover")
    name_by_number(visitor, person)
    go_on(visitor, "button[name=way][value=recover]")
    go_on(visitor, "a[href$='/slip']")
    fill(visitor, "code", code)
    assert visitor.page.url.endswith("/new-start")


def let_it_ripen(idp: RunningIdp, person: Person) -> None:
    """Its days are over: the moment in the store is moved back, since the servers' clock is that of the machine."""
    services = idp.installation.services
    with create_engine(idp.installation.settings.storage.database).connect() as connection:
        of_person = update(recoveries).where(recoveries.c.account_id == person.account_id)
        connection.execute(of_person.values(ripe_at=services.clock()))
        connection.commit()
    complete_ripe(services, services.clock())


def test_a_person_without_a_phone(
    idp_sqlite: RunningIdp, visitor: Visitor, new_visitor: NewVisitor, person: Person, library: DepartmentApp
) -> None:
    """A slip, a password, and from then on number and password. Mutation: a page that only a phone leads past."""
    show_slip(visitor, idp_sqlite, person)
    go_on(visitor, "a[href$='/new-start/password']")
    fill(visitor, "password", NEW_PASSWORD)
    assert visitor.page.url == f"{idp_sqlite.issuer}/me"
    later = new_visitor(has_scripts=visitor.has_scripts)
    later.page.goto(f"{library.base_url}/login")
    name_by_number(later, person)
    fill(later, "password", NEW_PASSWORD)
    later.page.locator("#person-name").wait_for()


def test_a_person_who_forgot_everything(
    idp_sqlite: RunningIdp, visitor: Visitor, new_visitor: NewVisitor, person: Person, library: DepartmentApp
) -> None:
    """A slip and a new phone; the old password is dead. Mutation: the code proves nothing, or the old ways stay."""
    phone = idp_sqlite.new_phone()
    show_slip(visitor, idp_sqlite, person)
    fill(visitor, "username", phone)
    fill(visitor, "code", SANDBOX_CODE)
    assert visitor.page.url == f"{idp_sqlite.issuer}/me"
    later = new_visitor(has_scripts=visitor.has_scripts)
    later.page.goto(f"{library.base_url}/login")
    later.page.locator("[name=username]").fill(phone)
    go_on(later, "button[name=way][value=code]")
    fill(later, "code", SANDBOX_CODE)
    later.page.locator("#person-name").wait_for()
    thief = new_visitor(has_scripts=visitor.has_scripts)
    thief.page.goto(f"{library.base_url}/login")
    name_by_number(thief, person)
    fill(thief, "password", person.password)
    assert thief.page.locator("[role=alert]").count() == 1


def test_a_person_with_a_lost_phone_and_a_password(
    idp_sqlite: RunningIdp, visitor: Visitor, new_visitor: NewVisitor, person: Person, library: DepartmentApp
) -> None:
    """From the page that wants a code of the lost phone to the day on which the new one counts."""
    phone = idp_sqlite.new_phone()
    visitor.page.goto(f"{idp_sqlite.issuer}/me/data/phone")
    name_by_number(visitor, person)
    visitor.prove(person, "password")
    go_on(visitor, "button[name=way][value=recover]")
    go_on(visitor, "a[href='/me/data/phone/lost']")
    fill(visitor, "contact", phone, "#send-code")
    fill(visitor, "code", SANDBOX_CODE, "#confirm-contact")
    visitor.page.locator("#keep-phone").wait_for()
    let_it_ripen(idp_sqlite, person)
    later = new_visitor(has_scripts=visitor.has_scripts)
    later.page.goto(f"{library.base_url}/login")
    later.page.locator("[name=username]").fill(phone)
    go_on(later, "button[name=way][value=code]")
    fill(later, "code", SANDBOX_CODE)
    later.page.locator("#person-name").wait_for()


def test_a_person_with_a_lost_phone_and_recovery_codes(
    idp_sqlite: RunningIdp, visitor: Visitor, new_visitor: NewVisitor, person: Person
) -> None:
    """Two kinds of proof are left, so the phone is changed at once. Mutation: a code of the lost phone is wanted all the same."""
    phone = idp_sqlite.new_phone()
    visitor.page.goto(f"{idp_sqlite.issuer}/me/methods/recovery-codes")
    visitor.name_oneself(person, "password")
    visitor.prove(person, "password")
    go_on(visitor, "button[name=way][value=code]")
    visitor.prove(person, "code")
    go_on(visitor, "#make-codes")
    code = visitor.page.locator("#codes li").first.inner_text()
    later = new_visitor(has_scripts=visitor.has_scripts)
    later.page.goto(f"{idp_sqlite.issuer}/me/data/phone")
    name_by_number(later, person)
    later.prove(person, "password")
    go_on(later, "button[name=way][value=recovery]")
    fill(later, "code", code)
    fill(later, "contact", phone, "#send-code")
    fill(later, "code", SANDBOX_CODE, "#confirm-contact")
    assert later.page.url.endswith("/me/data?done=phone")
