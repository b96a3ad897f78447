"""What a person is told of their own account, by every way they have: so that no change goes unseen."""

from dataclasses import dataclass
from enum import StrEnum

from idp.clock import Instant
from idp.model.message import Medium


class NoticeKind(StrEnum):
    """What happened; the words are in `idp/http/locales/messages`."""

    NEW_DEVICE = "new_device"
    PASSWORD_SET = "password_set"
    ONE_TIME_CODE_ADDED = "one_time_code_added"
    ONE_TIME_CODE_REMOVED = "one_time_code_removed"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    CITIZEN_CARD_ADDED = "citizen_card_added"
    CITIZEN_CARD_REMOVED = "citizen_card_removed"
    CITIZEN_CARD_LOST = "citizen_card_lost"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODE_USED = "recovery_code_used"
    PHONE_CHANGED = "phone_changed"
    MAIL_CHANGED = "mail_changed"
    FROZEN = "frozen"
    UNFROZEN = "unfrozen"
    FACTORS_DROPPED = "factors_dropped"
    """The first proof of the phone dropped what was set before it (threat G09)."""
    SLIP_ISSUED = "slip_issued"
    RECOVERY_OPENED = "recovery_opened"
    RECOVERY_CANCELLED = "recovery_cancelled"
    RECOVERED = "recovered"
    CLOSING_ASKED = "closing_asked"
    CLOSING_CANCELLED = "closing_cancelled"
    DATA_EXPORTED = "data_exported"
    IDENTITY_CORRECTED = "identity_corrected"
    MANDATE_OFFERED = "mandate_offered"
    """Somebody asks the person to act for them, or for an organisation."""
    MANDATE_GRANTED = "mandate_granted"
    """Somebody may act for the person from now on."""
    MANDATE_USED = "mandate_used"
    MANDATE_ENDED = "mandate_ended"
    ORGANIZATION_GRANTED = "organization_granted"
    """Somebody may act for an organisation that the person represents."""
    ORGANIZATION_ENTERED = "organization_entered"
    """The account may act for an organisation, or for a child, from now on."""
    ORGANIZATION_ENDED = "organization_ended"
    """A mandate of an organisation that the person represents is over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """One thing that happened to an account.

    Attributes:
        device: browser and system on which it was done (`idp.http.device_name`), where one was.
        language: of the page on which it was done; None: no page, or nobody knows.
        proven_by: the way by which a proof of this very act went; it is not used while there is another.
        until: as long as that a carrier is tried; None: a day.
        former: a destination that the account has just given up, and which is told all the same.
    """

    account_id: int
    kind: NoticeKind
    at: Instant
    device: str | None = None
    language: str | None = None
    proven_by: Medium | None = None
    former: tuple[Medium, str] | None = None
    until: Instant | None = None
