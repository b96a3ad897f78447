"""What the reference must tell, taken from the code itself."""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749 import authorization_server
from authlib.oauth2.rfc6749.grants import authorization_code, base
from pydantic import BaseModel, SecretStr

import connectors.messaging
import realnames.sources
from idp.ports import CarrierExtension, Source
from idp.registry import discover
from idp.settings import Settings, compose

ROOT = Path(__file__).resolve().parents[2]
REFUSALS = {"ProofRefused", "Refused", "RefusedAtClient", "Refuse"}
AUTHLIB = (authorization_server, authorization_code, base)
"""Whose checks run beside ours, and raise by themselves."""


def settings() -> Iterator[tuple[str, str, str]]:
    """Every setting of the tree with the sections of all carriers and sources: dotted name, type and default, in words."""
    carriers = discover(connectors.messaging, "CARRIER", CarrierExtension)
    sections = {name: carrier.settings for name, carrier in carriers.items()}
    sections |= {name: source.settings for name, source in discover(realnames.sources, "SOURCE", Source).items()}
    model: type[Settings] = compose(sections)
    yield from _settings(model, "")


def _settings(model: type[BaseModel], prefix: str) -> Iterator[tuple[str, str, str]]:
    for name, field in model.model_fields.items():
        section, is_list = _section_in(field.annotation)
        if section is not None:
            yield from _settings(section, f"{prefix}{name}{'[]' if is_list else ''}.")
        else:
            default = "required" if field.is_required() else _default(field.default)
            yield f"{prefix}{name}", _type(field.annotation), default


def _section_in(annotation: Any) -> tuple[type[BaseModel] | None, bool]:
    """The section behind an optional one or a list of them."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation, False
    inside = [_section_in(part)[0] for part in get_args(annotation) if part not in {NoneType, Ellipsis}]
    found = next((section for section in inside if section is not None), None)
    return found, found is not None and get_origin(annotation) is tuple


def _type(annotation: Any) -> str:
    """What an operator calls it."""
    if get_origin(annotation) is Literal:
        return "one of " + ", ".join(f"`{value}`" for value in get_args(annotation))
    if get_origin(annotation) in {tuple, frozenset}:
        return "list of strings"
    if get_origin(annotation) is Mapping:
        return "table"
    if get_args(annotation):  # optional, or annotated with its bounds
        return _type(get_args(annotation)[0])
    words: dict[Any, str] = {str: "string", int: "whole number", float: "number", bool: "true or false"}
    return {**words, SecretStr: "secret", Path: "path"}[annotation]


def _default(value: Any) -> str:
    """As TOML writes it."""
    if value is None:
        return "not set"
    return f"`{_toml(value)}`"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{key} = {_toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, tuple | frozenset):
        return "[" + ", ".join(map(_toml, value)) + "]"
    return f'"{value}"' if isinstance(value, str) else str(value)


def error_codes() -> set[str]:
    """Every code that a refusal, an error class or an answer of ours names, or the part of Authlib that we use."""
    files = [path for folder in ("idp", "admin") for path in sorted((ROOT / folder).rglob("*.py"))]
    trees = [ast.parse(path.read_text("utf-8")) for path in files]
    ours = {code for tree in trees for node in ast.walk(tree) for code in _codes_at(node)}
    return ours | {str(error.error) for module in AUTHLIB for error in vars(module).values() if _is_error(error)}


def _codes_at(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Call):
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        at = {"_at_redirect_uri": 1, "Lack": 1}.get(name, 0)
        if at or name in REFUSALS or (name == "__init__" and len(node.args) > 1):
            yield from _texts(node.args[at])
    elif isinstance(node, ast.Dict):
        for key, value in zip(node.keys, node.values, strict=True):
            if isinstance(key, ast.Constant) and key.value == "error":
                yield from _texts(value)
    elif isinstance(node, ast.Assign) and any(getattr(name, "id", "") in {"code", "error"} for name in node.targets):
        yield from _texts(node.value)


def _texts(node: ast.AST) -> Iterator[str]:
    """A text, or both texts of a choice."""
    if isinstance(node, ast.IfExp):
        yield from (*_texts(node.body), *_texts(node.orelse))
    elif isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value:
        yield node.value


def _is_error(value: object) -> bool:
    return isinstance(value, type) and issubclass(value, OAuth2Error) and value is not OAuth2Error
