"""The pages of the console: who sees what, who may do what, and what their forms do (threats M05, M07, M12)."""

import re
from dataclasses import dataclass
from html import unescape

import pytest

from idp.app import Installation
from idp.model.office import OFFICERS, Role
from tests.admin.api.api_client import api_of, by_itself, of_officers, register_apps
from tests.admin.officers import Officer, officer, taken, token_of
from tests.benchmarks.operations import Answer
from tests.biometrics.software_authenticator import SoftwareAuthenticator
from tests.idp.installed import Moment, new_person
from tests.idp.pages.page_browser import Browser
from tests.idp.reference_sources import ROOT

METADATA = (
    '{"client_name": "公积金", "redirect_uris": ["https://fund.example/cb"], "token_endpoint_auth_method": "none"}'
)


@pytest.fixture
def with_app(installation: Installation) -> Installation:
    register_apps(installation, by_itself(Role.SECURITY))
    return installation


@dataclass
class Desk:
    """An officer in front of a page."""

    officer: Officer

    def get(self, path: str) -> Answer:
        return self.officer.browser.get(path)

    def press(self, path: str, **fields: str) -> Answer:
        """Send the page's form, as the page gave it."""
        page = self.get(path)
        token = token_of(page, path)
        return self.officer.browser.post(path, csrf=token, **fields)

    @property
    def here(self) -> str:
        return self.officer.browser.here


def desk(installation: Installation, role: Role) -> Desk:
    return Desk(officer(installation, role))


NAMED_BY_TEXT = ("/console/apps/of/", "/console/people/")
"""Below these another spelling is another name, of nothing."""
NOT_OPENED = {"/console/signed-in", "/console/sign-in"}
"""They lead on, and have tests of their own."""


ONE_ROLES_PAGES = {
    "/console/apps/new": Role.SECURITY,
    "/console/people": Role.SECURITY,
    "/console/sessions": Role.SECURITY,
    "/console/people/<uid>": Role.SECURITY,
    "/console/people/<uid>/identity": Role.SECURITY,
    "/console/disputes": Role.SECURITY,
    "/console/log": Role.AUDIT,
    "/console/conduct": Role.AUDIT,
    "/console/log/proof": Role.AUDIT,
    "/console/log/holds": Role.AUDIT,
    "/console/log/<int:event_id>": Role.AUDIT,
}


def pages(with_app: Installation) -> dict[str, str]:
    """Every page of the console (docs/reference/endpoints.md, which a test holds to be complete), with something to show."""
    person = new_person(with_app).uid
    system, security, audit = (api_of(officer(with_app, role)) for role in (Role.SYSTEM, Role.SECURITY, Role.AUDIT))
    security("GET", f"/people/{person}")
    (event,) = audit("GET", f"/events?person={person}&action=person.viewed").json["events"]
    draft = system("POST", "/officers/invitations", {"role": "audit"}).json["draft_id"]
    real = {"client_id": "automation", "uid": person, "int:draft_id": draft, "int:event_id": event["event_id"]}
    documented = (ROOT / "docs/reference/endpoints.md").read_text("utf-8")
    rules = {*re.findall(r"^\| `(/console[^`]*)` \| GET", documented, re.MULTILINE)} - NOT_OPENED
    return {
        rule: re.sub(r"<([^>]+)>", lambda found: str(real[found[1]]), rule) for rule in rules if "<token>" not in rule
    }


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", OFFICERS)
def test_each_officer_sees_the_pages_of_their_role(with_app: Installation, role: Role) -> None:
    """Mutations: a page that only its template's test has ever seen; one that is shown to another role."""
    register_apps(with_app, of_officers())
    opened, at = pages(with_app), desk(with_app, role)
    for rule, path in opened.items():
        status = 200 if ONE_ROLES_PAGES.get(rule, role) is role else 403
        assert (at.get(path).status, at.here) == (status, path)
    assert opened.keys() > ONE_ROLES_PAGES.keys()


