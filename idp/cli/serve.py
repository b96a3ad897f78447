"""`idp serve`: the server processes, and the management port beside them."""

import multiprocessing
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from idp.app import Installation
from idp.cli import Configuration
from idp.cli.check import faults_of
from idp.cli.port_holder import holder_of
from idp.settings import CONFIG_VARIABLE, Settings

_LAST_WORDS_SECONDS = 5.0
"""So long a worker may go on writing its metrics down before their folder goes."""


@click.command()
@click.pass_obj
def serve(configuration: Configuration) -> None:
    """Serve sign-in until stopped; refuses to start with anything that `idp check` would call a fault."""
    installation = configuration.install()
    settings = installation.settings
    if faults := list(faults_of(installation)):
        click.echo("Not started:\n" + "\n".join(f"- {fault}" for fault in faults), err=True)
        raise click.exceptions.Exit(1)
    _refuse_taken_ports(settings)
    if not settings.issuer.startswith("https://"):
        click.echo(f"Serving {settings.issuer} without TLS: for this machine only.", err=True)
    with _metrics_directory(settings) as metrics:
        os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(metrics)
        if configuration.path is not None:
            os.environ[CONFIG_VARIABLE] = str(configuration.path.resolve())
        _run(installation)


@contextmanager
def _metrics_directory(settings: Settings) -> Iterator[Path]:
    """Where the server processes count together; emptied first, since one that was killed left its counts behind.

    Named after the port, which is ours alone: several servers may share the state directory.
    """
    metrics = Path(settings.state_directory).resolve() / f"metrics-{settings.server.port}"
    shutil.rmtree(metrics, ignore_errors=True)
    metrics.mkdir(mode=0o700)
    try:
        yield metrics
    finally:
        shutil.rmtree(metrics, ignore_errors=True)


def _run(installation: Installation) -> None:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.http import HTTP1Settings

    from idp.app import management
    from idp.app.logs import logging_configuration

    # Workers start afresh: one forked while the management thread holds a lock would wait for that lock for ever.
    multiprocessing.set_start_method("spawn")
    settings = installation.settings
    management_port = management.start(installation)
    try:
        Granian(
            "idp.app.application:application",
            address=settings.server.host,
            port=settings.server.port,
            interface=Interfaces.WSGI,
            workers=settings.server.workers,
            blocking_threads=settings.server.threads,
            log_dictconfig=logging_configuration(settings.log_format),
            factory=True,
            websockets=False,
            respawn_failed_workers=True,
            workers_kill_timeout=10,
            http1_settings=HTTP1Settings(max_buffer_size=128 * 1024),
        ).serve()
    finally:
        management_port.shutdown()
        for worker in multiprocessing.active_children():  # one that is told to end while it starts ends a little later
            worker.join(_LAST_WORDS_SECONDS)


def _refuse_taken_ports(settings: Settings) -> None:
    server = settings.server
    for what, host, port in (
        ("server.port", server.host, server.port),
        ("server.management_port", server.management_host, server.management_port),
    ):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as error:
                holder = holder_of(port)
                by = f", held by {holder}" if holder else f" ({error.strerror})"
                click.echo(f"{what}: port {port} is taken{by}; stop it or choose another port.", err=True)
                raise click.exceptions.Exit(1) from None
