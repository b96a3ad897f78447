"""Every page in every state, language, size and theme: whole, bound, escaped, and never with inline anything."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any, get_args

import jinja2
import pytest

import idp.http.templates
from admin.console.drafts import DECISIONS
from admin.operations import OPERATIONS
from admin.operations.people import Member, Why
from admin.operations.system import Because, Part, State
from idp.accounts.imported_document import DOCUMENTS
from idp.accounts.status import Reason
from idp.app.application import words_of
from idp.audit.verify import Fault
from idp.http.languages import CHINESE, ENGLISH, Language, MissingTextError
from idp.http.pseudo_language import pseudo_language
from idp.http.static_files import StaticFiles
from idp.http.templates import City, Look, Mode, Templates, Theme
from idp.model import release
from idp.model.draft import DraftState
from idp.model.evidence import EvidenceMethod, WithdrawalReason
from idp.model.mandate import EndReason, MandateRole
from idp.model.office import Role
from idp.model.organization import OrganizationStatus
from idp.ports import SourceKind
from idp.settings import CITY_OF_THE_DEMO
from realnames.identifiers.social_credit_code import OrganizationKind
from tests.idp.http.account_states import NEW_PERSON
from tests.idp.http.console_states import FATES
from tests.idp.http.html_document import Document
from tests.idp.http.page_states import CASES, CODE, ERROR

TEMPLATES_DIRECTORY = Path(idp.http.templates.__file__).parent / "templates"
PAGES = Templates(StaticFiles(), words_of(CITY_OF_THE_DEMO))
PSEUDO = pseudo_language(ENGLISH)
LANGUAGES = (CHINESE, ENGLISH, PSEUDO)

WITHOUT_FIELDS = ("passkey-", "new_passkey-", "card-", "new_card-", "face-", "real-person-", "console-")
MANDATES = ("identity-", "delegation-", "new_delegation-", "child-", "new_organization-")
PROMISED_IDS = {
    "sign_in": ["username", "sign-in"],
    "code": ["code", "sign-in"],
    "code-carrier-down": ["code", "sign-in"],
    "password": ["password", "sign-in"],
    "totp": ["code", "sign-in"],
    "recovery": ["code", "sign-in"],
    "consent": ["consent-allow", "consent-deny"],
    "error-request": ["oidc-error", "support-code"],
    "logout": ["logout-confirm"],
    "logged_out": ["logged-out"],
    "logout_stopped": ["logout-stopped"],
    "signed_in": ["sign-out"],
    "help": ["hall"],
}


def render(case: str, language: Language = CHINESE, mode: Mode = "standard", theme: Theme = "auto") -> str:
    template, context = CASES[case]
    here = "/me/devices" if case == "devices" else "/s/tx?step=1&x=2"  # one page that warns before the session ends
    return PAGES.render(template, Look(language, mode, theme), here=here, **context)


def document(case: str, language: Language = CHINESE) -> Document:
    return Document(render(case, language))


@pytest.mark.parametrize("language", LANGUAGES, ids=lambda language: language.tag)
@pytest.mark.parametrize("case", CASES)
def test_page_is_whole(case: str, language: Language) -> None:
    page = document(case, language)
    root = page.all("html")[0].attributes
    assert (root["lang"], root["dir"]) == (language.tag, language.direction)
    is_of_officers = "con" in [element.attributes.get("class") for element in page.elements]
    assert [len(page.all(tag)) for tag in ("h1", "main", "header", "title")] == [1] * 4
    assert len(page.all("footer")) == (0 if is_of_officers else 1)
    assert len(page.ids()) == len(set(page.ids()))
    headings = [int(element.tag[1]) for element in page.elements if re.fullmatch("h[1-6]", element.tag)]
    assert set(headings) <= {1, 2}
    assert page.all("h1")[0].text.strip()
    if not is_of_officers:
        assert "tel:12345" in [element.attributes.get("href") for element in page.all("a")]
        assert "/help#hall" in [element.attributes.get("href") for element in page.all("a")]
    symbols = {f"#{element.attributes['id']}" for element in page.all("symbol")}
    assert {element.attributes["href"] for element in page.all("use")} == symbols


@pytest.mark.parametrize("case", CASES)
def test_no_object_is_shown(case: str) -> None:
    """Mutation: `each.keys` of a mapping, which is its method."""
    assert not re.search(r"built-in|bound method| object at 0x", render(case, CHINESE))


@pytest.mark.parametrize("case", CASES)
def test_labels_hints_and_errors_are_bound(case: str) -> None:
    page = document(case)
    ids = page.ids()
    for element in page.elements:
        for name in ("for", "aria-labelledby", "aria-describedby", "data-shows"):
            if name in element.attributes:
                assert set((element.attributes[name] or "").split()) <= set(ids)
    labelled = [element.attributes.get("for") for element in page.all("label")]
    for element in page.all("input"):
        if element.attributes["type"] != "hidden":
            inside_label = any(ancestor.tag == "label" for ancestor in element.ancestors)
            assert inside_label or element.attributes["id"] in labelled
    for link in page.all("a"):
        assert link.text.strip()
        href = link.attributes["href"] or ""
        assert not href.startswith("#") or href[1:] in ids


@pytest.mark.parametrize("case", sorted(set(CASES) - {"form_post"}))  # its form goes to an app, which has no token
def test_forms_post_with_their_token(case: str) -> None:
    page = document(case)
    for form in page.all("form"):
        if form.attributes.get("role") == "search":  # an address that can be kept, and that changes nothing
            assert form.attributes["method"] == "get"
            continue
        assert form.attributes["method"] == "post"
        assert "novalidate" in form.attributes
        assert (form.attributes["action"] or "").startswith("/")
        inside = [element for element in page.all("input") if form in element.ancestors]
        assert [element.attributes["value"] for element in inside if element.attributes.get("name") == "csrf"] == ["t"]
    for button in page.all("button"):
        is_in_a_form = any(ancestor.tag == "form" for ancestor in button.ancestors)
        is_of_a_script = button.attributes["type"] == "button"
        assert is_of_a_script or (is_in_a_form and button.attributes["type"] == "submit")


@pytest.mark.parametrize("case", CASES)
def test_one_filled_button_at_most_and_consent_has_two_equal(case: str) -> None:
    page = document(case)
    classes = [set((element.attributes.get("class") or "").split()) for element in page.elements]
    assert sum("btn-primary" in names for names in classes) <= 1
    if case.startswith("consent"):
        allow, deny = (page.by_id(f"consent-{answer}").attributes for answer in ("allow", "deny"))
        assert allow["class"] == deny["class"] == "btn btn-equal"
        assert (allow["name"], allow["value"], deny["value"]) == ("action", "allow", "deny")


@pytest.mark.parametrize("case", CASES)
def test_nothing_is_inline(case: str) -> None:
    """The policy `default-src 'none'` holds. Red when a template gains a `style=` or an inline script."""
    page = document(case)
    assert not page.all("style")
    for element in page.elements:
        assert not [name for name in element.attributes if name == "style" or name.startswith("on")]
        assert not any(str(value).lower().startswith(("javascript:", "data:")) for value in element.attributes.values())
    for script in page.all("script"):
        assert script.attributes["type"] == "module"
        assert (script.attributes["src"] or "").startswith("/static/")
        assert not script.text


@pytest.mark.parametrize(("case", "ids"), PROMISED_IDS.items())
def test_automation_finds_what_it_was_promised(case: str, ids: list[str]) -> None:
    page = document(case)
    assert set(ids) <= set(page.ids())
    for name in {"username", "code", "password"} & set(ids):
        assert page.by_id(name).attributes["name"] == name


def test_a_scriptless_reader_finds_the_protocols_error_first() -> None:
    text = document("error-request").by_id("oidc-error").text
    assert text == "invalid_request: The redirect URI is not registered."
    assert document("error-request-bare").by_id("oidc-error").text == "invalid_request"


@pytest.mark.parametrize("case", [case for case in CASES if CASES[case][1].get("problem")])
def test_problems_are_told_in_the_title_above_and_at_the_field(case: str) -> None:
    page = document(case)
    assert page.all("title")[0].text.startswith("错误：")
    summary = next(element for element in page.elements if element.attributes.get("role") == "alert")
    links = [element for element in page.all("a") if summary in element.ancestors]
    if "too-many" in case:
        assert "15:42" in summary.text
        assert not page.all("label")
    elif case.startswith((*WITHOUT_FIELDS, *MANDATES)) and not links:
        # nothing to type: the sentence says what to do
        assert summary.text
    else:
        target = (links[0].attributes["href"] or "").removeprefix("#")
        assert page.by_id(target).attributes["aria-invalid"] == "true"
        assert page.by_id(f"{target}-error").text == links[0].text
    assert page.html.index('role="alert"') < page.html.index("<h1")


@pytest.mark.parametrize("case", [case for case in CASES if not CASES[case][1].get("problem")])
def test_titles_without_a_problem_are_calm(case: str) -> None:
    title = document(case).all("title")[0].text
    is_refusal = case.startswith("error") or CASES[case][0] in {"console/no_role.html", "console/invitation_over.html"}
    assert title.startswith("错误：") == is_refusal
    assert title.endswith(" – 一证")


@pytest.mark.parametrize(
    ("case", "sentence"),
    [
        ("code-renewed", "验证码已过期，我们刚给您发了新的"),
        ("code-carrier-down", "短信现在发不出去"),
        ("sign_in-again", "为安全，请再次确认是您"),
        ("sign_in-step-up", "办这件事要四级，您现在是三级"),
        ("code-wrong", "还可以试 4 次"),
        ("code-wrong", "15:42 以后可以再发"),
        ("error-too-many", "15:42"),
        ("error-level", "这件事要四级，"),
    ],
)
def test_states_say_what_they_are(case: str, sentence: str) -> None:
    assert sentence in document(case).all("main")[0].text


def test_the_other_ways_come_first_when_messages_cannot_be_sent() -> None:
    html = render("code-carrier-down")
    assert html.index('value="password"') < html.index('id="code"')
    assert 'name="way" value="password">下一步，输密码' in render("sign_in-code-down")


@pytest.mark.parametrize("theme", get_args(Theme))
@pytest.mark.parametrize("mode", get_args(Mode))
def test_modes_change_the_frame_and_never_the_page(mode: Mode, theme: Theme) -> None:
    html = render("sign_in-malformed", CHINESE, mode, theme)
    assert f'data-mode="{mode}" data-theme="{theme}"' in html
    main = re.compile(r"<main.*</main>", re.DOTALL)
    assert main.findall(html) == main.findall(render("sign_in-malformed"))
    offered = set(re.findall(r"/display\?(mode|theme)=(\w+)", html))
    assert ("mode", mode) not in offered
    assert ("theme", theme) not in offered
    assert ("mode", "standard") in offered or mode == "standard"
    assert {match[1] for match in re.findall(r"/display\?(mode)=(\w+)", render("accessibility"))} == set(get_args(Mode))


def test_display_links_lead_back() -> None:
    assert "/display?mode=elder&amp;return=%2Fs%2Ftx%3Fstep%3D1%26x%3D2" in render("sign_in")


@pytest.mark.parametrize("case", CASES)
def test_hostile_values_stay_text(case: str) -> None:
    """Every string of the context is shown as text. Red when autoescape is off or a value is marked safe."""
    hostile = '"><script>alert(1)</script>{{ 7*7 }}{name}|'

    def poison(value: Any) -> Any:
        if isinstance(value, SimpleNamespace):
            return SimpleNamespace(**{key: poison(inner) for key, inner in vars(value).items()})
        if isinstance(value, dict) and case.startswith("console"):
            return {key: inner if key == "uid" else poison(inner) for key, inner in value.items()}
        return hostile if isinstance(value, str) and value and value not in symbols else value

    symbols = {
        *(f"p{level}" for level in range(5)),
        *EvidenceMethod,
        *WithdrawalReason,
        *DOCUMENTS,
        "face",
        "net_id",
        "bank",
        "code",
        "password",
        "totp",
        "passkey",
        "card",
        "recovery",
        "offered",
        "refused",
        "child",
        "no_number",
        "good",
        "used_up",
        "over",
        "ended",
        "face_refused",
        "face_allowed",
        "used",
        "same",
        "none",
        "name",
        "level",
        *(terms.words for terms in release.SCOPES.values()),
        "subject",
        "email",
        "sign_in",
        "messages",
        "phone",
        "laptop",
        "key",
        "people",
        "firm",
        "all",
        "sign_ins",
        *OrganizationKind,
        *OrganizationStatus,
        *MandateRole,
        *EndReason,
        *Role,
        *DraftState,
        *OPERATIONS,
        *DECISIONS,
        *Member,
        *Why,
        *Reason,
        *Part,
        *State,
        *Because,
        *Fault,
        *("ok", "sms", "mail", "voice", *SourceKind, *FATES),
        *("active", "next", "retired", "disabled"),
        "seen",
        "changes",
    }
    template, context = CASES[case]
    switches = {
        "kind",
        "problem",
        "news",
        "reason",
        "role",
        "own_uid",
        "account_status",
        "status",
        "facts",
        "typed",
        "current",
        "ways",
        "other_ways",
        "summary",
        "state",
        "side",
        "field",
        "roles",
        "device",
        "done",
        "export",
    }
    poisoned = {
        key: value
        if key in switches
        else [poison(item) for item in value]
        if isinstance(value, list)
        else poison(value)
        for key, value in context.items()
    }
    html = PAGES.render(template, Look(), here=hostile, **poisoned)
    assert "<script>" not in html
    assert "49" not in re.sub(r'(src|href)="/static/[^"]*"', "", html)
    assert '"><' not in html.replace('">', "").replace("&#34;&gt;", "")
    assert [element.tag for element in Document(html).elements] == [
        element.tag for element in Document(PAGES.render(template, Look(), here="/", **context)).elements
    ]


def test_hostile_city_stays_text() -> None:
    city = City(*['"><script>'] * 8)
    html = Templates(StaticFiles(), {"zh-CN": city}).render("help.html", Look(ENGLISH), here="/help")
    assert "<script>" not in html


def test_missing_values_and_texts_fail() -> None:
    with pytest.raises(jinja2.UndefinedError):
        PAGES.render("sign_in.html", Look(), here="/")
    with pytest.raises(MissingTextError):
        PAGES.render("error.html", Look(), here="/", **{**ERROR, "kind": "no_such_kind"})
    with pytest.raises(TypeError, match="None"):
        PAGES.render("code.html", Look(), here="/", **{**CODE, "action": None})


def test_every_text_asked_for_is_in_the_catalogue_and_every_text_in_it_is_asked_for() -> None:
    """Red when a template asks for a text nobody wrote, or a text outlives its page."""
    sources = "".join(path.read_text("utf-8") for path in TEMPLATES_DIRECTORY.rglob("*.html"))
    asked = set(re.findall(r"(?:\bt|phrases|heading)\('([a-z_.0-9]+)'(?! ~)", sources))
    assert asked <= set(CHINESE.texts)
    marks = {key: f"⟦{key}⟧" + "".join(re.findall(r"\{\w+\}", text)) for key, text in CHINESE.texts.items()}
    marked = Language("qps", "", "ltr", marks)
    shown = "".join(render(case, marked, mode) for case in CASES for mode in get_args(Mode))
    spoken = set(re.findall(r"⟦([a-z_.0-9]+)⟧", shown))
    from_elsewhere = (
        "account.method.",
        "face.purpose",
        "real_person.face.purpose",
        "real_person.net_id.purpose",
        "real_person.bank.purpose",
        "activity.",
        "apps.only_who",
        "channel.",
        "date.",
        "device.",
        "language.",
        "mandate.",
        "consent.claim.",
        "consent.value.",
    )
    assert [key for key in CHINESE.texts if key not in spoken and not key.startswith(from_elsewhere)] == []


def test_pseudo_language_leaves_no_plain_words() -> None:
    """A word outside the catalogue betrays itself: what the templates say is all in brackets."""
    context = {**NEW_PERSON, "methods": [], "devices": [], "recent": []}
    page = Document(PAGES.render("signed_in.html", Look(PSEUDO), here="/me", **context))
    outside = page.all("main")[0].text
    while outside != (outside := re.sub(r"\[[^\[\]]*\]", "", outside)):
        pass
    assert not outside.strip()


AWAITED_SYMBOLS = {"bell", "freeze", "qr"}
"""Drawn before the pages that show them."""


def test_symbols_are_all_used() -> None:
    symbols = re.findall(r'<symbol id="([\w-]+)"', (TEMPLATES_DIRECTORY / "symbols.svg").read_text("utf-8"))
    shown = "".join(render(case) for case in CASES)
    assert [name for name in symbols if f'"#{name}"' not in shown and name[2:] not in AWAITED_SYMBOLS] == []