FORMS = [
    ("/console/apps/new", {"client_id": "fund", "metadata": METADATA}, Role.SECURITY),
    ("/console/apps/of/automation", {"act": "disable"}, Role.SECURITY),
    ("/console/apps/of/automation", {"act": "save", "metadata": METADATA}, Role.SECURITY),
    ("/console/keys", {"at_once": "true"}, Role.SECURITY),
    ("/console/officers", {"act": "invite", "role": "audit"}, Role.SYSTEM),
]


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("path", "fields", "does"), FORMS)
def test_a_form_is_for_its_role_and_proposes(
    with_app: Installation, path: str, fields: dict[str, str], does: Role
) -> None:
    """Mutations: done at once; another role's form is taken; a forged one, too."""
    at = desk(with_app, does)
    at.officer.browser.get(path)
    at.officer.browser.post(path, csrf="forged", **fields)
    assert not at.here.startswith("/console/drafts/")
    if "metadata" in fields and "act" in fields:
        fields = {**fields, "metadata": fields["metadata"].replace("}", ', "sector_identifier": "console"}')}
    at.press(path, **fields)
    assert at.here.startswith("/console/drafts/"), at.here
    for role in set(OFFICERS) - {does}:
        other = desk(with_app, role)
        answer = other.press(path, **fields)
        assert answer.status in {403, 200}
        assert not other.here.startswith("/console/drafts/"), role
    with with_app.services.begin() as unit_of_work:
        assert len(unit_of_work.drafts.page(before=None, limit=10)) == 1


def test_from_a_proposal_to_a_colleague(with_app: Installation) -> None:
    """The whole way. Mutations: the link is shown to whoever looks later; the proposer approves."""
    system, security, audit = (desk(with_app, role) for role in OFFICERS)
    system.press("/console/officers", act="invite", role="window_clerk", name="赵敏", scope="城东大厅", reason="新同事")
    path = system.here
    assert 'id="withdraw"' in system.get(path).body.decode()
    for looking in (audit, security):
        page = looking.get(path).body.decode()
        assert all(word in page for word in ("赵敏", "城东大厅", "新同事", "王芳"))
        assert ('id="approve"' in page) is (looking is security)
    assert "您是提出的人" in system.press(path, decision="approve").body.decode()
    approved = security.press(path, decision="approve").body.decode()
    link = re.search(r"http://localhost:8000(/console/invitations/[\w.-]+)", approved)
    assert link is not None
    assert link[1] not in security.get(path).body.decode()
    browser = Browser(with_app)
    taken(browser, link[1], SoftwareAuthenticator())
    listed = audit.get("/console/officers").body.decode()
    assert "赵敏" in listed
    assert "已批准" in audit.get("/console/drafts?state=approved").body.decode()


def test_an_app_that_acts_for_itself_is_proposed_from_its_example(with_app: Installation) -> None:
    """S9. Mutations: an example that the registration refuses; apps of people stand among those of machines."""
    security, system = (desk(with_app, role) for role in (Role.SECURITY, Role.SYSTEM))
    register_apps(with_app, of_officers())
    listed = system.get("/console/apps?kind=automation").body.decode()
    assert "自动化" in listed
    assert "officers-tool" not in listed
    assert "officers-tool" in system.get("/console/apps").body.decode()
    page = security.get("/console/apps/new?kind=automation").body.decode()
    typed = unescape(page.partition('aria-describedby="metadata-hint">')[2].partition("</textarea>")[0])
    security.press("/console/apps/new", client_id="nightly", metadata=typed.replace('""', '"每晚清点"', 1))
    path = security.here
    assert path.startswith("/console/drafts/"), security.get(path).body.decode()
    system.press(path, decision="approve")
    assert "每晚清点" in system.get("/console/apps?kind=automation").body.decode()


def test_two_seal_an_envelope(with_app: Installation) -> None:
    """Mutation: whoever proposed it reads the code; it is shown again."""
    system, security = (desk(with_app, role) for role in (Role.SYSTEM, Role.SECURITY))
    assert "还没有" in system.get("/console/officers").body.decode()
    system.press("/console/officers", act="seal")
    path = system.here
    code = re.search(r'class="codebox">([0-9A-Z-]{39})<', security.press(path, decision="approve").body.decode())
    assert code is not None
    assert not any(code[1] in each.get(path).body.decode() for each in (security, system))
    assert "已封存" in system.get("/console/officers").body.decode()


