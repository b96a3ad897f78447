"""What a person can prove themselves with here and now: what they left with us, as far as somebody stands behind it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from idp.accounts.face_choice import may_show_face
from idp.model.account import Attributes, Identifier
from idp.model.citizen_card import CitizenCard
from idp.model.credential import Credential, CredentialKind, RecoveryCodeBatch
from idp.model.passkey import Passkey
from idp.model.policy import Method
from idp.ports import UnitOfWork
from idp.services import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """The factors of one person.

    Attributes:
        recovery_codes: the batch that they made last, which may be used up.
        phone, email: where their codes go.
        name: what they sign in as: the phone, else a document; None: they gave all of these up.
        methods: the usable ones.
        second_only: what may be shown beside one of these, and never alone; nobody has it because they set it up.
    """

    password: Credential | None
    one_time_code: Credential | None
    passkeys: Sequence[Passkey]
    recovery_codes: RecoveryCodeBatch | None
    phone: str | None
    email: str | None
    name: Identifier | None
    methods: frozenset[Method]
    citizen_cards: Sequence[CitizenCard] = ()
    second_only: frozenset[Method] = frozenset()

    def without(self, method: Method) -> frozenset[Method]:
        """What would be left to sign in with."""
        return self.methods - {method}


def held_by(services: Services, unit_of_work: UnitOfWork, account_id: int) -> Held:
    """Everything the person has."""
    password = unit_of_work.credentials.get(account_id, CredentialKind.PASSWORD)
    one_time_code = unit_of_work.credentials.get(account_id, CredentialKind.ONE_TIME_CODE)
    recovery_codes = unit_of_work.recovery_codes.batch(account_id)
    passkeys = unit_of_work.passkeys.of_account(account_id)
    citizen_cards = unit_of_work.citizen_cards.of_account(account_id)
    stored = unit_of_work.accounts.attributes(account_id)
    kept = {
        Method.PASSWORD: password is not None,
        Method.ONE_TIME_CODE: one_time_code is not None,
        Method.RECOVERY_CODE: recovery_codes is not None and recovery_codes.left > 0,
        Method.CITIZEN_CARD: bool(citizen_cards),
        **{each.method: True for each in passkeys},
    }
    return Held(
        password=password,
        one_time_code=one_time_code,
        passkeys=passkeys,
        citizen_cards=citizen_cards,
        recovery_codes=recovery_codes,
        phone=stored.phone,
        email=stored.email,
        name=next(iter(stored.identifiers), None),
        methods=services.methods & {*(method for method, is_there in kept.items() if is_there), *_sent(stored)},
        second_only=may_show_face(services, unit_of_work, account_id, stored),
    )


def _sent(stored: Attributes) -> Iterable[Method]:
    if stored.phone is not None:
        yield Method.MESSAGE_CODE
    elif stored.email is not None:  # codes go by mail only to who has no phone
        yield Method.MAIL_CODE
