"""C17: one timeline of everything that happened with the person's identity, and all of it as a file."""

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any
from urllib.parse import urlencode

from flask import Blueprint

from idp.accounts.activity import ACTIONS, MOST, Sort, whole
from idp.clock import Instant
from idp.events import Logged
from idp.http.html import Html, look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.http.response import Response
from idp.model.session import Visitor
from idp.pages.account._downloads import as_csv, as_json
from idp.pages.account._entrance import Entrance
from idp.pages.account._lines import Line, Lines
from idp.ports import Clients
from idp.services import Services
from idp.web import new_blueprint, page

PATH = "/me/activity"
A_PAGE = 50


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/me/activity` and its two files."""
    pages, entrance, activity = new_blueprint("activity"), Entrance(services), ActivityPages(services, html)
    views: dict[str, Callable[..., Response]] = {
        PATH: activity.show,
        f"{PATH}.csv": activity.table,
        f"{PATH}.json": activity.facts,
    }
    for path, view in views.items():
        guarded = page(entrance.guarded(view))
        pages.add_url_rule(path, view.__name__, guarded, methods=["GET"], provide_automatic_options=False)
    return pages


class ActivityPages:
    """Reads the log for the person whom it tells of, and for nobody else."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html

    def show(self, request: Request, visitor: Visitor) -> Response:
        """Fifty lines by day; `kind` and `before` narrow it, and nonsense in them narrows nothing."""
        language, kind, before = look_of(request).language, _kind(request), number_in(request, "before")
        actions = None if kind is None else ACTIONS[kind]
        with self._services.begin() as unit_of_work:
            found = unit_of_work.events.of_person(visitor.account.id, before=before, limit=A_PAGE + 1, actions=actions)
            lines = self._lines(unit_of_work.clients, language, found[:A_PAGE])
        return self._html.page(
            request,
            "activity.html",
            days=_by_day(language, lines, self._services.clock()),
            kinds=[{"address": _address(None, None), "name": "all", "is_chosen": kind is None}]
            + [{"address": _address(each, None), "name": each.value, "is_chosen": kind is each} for each in Sort],
            older=_address(kind, lines[-1].id) if len(found) > A_PAGE else None,
            newest=_address(kind, None) if before is not None else None,
        )

    def table(self, request: Request, visitor: Visitor) -> Response:
        """The whole log for a spreadsheet."""
        entries, older = self._all(request, visitor, f"{PATH}.csv")
        return as_csv(look_of(request).language, (line for _, line in entries), older)

    def facts(self, request: Request, visitor: Visitor) -> Response:
        """The whole log for a program."""
        return as_json(*self._all(request, visitor, f"{PATH}.json"))

    def _all(self, request: Request, visitor: Visitor, path: str) -> tuple[Sequence[tuple[Logged, Line]], str | None]:
        """Every event with its line, and where older ones are when there are too many for one file."""
        found = list(whole(self._services.begin, visitor.account.id, number_in(request, "before")))
        with self._services.begin() as unit_of_work:
            lines = self._lines(unit_of_work.clients, look_of(request).language, found)
        older = f"{path}?{urlencode({'before': found[-1].id})}" if len(found) == MOST else None
        return list(zip(found, lines, strict=True)), older

    def _lines(self, clients: Clients, language: Language, found: Sequence[Logged]) -> list[Line]:
        lines = Lines(self._services, clients, language)
        return [lines.line(logged) for logged in found]


def number_in(request: Request, name: str) -> int | None:
    """A positive number in the query; None for anything else."""
    text = request.parameters.get(name, "")
    return int(text) if len(text) < 20 and text.isascii() and text.isdigit() and int(text) > 0 else None


def _kind(request: Request) -> Sort | None:
    asked = request.parameters.get("kind", "")
    return Sort(asked) if asked in set(Sort) else None


def _address(kind: Sort | None, before: int | None) -> str:
    query = {**({"kind": kind.value} if kind else {}), **({"before": before} if before else {})}
    return f"{PATH}?{urlencode(query)}" if query else PATH


def _by_day(language: Language, lines: Sequence[Line], now: Instant) -> list[dict[str, Any]]:
    today = language.day(now)
    return [
        {"name": language.plain("activity.today", day=day) if day == today else day, "lines": list(same)}
        for day, same in _grouped(language, lines)
    ]


def _grouped(language: Language, lines: Sequence[Line]) -> Iterator[tuple[str, Iterator[Line]]]:
    return groupby(lines, key=lambda line: language.day(line.at))
