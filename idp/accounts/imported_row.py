"""One line of a people file: read strictly, and refused with one code and one sentence that hold nothing personal."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from idp.accounts.identifiers import identifier_of
from idp.accounts.imported_document import may_have_latin_name, read_document
from idp.accounts.imported_proofing import read_proofing
from idp.accounts.imported_refusal import RowRefused, require_text
from idp.accounts.names import parse_name
from idp.clock import Instant, date_in_china
from idp.model.account import Identifier, IdentifierKind, NewAccount
from idp.model.imported_person import ImportedPerson, Subject
from realnames.identifiers.citizen_id import CitizenId
from realnames.identifiers.email import Email, parse_email
from realnames.identifiers.oddity import Oddity
from realnames.identifiers.phone import parse_phone
from realnames.identifiers.refusal import IdentifierRefused
from realnames.identifiers.sign_in_name import SignInName

LONGEST_LINE = 65_536
"""Bytes."""
LONGEST_PASSWORD = 1024
MOST_SUBJECTS = 100
_LONGEST_WORD = 255
_WORD = re.compile(rf"[!-~]{{1,{_LONGEST_WORD}}}")

MEMBERS = frozenset(
    {
        "name",
        "id_type",
        "id_number",
        "id_country",
        "phone",
        "email",
        "password_hash",
        "password",
        "proofing",
        "subjects",
    }
)


@dataclass(frozen=True, slots=True)
class Row:
    """A row that can be written; `password` must be hashed first, where it came in clear.

    Attributes:
        oddities: what is unusual about the number, for whoever reads the report.
    """

    person: ImportedPerson
    password: str | None
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True)
class RowReader:
    """Reads rows for one moment.

    Attributes:
        is_sandbox: numbers of province 89 are accepted, and everybody becomes a sandbox person.
        can_verify: whether somebody with this password hash could sign in.
    """

    now: Instant
    is_sandbox: bool
    can_verify: Callable[[str], bool]

    def read(self, line: bytes | None) -> Row:
        """The row; raises `RowRefused` with the first rule broken. None stands for a line that is too long."""
        members = _members(line)
        document = read_document(members, today=date_in_china(self.now), sandbox=self.is_sandbox)
        name = _name(members, may_be_latin=may_have_latin_name(document))
        phone, email = _phone(members), _email(members)
        identifiers = tuple(map(identifier_of, (each for each in (document, phone, email) if each is not None)))
        if document is None and phone is None:
            raise RowRefused("nothing_to_sign_in_by", "A person needs an id_number or a phone to sign in by.")
        proofing = read_proofing(members.get("proofing"), self.now, has_real_name=bool(name and document))
        _require_present(proofing.verified, identifiers)
        password, password_hash = self._password(members)
        account = NewAccount(
            name=name,
            identifiers=identifiers,
            proofing=proofing.level,
            proofed_at=proofing.at,
            is_sandbox=self.is_sandbox,
            created_at=self.now,
        )
        person = ImportedPerson(
            account=account,
            verified=proofing.verified,
            password_hash=password_hash,
            subjects=_subjects(members.get("subjects")),
        )
        return Row(person, password, document.oddities if isinstance(document, CitizenId) else ())

    def _password(self, members: Mapping[str, Any]) -> tuple[str | None, str | None]:
        password, password_hash = require_text(members, "password"), require_text(members, "password_hash")
        if password is not None and password_hash is not None:
            raise RowRefused("password_twice", "Send a password or a password_hash, not both.")
        if password is not None and not (1 <= len(password) <= LONGEST_PASSWORD and _is_unicode(password)):
            raise RowRefused("password", f"The password must have 1 to {LONGEST_PASSWORD} characters.")
        if password_hash is not None and not self.can_verify(password_hash):
            raise RowRefused("password_hash", "Nobody could sign in with this password_hash: its form or its cost.")
        return password, password_hash


def _members(line: bytes | None) -> dict[str, Any]:
    if line is None:
        raise RowRefused("too_long", f"A line may have {LONGEST_LINE} bytes.")
    try:
        members = _DECODER.decode(line.decode())
    except (ValueError, RecursionError):
        raise RowRefused("not_json", "The line is not one JSON object in UTF-8, with each member once.") from None
    if not isinstance(members, dict):
        raise RowRefused("not_json", "The line is not a JSON object.")
    if not members.keys() <= MEMBERS:
        raise RowRefused("unknown_member", f"The members of a row are {', '.join(sorted(MEMBERS))}.")
    return {name: value for name, value in members.items() if value is not None}


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError
    return members


def _refuse_constant(_name: str) -> None:
    raise ValueError


_DECODER = json.JSONDecoder(object_pairs_hook=_without_doubles, parse_constant=_refuse_constant)


def _name(members: Mapping[str, Any], *, may_be_latin: bool) -> str | None:
    text = require_text(members, "name")
    try:
        return None if text is None else parse_name(text, may_be_latin=may_be_latin)
    except IdentifierRefused as refused:
        raise RowRefused("name", f"The name is not one that this document can hold: {refused.reason}.") from None


def _phone(members: Mapping[str, Any]) -> SignInName | None:
    text = require_text(members, "phone")
    try:
        return None if text is None else parse_phone(text)
    except IdentifierRefused as refused:
        raise RowRefused("phone", f"The phone is no mobile number of the mainland: {refused.reason}.") from None


def _email(members: Mapping[str, Any]) -> Email | None:
    text = require_text(members, "email")
    try:
        return None if text is None else parse_email(text)
    except IdentifierRefused as refused:
        raise RowRefused("email", f"The email is no address that we write to: {refused.reason}.") from None


def _require_present(verified: frozenset[IdentifierKind], identifiers: tuple[Identifier, ...]) -> None:
    if not verified <= {identifier.kind for identifier in identifiers}:
        raise RowRefused("proofing", "The proofing verifies a phone or an email that the row does not have.")


def _subjects(value: object) -> tuple[Subject, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or len(value) > MOST_SUBJECTS:
        raise RowRefused("subjects", f"The subjects are a list of at most {MOST_SUBJECTS} objects.")
    found = tuple(_subject(each) for each in value)
    if len({subject.sector for subject in found}) != len(found):
        raise RowRefused("subjects", "A person has one sub in a sector.")
    return found


def _subject(value: object) -> Subject:
    if not isinstance(value, dict) or value.keys() != {"sector", "sub"} or not all(map(_is_word, value.values())):
        raise RowRefused(
            "subjects", f"A subject has a sector and a sub: 1 to {_LONGEST_WORD} printable ASCII characters."
        )
    return Subject(value["sector"], value["sub"])


def _is_word(value: object) -> bool:
    return isinstance(value, str) and _WORD.fullmatch(value) is not None


def _is_unicode(text: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in text)
