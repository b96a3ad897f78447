"""What a person can prove themselves with here and now: what they left with us, as far as somebody stands behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.model.account import Identifier
from idp.model.credential import Credential, CredentialKind
from idp.model.passkey import Passkey
from idp.model.policy import Method
from idp.ports import UnitOfWork
from idp.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The factors of one person.

    Attributes:
        phone, email: where their codes go.
        name: what they sign in as: the phone, else a document; None: they gave all of these up.
        methods: the usable ones.
    """

    password: Credential | None
    one_time_code: Credential | None
    passkeys: Sequence[Passkey]
    phone: str | None
    email: str | None
    name: Identifier | None
    methods: frozenset[Method]

    def without(self, method: Method) -> frozenset[Method]:
        """What would be left to sign in with."""
        return self.methods - {method}


def held_by(services: Services, unit_of_work: UnitOfWork, account_id: int) -> Held:
    """Everything the person has."""
    password = unit_of_work.credentials.get(account_id, CredentialKind.PASSWORD)
    one_time_code = unit_of_work.credentials.get(account_id, CredentialKind.ONE_TIME_CODE)
    passkeys = unit_of_work.passkeys.of_account(account_id)
    stored = unit_of_work.accounts.attributes(account_id)
    left = {*_methods(password, one_time_code, stored.phone, stored.email), *(each.method for each in passkeys)}
    return Held(
        password=password,
        one_time_code=one_time_code,
        passkeys=passkeys,
        phone=stored.phone,
        email=stored.email,
        name=next(iter(stored.identifiers), None),
        methods=services.methods & left,
    )


def _methods(
    password: Credential | None, one_time_code: Credential | None, phone: str | None, email: str | None
) -> Iterable[Method]:
    if password is not None:
        yield Method.PASSWORD
    if phone is not None:
        yield Method.MESSAGE_CODE
    elif email is not None:  # codes go by mail only to who has no phone
        yield Method.MAIL_CODE
    if one_time_code is not None:
        yield Method.ONE_TIME_CODE
