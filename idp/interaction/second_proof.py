"""The second proof: a person who is signed in shows something of another kind, and their session is worth more."""

from dataclasses import dataclass

from idp.accounts.held import Held
from idp.model.channel import Channel
from idp.model.interaction import Interaction, LoginProgress, SecondProof
from idp.model.policy import Authentication, Level, Method
from idp.model.session import Session, authentication_of, kind_of

_FACTOR = {
    Method.BOUND_PASSKEY: "passkey",
    Method.SYNCED_PASSKEY: "passkey",
    Method.ONE_TIME_CODE: "one_time_code",
    Method.MESSAGE_CODE: "message_code",
    Method.MAIL_CODE: "message_code",
    Method.PASSWORD: "password",
    Method.CITIZEN_CARD: "citizen_card",
    Method.RECOVERY_CODE: "recovery_code",
    Method.FACE: "face",
}
"""What a channel calls each, the preferred one first: a passkey falls to no trick, a code from an app costs nothing; a card
wants a reader, which few have beside them, a code from the sheet of paper is gone afterwards, and a face is asked for where
the person would rather show nothing else."""
WAYS = {
    Method.BOUND_PASSKEY: "passkey",
    Method.SYNCED_PASSKEY: "passkey",
    Method.ONE_TIME_CODE: "totp",
    Method.MESSAGE_CODE: "code",
    Method.MAIL_CODE: "code",
    Method.PASSWORD: "password",
    Method.CITIZEN_CARD: "card",
    Method.RECOVERY_CODE: "recovery",
    Method.FACE: "face",
}
"""The page on which each is shown."""


def methods_left(
    session: Session, held: Held, channel: Channel, needed: Authentication = Authentication.A2
) -> tuple[Method, ...]:
    """What the person has that would make the session worth what is needed, and may show over this channel."""
    if session.authentication >= needed or held.name is None:
        return ()
    return tuple(
        method
        for method, factor in _FACTOR.items()
        if method in held.methods | held.second_only
        and factor in channel.factors
        and kind_of(method) not in session.kinds
        and authentication_of((*session.methods, method)) >= needed
    )


@dataclass(frozen=True, slots=True)
class Climb:
    """From the level that was reached to one that an app needs, or would rather have (`may_skip`); `NONE`: no app asks."""

    needed: Level
    now: Level
    may_skip: bool = False


NO_CLIMB = Climb(Level.NONE, Level.NONE)


def ask_second(
    interaction: Interaction, session: Session, held: Held, methods: tuple[Method, ...], climb: Climb
) -> Interaction:
    """The interaction that waits for it; one that waits already stays as it is, with the code that is under way."""
    second = SecondProof(
        session_id=session.id,
        methods=methods,
        level_needed=climb.needed.value,
        level_now=climb.now.value,
        may_skip=climb.may_skip,
    )
    if held.name is None or (interaction.login is not None and interaction.login.second == second):
        return interaction
    return interaction.with_login(
        LoginProgress(
            kind=held.name.kind,
            typed=held.name.value,
            account_id=session.account_id,
            is_shared_device=session.is_shared_device,
            second=second,
        )
    )


def page_of(interaction: Interaction) -> str:
    """The page of the step: that of the preferred method; a choice, where it would send a message or an app asks for more.

    Who is asked for more than they came for is told why, and chooses (C09).
    """
    second = interaction.login.second if interaction.login else None
    way = WAYS[second.methods[0]] if second is not None and second.methods else "code"
    is_asked_for_more = second is not None and second.level_needed > 0
    return "ways" if way == "code" or is_asked_for_more else way
