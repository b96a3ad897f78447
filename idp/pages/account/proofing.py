"""How sure the city is of who the person is, by what, until when, and how to make it surer."""

from typing import Any

from flask import Blueprint

from idp.http.html import Html, look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response
from idp.model.evidence import Evidence
from idp.model.policy import Proofing
from idp.model.session import Visitor
from idp.pages.account._entrance import Entrance
from idp.pages.account.naming import NAME, VERIFY
from idp.proofing.real_name import RealName
from idp.proofing.real_person import RealPerson, Way
from idp.services import Services
from idp.web import new_blueprint, page

PATH = "/me/proofing"
PATHS = {Way.FACE: f"{PATH}/face", Way.NET_ID: f"{PATH}/net-id", Way.BANK: f"{PATH}/bank"}


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/proofing`."""
    pages, entrance, overview = new_blueprint("proofing"), Entrance(services), ProofingOverview(services, html)
    view = page(entrance.guarded(overview.show))
    pages.add_url_rule(PATH, "show", view, methods=["GET"], provide_automatic_options=False)
    return pages


class ProofingOverview:
    """What is known, and what else there is."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._real_name = RealName(services)
        self._real_person = RealPerson(services)

    def show(self, request: Request, visitor: Visitor) -> Response:
        """The page."""
        now, language = self._services.clock(), look_of(request).language
        with self._services.begin() as unit_of_work:
            records = unit_of_work.evidence.of_account(visitor.account.id)
            name = unit_of_work.accounts.attributes(visitor.account.id).name
        proofing = visitor.account.proofed(now).level
        draft = self._real_name.draft(visitor)
        return self._html.page(
            request,
            "proofing.html",
            proofing=proofing.name.lower(),
            level=int(proofing) + 1,
            records=[_record(language, each) for each in reversed(records) if each.counts_at(now)],
            name_url=NAME if name is None and proofing is Proofing.P0 else None,
            verify_url=VERIFY if self._real_name.waits(visitor) else None,
            ways=[(way.value, PATHS[way]) for way in self._real_person.ways(visitor)],
            back_url=draft.back,
            client_name=draft.client_name,
        )


def _record(language: Language, evidence: Evidence) -> dict[str, Any]:
    """One line: how, when, until when."""
    since, until = evidence.verified_at, evidence.expires_at
    return {
        "method": evidence.method.value,
        "since": None if since is None else language.day(since),
        "until": None if until is None else language.day(until),
    }
