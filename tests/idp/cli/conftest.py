"""The command line over an installation of its own."""

import logging
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from idp.cli import idp as commands
from tests.idp.installed import MASTER_KEY
from tests.plugins.private_servers import StorageUrls
from tests.plugins.server_processes import free_port


@dataclass
class CommandLine:
    """`idp` with a settings file; `environment` comes on top."""

    config: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __call__(self, *arguments: str, typed: str | None = None) -> Result:
        """Run one command in this process; `typed` is what it asks for."""
        inherited = {name: None for name in os.environ if name.startswith("IDP_")}
        command = ["--config", str(self.config), *arguments]
        return CliRunner().invoke(commands, command, typed, env={**inherited, **self.environment})

    def write(self, urls: StorageUrls) -> None:
        """Settings of a loopback issuer without a carrier, on free ports."""
        self.config.write_text(
            f"""
            issuer = "http://localhost:8000"
            state_directory = "{self.config.parent}"
            [server]
            port = {free_port()}
            management_port = {free_port()}
            [storage]
            database = "{urls.database}"
            ephemeral = "{urls.ephemeral}"
            [secrets]
            keys = "{MASTER_KEY}"
            """,
            "utf-8",
        )


@pytest.fixture
def idp(tmp_path: Path) -> Iterator[CommandLine]:
    """The command line over two SQLite files that are not there yet."""
    command_line = CommandLine(tmp_path / "idp.toml")
    command_line.write(StorageUrls(f"sqlite:///{tmp_path / 'idp.db'}", f"sqlite:///{tmp_path / 'ephemeral.db'}"))
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield command_line
    root.handlers[:], root.level = handlers, level  # commands set up logging on a standard output that is closed now
    # Loggers that a command used keep its list of processors for good: it stays the list in use, so that later tests see
    # what they log.
    structlog.configure(processors=structlog.get_config()["processors"], cache_logger_on_first_use=False)


@pytest.fixture
def ready(idp: CommandLine, sqlite_urls: StorageUrls) -> CommandLine:
    """The command line over a migrated database with signing keys."""
    idp.write(sqlite_urls)
    assert idp("migrate").exit_code == 0
    return idp
