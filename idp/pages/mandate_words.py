"""A mandate as people read it: who, for whom, for what, until when, and how that is known."""

from collections.abc import Mapping
from typing import Any

from idp.accounts.names import masked_name
from idp.clock import Instant
from idp.http.languages import Language
from idp.model.mandate import Acting, MandateRole
from idp.model.remit import Service
from idp.ports import UnitOfWork
from idp.services import Services

_DAY = 86_400
_CHANNELS = frozenset({"website", "app", "tv", "kiosk", "hotline", "hall", "community"})


class MandateWords:
    """Writes them in one language, within one unit of work."""

    def __init__(self, services: Services, unit_of_work: UnitOfWork, language: Language, now: Instant) -> None:
        self._services = services
        self._unit_of_work = unit_of_work
        self._language = language
        self._now = now

    def of(self, acting: Acting) -> Mapping[str, Any]:
        """Everything that a template may show of it."""
        mandate = acting.mandate
        return {
            "uid": mandate.uid,
            "icon": "people" if acting.organization is None else "firm",
            "principal": self.principal(acting),
            "is_masked": acting.organization is None,
            "agent": self._name(mandate.agent_id),
            "role": self._language.plain(f"mandate.role.{mandate.role}"),
            "services": self._services_of(acting),
            "until": "" if mandate.valid_until is None else str(self._language.day(Instant(mandate.valid_until - 1))),
            "days_left": self._days_left(acting),
            "channels": [
                self._language.plain(f"channel.{each}") for each in mandate.remit.channels if each in _CHANNELS
            ],
            "basis": self._basis(acting),
            "is_single_use": mandate.is_single_use,
            "used_at": "" if mandate.used_at is None else str(self._language.date_and_time(mandate.used_at)),
            "why": self.why_not(acting),
            "ended": self._ended(acting),
        }

    def principal(self, acting: Acting) -> str:
        """For whom: an organisation by its name, a person by theirs, masked."""
        if acting.organization is not None:
            return acting.organization.name
        return self._name(acting.mandate.principal_id)

    def why_not(self, acting: Acting) -> str:
        """Why it cannot be used now; nothing where it can."""
        unheard = self._services.settings.mandates.unheard_seconds
        why = acting.why_not_anew(self._now, unheard)
        return "" if why is None else self._language.plain(f"mandate.why.{why}")

    def _services_of(self, acting: Acting) -> list[str]:
        remit = acting.mandate.remit
        if remit.is_every:
            return [self._language.plain("mandate.every")]
        return [self._service(each) for each in remit.services]

    def _service(self, service: Service) -> str:
        """The app by its name, with the words of those of its matters that are meant."""
        client = self._unit_of_work.clients.get(service.client_id)
        name = service.client_id if client is None else client.client_name
        if service.matters is None:
            return name
        words = []
        for matter in service.matters:
            place = self._unit_of_work.clients.of_resource(matter.location)
            told = {} if place is None else dict(dict(place.resource_matters).get(matter.code, ()))
            words.append(self._language.of(told) or matter.code)
        return self._language.plain(
            "mandate.of_app", app=name, what="、".join(words) if self._is_chinese else ", ".join(words)
        )

    def _days_left(self, acting: Acting) -> int | None:
        until = acting.mandate.valid_until
        return None if until is None or until <= self._now else -(-(until - self._now) // _DAY)

    def _basis(self, acting: Acting) -> str:
        """How it is known: a register says so, or somebody gave it on a day."""
        mandate = acting.mandate
        day = self._language.day(mandate.granted_at)
        if mandate.role in {MandateRole.LEGAL_REPRESENTATIVE, MandateRole.GUARDIAN}:
            checked = mandate.granted_at if acting.organization is None else acting.organization.checked_at
            return self._language.plain(
                "mandate.basis.register", source=self._source(acting), day=self._language.day(checked)
            )
        if acting.organization is None:
            return self._language.plain("mandate.basis.person", day=day)
        giver = mandate.granted_as or MandateRole.LEGAL_REPRESENTATIVE
        return self._language.plain(
            "mandate.basis.organization", day=day, role=self._language.plain(f"mandate.role.{giver}")
        )

    def _source(self, acting: Acting) -> str:
        sources = self._services.sources
        source = sources.population if acting.organization is None else sources.company
        names = {} if source is None else source.names
        return names.get(self._language.tag) or self._language.plain("mandate.basis.some_register")

    def _ended(self, acting: Acting) -> str:
        mandate = acting.mandate
        if mandate.ended_at is None or mandate.ended_why is None:
            return ""
        day = self._language.day(mandate.ended_at)
        return self._language.plain(f"mandate.ended.{mandate.ended_why}", day=day)

    def _name(self, account_id: int | None) -> str:
        """Masked; nothing where nobody is known, or nobody has a name any more."""
        name = None if account_id is None else self._unit_of_work.accounts.attributes(account_id).name
        return masked_name(name) if name else ""

    @property
    def _is_chinese(self) -> bool:
        return self._language.tag.startswith("zh")
