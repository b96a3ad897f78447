"""RFC 8693 §4.1: who acts for another stands in `act`, and never in the id_token's `sub`; it ends when the mandate ends.

MISSION, People, organisations, mandates; threats M03 and M04.
"""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from typing import Any

import pytest

from idp.model.account import AccountStatus
from idp.model.mandate import MandateRole
from idp.model.matter import Matter
from idp.model.organization import OrganizationStatus
from idp.model.policy import Level
from idp.model.remit import Remit, Service
from tests.plugins.running_idp import Person, RunningIdp
from tests.specs.acting import PAGE, Acting, agent_of, end, helper, represents, say, whole
from tests.specs.form_browser import FormBrowser
from tests.specs.pushing_party import PushingParty
from tests.specs.test_rfc9396_rich_authorization_requests import LICENCE, SHOP, WORDS, granted, matter

EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
ACCESS = "urn:ietf:params:oauth:token-type:access_token"
STANDARD: dict[str, Any] = {"profile": "gov-standard"}
MACHINE: dict[str, Any] = {"redirect_uris": [], "response_types": [], "grant_types": ["client_credentials"], **STANDARD}
BOTH = ["persons", "organizations"]
PERMITS, ARCHIVE, DEAF = "https://acting-permits.example", "https://acting-archive.example", "https://deaf.example"
APP = "acting-app"


@pytest.fixture(scope="module")
def parties(idp_sqlite: RunningIdp) -> Iterator[dict[str, PushingParty]]:
    """An app that accepts mandates, one that does not, a resource of each kind, and one that is reached in exchange."""
    with ExitStack() as stack:

        def new(**metadata: Any) -> PushingParty:
            return stack.enter_context(PushingParty(idp_sqlite, **metadata))

        read = {"zh-CN": "读取", "en": "Read"}
        made = {
            "permits": new(
                client_id="acting-permits",
                resource=PERMITS,
                resource_matters={LICENCE: WORDS, SHOP: WORDS},
                resource_scope={"permits:read": read},
                accepts_mandates=BOTH,
                exchange_audiences=[ARCHIVE],
                scope="permits:read",
                **{**MACHINE, "grant_types": [EXCHANGE]},
            ),
            "archive": new(
                client_id="acting-archive",
                resource=ARCHIVE,
                resource_scope={"permits:read": read},
                accepts_mandates=BOTH,
                scope="",
                **MACHINE,
            ),
            "deaf": new(client_id="deaf", resource=DEAF, resource_scope={"deaf:read": read}, scope="", **MACHINE),
            "app": new(
                client_id=APP,
                scope="openid profile permits:read deaf:read",
                resources=[PERMITS, DEAF],
                authorization_details_types=["matter", "mandate"],
                matters=[LICENCE, SHOP],
                accepts_mandates=BOTH,
                access_token_format="jwt",
                may_act="acting-permits",
                **STANDARD,
            ),
            "plain": new(client_id="plain-app", **STANDARD),
        }
        yield made


@pytest.fixture
def people(idp_sqlite: RunningIdp) -> tuple[Person, Person]:
    """Who is acted for, and who acts."""
    return idp_sqlite.new_person(), idp_sqlite.new_person()


@pytest.fixture
def acting(idp_sqlite: RunningIdp, parties: dict[str, PushingParty], people: tuple[Person, Person]) -> Iterator[Acting]:
    with FormBrowser(idp_sqlite.issuer) as browser:
        yield Acting(browser, people[1], parties["app"])


def own_tokens(idp: RunningIdp, person: Person, app: PushingParty) -> dict[str, Any]:
    """What the person gets for themselves, on another browser."""
    with FormBrowser(idp.issuer) as browser:
        question = app.ask()
        page = browser.sign_in(browser.get(question.address), person)
        if page.address.endswith(PAGE):
            page = browser.press(page, {"name": "identity", "value": "self"})
        answer: dict[str, Any] = app.redeem(page, question).json()
        return answer


