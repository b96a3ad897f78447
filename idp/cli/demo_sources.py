"""The registers of the demo: one sandbox authority answers for all of them, and has the reader of identity cards."""

import subprocess
import sys
import tomllib
from pathlib import Path

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "authority" / "authority.py"

SOURCES = {
    "population": "sandbox_population_register",
    "company": "sandbox_company_register",
    "bank": "sandbox_bank_accounts",
    "net_id": "sandbox_network_identity",
    "card_reader": "sandbox_card_reader",
}
"""By their kind; faces are asked by a section that earlier releases wrote."""


def reader_of(directory: Path) -> Path:
    """Where the card reader keeps its key and the list of terminals."""
    return directory / "card-reader"


def know_registers(config: Path, directory: Path, issuer: str, bridge: str) -> None:
    """Settings that an earlier release wrote know faces alone; the reader's own files are made by its program."""
    folder = reader_of(directory)
    subprocess.run([sys.executable, str(PROGRAM), "--reader", str(folder), "--only-reader"], check=True)
    text = config.read_text("utf-8")
    if SOURCES["population"] in text:
        return
    authority = tomllib.loads(text)["sandbox_authority"]
    text = text.replace("[sources]\n", f"[sources]\n{chosen()}\n", 1)
    config.write_text(
        f"{text}\n{sections(authority['url'], authority['token'], issuer)}\n{reader(folder, issuer, bridge)}"
    )


def chosen() -> str:
    """Lines of the section `[sources]`."""
    return "\n".join(f'{kind} = "{name}"' for kind, name in SOURCES.items())


def sections(url: str, token: str, client: str) -> str:
    """Those by which the registers of the sandbox authority are reached."""
    asked = [name for kind, name in SOURCES.items() if kind != "card_reader"]
    return "\n".join(f'[{name}]\nurl = "{url}"\ntoken = "{token}"\nclient = "{client}"\n' for name in asked)


def reader(folder: Path, client: str, bridge: str) -> str:
    """That of the card reader."""
    return f"""[{SOURCES["card_reader"]}]
terminals = "{folder / "terminals.json"}"
client = "{client}"
bridge = "{bridge}"
"""
