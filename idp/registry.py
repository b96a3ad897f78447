"""Finds extensions: one file is one extension. Found is not enabled; the settings name what is on."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def discover(package: ModuleType, exported: str, kind: type[T]) -> Mapping[str, T]:
    """Every module of the package that exports this name, by the extension's own `name`."""
    found = {}
    for module_info in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
        extension = getattr(import_module(module_info.name), exported, None)
        if isinstance(extension, kind):
            found[str(getattr(extension, "name"))] = extension  # noqa: B009 - every extension has one
    return found