def test_for_a_person(idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person]) -> None:
    """`sub` is who signed in; `on_behalf_of` who is acted for, by the `sub` of this app's sector.

    Mutations: `sub` of the principal in the id_token; the principal's `sub` of another sector; nothing at a refresh.
    """
    app = acting.app
    mandate = helper(idp_sqlite, *people, whole(APP))
    tokens = acting.tokens(mandate.uid)
    _, claims = app.read(tokens["id_token"])
    _, agent = app.read(own_tokens(idp_sqlite, people[1], app)["id_token"])
    _, principal = app.read(own_tokens(idp_sqlite, people[0], app)["id_token"])
    expected = {
        "sub": principal["sub"],
        "mandate": mandate.uid,
        "role": "helper",
        "valid_until": mandate.valid_until,
    }
    assert (claims["sub"], claims["on_behalf_of"]) == (agent["sub"], expected)
    assert not {"on_behalf_of", "org"} & {*agent, *principal}
    told = app.userinfo(tokens["access_token"]).json()
    assert (told["sub"], told["on_behalf_of"]) == (agent["sub"], expected)
    again = acting.refresh(tokens).json()
    assert app.read(again["id_token"])[1]["on_behalf_of"] == expected
    assert tokens["authorization_details"] == [
        {"type": "mandate", "principal_type": "person", "identifier": mandate.uid, "role": "helper"}
    ]


def test_a_sub_that_was_told_is_told_again(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person]
) -> None:
    """Core §8.1, also of an app that came to another sector meanwhile. Mutation: told, and rolled back."""
    tokens = acting.tokens(helper(idp_sqlite, *people, whole(APP)).uid)
    before = acting.app.userinfo(tokens["access_token"]).json()["on_behalf_of"]["sub"]
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(APP)
        assert client is not None
        unit_of_work.clients.save(replace(client, sector="moved.example"), services.clock())
        unit_of_work.commit()
    try:
        told = [acting.app.userinfo(tokens["access_token"]).json()["on_behalf_of"]["sub"] for _ in range(2)]
    finally:
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client, services.clock())
            unit_of_work.commit()
    assert told[0] == told[1] != before


def test_for_an_organisation(idp_sqlite: RunningIdp, acting: Acting) -> None:
    """What the register publishes, with its explicit kind; its `sub` is the same at each visit, and of this sector."""
    company, mandate = represents(idp_sqlite, acting.person)
    tokens = acting.tokens(mandate.uid)
    claims = acting.app.read(tokens["id_token"])[1]
    org = claims["org"]
    assert {name: org[name] for name in org if name != "sub"} == {
        "mandate": mandate.uid,
        "role": "legal_representative",
        "code": company.code,
        "name": company.name,
        "organization_type": "enterprise",
    }
    assert "on_behalf_of" not in claims
    assert acting.app.userinfo(tokens["access_token"]).json()["org"] == org
    again = acting.app.read(acting.tokens(mandate.uid)["id_token"])[1]
    assert again["org"] == org
    assert company.code not in org["sub"]
    assert tokens["authorization_details"][0]["identifier"] == company.code


def test_an_access_token_is_the_principals_and_says_who_acts(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person], parties: dict[str, PushingParty]
) -> None:
    """§4.1, and opaque although the app has JWTs. Mutations: the agent's `sub`; no `act`; a JWT that outlives the mandate."""
    permits = parties["permits"]
    mandate = helper(idp_sqlite, *people, whole(APP))
    tokens = acting.tokens(mandate.uid, {"resource": PERMITS, "scope": "openid permits:read"})
    assert tokens["access_token"].count(".") == 1
    told = acting.introspected(permits, tokens["access_token"])
    own = own_tokens(idp_sqlite, people[1], acting.app)
    assert own["access_token"].count(".") == 2, "for themselves it is one that the resource reads"
    with idp_sqlite.installation.services.begin() as unit_of_work:
        sector = permits.metadata.get("sector_identifier") or "acting-permits.example"
        principal, agent = (unit_of_work.subjects.all_of(each.account_id)[sector] for each in people)
    assert (told["active"], told["sub"], told["act"]) == (True, principal, {"sub": agent})
    assert told["mandate"] == {"mandate": mandate.uid, "role": "helper", "valid_until": mandate.valid_until}
    assert told["may_act"] == {"client_id": "acting-permits", "sub": "acting-permits"}
    own_view = acting.introspected(acting.app, acting.tokens(mandate.uid)["access_token"])
    claims = acting.app.read(tokens["id_token"])[1]
    assert (own_view["sub"], own_view["act"]["sub"]) == (claims["on_behalf_of"]["sub"], claims["sub"])


