"""The family of refusals: what the caller is told, and what only the log may know.

Refused
├── ProofRefused       a proof of possession that is wrong, with the nonce that the next one needs
├── SignInOver         a sign-in that cannot go on in this browser; its page leads back to the app
├── Unavailable        a store or a pool cannot answer now; try again after `retry_after` seconds
├── TooOften           one caller asks more often than we let it; try again after `retry_after` seconds
└── RefusedAtClient    told to the client at its proven redirect_uri

A refusal is a value that is raised: `endpoints` renders it as RFC 6749 §5.2 JSON or as an authorization response,
`pages` as a page. Its `public` text may be shown to anyone; `detail` goes to the log and carries no personal data.
"""

from dataclasses import dataclass


class Refused(Exception):  # noqa: N818 - a refusal is an outcome, not a fault of the program
    """A request that is understood and refused.

    Attributes:
        code: the registered error code of the protocol (`invalid_request`, …) or one of our own pages.
        public: one ASCII sentence that says what to do next; never contains text from the request.
        status: the HTTP status to answer with.
        detail: what an operator needs; never shown, never personal.
    """

    def __init__(self, code: str, public: str, *, status: int = 400, detail: str = "") -> None:
        super().__init__(f"{code}: {public}")
        self.code = code
        self.public = public
        self.status = status
        self.detail = detail


class Unavailable(Refused):
    """We cannot do it at this moment: 503 with Retry-After (RFC 9110 §10.2.3), nothing half done."""

    def __init__(self, public: str, *, retry_after: int = 5, detail: str = "") -> None:
        super().__init__("temporarily_unavailable", public, status=503, detail=detail)
        self.retry_after = retry_after


class TooOften(Refused):
    """One caller asks more often than we let it: 429 with Retry-After (RFC 6585 §4)."""

    def __init__(self, retry_after: int, public: str = "That is too often; wait as long as Retry-After says.") -> None:
        super().__init__("temporarily_unavailable", public, status=429)
        self.retry_after = retry_after


class ProofRefused(Refused):
    """A proof of possession that is wrong or missing (RFC 9449 §5, §7.1, §8).

    Attributes:
        nonce: what the next proof must repeat, where that is what was wrong.
    """

    def __init__(self, code: str, public: str, *, status: int = 400, nonce: str | None = None) -> None:
        super().__init__(code, public, status=status)
        self.nonce = nonce


class SignInOver(Refused):
    """A sign-in that is over, or another browser's.

    Attributes:
        kind: the page that says so: 'ended', 'other_browser' or 'cookies' (see `error.html`).
        client_name: the registered name of the app that asked for it; None when that is not known.
        back_url: the app's registered address to start again from.
    """

    def __init__(self, kind: str, client_name: str | None = None, back_url: str | None = None) -> None:
        super().__init__("invalid_request", "This sign-in belongs to another browser, or is over.", detail=kind)
        self.kind = kind
        self.client_name = client_name
        self.back_url = back_url


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyTo:
    """Where an authorization response goes, proven, and how it travels.

    Attributes:
        redirect_uri: registered for this client and exactly as sent.
        state: as sent, or None.
    """

    client_id: str
    redirect_uri: str
    state: str | None
    response_mode: str


class RefusedAtClient(Refused):
    """A refusal that the client is told at its proven redirect_uri (RFC 6749 §4.1.2.1), always with `iss`."""

    def __init__(self, code: str, public: str, reply_to: ReplyTo) -> None:
        super().__init__(code, public)
        self.reply_to = reply_to
