"""What is there to be released, as the consent page shows it on a shared screen: masked, by the scope that stands for it."""

from collections.abc import Iterator, Mapping

from idp.accounts.identifiers import masked_value
from idp.accounts.names import masked_name
from idp.accounts.number_facts import ages_reached, birth_date_of, sex_of
from idp.clock import date_in_china
from idp.model import release
from idp.model.account import Account, Attributes, IdentifierKind
from idp.model.interaction import AuthorizationRequest
from idp.pages.sign_in.visit import Visit
from realnames.identifiers.phone import parse_phone

_VALUE = "consent.value."


def masked_values(phone: str | None, email: str | None) -> dict[str, str]:
    """Phone and mail address as they are shown, by the claim that tells them."""
    values = {}
    if phone:
        values["phone_number"] = parse_phone(phone).masked
    if email:
        local, _, domain = email.partition("@")
        values["email"] = f"{local[:1]}***@{domain}"
    return values


def values_of(visit: Visit, account: Account, attributes: Attributes) -> dict[str, str]:
    """By scope; what the person does not have, or what nobody has verified and has to be, is not there."""
    language, proofing = visit.language, account.proofed(visit.now).level
    said = masked_values(attributes.phone, attributes.email)
    values = {
        "profile": masked_name(attributes.name) if attributes.name else "",
        "phone": said.get("phone_number", ""),
        "email": said.get("email", ""),
        release.OFFLINE: language.plain("consent.claim.until_taken_back"),
        **_of_number(visit, attributes),
    }
    return {scope: value for scope, value in values.items() if value and proofing >= release.SCOPES[scope].proofing}


def _of_number(visit: Visit, attributes: Attributes) -> dict[str, str]:
    language, born, sex = visit.language, birth_date_of(attributes), sex_of(attributes)
    values = {}
    if born is not None:
        reached = ages_reached(born, date_in_china(visit.now))
        asked = [age for age in reached if age in _ages_asked(visit.interaction.request)]
        told = (language.plain(f"{_VALUE}{'reached' if reached[age] else 'younger'}", age=str(age)) for age in asked)
        values = {"birthdate": f"{born.year}-**-**", "age": " ".join(told)}
    if sex is not None:
        values["gender"] = language.plain(_VALUE + sex.value)
    if attributes.documents:
        values[release.ID_MATCH] = language.plain(f"{_VALUE}yes_or_no")
    number = masked_value(IdentifierKind.CITIZEN_ID, attributes.citizen_id)
    return values if number is None else {**values, release.ID_NUMBER: number}


def _ages_asked(asked: AuthorizationRequest) -> frozenset[int]:
    """Those that the claims request names, wherever it does; the usual one where the scope stands alone."""
    named = frozenset(_names_in(asked.claims))
    ages = frozenset(age for age in release.AGES if f"age_over_{age}" in named)
    return ages | {release.USUAL_AGE} if "age" in asked.scope else ages


def _names_in(request: object) -> Iterator[str]:
    """Depth was bounded when it was parsed."""
    inside = request.values() if isinstance(request, Mapping) else request if isinstance(request, list) else ()
    if isinstance(request, Mapping):
        yield from request
    for each in inside:
        yield from _names_in(each)