def test_a_resource_that_did_not_register_it_takes_no_such_token(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person], parties: dict[str, PushingParty]
) -> None:
    """MISSION: for audiences registered with it. Mutations: not asked at the token endpoint, or at introspection."""
    mandate = helper(idp_sqlite, *people, whole(APP))
    page, question = acting.acts(mandate.uid, {"resource": DEAF, "scope": "openid deaf:read"})
    assert acting.app.redeem(page, question).json()["error"] == "invalid_target"
    tokens = acting.tokens(mandate.uid, {"resource": PERMITS, "scope": "openid permits:read"})
    services = idp_sqlite.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get("acting-permits")
        assert client is not None
        unit_of_work.clients.save(replace(client, accepts_mandates=("organizations",)), services.clock())
        unit_of_work.commit()
    try:
        assert acting.introspected(parties["permits"], tokens["access_token"]) == {"active": False}
    finally:
        with services.begin() as unit_of_work:
            unit_of_work.clients.save(client, services.clock())
            unit_of_work.commit()
    assert acting.introspected(parties["permits"], tokens["access_token"])["active"] is True


def ended(idp: RunningIdp, case: "Given") -> None:
    end(idp, case.mandate)


def ran_out(idp: RunningIdp, case: "Given") -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(idp.installation.settings.storage.database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE mandates SET valid_until = 1 WHERE id = :id"), {"id": case.mandate.id})
    engine.dispose()


def frozen(idp: RunningIdp, case: "Given") -> None:
    with idp.installation.services.begin() as unit_of_work:
        unit_of_work.accounts.move(case.principal.account_id, AccountStatus.ACTIVE, AccountStatus.FROZEN)
        unit_of_work.commit()


def closed_principal(idp: RunningIdp, case: "Given") -> None:
    from idp.accounts.status import Reason, close

    services = idp.installation.services
    with services.begin() as unit_of_work:
        close(unit_of_work, case.principal.account_id, Reason.ASKED, services.clock())
        unit_of_work.commit()


def app_accepts_none(idp: RunningIdp, case: "Given") -> None:
    services = idp.installation.services
    with services.begin() as unit_of_work:
        client = unit_of_work.clients.get(case.client_id)
        assert client is not None
        unit_of_work.clients.save(replace(client, accepts_mandates=()), services.clock())
        unit_of_work.commit()


def app_demands_more_than_the_giver_showed(idp: RunningIdp, case: "Given") -> None:
    from sqlalchemy import create_engine, text

    engine = create_engine(idp.installation.settings.storage.database)
    with engine.begin() as connection:
        connection.execute(text("UPDATE mandates SET granted_level = 2 WHERE id = :id"), {"id": case.mandate.id})
    engine.dispose()


class Given:
    """A person who acts for another at an app of their own."""

    def __init__(self, idp: RunningIdp, stack: ExitStack) -> None:
        self.principal, self.agent = idp.new_person(), idp.new_person()
        app = stack.enter_context(PushingParty(idp, accepts_mandates=BOTH, **STANDARD))
        self.client_id = app.client_id
        self.mandate = helper(idp, self.principal, self.agent, whole(app.client_id))
        browser = stack.enter_context(FormBrowser(idp.issuer))
        self.acting = Acting(browser, self.agent, app)


@pytest.mark.parametrize(
    "happens",
    [ended, ran_out, frozen, closed_principal, app_accepts_none, app_demands_more_than_the_giver_showed],
    ids=lambda each: str(each.__name__),
)
def test_everything_dies_at_once(idp_sqlite: RunningIdp, happens: Any) -> None:
    """M03, M04: the code, the refresh token, what is introspected, userinfo. Mutation: one of them is not asked."""
    with ExitStack() as stack:
        case = Given(idp_sqlite, stack)
        acting, app = case.acting, case.acting.app
        tokens = acting.tokens(case.mandate.uid)
        page, question = acting.acts(case.mandate.uid)
        assert acting.introspected(app, tokens["access_token"])["active"] is True
        assert acting.introspected(app, tokens["refresh_token"])["active"] is True
        happens(idp_sqlite, case)
        assert acting.introspected(app, tokens["access_token"]) == {"active": False}
        assert acting.introspected(app, tokens["refresh_token"]) == {"active": False}
        assert app.userinfo(tokens["access_token"]).status_code == 401
        refused = acting.refresh(tokens)
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
        late = app.redeem(page, question)
        assert (late.status_code, late.json()["error"]) == (400, "invalid_grant")


@pytest.mark.parametrize("status", [each for each in OrganizationStatus if each is not OrganizationStatus.ACTIVE])
def test_nobody_acts_for_one_that_may_not_act(
    idp_sqlite: RunningIdp, acting: Acting, status: OrganizationStatus
) -> None:
    company, mandate = represents(idp_sqlite, acting.person)
    tokens = acting.tokens(mandate.uid)
    say(idp_sqlite, company, status)
    assert acting.introspected(acting.app, tokens["access_token"]) == {"active": False}
    assert acting.refresh(tokens).json()["error"] == "invalid_grant"
    page, _ = acting.asks()
    assert page.address.endswith(PAGE), "who acted for somebody is not taken for themselves without being asked"
    assert mandate.uid not in page.html


def test_a_register_that_was_not_heard_for_too_long_counts_no_more(idp_sqlite: RunningIdp, acting: Acting) -> None:
    company, mandate = represents(idp_sqlite, acting.person)
    tokens = acting.tokens(mandate.uid)
    services = idp_sqlite.installation.services
    week_ago = services.clock() - services.settings.mandates.unheard_seconds
    say(idp_sqlite, company, OrganizationStatus.ACTIVE, type(services.clock())(week_ago + 60))
    assert acting.introspected(acting.app, tokens["access_token"])["active"] is True
    say(idp_sqlite, company, OrganizationStatus.ACTIVE, type(services.clock())(week_ago))
    assert acting.introspected(acting.app, tokens["access_token"]) == {"active": False}
    assert acting.refresh(tokens).json()["error"] == "invalid_grant"


def test_never_more_than_the_mandate(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person], parties: dict[str, PushingParty]
) -> None:
    """Mutations: a matter beside the one that is named; an action; a scope of the resource; widened by a refresh."""
    view = Matter(code=LICENCE, actions=("view",), location=PERMITS)
    mandate = helper(idp_sqlite, *people, Remit((Service(APP, (view,)),), ("website",)))
    for asked in ([matter(LICENCE)], [matter(LICENCE, "view"), matter(SHOP, "view")]):
        page, _ = acting.asks({"authorization_details": json.dumps(asked)})
        assert mandate.uid not in page.html
    asked_of: dict[str, str | None] = {
        "authorization_details": json.dumps([matter(LICENCE, "view")]),
        "scope": "openid permits:read",
    }
    tokens = acting.tokens(mandate.uid, asked_of)
    assert (tokens["scope"], tokens["authorization_details"][0]) == ("openid", granted(LICENCE, "view", at=PERMITS))
    told = acting.introspected(parties["permits"], tokens["access_token"])
    assert (told["scope"], told["authorization_details"]) == ("openid", [granted(LICENCE, "view", at=PERMITS)])
    again = acting.refresh(tokens).json()
    assert (again["scope"], again["authorization_details"][0]) == ("openid", granted(LICENCE, "view", at=PERMITS))


