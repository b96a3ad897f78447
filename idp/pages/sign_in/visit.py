"""What every step's page needs to know about the interaction it belongs to."""

from dataclasses import dataclass
from typing import Any

from idp.accounts.identifiers import masked
from idp.clock import Instant
from idp.errors import SignInOver
from idp.http.cookies import BROWSER_COOKIE
from idp.http.html import form_target, look_of
from idp.http.languages import Language
from idp.http.request import Request
from idp.interaction.handles import Interactions
from idp.interaction.over import sign_in_over
from idp.interaction.second_proof import WAYS
from idp.model.account import Identifier
from idp.model.channel import Channel
from idp.model.client import Client
from idp.model.interaction import Interaction, LoginProgress, SecondProof
from idp.model.policy import Method
from idp.model.session import Session, Visitor
from idp.services import Services
from idp.sessions import csrf
from idp.sessions.resume import resume


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for one step of one interaction."""

    request: Request
    handle: str
    interaction: Interaction
    client: Client
    channel: Channel
    visitor: Visitor | None
    now: Instant
    csrf_token: str
    can_send_codes: bool
    can_be_called: bool
    can_use_passkeys: bool
    can_use_cards: bool

    @property
    def session(self) -> Session | None:
        """The session in this browser, whoever it is of."""
        return None if self.visitor is None else self.visitor.session

    @property
    def language(self) -> Language:
        """The visitor's language."""
        return look_of(self.request).language

    @property
    def frame(self) -> dict[str, Any]:
        """What every step's template shows: the app that waits, the way out, the token of the form."""
        return {
            "csrf": self.csrf_token,
            "client_name": self.client.client_name,
            "client_logo": self.client.logo,
            "client_policy_uri": self.client.policy_uri,
            "client_tos_uri": self.client.tos_uri,
            "cancel_url": f"/s/{self.handle}/cancel",
        }

    @property
    def form_targets(self) -> tuple[str, ...]:
        """Where a form of this step may end: at the app."""
        return (form_target(self.interaction.request.redirect_uri),)

    @property
    def ways(self) -> list[str]:
        """The ways to sign in that work here now and that the channel allows, the first one preferred."""
        ways = {"message_code": "code", "password": "password"}
        return [
            way
            for factor, way in ways.items()
            if factor in self.channel.factors and (way != "code" or self.can_send_codes)
        ]

    @property
    def all_ways(self) -> list[str]:
        """The same with the ways that are not offered to everybody first; before a proof, alike for all (threat G01)."""
        rarer = {"one_time_code": "totp", "passkey": "passkey", "citizen_card": "card", "recovery_code": "recovery"}
        closed = {"passkey": not self.can_use_passkeys, "card": not self.can_use_cards}
        open_here = [
            way for factor, way in rarer.items() if factor in self.channel.factors and not closed.get(way, False)
        ]
        return [*self.ways, *open_here]

    @property
    def login(self) -> LoginProgress | None:
        """Who the person said to be, or whose second proof is missing; not one for a session that is over."""
        login = self.interaction.login
        if login is not None and login.second is not None:
            is_its = self.session is not None and self.session.id == login.second.session_id
            return login if is_its else None
        return login

    @property
    def second(self) -> SecondProof | None:
        """What a person who is signed in is asked for beside, if that is what this step is for."""
        return None if self.login is None else self.login.second

    @property
    def open_ways(self) -> list[str]:
        """The ways that may be gone now: those that the person has, once they have proven who they are."""
        if self.second is None:
            return self.all_ways
        return list(dict.fromkeys(WAYS[method] for method in self.second.methods))

    @property
    def why(self) -> dict[str, Any]:
        """Why somebody who is signed in is asked again, for the templates."""
        if self.second is None:
            return {}
        if not self.second.level_needed:
            return {"reason": "again"}
        levels = {"level_needed": self.second.level_needed, "level_now": max(1, self.second.level_now)}
        return {"reason": "wished" if self.second.may_skip else "step_up", **levels}

    def other_ways(self, way: str) -> list[str]:
        """What is offered beside this one; the rarer ones behind `more`."""
        near = [name for name in (self.ways if self.second is None else self.open_ways) if name != way]
        return near if self.login is not None and self.login.registers else [*near, "more"]

    def masked_name(self) -> str:
        """What was typed, masked; it tells nothing that the person did not type (threat G01)."""
        if self.login is None:
            return ""
        return masked(Identifier(self.login.kind, self.login.typed))


class Visits:
    """Finds the interaction behind a page's address, for this browser only."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self.interactions = Interactions(services.ephemeral, services.cipher, services.clock)

    def find(self, request: Request, handle: str) -> Visit:
        """The visit; raises `Refused` when the interaction is gone or another browser's."""
        services = self._services
        browser = services.cookies.read(request.cookies, BROWSER_COOKIE)
        interaction = self.interactions.find(handle, browser)
        now = services.clock()
        if interaction is None or browser is None:
            with services.begin() as unit_of_work:
                raise sign_in_over(services, self.interactions, unit_of_work, handle, browser)
        with services.begin() as unit_of_work:
            client = unit_of_work.clients.get(interaction.request.client_id)
            visitor = resume(unit_of_work, services.cookies.read(request.cookies, "session"), services.channels, now)
        if client is None or client.channel not in services.channels:
            raise SignInOver("ended")
        channel = services.channels[client.channel]
        return Visit(
            request=request,
            handle=handle,
            interaction=interaction,
            client=client,
            channel=channel,
            visitor=visitor,
            now=now,
            csrf_token=csrf.token(services.cipher, browser, interaction.id),
            can_send_codes=Method.MESSAGE_CODE in services.methods,
            can_use_passkeys=Method.BOUND_PASSKEY in services.methods and "passkey" in channel.factors,
            can_use_cards=Method.CITIZEN_CARD in services.methods and "citizen_card" in channel.factors,
            can_be_called=services.settings.messaging.voice is not None,
        )

    def is_genuine(self, visit: Visit) -> bool:
        """Whether the form came from a page that we gave to this browser for this interaction."""
        browser = self._services.cookies.read(visit.request.cookies, BROWSER_COOKIE) or ""
        sent = visit.request.form.get("csrf", "")
        return csrf.matches(self._services.cipher, browser, visit.interaction.id, sent)
