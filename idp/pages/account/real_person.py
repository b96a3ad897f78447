"""C10, its end: face, net id or bank card show that it is the real person, each after a consent of its own."""

import hashlib
from typing import Any

from flask import Blueprint

from idp.accounts.comparison import Begun, Impossible, Wish
from idp.accounts.identifiers import masked, masked_value
from idp.accounts.names import masked_name
from idp.accounts.tries import Paused
from idp.clock import after
from idp.http.error_page import NO_AUTHORITY, TOO_MANY_TRIES, support_code_for
from idp.http.html import Html, look_of
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.model.account import IdentifierKind
from idp.model.session import Visitor
from idp.pages.account._acts import act_of
from idp.pages.account._entrance import Entrance
from idp.pages.account.proofing import PATH, PATHS
from idp.proofing.real_name import RealName
from idp.proofing.real_person import Mismatched, Raised, RealPerson, Unfinished, Way
from idp.services import Services
from idp.sessions.csrf import Forms
from idp.web import new_blueprint, page

TEXT_VERSION = "1"
"""Of what the person consents to; the digest beside it in the log says which words they read."""
DONE = f"{PATH}/done"
_CONSENTED_TO = ("who", "sent", "kept", "refusing", "consent")
_REFRESH_SECONDS = 10
_PROBLEMS = {"nothing": "expired", "cancelled": "cancelled", "not_found": "not_found", "no_photo": "no_photo"}
_OURS = frozenset({"down", "untrusted"})
"""Problems that somebody here or at the source must mend: they come with a support code."""

Outcome = Begun | Raised | Unfinished | Mismatched | Impossible | Paused


def blueprint(services: Services, html: Html) -> Blueprint:
    """The pages of each way below `/me/proofing`; a fresh sign-in first."""
    pages, entrance = new_blueprint("real_person"), Entrance(services)
    for way, path in PATHS.items():
        steps = RealPersonPages(services, html, way)
        rules = [(path, "GET", "ask", steps.ask), (path, "POST", "consent", steps.consent)]
        if way is not Way.BANK:
            rules.append((f"{path}/return", "GET", "come_back", steps.come_back))
        for rule, method, name, view in rules:
            guarded = page(entrance.guarded(view, is_fresh=True))
            pages.add_url_rule(rule, f"{way.value}_{name}", guarded, methods=[method], provide_automatic_options=False)
    done = page(entrance.guarded(RealPersonPages(services, html, Way.FACE).done))
    pages.add_url_rule(DONE, "done", done, methods=["GET"], provide_automatic_options=False)
    return pages


