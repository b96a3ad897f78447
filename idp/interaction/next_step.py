"""What the person must do next: one pure decision over what was asked and what was done."""

from dataclasses import dataclass, replace

from idp.clock import Instant, after
from idp.model.authorization import OFFLINE
from idp.model.consent import Consent
from idp.model.interaction import AuthorizationRequest, Interaction
from idp.model.policy import Level, Requirement
from idp.model.session import Session, VisitorAtClient

FRESH_SECONDS = 600
"""How long a sign-in made in this interaction counts as the answer to `prompt=login` or `max_age`."""


@dataclass(frozen=True, slots=True)
class Proceed:
    """Nothing is left to do: issue the code for this scope.

    Attributes:
        mandate_id: by which the person acts for another; None: for themselves.
    """

    scope: tuple[str, ...]
    mandate_id: int | None = None


@dataclass(frozen=True, slots=True)
class LogIn:
    """Sign in. `again`: the app wants to be sure, although somebody is signed in."""

    again: bool = False


@dataclass(frozen=True, slots=True)
class Register:
    """Sign in on the page that makes an account for a phone that nobody has (`prompt=create`); `again` as above."""

    again: bool = False


@dataclass(frozen=True, slots=True)
class ProveFactor:
    """Show something of another kind than what was shown at the sign-in."""


@dataclass(frozen=True, slots=True)
class RenewPassword:
    """Set another password: the rules for those who work for the city ask it of this person now."""


@dataclass(frozen=True, slots=True)
class OfferName:
    """Offer a person to say name and number now, or to have them verified: after registering, or where that is enough."""


@dataclass(frozen=True, slots=True)
class OfferProofing:
    """Offer a person to show that they are who they say: the level needs that, and no factor makes up for it."""


@dataclass(frozen=True, slots=True)
class ChooseIdentity:
    """Ask for whom the person acts: themselves, an organisation, or another person."""


@dataclass(frozen=True, slots=True)
class AskConsent:
    """Ask whether the app may see what it asks for."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """End it with this protocol error, told to the client."""

    error: str
    public: str


Step = (
    Proceed
    | LogIn
    | Register
    | RenewPassword
    | ProveFactor
    | OfferName
    | OfferProofing
    | ChooseIdentity
    | AskConsent
    | Refuse
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Identities:
    """For whom the person may act at this app, where it accepts mandates.

    Attributes:
        mandates: the numbers of those by which they may act now, for whom the request wants.
        is_wanted: whether the request wants them to act for somebody else.
        was_used: whether the app was used in this session before, and `last_used` for whom; None: for themselves.
    """

    mandates: tuple[int, ...]
    is_wanted: bool = False
    was_used: bool = False
    last_used: int | None = None

    def allow(self, mandate_id: int | None) -> bool:
        """Whether this may be chosen."""
        return not self.is_wanted if mandate_id is None else mandate_id in self.mandates


NOBODY = Identities(mandates=())


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Everything the decision looks at beside the interaction.

    Attributes:
        visitor: who is signed in on this browser, and what lies between them and the app; None: nobody.
        reached: the level their session is worth over this channel.
        wished: the level that the app would rather have (`acr_values`) and that such a proof would reach; `NONE`: there is
            none, or it is reached.
        in_reach: the level it would be worth after a proof of another kind that the person has; `NONE`: they have none.
        is_person_meant: whether the session's person is one whom the request names, where it names anybody, and whether the
            app signs in accounts of this kind.
        is_password_due: whether they signed in by a password that has to be another one by now.
        is_nameless: whether nothing is proven of the person but a phone at most.
        naming_helps: whether the required level is reached once the person says name and number, and a register agrees.
        proofing_helps: whether it is reached once a source that is here says that they are who they say, with every proof
            that they have.
        terms: the version of what the app says today that it asks for.
        identities: for whom they may act; None: for themselves alone, and nobody asks.
    """

    visitor: VisitorAtClient | None
    reached: Level
    requirement: Requirement
    now: Instant
    is_person_meant: bool = True
    in_reach: Level = Level.NONE
    wished: Level = Level.NONE
    is_password_due: bool = False
    is_nameless: bool = False
    naming_helps: bool = False
    proofing_helps: bool = False
    terms: str = ""
    identities: Identities | None = None

    @property
    def session(self) -> Session | None:
        """A living session of this browser."""
        return None if self.visitor is None else self.visitor.session

    @property
    def consent(self) -> Consent | None:
        """What the person allowed this app before."""
        return None if self.visitor is None else self.visitor.consent


def next_step(interaction: Interaction, situation: Situation) -> Step:
    """The one next step (DESIGN, the authorization request, 5)."""
    is_silent = "none" in interaction.request.prompt
    session = situation.session
    if session is None:
        return Refuse("login_required", "Nobody is signed in.") if is_silent else _sign_in(interaction)
    if _must_sign_in_again(interaction, session, situation):
        return Refuse("login_required", "The sign-in is too old.") if is_silent else _sign_in(interaction, again=True)
    if not situation.is_person_meant:
        if is_silent or _is_fresh(interaction, session, situation):
            return Refuse("login_required", "Another person is signed in than the one who is meant.")
        return _sign_in(interaction, again=True)
    if situation.is_password_due:
        return Refuse("interaction_required", "Another password has to be set.") if is_silent else RenewPassword()
    return _at_level(interaction, session, situation, is_silent=is_silent)


