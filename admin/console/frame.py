"""What is around every page of the console: who is here, in which role, and where they can go."""

from dataclasses import dataclass
from typing import Any

from admin.console.entrance import HOME, Officer
from idp.accounts.names import masked_name
from idp.http.html import Html
from idp.http.request import Request
from idp.http.response import Response
from idp.model.office import OFFICERS, Role
from idp.services import Services
from idp.sessions.csrf import Forms

SIGN_OUT = f"{HOME}/sign-out"


@dataclass(frozen=True, slots=True)
class Place:
    """One page of the menu; its words are `console.place.<name>`."""

    name: str
    path: str
    icon: str
    roles: tuple[Role, ...] = OFFICERS


MENU: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "look",
        (
            Place("home", HOME, "bell"),
            Place("dashboard", f"{HOME}/dashboard", "clock"),
            Place("log", f"{HOME}/log", "rule", (Role.AUDIT,)),
            Place("conduct", f"{HOME}/conduct", "shield", (Role.AUDIT,)),
        ),
    ),
    ("decide", (Place("drafts", f"{HOME}/drafts", "check"), Place("apps", f"{HOME}/apps", "apps"))),
    (
        "manage",
        (
            Place("people", f"{HOME}/people", "user", (Role.SECURITY,)),
            Place("sessions", f"{HOME}/sessions", "laptop", (Role.SECURITY,)),
            Place("keys", f"{HOME}/keys", "key"),
            Place("connections", f"{HOME}/connections", "mail"),
            Place("officers", f"{HOME}/officers", "people"),
            Place("own_keys", f"{HOME}/own-keys", "key"),
        ),
    ),
)
"""Looking, deciding, managing: `console.menu.<name>`; whoever holds a role sees what it may open."""


class Frame:
    """Renders a page of the console for its officer."""

    def __init__(self, services: Services, html: Html) -> None:
        self._services = services
        self._html = html
        self._forms = Forms(services)

    def page(self, request: Request, officer: Officer, template: str, *, status: int = 200, **context: Any) -> Response:
        """The template inside the frame."""
        role = officer.appointment.role
        with self._services.begin() as unit_of_work:
            stored = unit_of_work.accounts.attributes(officer.visitor.account.id)
            waiting = unit_of_work.drafts.open_count(self._services.clock())
        menu = [
            (section, [place for place in places if role in place.roles])
            for section, places in MENU
            if any(role in place.roles for place in places)
        ]
        return self._html.page(
            request,
            f"console/{template}",
            status=status,
            officer={"role": role.value, "name": masked_name(stored.name) if stored.name else ""},
            menu=menu,
            current=request.path,
            waiting=waiting,
            sign_out_action=SIGN_OUT,
            sign_out_csrf=self._forms.token(request, SIGN_OUT),
            **context,
        )
