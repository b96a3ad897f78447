"""Real names of every document: the Chinese one first, then the Latin one of a foreigner's card."""

from realnames.identifiers.foreigner_name import parse_foreigner_name
from realnames.identifiers.person_name import parse_person_name
from realnames.identifiers.refusal import IdentifierRefused, Reason


def parse_name(text: str, *, may_be_latin: bool) -> str:
    """The canonical name; raises `IdentifierRefused` with the first rule broken."""
    try:
        return parse_person_name(text).canonical
    except IdentifierRefused as refused:
        if refused.reason is not Reason.FOREIGNER_NAME or not may_be_latin:
            raise
    return parse_foreigner_name(text).canonical


def masked_name(name: str) -> str:
    """张*三, `J*** S****`; a name that our rules do not know shows its first character only."""
    for parse in (parse_person_name, parse_foreigner_name):
        try:
            return parse(name).masked
        except IdentifierRefused:
            continue
    return f"{name[:1]}**"
