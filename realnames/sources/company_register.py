"""The source that speaks our company register contract (`docs/contracts/company_register.json`)."""

import re
from datetime import date

from idp.clock import Clock
from idp.fetch import Fetcher
from idp.ports import (
    ChangedOrganizations,
    ClaimedPerson,
    OrganizationAnswer,
    OrganizationStatus,
    RegisteredOrganization,
    RepresentativeAnswer,
    Source,
    SourceKind,
    SourceOutcome,
)
from realnames.identifiers.social_credit_code import OrganizationKind
from realnames.sources.authority_settings import AuthoritySettings
from realnames.sources.claimed import lines_of, member_of
from realnames.sources.register_client import Question, RegisterClient, Unanswered, said
from realnames.sources.signed_answer import AnswerRefused, SignedAnswer

TYPE = "company-answer+jwt"

_CODE = re.compile(r"[0-9A-HJ-NP-RTUW-Y]{18}", re.ASCII)  # GB 32100-2015 §4.2.2
_CURSOR = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_MOST_CODES = 200
_LONGEST_NAME = 120
_KINDS = frozenset[str](OrganizationKind)
_STATUSES = frozenset[str](OrganizationStatus)


class HttpCompanyRegister:
    """Implements `ports.CompanyRegister` over HTTP; may be shared by threads."""

    def __init__(self, settings: AuthoritySettings, fetcher: Fetcher, clock: Clock) -> None:
        self.names = settings.names
        self._register = RegisterClient(TYPE, settings, fetcher, clock)

    def organization(self, code: str) -> OrganizationAnswer:
        """What has this code."""

        def read(answer: SignedAnswer) -> OrganizationAnswer:
            return _organization(answer, code)

        told = self._register.ask(Question(name="organization", members={"code": code}, subject=(code,)), read)
        return OrganizationAnswer(outcome=SourceOutcome.DOWN, why=told.why) if isinstance(told, Unanswered) else told

    def legal_representative(self, code: str, person: ClaimedPerson) -> RepresentativeAnswer:
        """Whether the person represents it now."""
        members, subject = {"code": code, "person": member_of(person)}, (code, *lines_of(person))
        told = self._register.ask(
            Question(name="legal_representative", members=members, subject=subject), _representative
        )
        return RepresentativeAnswer(outcome=SourceOutcome.DOWN, why=told.why) if isinstance(told, Unanswered) else told

    def changed_since(self, cursor: str) -> ChangedOrganizations | None:
        """Whose entries changed."""
        told = self._register.ask(Question(name="changes", members={"cursor": cursor}, subject=(cursor,)), _changes)
        return None if isinstance(told, Unanswered) else told

    def is_reachable(self) -> bool:
        """Whether its keys can be read now."""
        return self._register.is_reachable()


def _organization(answer: SignedAnswer, code: str) -> OrganizationAnswer:
    outcome, name = said(answer), answer.claims.get("name")
    if outcome is SourceOutcome.MISMATCH:  # nothing was there to compare
        raise AnswerRefused("malformed")
    found = None
    if outcome is SourceOutcome.MATCH:
        if not isinstance(name, str) or not 1 <= len(name) <= _LONGEST_NAME:
            raise AnswerRefused("malformed")
        found = RegisteredOrganization(
            code=code,
            name=name,
            organization_type=OrganizationKind(answer.word("organization_type", _KINDS)),
            status=OrganizationStatus(answer.word("status", _STATUSES)),
        )
    return OrganizationAnswer(
        outcome=outcome, reference=answer.reference, answered_at=answer.decided_at, organization=found
    )


def _representative(answer: SignedAnswer) -> RepresentativeAnswer:
    outcome = said(answer)
    if outcome is SourceOutcome.NOT_FOUND:
        return RepresentativeAnswer(outcome=outcome, reference=answer.reference, answered_at=answer.decided_at)
    return RepresentativeAnswer(
        outcome=outcome,
        reference=answer.reference,
        answered_at=answer.decided_at,
        status=OrganizationStatus(answer.word("status", _STATUSES)),
        represented_since=_day(answer, "represented_since"),
        as_of=_day(answer, "as_of"),
    )


def _changes(answer: SignedAnswer) -> ChangedOrganizations:
    codes, cursor, has_more = (answer.claims.get(name) for name in ("codes", "cursor", "has_more"))
    is_list = isinstance(codes, list) and len(codes) <= _MOST_CODES and all(_is(_CODE, code) for code in codes)
    if not is_list or not _is(_CURSOR, cursor) or type(has_more) is not bool:
        raise AnswerRefused("malformed")
    return ChangedOrganizations(codes=tuple(dict.fromkeys(codes or ())), cursor=str(cursor), has_more=has_more)


def _day(answer: SignedAnswer, name: str) -> date:
    """A calendar day, as `2026-05-20`."""
    written = answer.claims.get(name)
    try:
        return date.fromisoformat(str(written) if _is(_DATE, written) else "")
    except ValueError:
        raise AnswerRefused("malformed") from None


def _is(form: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and form.fullmatch(value) is not None


SOURCE = Source(name="company_register", kind=SourceKind.COMPANY, settings=AuthoritySettings, build=HttpCompanyRegister)
