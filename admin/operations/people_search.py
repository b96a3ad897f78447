"""People found by name and year of birth: for whoever has neither a number nor a phone, and has to ask which one it is.

Each line is masked, and the search itself is written down. Who is opened from the list reads that somebody looked. An app
that acts for itself may not search: it knows whom it means, and would read a city page by page.
"""

from typing import Annotated

from pydantic import Field

from admin.operation import SECURITY, Desk, Gives, Operation, Takes
from admin.operations.people import record_look
from idp.accounts.identifiers import masked_value
from idp.accounts.names import masked_name, parse_name
from idp.accounts.overview import masked_documents
from idp.errors import Refused
from idp.events import Action
from idp.model.account import AccountKind, AccountStatus, IdentifierKind
from idp.model.namesake import NameAndYear, Namesake
from realnames.identifiers.refusal import IdentifierRefused

MOST = 50
"""People on a page: enough to find one among namesakes, too few to carry a city away."""
_EARLIEST, _LATEST = 1800, 2200


class SearchPeople(Takes):
    """A page of those who have this name and were born in this year; `after` is the `next` of the page before."""

    name: str = Field(min_length=1, max_length=255)
    birth_year: Annotated[int, Field(ge=_EARLIEST, le=_LATEST)]
    after: str | None = Field(default=None, max_length=64)
    limit: Annotated[int, Field(gt=0, le=MOST)] = MOST


class NamesakeTold(Gives):
    """One of them, masked."""

    uid: str
    status: str
    name: str
    birth_year: int
    documents: tuple[str, ...]
    phone: str | None


class NamesakeList(Gives):
    """A page; `next` is the `after` of the next one, None: there is none.

    `is_complete` is false for a while after an upgrade, until everybody who was there before can be found.
    """

    people: list[NamesakeTold]
    next: str | None
    is_complete: bool


def _search(desk: Desk, wanted: SearchPeople) -> NamesakeList:
    both = NameAndYear(_canonical(wanted.name), wanted.birth_year)
    namesakes = desk.unit_of_work.namesakes
    found = namesakes.page(both, after=_place(desk, wanted.after), limit=wanted.limit + 1)
    known = namesakes.of(found[: wanted.limit])
    people = [_told(each, wanted.birth_year) for each in known if _is_shown(each)]
    outcome = "ok" if people else "not_found"
    record_look(desk, None, Action.PERSON_SEARCHED, outcome=outcome, by="name", found=str(len(people)))
    following = known[-1].account.uid if len(found) > wanted.limit else None
    return NamesakeList(people=people, next=following, is_complete=namesakes.is_complete())


def _canonical(unverified_name: str) -> str:
    try:
        return parse_name(unverified_name, may_be_latin=True)
    except IdentifierRefused:
        raise Refused(
            "invalid_request", "name: give the whole name as the document writes it, in Chinese or in Latin letters."
        ) from None


def _place(desk: Desk, uid: str | None) -> int:
    """Where the page begins: behind whoever was the last one of the page before."""
    if uid is None:
        return 0
    last = desk.unit_of_work.accounts.by_uid(uid)
    if last is None:
        raise Refused("invalid_request", "after: give the `next` of the page before, or nothing for the first page.")
    return last.id


def _is_shown(namesake: Namesake) -> bool:
    """What the release before closes keeps its index; an officer has no number, and would have none."""
    account = namesake.account
    return account.status is not AccountStatus.CLOSED and account.kind is AccountKind.PERSONAL


def _told(namesake: Namesake, birth_year: int) -> NamesakeTold:
    account, attributes = namesake.account, namesake.attributes
    return NamesakeTold(
        uid=account.uid,
        status=account.status.value,
        name=masked_name(attributes.name or ""),
        birth_year=birth_year,
        documents=tuple(masked_documents(attributes)),
        phone=masked_value(IdentifierKind.PHONE, attributes.phone),
    )


SEARCH_PEOPLE = Operation(
    name="people.search",
    about="Who has this name and was born in this year, masked; by a body, so that no log of addresses has the name.",
    method="POST",
    path="/people:search",
    takes=SearchPeople,
    gives=NamesakeList,
    does=SECURITY,
    run=_search,
    is_for_people=True,
)
OPERATIONS = (SEARCH_PEOPLE,)
