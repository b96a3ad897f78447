"""What a sign-in means beyond its session: a device that is new, a phone that was proven for the first time."""

from dataclasses import dataclass

from idp.accounts.notices import Notices
from idp.clock import Instant
from idp.model.account import Account, IdentifierKind
from idp.model.known_device import KnownDevice
from idp.model.message import Medium
from idp.model.notice import Notice, NoticeKind
from idp.model.policy import Method
from idp.policy.risk import Circumstances, Risk, assess
from idp.ports import UnitOfWork
from idp.services import Services
from idp.sessions.known_devices import Arrived, KnownDevices


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """Where a proof was given.

    Attributes:
        device: its name (`idp.http.device_name`).
        unverified_cookie: the one by which it is known.
        language: of the page.
        address: of the client, as our own proxies tell it.
    """

    device: str | None = None
    unverified_cookie: str | None = None
    language: str | None = None
    address: str = ""


NO_BROWSER = Browser()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """One sign-in that has just succeeded.

    Attributes:
        is_new_account: whether the account was made by it, so that there is nobody else to tell.
        known: the browser, if it knew the person before.
        has_lost_factors: whether factors that were there before were dropped by it (threat G09).
        is_told: whether the person hears of it apart.
        proven_by: the way its code went, if it was by one.
        named_by, method: what the person typed, and what they proved it with.
    """

    account: Account
    browser: Browser
    at: Instant
    is_shared_device: bool
    is_new_account: bool
    known: KnownDevice | None
    has_lost_factors: bool
    is_told: bool
    proven_by: Medium | None
    named_by: IdentifierKind
    method: Method


def risk_of(services: Services, arrival: Arrival) -> Risk:
    """What is unusual about it: written down with the sign-in, and nothing else comes of it."""
    address, listed = arrival.browser.address, services.listed_networks
    return assess(
        Circumstances(
            at=arrival.at,
            method=arrival.method,
            is_known_device=None if arrival.is_new_account else arrival.known is not None,
            is_listed=None if listed is None or not address else address in listed,
        )
    )


def note(services: Services, unit_of_work: UnitOfWork, arrival: Arrival) -> str | None:
    """Tell the person where it is news; the cookie by which the browser is known from now on, None on a shared one."""
    account, browser, devices = arrival.account, arrival.browser, KnownDevices(services)
    if arrival.has_lost_factors or not (arrival.known or arrival.is_new_account or arrival.is_told):
        kind = NoticeKind.FACTORS_DROPPED if arrival.has_lost_factors else NoticeKind.NEW_DEVICE
        notice = Notice(
            account_id=account.id,
            kind=kind,
            at=arrival.at,
            device=browser.device,
            language=browser.language,
            proven_by=arrival.proven_by,
        )
        Notices(services).notify(unit_of_work, notice)
    if arrival.is_shared_device:
        if arrival.known is not None:  # a computer that was the person's own before, or was taken for it
            unit_of_work.known_devices.forget(account.id, arrival.known.id)
        return None
    arrived = Arrived(
        account_id=account.id,
        kind=arrival.named_by,
        method=arrival.method,
        device=browser.device,
        at=arrival.at,
    )
    return devices.remember(unit_of_work, browser.unverified_cookie, arrival.known, arrived)