def asked_of(request: AuthorizationRequest, consent: Consent | None) -> tuple[str, ...]:
    """What the person is asked for; `offline_access` counts only where they are really asked, and a code comes (Core §11)."""
    is_asked = "consent" in request.prompt or (consent is not None and OFFLINE in consent.scope)
    is_asked_offline = is_asked and "code" in request.response_type.split()
    return tuple(name for name in request.asked if name != OFFLINE or is_asked_offline)


def _at_level(interaction: Interaction, session: Session, situation: Situation, *, is_silent: bool) -> Step:
    if not is_silent and _wants_name(interaction, situation):
        return OfferName()
    if situation.reached < situation.requirement.level:
        return _climb(interaction, situation, is_silent=is_silent)
    if situation.wished > situation.reached and not (is_silent or interaction.keeps_level):
        return ProveFactor()
    mandate_id = _identity(interaction, session, situation, is_silent=is_silent)
    if isinstance(mandate_id, ChooseIdentity | Refuse):
        return mandate_id
    step = _consented(interaction, session, situation, is_silent=is_silent)
    return replace(step, mandate_id=mandate_id) if mandate_id is not None and isinstance(step, Proceed) else step


def _identity(
    interaction: Interaction, session: Session, situation: Situation, *, is_silent: bool
) -> ChooseIdentity | Refuse | int | None:
    """For whom the person acts: as they chose here, and where nobody can be asked as the app was used last.

    Who chose somebody for whom they may act no more is asked again, and never taken for themselves.
    """
    identities, choice = situation.identities, interaction.identity
    if identities is None:
        if choice is None or choice.mandate_id is None or choice.account_id != session.account_id:
            return None
        identities = NOBODY
    if identities.is_wanted and not identities.mandates:
        return Refuse("access_denied", "The person may not act for whom the request names.")
    if choice is not None and choice.account_id == session.account_id and identities.allow(choice.mandate_id):
        return choice.mandate_id
    if not is_silent:
        return ChooseIdentity()
    if identities.was_used and identities.allow(identities.last_used):
        return identities.last_used
    return Refuse("interaction_required", "The person has to say for whom they act.")


def _wants_name(interaction: Interaction, situation: Situation) -> bool:
    """Once in an interaction: who has no name, after registering; whoever it is, when a level is missing that it gives."""
    if interaction.naming == "answered":
        return False
    if situation.reached < situation.requirement.level:
        return situation.naming_helps
    return situation.is_nameless and interaction.naming == "offered"


def _sign_in(interaction: Interaction, *, again: bool = False) -> Step:
    return Register(again) if "create" in interaction.request.prompt else LogIn(again)


def _is_fresh(interaction: Interaction, session: Session, situation: Situation) -> bool:
    """Whether the session is that of a sign-in made in this interaction, a short while ago."""
    return (
        interaction.session_id == session.id
        and interaction.signed_in_at is not None
        and situation.now <= after(interaction.signed_in_at, FRESH_SECONDS)
    )


def _must_sign_in_again(interaction: Interaction, session: Session, situation: Situation) -> bool:
    if _is_fresh(interaction, session, situation):
        return False
    max_age = situation.requirement.max_age
    is_too_old = max_age is not None and situation.now > after(session.auth_time, max_age)
    return is_too_old or not {"login", "select_account", "create"}.isdisjoint(interaction.request.prompt)


def _climb(interaction: Interaction, situation: Situation, *, is_silent: bool) -> Step:
    """What a session that is worth too little may still come to."""
    if situation.in_reach < situation.requirement.level:
        if not situation.proofing_helps or interaction.proofing == "answered":
            return Refuse("unmet_authentication_requirements", "The required level was not reached.")
        return Refuse("interaction_required", "It is to be shown who it is.") if is_silent else OfferProofing()
    return Refuse("login_required", "A second proof is needed.") if is_silent else ProveFactor()


def _consented(interaction: Interaction, session: Session, situation: Situation, *, is_silent: bool) -> Step:
    asked = asked_of(interaction.request, situation.consent)
    answer = interaction.consent
    if answer is not None and answer.account_id == session.account_id:
        if not answer.allowed:
            return Refuse("access_denied", "The person did not allow it.")
        return Proceed(answer.scope)
    wants_consent = situation.requirement.asks_consent or "consent" in interaction.request.prompt
    if not wants_consent:
        return Proceed(asked)
    if (
        situation.consent is not None
        and not interaction.request.matters  # each is allowed by itself
        and "consent" not in interaction.request.prompt
        and situation.consent.covers(asked, situation.terms)
    ):
        return Proceed(situation.consent.within(asked))
    return Refuse("consent_required", "The person has not allowed it yet.") if is_silent else AskConsent()
