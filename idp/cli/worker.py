"""`idp worker`: what was promised inside transactions leaves the house here, and what has ended leaves the database."""

import importlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial

import click

from idp.accounts import namesakes, organization_checks
from idp.accounts.carrier_health import CarrierHealth
from idp.accounts.closing import close_due
from idp.accounts.export import EXPORT
from idp.accounts.lost_phone import complete_ripe
from idp.accounts.organization_checks import hear_changes
from idp.accounts.reported_cards import ReportedCards
from idp.audit.tally import EVERY_SECONDS, Tally
from idp.cli import Configuration
from idp.cli.check import sandbox_faults
from idp.delivery.backchannel_logout import BackchannelLogoutHandler
from idp.delivery.exports import ExportHandler
from idp.delivery.housekeeping import Errand, Housekeeper
from idp.delivery.messages import MessageHandler, discard
from idp.delivery.worker import Handler, Worker
from idp.errors import Unavailable
from idp.fetch import Fetcher
from idp.model.client import Client
from idp.model.message import DISCARD, MESSAGE
from idp.oauth.client_keys import ClientKeys
from idp.oauth.recipients import Recipients
from idp.services import Services
from idp.sessions.logout import BACKCHANNEL_LOGOUT


@click.command()
@click.pass_obj
def worker(configuration: Configuration) -> None:
    """Deliver messages and news of sign-outs, and delete what has ended, until stopped; several side by side are safe."""
    installation = configuration.install()
    if faults := list(sandbox_faults(installation)):
        click.echo("Not started:\n" + "\n".join(f"- {fault}" for fault in faults), err=True)
        raise click.exceptions.Exit(1)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    services = installation.services
    _warm_up(services)
    fetcher = Fetcher(allowed_origins=installation.settings.fetch.allowed_origins)
    handlers: dict[str, Handler] = {
        MESSAGE: MessageHandler(installation.carriers, CarrierHealth(services.ephemeral)),
        DISCARD: discard,
        EXPORT: ExportHandler(services),
        BACKCHANNEL_LOGOUT: BackchannelLogoutHandler(services, fetcher, _encryption(services, fetcher)),
    }
    errands = [
        Errand("closing", partial(close_due, services)),
        Errand("recovery", partial(complete_ripe, services)),
        Errand("tally", Tally(installation.storage.audit_log(), services.begin).run, EVERY_SECONDS),
        Errand("lost_cards", ReportedCards(services).end_sessions),
        Errand("company_register", partial(hear_changes, services), every=organization_checks.EVERY_SECONDS),
        Errand("namesakes", partial(namesakes.catch_up, services), every=namesakes.EVERY_SECONDS),
    ]
    housekeeper = Housekeeper(installation.storage.expiry(), services.clock, installation.settings)
    with _beside(partial(housekeeper.run, errands=errands), stop):
        Worker(services.begin, handlers, services.clock, threads=installation.settings.delivery.threads).run(stop)


def _encryption(services: Services, fetcher: Fetcher) -> Callable[[Client, str], str]:
    """Logout tokens are encrypted for whoever has id_tokens encrypted; an app whose keys cannot be had hears later."""
    settings = services.settings
    delay, at_once = settings.fetch.jwks_refresh_delay, settings.delivery.threads
    keys = ClientKeys(fetcher, services.clock, lambda *_: None, delay=delay, at_once=at_once)
    return Recipients(keys).encrypted_as_id_token


@contextmanager
def _beside(run: Callable[[threading.Event], None], stop: threading.Event) -> Iterator[None]:
    """It runs in a thread of its own until this one is done."""
    thread = threading.Thread(target=run, args=(stop,), name="housekeeping")
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _warm_up(services: Services) -> None:
    """What the first delivery would wait for, while nobody does: the engine of the fetcher, and the signing keys."""
    importlib.import_module("idp.fetch.exchange")
    with suppress(Unavailable):
        services.signer.jwks()
