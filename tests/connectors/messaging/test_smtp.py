import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.messaging import smtp
from connectors.messaging.smtp import CARRIER, SmtpSettings
from idp.clock import system_clock
from idp.fetch import Fetcher
from idp.model.message import Medium, Message
from idp.ports import Carrier, DeliveryResult
from tests.connectors.messaging.mail_server import (
    HANG_UP,
    PASSWORD,
    USERNAME,
    Certificates,
    Mailbox,
    make_certificates,
    running_mail_server,
)

ACCEPTED = DeliveryResult(is_accepted=True)
SENDER = "no-reply@login.example"


def build(**settings: Any) -> Carrier:
    return CARRIER.build(
        CARRIER.settings.model_validate({"sender": SENDER, "host": "127.0.0.1", **settings}), Fetcher()
    )


def mail(
    destination: str = "wang@example.org", subject: str = "验证码", text: str = "您的验证码是 123456。\n"
) -> Message:
    return Message(id="1793451000.17", medium=Medium.MAIL, destination=destination, subject=subject, text=text)


def again(reason: str) -> DeliveryResult:
    return DeliveryResult(is_accepted=False, may_retry=True, reason=reason)


def never(reason: str) -> DeliveryResult:
    return DeliveryResult(is_accepted=False, may_retry=False, reason=reason)


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return make_certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def listening_mailbox() -> Iterator[Mailbox]:
    with running_mail_server() as running:
        yield running


@pytest.fixture
def mailbox(listening_mailbox: Mailbox) -> Mailbox:
    """A mail server on this machine, without TLS; empty, and willing to take everything."""
    listening_mailbox.reset()
    return listening_mailbox


@pytest.fixture(scope="session")
def carrier(listening_mailbox: Mailbox) -> Carrier:
    return build(port=listening_mailbox.port, security="none")


def test_a_mail_arrives_as_it_was_written(mailbox: Mailbox) -> None:
    carrier = build(port=mailbox.port, security="none", sender_name="云江市统一身份认证")
    assert carrier.medium is CARRIER.medium is Medium.MAIL
    assert carrier.send(mail()) == ACCEPTED
    (envelope,), (arrived,) = mailbox.envelopes, mailbox.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == (SENDER, ["wang@example.org"])
    assert arrived["From"] == f"云江市统一身份认证 <{SENDER}>"
    assert arrived["To"] == "wang@example.org"
    assert arrived["Subject"] == "验证码"
    assert arrived["Message-ID"] == "<1793451000.17@login.example>"
    assert arrived["Auto-Submitted"] == "auto-generated"
    assert abs(arrived["Date"].datetime.timestamp() - system_clock()) < 60
    assert arrived.get_content() == "您的验证码是 123456。\r\n"
    assert envelope.content.isascii()


def test_it_has_no_say_in_codes(carrier: Carrier) -> None:
    assert carrier.code_for(destination_is_sandbox=True) is None


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_starttls_is_the_rule(certificates: Certificates, host: str) -> None:
    with running_mail_server(certificates.server) as mailbox:
        assert build(host=host, port=mailbox.port, authorities=certificates.authority).send(mail()) == ACCEPTED
        assert mailbox.was_encrypted == [True]


def test_implicit_tls(certificates: Certificates) -> None:
    with running_mail_server(ssl_context=certificates.server) as mailbox:
        carrier = build(security="implicit_tls", port=mailbox.port, authorities=certificates.authority)
        assert carrier.send(mail()) == ACCEPTED
        assert mailbox.was_encrypted == [True]


def test_a_server_that_hides_starttls_gets_nothing(mailbox: Mailbox) -> None:
    """Somebody between us and the server strips the offer. Mutation: `starttls` only when it is offered."""
    assert build(port=mailbox.port).send(mail()) == again("tls_or_sign_in_not_offered")
    assert mailbox.envelopes == []


@pytest.mark.parametrize("security", ["starttls", "implicit_tls"])
@pytest.mark.parametrize("wrong", ["authority", "name"])
def test_a_wrong_certificate_gets_nothing(certificates: Certificates, security: str, wrong: str) -> None:
    """Mutation: smtplib's own context, which checks nothing."""
    shown = certificates.server_elsewhere if wrong == "name" else certificates.server
    options: dict[str, Any] = {"ssl_context": shown} if security == "implicit_tls" else {"tls": shown}
    trusted = {"authorities": certificates.authority} if wrong == "name" else {}
    with running_mail_server(**options) as mailbox:
        carrier = build(host="localhost", port=mailbox.port, security=security, **trusted)
        assert carrier.send(mail()) == again("tls_failed")
        assert mailbox.envelopes == []


def test_it_signs_in_where_the_server_asks(certificates: Certificates) -> None:
    with running_mail_server(certificates.server, auth_required=True) as mailbox:
        settings = {"port": mailbox.port, "authorities": certificates.authority}
        assert build(**settings).send(mail()) == again("smtp_530")
        assert build(**settings, username=USERNAME, password="wrong").send(mail()) == again("smtp_535")
        assert build(**settings, username=USERNAME, password=PASSWORD).send(mail()) == ACCEPTED


@pytest.mark.parametrize(
    ("verb", "answer", "outcome"),
    [
        ("RCPT", "550 no such person", never("smtp_550")),
        ("RCPT", "450 greylisted", again("smtp_450")),
        ("RCPT", "421 going down", again("smtp_421")),
        ("DATA", "554 not in my house", never("smtp_554")),
        ("DATA", "451 disk full", again("smtp_451")),
        ("MAIL", "553 you may not send", again("smtp_553")),
        ("QUIT", "500 what", ACCEPTED),
        ("QUIT", HANG_UP, ACCEPTED),
    ],
)
def test_answers_of_the_server(
    carrier: Carrier, mailbox: Mailbox, verb: str, answer: str, outcome: DeliveryResult
) -> None:
    """QUIT after an accepted mail decides nothing. Mutation: `server.quit()` without its `suppress`."""
    mailbox.answers[verb] = answer
    assert carrier.send(mail()) == outcome