def test_a_client_without_it_can_neither_ask_nor_be_offered(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person], parties: dict[str, PushingParty]
) -> None:
    mandate = helper(idp_sqlite, *people, whole(APP, "plain-app"))
    plain = parties["plain"]
    wanted = json.dumps([{"type": "mandate", "principal_type": "person", "identifier": mandate.uid}])
    page = acting.browser.get(plain.ask({"authorization_details": wanted}).address)
    assert page.answer["error"] == "invalid_authorization_details"
    question = plain.ask()
    page = acting.browser.sign_in(acting.browser.get(question.address), acting.person)
    claims = plain.read(plain.redeem(page, question).json()["id_token"])[1]
    assert "on_behalf_of" not in claims


def test_nothing_by_default(idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person]) -> None:
    """Another app, another channel, no app at all: nobody is asked, since there is nothing to choose."""
    helper(idp_sqlite, *people, whole("another"))
    page, question = acting.asks()
    assert "code" in page.answer
    claims = acting.app.read(acting.app.redeem(page, question).json()["id_token"])[1]
    assert "on_behalf_of" not in claims
    third = idp_sqlite.new_person()
    helper(idp_sqlite, third, people[1], Remit((Service(APP),), ("hall",)))
    assert "code" in acting.asks()[0].answer