def test_a_slip_is_told_to_whoever_approves_it(with_app: Installation) -> None:
    """Mutation: the digits are shown to whoever proposed it, or to whoever looks later."""
    security, system = (desk(with_app, role) for role in (Role.SECURITY, Role.SYSTEM))
    person = f"/console/people/{new_person(with_app).uid}"
    security.press(person, act="slip", level="1")
    path = security.here
    assert path.startswith("/console/drafts/")
    approved = system.press(path, decision="approve").body.decode()
    code = re.search(r'class="codebox">(\d{4} \d{4})<', approved)
    assert code is not None
    assert not any(code[1] in each.get(path).body.decode() for each in (security, system))
    security.press(person, act="employ", is_staff="true")
    assert "不再是工作人员" in security.get(person).body.decode()


def test_an_approval_by_who_signed_in_long_ago_asks_for_the_key(with_app: Installation, clock: Moment) -> None:
    """M12. Mutation: the page takes it, and the operation refuses with words that nobody understands."""
    security, system = desk(with_app, Role.SECURITY), desk(with_app, Role.SYSTEM)
    security.press("/console/apps/of/automation", act="disable")
    path = security.here
    clock.pass_by(301)
    page = system.press(path, decision="approve")
    assert system.officer.browser.path.endswith("/passkey")
    system.officer.sign_in(page)
    assert system.here == path
    system.press(path, decision="approve")
    assert "已批准" in system.get(path).body.decode()
    assert "已停用" in system.get("/console/apps").body.decode()


def test_what_was_typed_wrong_is_said_and_kept(with_app: Installation) -> None:
    """Mutations: what was typed is lost; a traceback; the faults are not told."""
    at = desk(with_app, Role.SECURITY)
    for typed in ("{", "[]", '"x"', "[" * 5000, "null"):
        answer = at.press("/console/apps/new", client_id="fund", metadata=typed)
        assert (answer.status, "填写的内容有问题" in answer.body.decode()) == (200, True), typed
    answer = at.press(
        "/console/apps/new", client_id="fund", metadata='{"client_name": "公积金<script>", "scope": "no"}'
    )
    page = answer.body.decode()
    assert "登记的内容有问题" in page
    assert "redirect_uris" in page
    assert "公积金&lt;script&gt;" in page
    assert at.press("/console/apps/new", client_id="automation", metadata=METADATA).status == 200
    assert "/drafts/" not in at.here


def test_an_emergency_takes_effect_at_once(with_app: Installation) -> None:
    security, system = desk(with_app, Role.SECURITY), desk(with_app, Role.SYSTEM)
    security.press("/console/apps/of/automation", act="disable", emergency="1")
    assert security.here == "/console/apps/of/automation"
    assert "已停用" in security.get(security.here).body.decode()
    page = system.get("/console/drafts?state=urgent").body.decode()
    number = re.search(r'href="(/console/drafts/\d+)"', page)
    assert number is not None
    system.press(number[1], decision="review")
    assert "已复核" in system.get(number[1]).body.decode()


def test_pages_that_are_not_there_lead_to_their_list(with_app: Installation) -> None:
    at = desk(with_app, Role.AUDIT)
    for path, listed in (
        ("/console/drafts/999", "/console/drafts"),
        ("/console/drafts/0", "/console/drafts"),
        ("/console/apps/of/nobody", "/console/apps"),
        ("/console/apps/of/console", "/console/apps"),
    ):
        at.get(path)
        assert at.here == listed
    for query in ("?before=x", "?before=0", "?before=99999999999999999999", "?state=gone", "?before=%D9%A3"):
        assert at.get(f"/console/drafts{query}").status == 200


@pytest.mark.parametrize("storage_urls", ["sqlite"], indirect=True)
def test_no_other_spelling_of_a_page_is_served(with_app: Installation) -> None:
    """M05. Mutations: Flask mends a path; HEAD or OPTIONS is answered for everybody."""
    nobody, at = Browser(with_app), desk(with_app, Role.AUDIT)
    register_apps(with_app, of_officers())
    for path in pages(with_app).values():
        for spelling in (f"{path}/", f"/{path}", path.upper(), f"{path};x", f"{path}%2e", f"{path}/."):
            for browser in (nobody, at.officer.browser):
                browser.get(spelling)
                answer = browser.caller.get(spelling, browser._headers)
                assert answer.status in {303, 403, 404}, (spelling, answer.status)
                assert answer.status == 404 or spelling.startswith(NAMED_BY_TEXT), spelling
        for method in ("HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "BREW"):
            answer = nobody.caller._call(method, path, {}, b"")
            assert answer.status in {303, 404, 405}, (method, path, answer.status)
            assert answer.body == b"" or "王芳" not in answer.body.decode()