class RealPersonPages:
    """One way: what will happen, the consent, the authority's page, and back."""

    def __init__(self, services: Services, html: Html, way: Way) -> None:
        self._services = services
        self._html = html
        self._way = way
        self._forms = Forms(services)
        self._real_person = RealPerson(services)
        self._real_name = RealName(services)

    def ask(self, request: Request, visitor: Visitor) -> Response:
        """Who is asked, what leaves, what is kept, and that it can be refused."""
        if self._way not in self._real_person.ways(visitor):
            return see_other(PATH)
        return self._page(request, visitor)

    def consent(self, request: Request, visitor: Visitor) -> Response:
        """Take the consent, and ask."""
        if self._way not in self._real_person.ways(visitor):
            return see_other(PATH)
        if not self._forms.is_genuine(request, self._subject(visitor)):
            return self._page(request, visitor, is_stale=True)
        act, wish = act_of(self._services, request, visitor), self._wish(request)
        if self._way is not Way.BANK:
            return self._answered(request, visitor, self._real_person.begin(act, self._way, wish))
        typed = request.form.get("card", "").replace(" ", "").replace("-", "")
        if not _can_be_card(typed):
            return self._page(request, visitor, problem="malformed" if typed else "empty")
        return self._answered(request, visitor, self._real_person.ask_bank(act, wish, typed))

    def come_back(self, request: Request, visitor: Visitor) -> Response:
        """The authority sends the browser here; what came of it is read from the authority, by us."""
        if request.method == "HEAD":  # it comes to every page that answers GET, and must use nothing up (threat F03)
            return self._waiting(request, visitor, is_down=False)
        outcome = self._real_person.check(act_of(self._services, request, visitor), self._way)
        if isinstance(outcome, Unfinished) and outcome.told.outcome in {"pending", "down"}:
            return self._waiting(request, visitor, is_down=outcome.told.outcome == "down")
        return self._answered(request, visitor, outcome)

    def done(self, request: Request, visitor: Visitor) -> Response:
        """What it made of the account, and on."""
        draft = self._real_name.draft(visitor)
        return self._html.page(
            request,
            "real_person_done.html",
            level=int(visitor.account.proofed(self._services.clock()).level) + 1,
            back_url=draft.back or PATH,
            client_name=draft.client_name if draft.back else None,
        )

    def _answered(self, request: Request, visitor: Visitor, outcome: Outcome) -> Response:
        match outcome:
            case Begun(url=url):
                return see_other(url)
            case Raised():
                return see_other(DONE)
            case Impossible(why="not_offered"):
                return see_other(PATH)
            case Paused(until=until):
                retry_at = look_of(request).language.time_of_day(after(until, 59))
                shown = {"retry_at": retry_at, "support_code": support_code_for(TOO_MANY_TRIES)}
                response = self._page(request, visitor, problem="too_many", status=429, **shown)
                return response.with_headers(("Retry-After", str(max(1, until - self._services.clock()))))
        return self._page(request, visitor, **_problem_of(outcome))

    def _wish(self, request: Request) -> Wish:
        language = look_of(request).language
        key = f"real_person.{self._way}"
        words = "\n".join(language.text(f"{key}.{each}", source=self._source(request)) for each in _CONSENTED_TO)
        return Wish(
            purpose=language.plain(f"{key}.purpose"),
            language=language.tag,
            return_url=f"{self._services.settings.issuer}{PATHS[self._way]}/return",
            consent={"text": TEXT_VERSION, "text_digest": hashlib.sha256(words.encode()).hexdigest()},
        )

    def _source(self, request: Request) -> str:
        source = getattr(self._services.sources, self._way.value)
        names: dict[str, str] = {} if source is None else source.names
        return look_of(request).language.of(names)

    def _page(self, request: Request, visitor: Visitor, **context: Any) -> Response:
        stored = self._real_person.person(visitor)
        if context.get("problem") in _OURS:
            context["support_code"] = support_code_for(NO_AUTHORITY)
        return self._html.page(
            request,
            "real_person.html",
            way=self._way.value,
            masked_name=masked_name(stored.name or ""),
            masked_number=masked(stored.documents[0]) if stored.documents else "",
            masked_phone=masked_value(IdentifierKind.PHONE, stored.phone) or "",
            **self._frame(request, visitor),
            **context,
        )

    def _waiting(self, request: Request, visitor: Visitor, *, is_down: bool) -> Response:
        """Asks again by itself, without a script, and by a button for who does not want to wait."""
        code = {"support_code": support_code_for(NO_AUTHORITY)} if is_down else {}
        return_url = f"{PATHS[self._way]}/return"
        page = self._html.page(
            request,
            "real_person_waiting.html",
            return_url=return_url,
            is_down=is_down,
            **{**self._frame(request, visitor), **code},
        )
        return page.with_headers(("Refresh", f"{_REFRESH_SECONDS}; url={return_url}"))

    def _frame(self, request: Request, visitor: Visitor) -> dict[str, Any]:
        draft = self._real_name.draft(visitor)
        source = getattr(self._services.sources, self._way.value)
        origin = getattr(source, "page_origin", None)
        others = [(way.value, PATHS[way]) for way in self._real_person.ways(visitor) if way is not self._way]
        return {
            "action": PATHS[self._way],
            "csrf": self._forms.token(request, self._subject(visitor)),
            "source": self._source(request),
            "other_ways": others,
            "client_name": draft.client_name if draft.back else None,
            "cancel_url": draft.back or PATH,
            "form_targets": () if origin is None else (origin,),
        }

    def _subject(self, visitor: Visitor) -> str:
        return f"{PATHS[self._way]}\n{visitor.session.id}"


def _problem_of(outcome: Unfinished | Mismatched | Impossible) -> dict[str, Any]:
    """What the page says of it."""
    if isinstance(outcome, Mismatched):
        return {"problem": "wrong", "tries_left": outcome.left}
    if isinstance(outcome, Impossible):
        return {"problem": outcome.why}
    return {"problem": _PROBLEMS.get(outcome.told.outcome, "untrusted")}


def _can_be_card(typed: str) -> bool:
    """Twelve to nineteen digits whose last one fits the others (ISO/IEC 7812-1, annex B)."""
    if not (typed.isascii() and typed.isdigit() and 12 <= len(typed) <= 19):
        return False
    doubled = (int(digit) * 2 for digit in typed[-2::-2])
    return (sum(map(int, typed[-1::-2])) + sum(each - 9 * (each > 9) for each in doubled)) % 10 == 0
