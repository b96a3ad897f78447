"""Reads the tree: a TOML file, then `IDP_*` of the environment on top, all faults told at once."""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from copy import deepcopy
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from idp.settings.tree import Settings

PREFIX = "IDP_"
CONFIG_VARIABLE = "IDP_CONFIG"
"""Names the TOML file for processes that the server starts itself."""


class SettingsFault(Exception):  # noqa: N818 - a list of faults, told to a person
    """Everything that is wrong with the settings, in one go."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(f"- {fault}" for fault in faults))
        self.faults = tuple(faults)


def load(
    path: Path | None,
    environment: Mapping[str, str] | None = None,
    model: type[Settings] = Settings,
    faults_between: Callable[[Settings], Sequence[str]] = Settings.cross_faults,
) -> Settings:
    """Read, merge and check; raises `SettingsFault` with all faults, never with a secret in its text.

    Args:
        path: the TOML file, if there is one.
        environment: `IDP_*` variables; None: those of this process.
        model: the tree, with the sections of extensions.
        faults_between: what may be wrong with settings that are each well-formed.
    """
    faults: list[str] = []
    tree = _from_toml(path, faults)
    _overlay(tree, os.environ if environment is None else environment, faults)
    try:
        settings: Settings | None = model.model_validate(tree)
    except ValidationError as error:
        faults += [f"{'.'.join(map(str, fault['loc']))}: {_in_words(fault['msg'])}" for fault in error.errors()]
        settings = _well_formed_part(tree, model)
    if settings is not None:
        faults += faults_between(settings)
        if not faults:
            return settings
    raise SettingsFault(faults)


def _well_formed_part(tree: dict[str, Any], model: type[Settings]) -> Settings | None:
    """The settings without the malformed ones, so that a person is told in one go what else is wrong."""
    rest = deepcopy(tree)
    for _ in range(_ROUNDS):
        for section, name, stand_in in _STAND_INS:
            where = rest.setdefault(section, {}) if section else rest
            if isinstance(where, dict):
                where.setdefault(name, stand_in)
        try:
            return model.model_validate(rest)
        except ValidationError as error:
            for fault in error.errors():
                _leave_out(rest, fault["loc"])
    return None


def _leave_out(tree: dict[str, Any], location: Sequence[int | str]) -> None:
    """Take the setting at this place out, or the list or value that holds it."""
    here = tree
    for part in location:
        below = here.get(str(part))
        if not isinstance(below, dict) or part == location[-1]:
            here.pop(str(part), None)
            return
        here = below


_ROUNDS = 4
"""Leaving one setting out can make another one malformed, not often in a row."""
_STAND_INS = (
    ("", "issuer", "http://localhost"),
    ("storage", "database", "sqlite:////main.db"),
    ("storage", "ephemeral", "sqlite:////ephemeral.db"),
    ("secrets", "keys", f"1:{'A' * 43}="),
)
"""For required settings that are missing: never used, they let the others be checked."""


def _in_words(message: str) -> str:
    if message.startswith("Extra inputs"):
        return "unknown setting; look at the reference for its name, or delete it"
    return message.removeprefix("Value error, ")


def _from_toml(path: Path | None, faults: list[str]) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        faults.append(f"{path}: cannot be read ({error.strerror})")
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        faults.append(f"{path}: is not TOML: {error}")
    return {}


def _overlay(tree: dict[str, Any], environment: Mapping[str, str], faults: list[str]) -> None:
    for variable, text in sorted(environment.items()):
        if not variable.startswith(PREFIX) or variable == CONFIG_VARIABLE:
            continue
        name, value = variable.removeprefix(PREFIX), text
        if name.endswith("_FILE"):
            name = name.removesuffix("_FILE")
            try:
                value = Path(text).read_text(encoding="utf-8").strip()
            except (OSError, UnicodeDecodeError):
                faults.append(f"{variable}: the file cannot be read")
                continue
        _set(tree, name.lower().split("__"), value)


def _set(tree: dict[str, Any], path: Sequence[str], text: str) -> None:
    here = tree
    for part in path[:-1]:
        below = here.setdefault(part, {})
        if not isinstance(below, dict):
            below = here[part] = {}
        here = below
    here[path[-1]] = _value(text)


def _value(text: str) -> Any:
    """Lists and tables are written as in TOML; everything else is text, which the model reads."""
    if text[:1] in "[{":
        try:
            return tomllib.loads(f"value = {text}")["value"]
        except tomllib.TOMLDecodeError:
            return text
    return text
