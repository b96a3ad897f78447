"""What the steps of a sign-in share: what was proven goes back to the one door, what was not is said on the step's page."""

from collections.abc import Mapping

from idp.accounts.tries import Paused, Wrong
from idp.clock import Instant, after
from idp.errors import Refused
from idp.http.device_name import device_name
from idp.http.error_page import NO_CARRIER, TOO_MANY_TRIES, ErrorPages, support_code_for
from idp.http.html import Html
from idp.http.response import Response, see_other
from idp.interaction.arrival import Browser
from idp.interaction.outcomes import Attempt, Gone, NotAllowed, Outcome, SignedIn, Used
from idp.pages.sign_in.visit import Visit, Visits
from idp.services import Services
from idp.sessions import known_devices


class Step:
    """One step; the kinds of proof and the name are its children."""

    def __init__(self, services: Services, html: Html, errors: ErrorPages) -> None:
        self._services = services
        self._html = html
        self._errors = errors
        self._visits = Visits(services)

    def _attempt(self, visit: Visit) -> Attempt:
        browser = Browser(
            device=device_name(visit.request.headers.get("user-agent")),
            unverified_cookie=self._device_cookie(visit),
            language=visit.language.tag,
            address=visit.request.peer,
        )
        return Attempt(visit.interaction, visit.channel, visit.session, visit.now, browser)

    def _device_cookie(self, visit: Visit) -> str | None:
        """By which the browser may be known."""
        return self._services.cookies.read(visit.request.cookies, known_devices.COOKIE)

    def _problem(self, outcome: Outcome) -> dict[str, object]:
        """What the page says about a proof that did not work; empty when it did."""
        if isinstance(outcome, Wrong):
            return {"problem": "wrong", "tries_left": outcome.tries_left}
        if isinstance(outcome, Used):
            return {"problem": "used"}
        if isinstance(outcome, Paused):
            return {"problem": "too_many", "paused_until": outcome.until, "is_of_network": outcome.is_of_network}
        return {}

    def _finish(self, visit: Visit, outcome: Outcome) -> Response:
        if isinstance(outcome, NotAllowed):
            refused = Refused("access_denied", "This account may not sign in now.", status=403)
            return self._errors.page(visit.request, outcome.status.value, refused)
        if isinstance(outcome, Gone):
            return see_other(f"/authorize/{self._visits.interactions.save(visit.interaction.without_login())}")
        if not isinstance(outcome, SignedIn):
            raise TypeError("an outcome without a page")
        handle = self._visits.interactions.save(outcome.interaction)
        seconds = None if outcome.session.is_shared_device else visit.channel.session_seconds
        cookies = [self._services.cookies.set("session", outcome.cookie, seconds)]
        if (known_by := outcome.device_cookie) is not None:
            kept = self._services.settings.devices.remember_seconds
            cookies.insert(0, self._services.cookies.set(known_devices.COOKIE, known_by, kept))
        return see_other(f"/authorize/{handle}", *cookies)

    def _time(self, visit: Visit, moment: Instant) -> str:
        return visit.language.time_of_day(after(moment, 59))

    def _form_targets(self, visit: Visit) -> tuple[str, ...]:
        """Where a form of the page may end beside our own pages."""
        return visit.form_targets

    def _page(self, visit: Visit, template: str, **context: object) -> Response:
        shown = {**visit.frame, **context}
        paused_until = shown.pop("paused_until", None)
        if shown.get("is_of_network"):  # no other way to sign in helps there
            shown["other_ways"] = []
        if reason := _told_to_the_hotline(shown):
            shown["support_code"] = support_code_for(reason)
        if not isinstance(paused_until, int):
            return self._html.page(visit.request, template, form_targets=self._form_targets(visit), **shown)
        shown["retry_at"] = self._time(visit, Instant(paused_until))
        targets = self._form_targets(visit)
        page = self._html.page(visit.request, template, status=429, form_targets=targets, **shown)
        return page.with_headers(("Retry-After", str(max(1, paused_until - visit.now))))  # RFC 6585 §4


def _told_to_the_hotline(shown: Mapping[str, object]) -> Refused | None:
    """Why the person cannot go on by themselves here; None where they can, by typing it again."""
    if shown.get("problem") == "too_many":
        return TOO_MANY_TRIES
    if shown.get("code_is_down") or shown.get("carrier_is_down"):
        return NO_CARRIER
    return None