WRONG = {
    "two": [{"type": "mandate", "principal_type": "person"}] * 2,
    "no kind": [{"type": "mandate"}],
    "another kind": [{"type": "mandate", "principal_type": "officer"}],
    "more": [{"type": "mandate", "principal_type": "person", "role": "guardian"}],
    "empty": [{"type": "mandate", "principal_type": "person", "identifier": ""}],
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_wish_is_refused(acting: Acting, name: str) -> None:
    """RFC 9396 §5."""
    question = acting.app.ask({"authorization_details": json.dumps(WRONG[name])})
    assert acting.browser.get(question.address).answer["error"] == "invalid_authorization_details"


def test_an_app_asks_for_one_by_name(idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person]) -> None:
    """RFC 9396 §2: the code of an organisation, or the uid of a mandate. Mutations: any other will do; oneself will."""
    company, represented = represents(idp_sqlite, acting.person)
    _, other = represents(idp_sqlite, acting.person)
    helped = helper(idp_sqlite, *people, whole(APP))
    wish = {"type": "mandate", "principal_type": "organization", "identifier": company.code}
    page, _ = acting.asks({"authorization_details": json.dumps([wish])})
    assert represented.uid in page.html
    assert not [each for each in (helped.uid, other.uid, 'value="self"') if each in page.html]
    tokens = acting.tokens(represented.uid, {"authorization_details": json.dumps([wish])})
    assert acting.app.read(tokens["id_token"])[1]["org"]["code"] == company.code
    stranger = {**wish, "identifier": "91890100MA00000000"}
    page, question = acting.asks({"authorization_details": json.dumps([stranger])})
    assert (page.answer["error"], page.answer["state"]) == ("access_denied", question.state)
    person = {"type": "mandate", "principal_type": "person"}
    assert helped.uid in acting.asks({"authorization_details": json.dumps([person])})[0].html
    body = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"], **acting.app.proof()}
    body["authorization_details"] = json.dumps([person])
    refused = acting.app.http.post(f"{acting.app.issuer}/token", data=body)
    assert refused.json()["error"] == "invalid_authorization_details", "for whom is said where people sign in"


def test_a_silent_request_goes_on_as_before_and_never_as_somebody_else(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person]
) -> None:
    """OpenID Connect Core §3.1.2.1. Mutations: silently oneself; silently for another; told as a new use each time."""
    mandate = helper(idp_sqlite, *people, whole(APP))
    acting.asks()
    assert acting.asks({"prompt": "none"})[0].answer["error"] == "interaction_required"
    acting.tokens(mandate.uid)
    page, question = acting.asks({"prompt": "none"})
    claims = acting.app.read(acting.app.redeem(page, question).json()["id_token"])[1]
    assert claims["on_behalf_of"]["mandate"] == mandate.uid
    end(idp_sqlite, mandate)
    assert acting.asks({"prompt": "none"})[0].answer["error"] == "interaction_required"
    with idp_sqlite.installation.services.begin() as unit_of_work:
        log = unit_of_work.events.of_person(people[0].account_id, before=None, limit=50)
    assert [each.action for each in log].count("mandate.used") == 1


def test_a_single_use_is_one(idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person]) -> None:
    """Mutations: a second sign-in; a refresh token that makes it many."""
    mandate = helper(idp_sqlite, *people, whole(APP), is_single_use=True)
    tokens = acting.tokens(mandate.uid)
    assert "refresh_token" not in tokens
    assert acting.introspected(acting.app, tokens["access_token"])["active"] is True
    page, _ = acting.asks()
    assert mandate.uid not in page.html


def test_another_persons_mandate_is_nobodys(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person]
) -> None:
    """M03: other principal. Mutation: a uid from a form is believed."""
    own = helper(idp_sqlite, *people, whole(APP))
    foreign = helper(idp_sqlite, people[1], people[0], whole(APP))
    page, _ = acting.asks()
    assert foreign.uid not in page.html
    for typed in (foreign.uid, "", "forged"):
        form = page.forms[0]
        again = acting.browser.post(form.action, {**form.fields, "identity": typed})
        assert again.address.endswith(PAGE)
        assert again.has("summary-heading")
    assert "code" in acting.browser.press(page, {"value": own.uid}).answer


