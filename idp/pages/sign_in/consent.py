"""C15: the person sees what an app asks for, with the real values masked, and answers."""

from collections.abc import Mapping

from flask import Blueprint

from idp.events import Action, Event, Kind
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response, see_other
from idp.interaction.next_step import asked_of
from idp.model.consent import Consent
from idp.model.interaction import ConsentDecision
from idp.model.policy import Proofing
from idp.model.release import CLAIMS, SCOPES, SEPARATE, VERIFIABLE
from idp.model.session import Session
from idp.pages.mandate_words import MandateWords
from idp.pages.sign_in.consent_values import values_of
from idp.pages.sign_in.visit import Visit, Visits
from idp.services import Services
from idp.web import routed

_OF_REGISTERS = frozenset(CLAIMS[name].scope for name in VERIFIABLE)
"""Scopes of what a register verifies."""


def blueprint(services: Services, html: Html) -> Blueprint:
    """The page `/s/<handle>/consent`."""
    step = ConsentStep(services, html)
    return routed("consent", ("/s/<handle>/consent", "GET", step.ask), ("/s/<handle>/consent", "POST", step.take))


class ConsentStep:
    """Asks once; the answer is kept until the app asks for more."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._visits = Visits(services)

    def ask(self, request: Request, handle: str) -> Response:
        """Show what is asked."""
        visit = self._visits.find(request, handle)
        return self._page(visit, visit.session) if visit.session else see_other(f"/authorize/{handle}")

    def take(self, request: Request, handle: str) -> Response:
        """Record the answer and go back to the one door."""
        visit = self._visits.find(request, handle)
        if visit.session is None:
            return see_other(f"/authorize/{handle}")
        if not self._visits.is_genuine(visit):
            return self._page(visit, visit.session, is_stale=True)
        is_allowed = request.form.get("action") == "allow"
        if is_allowed and (unanswered := self._unanswered(visit, visit.session)):
            return self._page(visit, visit.session, problem=unanswered)
        asked = self._asked(visit, visit.session)
        scope = _chosen_scope(visit, asked)
        decision = ConsentDecision(account_id=visit.session.account_id, allowed=is_allowed, scope=scope, at=visit.now)
        with self._services.begin() as unit_of_work:
            if is_allowed:
                unit_of_work.consents.give(
                    Consent(
                        account_id=visit.session.account_id,
                        client_id=visit.client.client_id,
                        scope=scope,
                        left_out=tuple(name for name in asked if name not in scope),
                        given_at=visit.now,
                        terms=visit.client.terms.version,
                    )
                )
            unit_of_work.events.record(_event(visit, visit.session, decision))
            unit_of_work.commit()
        handle = self._visits.interactions.save(visit.interaction.with_consent(decision))
        return see_other(f"/authorize/{handle}")

    def _asked(self, visit: Visit, session: Session) -> tuple[str, ...]:
        """What this person is asked for, by scope or by claim."""
        with self._services.begin() as unit_of_work:
            given = unit_of_work.consents.get(session.account_id, visit.client.client_id)
        return asked_of(visit.interaction.request, given)

    def _values(self, visit: Visit, session: Session) -> dict[str, str]:
        """What is asked for and there to be released, by scope."""
        with self._services.begin() as unit_of_work:
            attributes = unit_of_work.accounts.attributes(session.account_id)
            account = unit_of_work.accounts.get(session.account_id)
        values = {} if account is None else values_of(visit, account, attributes)
        return {scope: values[scope] for scope in self._asked(visit, session) if scope in values}

    def _unanswered(self, visit: Visit, session: Session) -> str | None:
        """The first that the app cannot do without, takes an answer of its own (PIPL Art. 29), and was not ticked."""
        needed = (
            scope
            for scope in self._values(visit, session)
            if scope in SEPARATE and scope not in visit.client.optional_scope
        )
        return next((SCOPES[scope].words for scope in needed if not _is_ticked(visit, scope)), None)

    def _page(self, visit: Visit, session: Session, **context: object) -> Response:
        with self._services.begin() as unit_of_work:
            account = unit_of_work.accounts.get(session.account_id)
        is_verified = account is not None and account.proofed(visit.now).level >= Proofing.P2
        licences = dict(visit.client.licences)
        items: dict[str, list[dict[str, object]]] = {"required": [], "optional": [], "separate": []}
        for scope, value in self._values(visit, session).items():
            is_optional = scope in visit.client.optional_scope
            items["separate" if scope in SEPARATE else "optional" if is_optional else "required"].append(
                {
                    "claim": SCOPES[scope].words,
                    "value": value,
                    "is_verified": is_verified and scope in _OF_REGISTERS,
                    "basis": visit.language.of(dict(licences.get(scope, ()))),
                    "is_needed": not is_optional,
                }
            )
        return self._html.page(
            visit.request,
            "consent.html",
            form_targets=visit.form_targets,
            form_action=f"/s/{visit.handle}/consent",
            purpose=visit.language.of(dict(visit.client.purpose)),
            rights=self._rights(visit),
            asks_each_time=bool(visit.interaction.request.matters),
            acting=self._acting(visit, session),
            **{**visit.frame, **items, **context},
        )

    def _acting(self, visit: Visit, session: Session) -> Mapping[str, object] | None:
        """For whom the person said that they act; shown where they allow what is theirs."""
        choice = visit.interaction.identity
        if choice is None or choice.mandate_id is None or choice.account_id != session.account_id:
            return None
        with self._services.begin() as unit_of_work:
            acting = unit_of_work.mandates.get(choice.mandate_id)
            words = MandateWords(self._services, unit_of_work, visit.language, visit.now)
            return None if acting is None else words.of(acting)

    def _rights(self, visit: Visit) -> list[dict[str, object]]:
        """What the app could do elsewhere with its tokens, in the words of the resources that let it."""
        asked, language = visit.interaction.request, visit.language
        with self._services.begin() as unit_of_work:
            places = [unit_of_work.clients.of_resource(name) for name in asked.resources or visit.client.targets]
        told: list[dict[str, object]] = []
        for place in places:
            if place is None:
                continue
            scopes, matters = dict(place.resource_scope), dict(place.resource_matters)
            told += [
                {"words": language.of(dict(scopes[name])), "actions": (), "at": place.client_name}
                for name in asked.scope
                if name in scopes
            ]
            told += [
                {
                    "words": language.of(dict(matters[each.code])),
                    "actions": each.actions,
                    "at": place.client_name,
                }
                for each in asked.matters
                if each.location == place.resource and each.code in matters
            ]
        return told


def _chosen_scope(visit: Visit, asked: tuple[str, ...]) -> tuple[str, ...]:
    """What was asked, less what the person may and did leave out."""
    return tuple(
        scope
        for scope in asked
        if _is_ticked(visit, scope) or (scope not in visit.client.optional_scope and scope not in SEPARATE)
    )


def _is_ticked(visit: Visit, scope: str) -> bool:
    words = SCOPES[scope].words if scope in SCOPES else None
    return visit.request.form.get(f"allow_{words or scope}") == "1"


def _event(visit: Visit, session: Session, decision: ConsentDecision) -> Event:
    data: dict[str, str | int | list[str]] = {"scope": list(decision.scope), "terms": visit.client.terms.version}
    if visit.interaction.request.matters:
        data["matters"] = [matter.code for matter in visit.interaction.request.matters]
    return Event(
        kind=Kind.AUDIT,
        action=Action.CONSENT_GIVEN if decision.allowed else Action.CONSENT_REFUSED,
        at=visit.now,
        account_id=session.account_id,
        client_id=visit.client.client_id,
        session_id=session.id,
        channel=visit.channel.name,
        data=data,
    )
