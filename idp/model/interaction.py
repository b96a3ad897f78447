"""An authorization request on its way: the verified request, and what the person has done for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from idp.clock import Instant
from idp.model.account import IdentifierKind
from idp.model.mandate import MandateWish
from idp.model.matter import Matter
from idp.model.message import Medium
from idp.model.policy import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest:
    """A request whose client, redirect_uri, response_type, scope and PKCE were proven (OpenID Connect Core §3.1.2.1).

    Attributes:
        max_age: seconds, or None.
        acr_values: in the client's order of preference; voluntary.
        essential_acr: levels of which one must be reached (`claims.id_token.acr.essential`), or empty.
        claims: the `claims` parameter, already parsed and bounded.
        claim_scope: scopes whose data are asked for by `claims` alone; the person is asked for them all the same.
        subjects: the `sub` values of which the person must have one; None: anybody may sign in.
        code_challenge: None where the client may leave it out, or no code comes.
        request_uri: by which it was pushed; one answer uses it up.
        resources: the protected resources that its tokens are to be for (RFC 8707).
        matters: what is to be dealt with at them (RFC 9396).
        mandate: for whom the person is to act (RFC 9396); None: for whomever they choose.
        dpop_jkt: the key that the code is bound to (RFC 9449 §10).
    """

    client_id: str
    redirect_uri: str
    response_type: str
    response_mode: str
    scope: tuple[str, ...]
    code_challenge: str | None = None
    state: str | None = None
    nonce: str | None = None
    prompt: tuple[str, ...] = ()
    max_age: int | None = None
    login_hint: str | None = None
    ui_locales: tuple[str, ...] = ()
    acr_values: tuple[str, ...] = ()
    essential_acr: tuple[str, ...] = ()
    claims: Mapping[str, object] = field(default_factory=dict)
    claim_scope: tuple[str, ...] = ()
    subjects: tuple[str, ...] | None = None
    request_uri: str | None = None
    dpop_jkt: str | None = None
    resources: tuple[str, ...] = ()
    matters: tuple[Matter, ...] = ()
    mandate: MandateWish | None = None

    @property
    def asked(self) -> tuple[str, ...]:
        """Everything that is asked for, by scope or claim by claim, as scopes."""
        return (*self.scope, *self.claim_scope)


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondProof:
    """What a person who is signed in is asked for beside, and why.

    Attributes:
        session_id: the session that it strengthens, and no other.
        methods: those of another kind that the person has, the preferred one first.
        level_needed, level_now: what the app asks for, and what was reached; 0: no app asks, a change of the account does.
        may_skip: whether the app would rather have it and takes less (`acr_values`, OpenID Connect Core §3.1.2.1).
    """

    session_id: int
    methods: tuple[Method, ...]
    level_needed: int = 0
    level_now: int = 0
    may_skip: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class NewStart:
    """A window's slip was shown: the person now says how they sign in from here on.

    Attributes:
        slip: the digest of the slip, hexadecimal, which is used up by the last step and may be void by then.
        phone: the one that they want to be reached by, with the challenge of its code, and when it was sent.
    """

    slip: str
    phone: str | None = None
    challenge: str | None = None
    sent_at: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginProgress:
    """Between the name and the proof: whom the person says to be, and the code that is under way.

    Attributes:
        kind, typed: the canonical identifier; an interaction is sealed as a whole wherever it is kept.
        account_id: None when nobody has this identifier; the pages behave the same.
        challenge, medium: the id of the message code under way, if one was sent, and the way it went.
        item_id: the item of the outbox that brings it.
        registers: whether a phone that nobody has becomes an account, once its code was typed.
        new_start: set once a window's slip was shown.
        second: set where nobody had to say who they are, since they are signed in and only one proof is missing.
    """

    kind: IdentifierKind
    typed: str
    account_id: int | None
    is_shared_device: bool = False
    challenge: str | None = None
    medium: Medium = Medium.SMS
    code_sent_at: Instant | None = None
    registers: bool = False
    item_id: int | None = None
    second: SecondProof | None = None
    new_start: NewStart | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentDecision:
    """What the person answered in this interaction; it binds nobody else who signs in on the same browser."""

    account_id: int
    allowed: bool
    scope: tuple[str, ...]
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityChoice:
    """For whom the person said that they act in this interaction; it binds nobody else who signs in on the same browser.

    Attributes:
        mandate_id: None: for themselves.
    """

    account_id: int
    mandate_id: int | None
    at: Instant


@dataclass(frozen=True, slots=True, kw_only=True)
class Interaction:
    """One authorization request of one browser; lives 24 hours, any step may be repeated.

    Attributes:
        browser: digest of the cookie of the browser that started it.
        signed_in_at, session_id: the sign-in made in this interaction, if any.
        keeps_level: whether the person went on without the proof that the app would rather have.
        identity: for whom the person acts, where they were asked.
        naming: `offered` to whoever has just registered, to say their name now; `answered` once they did, or put it off.
        proofing: `answered` once the person would not show who they are for this app.
    """

    id: str
    request: AuthorizationRequest
    created_at: Instant
    browser: str
    login: LoginProgress | None = None
    signed_in_at: Instant | None = None
    session_id: int | None = None
    consent: ConsentDecision | None = None
    naming: Literal["offered", "answered"] | None = None
    proofing: Literal["answered"] | None = None
    keeps_level: bool = False
    identity: IdentityChoice | None = None

    def with_login(self, login: LoginProgress) -> "Interaction":
        """The same interaction, with a name typed or a code sent."""
        return replace(self, login=login)

    def without_login(self) -> "Interaction":
        """The same interaction, with nobody on the way to a proof."""
        return replace(self, login=None)

    def at_this_level(self) -> "Interaction":
        """The same interaction, of a person who does not want to show more than was asked of everybody."""
        return replace(self, login=None, keeps_level=True)

    def with_sign_in(self, session_id: int, at: Instant) -> "Interaction":
        """The same interaction, with a person signed in; the login progress has done its work."""
        return replace(self, session_id=session_id, signed_in_at=at, login=None)

    def with_consent(self, decision: ConsentDecision) -> "Interaction":
        """The same interaction, with the person's answer."""
        return replace(self, consent=decision)

    def with_identity(self, choice: IdentityChoice) -> "Interaction":
        """The same interaction, with for whom the person acts, and nothing allowed yet."""
        return replace(self, identity=choice, consent=None)


def progress_of(interaction: Interaction) -> LoginProgress:
    """Who is on the way to a proof; a page that asks for one must have made sure that there is somebody."""
    if interaction.login is None:
        raise ValueError("no name was typed in this interaction yet")
    return interaction.login