def test_a_chain_has_two_links_at_most(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person], parties: dict[str, PushingParty]
) -> None:
    """§4.1: the resource that was reached acts for who acts; nobody acts for that. Mutation: the agent is not counted."""
    permits, archive = parties["permits"], parties["archive"]
    mandate = helper(idp_sqlite, *people, whole(APP))
    tokens = acting.tokens(mandate.uid, {"resource": PERMITS, "scope": "openid permits:read"})

    def exchange(token: str) -> Any:
        body = {"grant_type": EXCHANGE, "subject_token": token, "subject_token_type": ACCESS, "audience": ARCHIVE}
        return permits.http.post(f"{permits.issuer}/token", data={**body, **permits.proof()}).json()

    exchanged = exchange(tokens["access_token"])
    told = acting.introspected(archive, exchanged["access_token"])
    with idp_sqlite.installation.services.begin() as unit_of_work:
        principal, agent = (unit_of_work.subjects.all_of(each.account_id)["acting-archive.example"] for each in people)
    assert (told["sub"], told["act"]) == (
        principal,
        {"client_id": "acting-permits", "sub": "acting-permits", "act": {"sub": agent}},
    )
    assert exchange(exchanged["access_token"])["error"] == "invalid_request"
    end(idp_sqlite, mandate)
    assert acting.introspected(archive, exchanged["access_token"]) == {"active": False}
    assert exchange(tokens["access_token"])["error"] == "invalid_request"


def test_an_actor_token_of_who_acts_for_another_is_none(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person], parties: dict[str, PushingParty]
) -> None:
    """Mutation: a chain beside the one that the subject_token tells."""
    permits = parties["permits"]
    mandate = helper(idp_sqlite, *people, whole(APP))
    tokens = acting.tokens(mandate.uid, {"resource": PERMITS, "scope": "openid permits:read"})
    body = {
        "grant_type": EXCHANGE,
        "subject_token": tokens["access_token"],
        "subject_token_type": ACCESS,
        "audience": ARCHIVE,
        "actor_token": tokens["access_token"],
        "actor_token_type": ACCESS,
    }
    answer = permits.http.post(f"{permits.issuer}/token", data={**body, **permits.proof()})
    assert answer.json()["error"] == "invalid_request"


def test_the_principal_is_told_of_each_use(
    idp_sqlite: RunningIdp, acting: Acting, people: tuple[Person, Person]
) -> None:
    """MISSION: shown at each use. Mutation: told to the agent, or once for all."""
    mandate = helper(idp_sqlite, *people, whole(APP))
    for _ in range(2):
        acting.tokens(mandate.uid)
    with idp_sqlite.installation.services.begin() as unit_of_work:
        of_principal = unit_of_work.events.of_person(people[0].account_id, before=None, limit=50)
        of_agent = unit_of_work.events.of_person(people[1].account_id, before=None, limit=50)
        found = unit_of_work.mandates.get(mandate.id)
    used = [each for each in of_principal if each.action == "mandate.used"]
    assert [(each.client_id, each.data["mandate"]) for each in used] == [(APP, mandate.uid)] * 2
    granted_ones = [each.data.get("mandate") for each in of_agent if each.action == "authorization.granted"]
    assert granted_ones == [mandate.uid] * 2
    assert found is not None
    assert found.mandate.used_at is not None


def test_discovery_tells_what_is_new(acting: Acting) -> None:
    document = acting.app.http.get(f"{acting.app.issuer}/.well-known/openid-configuration").json()
    assert document["authorization_details_types_supported"] == ["matter", "mandate"]
    assert {"on_behalf_of", "org"} <= set(document["claims_supported"])


def test_an_agent_of_an_organisation(idp_sqlite: RunningIdp, acting: Acting) -> None:
    """C23: what is named, until it is stopped."""
    boss = idp_sqlite.new_person()
    company, _ = represents(idp_sqlite, boss)
    mandate = agent_of(idp_sqlite, company, acting.person, whole(APP))
    claims = acting.app.read(acting.tokens(mandate.uid)["id_token"])[1]
    assert (claims["org"]["code"], claims["org"]["role"]) == (company.code, MandateRole.AGENT.value)
    assert claims["acr"].endswith(str(int(Level.THREE)))