@pytest.mark.parametrize(
    "destination",
    [
        "",
        "nobody",
        "a@b@c.example",
        "a@x.example,b@x.example",
        "a@x.example, b@x.example",
        "A Person <a@x.example>",
        "a@x.example (note)",
        "a@x.example\n",
        "a@x.example\r\nBcc: b@x.example",
        "a@x.example\r\nRCPT TO:<b@x.example>",
        '"a b"@x.example',
        "a@x.example\0",
        "a@-x.example",
        "a@x..example",
        "王@x.example",
        f"{'a' * 65}@x.example",
        f"a@{'x' * 64}.example",
        f"a@{'.'.join(['x' * 60] * 5)}",
        "group: a@x.example;",
        "@x.example",
    ],
)
def test_only_exactly_one_address_is_written_to(carrier: Carrier, mailbox: Mailbox, destination: str) -> None:
    """Mutation: `_one_address` that returns its text unread."""
    assert carrier.send(mail(destination)) == never("not_a_mail")
    assert mailbox.envelopes == []


@pytest.mark.parametrize("end", ["\n", "\r", "\r\n", "\x0b", "\x0c", "\x1c", "\x85", "\u2028"], ids=ascii)
def test_a_subject_cannot_bring_headers(carrier: Carrier, mailbox: Mailbox, end: str) -> None:
    """Mutation: headers written by string formatting."""
    carrier.send(mail(subject=f"code{end}Bcc: victim@x.example"))
    for envelope, arrived in zip(mailbox.envelopes, mailbox.mails, strict=True):
        assert envelope.rcpt_tos == ["wang@example.org"]
        assert arrived["Bcc"] is None


def test_a_line_break_in_the_subject_is_refused(carrier: Carrier, mailbox: Mailbox) -> None:
    assert carrier.send(mail(subject="code\r\nX: y")) == never("not_a_mail")
    assert mailbox.envelopes == []


@pytest.mark.parametrize("text", ["\r\n.\r\nMAIL FROM:<x@x.example>\r\n", ".\n..\n", "\0", "x" * 5000, ""], ids=len)
def test_no_text_ends_the_mail_early(carrier: Carrier, mailbox: Mailbox, text: str) -> None:
    assert carrier.send(mail(text=text)) == ACCEPTED
    (arrived,) = mailbox.mails
    assert arrived.get_content().replace("\r\n", "\n").rstrip("\n") == text.replace("\r\n", "\n").rstrip("\n")


def test_text_that_is_none_is_refused(carrier: Carrier) -> None:
    assert carrier.send(mail(text="\ud800")) == never("not_a_mail")


@contextmanager
def listening(answers: bytes) -> Iterator[int]:
    """A port on which something says this, and nothing more."""

    def serve() -> None:
        with listener.accept()[0] as connection:
            connection.sendall(answers)
            while connection.recv(1024) and answers:
                pass
            time.sleep(0 if answers else 0.5)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


def test_a_silent_server_costs_a_few_seconds_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "_TIMEOUT_SECONDS", 0.2)
    with listening(b"") as port:
        started = time.monotonic()
        assert build(port=port, security="none").send(mail()) == again("unreachable")
        assert time.monotonic() - started < 2


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    assert build(port=port, security="none").send(mail()) == again("unreachable")


@pytest.mark.parametrize("greeting", [b"554 no\r\n", b"SSH-2.0-x\r\n", b"\xff" * 10000 + b"\r\n"], ids=len)
def test_what_is_no_mail_server_is_tried_again(greeting: bytes) -> None:
    with listening(greeting) as port:
        result = build(port=port, security="none").send(mail())
    assert (result.is_accepted, result.may_retry) == (False, True)


@pytest.mark.parametrize(
    "change",
    [
        {"security": "none"},
        {"security": "none", "host": "127.0.0.1.example"},
        {"security": "maybe"},
        {"host": ""},
        {"host": "a host"},
        {"port": 0},
        {"port": 65536},
        {"sender": "nobody"},
        {"sender": "a@x.example\n"},
        {"sender_name": "line\nbreak"},
        {"username": "x"},
        {"password": "s3cret"},
        {"tls": False},
    ],
    ids=str,
)
def test_wrong_settings_are_faults_that_keep_the_secret(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as fault:
        SmtpSettings.model_validate({"host": "mail.example", "sender": SENDER, **change})
    assert "s3cret" not in str(fault.value)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.8.8.8", "::1"])
def test_only_this_machine_may_go_without_tls(host: str) -> None:
    """Mutation: `_is_loopback` that answers True; see the faults above for the other half."""
    assert SmtpSettings.model_validate({"host": host, "sender": SENDER, "security": "none"}).host == host


def test_the_password_is_not_in_what_is_printed() -> None:
    settings = SmtpSettings.model_validate(
        {"host": "mail.example", "sender": SENDER, "username": "x", "password": "s3cret"}
    )
    assert "s3cret" not in f"{settings!r} {settings} {settings.model_dump_json()}"


def test_an_authority_that_cannot_be_read_is_found_at_start() -> None:
    with pytest.raises(OSError):
        build(authorities=Path("/nowhere/authority.pem"))
