"""The carrier that hands mail to a submission server (RFC 6409), under TLS everywhere but on this machine itself."""

import re
import smtplib
import ssl
from contextlib import suppress
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, model_validator

from idp.clock import as_datetime, system_clock
from idp.fetch import Fetcher
from idp.model.message import Medium, Message
from idp.ports import CarrierExtension, DeliveryResult

_TIMEOUT_SECONDS = 4.0
"""How long each single answer of the mail server may take; a dozen of them fit into the outbox's lease."""

# One address as people have them; RFC 5321's quoted local parts and lists of addresses are no such thing.
_ADDRESS = re.compile(
    r"(?=.{3,254}\Z)[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?",
    re.ASCII,
)


def _one_address(text: str) -> str:
    """The text, when it is exactly one mail address."""
    if _ADDRESS.fullmatch(text) is None:
        raise ValueError("not a mail address")
    return text


class SmtpSettings(BaseModel):
    """Which mail server takes our mail, and in whose name."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]+$")]
    """Name or address of the mail server; under TLS its certificate must name it."""
    port: Annotated[int, Field(ge=1, le=65535)] = 587
    """587 for STARTTLS, 465 for implicit TLS (RFC 8314 §3.3)."""
    security: Literal["starttls", "implicit_tls", "none"] = "starttls"
    """How the connection is secured; `none` is for a server on this machine only."""
    authorities: Path | None = None
    """A PEM file of certificate authorities trusted beside those of the operating system."""
    sender: Annotated[str, AfterValidator(_one_address)]
    """The address the mail comes from."""
    sender_name: Annotated[str, Field(max_length=64, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""
    """The name shown beside it."""
    username: str | None = None
    """With which we sign in at the mail server, if it asks."""
    password: SecretStr | None = None
    """The password to it."""

    @model_validator(mode="after")
    def _secrets_travel_under_tls(self) -> Self:
        if self.security == "none" and not _is_loopback(self.host):
            raise ValueError("security = none is for a mail server on this machine only")
        if (self.username is None) != (self.password is None):
            raise ValueError("username and password belong together")
        return self


class SmtpCarrier:
    """Hands mail to one server, one connection for one message; may be shared by threads."""

    medium = Medium.MAIL

    def __init__(self, settings: SmtpSettings, _fetcher: Fetcher) -> None:
        self._settings = settings
        self._domain = settings.sender.rpartition("@")[2]
        self._tls = ssl.create_default_context()
        if settings.authorities is not None:
            self._tls.load_verify_locations(settings.authorities)

    def send(self, message: Message) -> DeliveryResult:
        """Hand over, or say why not; never raises."""
        try:
            mail = self._write(message)
        except ValueError:
            return DeliveryResult(is_accepted=False, reason="not_a_mail")
        try:
            self._submit(mail, message.destination)
        except OSError as error:
            return _explain(error)
        return DeliveryResult(is_accepted=True)

    def code_for(self, *, destination_is_sandbox: bool) -> str | None:  # noqa: ARG002
        """None: a mail server has no say in our codes."""
        return None

    def _write(self, message: Message) -> EmailMessage:
        """The mail (RFC 5322); ValueError when an address or a header is not one. Seven bits pass everywhere."""
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(self._settings.sender_name, addr_spec=self._settings.sender)
        mail["To"] = _one_address(message.destination)
        mail["Subject"] = message.subject
        mail["Date"] = as_datetime(system_clock())
        mail["Message-ID"] = f"<{message.id}@{self._domain}>"  # the same at each try, so that a repetition is known
        mail["Auto-Submitted"] = "auto-generated"  # RFC 3834 §5: absence notes stay away
        mail.set_content(message.text, cte="base64")
        return mail

    def _submit(self, mail: EmailMessage, destination: str) -> None:
        server = self._connect()
        try:
            if self._settings.username is not None and self._settings.password is not None:
                server.login(self._settings.username, self._settings.password.get_secret_value())
            server.send_message(mail, self._settings.sender, [destination])
            with suppress(OSError):  # the mail is theirs already; a failed farewell must not send it twice
                server.quit()
        finally:
            server.close()

    def _connect(self) -> smtplib.SMTP:
        """A greeted connection; ends as OSError when TLS was asked for and cannot be had."""
        host, port = self._settings.host, self._settings.port
        if self._settings.security == "implicit_tls":
            return smtplib.SMTP_SSL(host, port, self._domain, timeout=_TIMEOUT_SECONDS, context=self._tls)
        server = smtplib.SMTP(host, port, self._domain, timeout=_TIMEOUT_SECONDS)
        if self._settings.security == "starttls":
            try:
                server.starttls(context=self._tls)
            except OSError:
                server.close()
                raise
        return server


def _explain(error: OSError) -> DeliveryResult:
    """Why the mail stayed here. A 5yz reply (RFC 5321 §4.2.1) to its recipient or content is final, all else may pass.

    Every exception of smtplib is an OSError; their texts quote addresses and stay out of the reason.
    """
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        (status, _), *_ = error.recipients.values()
        return DeliveryResult(is_accepted=False, may_retry=status < 500, reason=f"smtp_{status}")
    if isinstance(error, smtplib.SMTPDataError):
        return DeliveryResult(is_accepted=False, may_retry=error.smtp_code < 500, reason=f"smtp_{error.smtp_code}")
    if isinstance(error, smtplib.SMTPResponseException):
        return DeliveryResult(is_accepted=False, may_retry=True, reason=f"smtp_{error.smtp_code}")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryResult(is_accepted=False, may_retry=True, reason="tls_or_sign_in_not_offered")
    reason = "tls_failed" if isinstance(error, ssl.SSLError) else "unreachable"
    return DeliveryResult(is_accepted=False, may_retry=True, reason=reason)


def _is_loopback(host: str) -> bool:
    """Whether the host is this machine, whatever a name server says."""
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


CARRIER = CarrierExtension(name="smtp", medium=Medium.MAIL, settings=SmtpSettings, build=SmtpCarrier)
