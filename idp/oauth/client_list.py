"""A list of client metadata, read as strictly as JSON can be read; every fault of every entry is told at once."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NoReturn

from idp.model.client import OWN_CLIENTS, Client
from idp.oauth.client_metadata import client_of
from idp.registration.faults import InvalidClientMetadata, legible, place


def read(text: bytes) -> list[Client]:
    """The clients of a JSON document: one list of objects. Raises `InvalidClientMetadata` with all faults."""
    return clients_of(entries_of(text))


def entries_of(text: bytes) -> list[object]:
    """The list itself, as JSON has it. Raises `InvalidClientMetadata`."""
    try:
        entries: object = json.loads(
            text.decode("utf-8-sig"), object_pairs_hook=_Object, parse_constant=_refuse_constant
        )
    except UnicodeDecodeError:
        raise InvalidClientMetadata(["The list is not UTF-8 text; save it as UTF-8."]) from None
    except RecursionError:
        raise InvalidClientMetadata(["The list is not JSON: it is nested too deeply."]) from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidClientMetadata([f"The list is not JSON: {error.msg}, {where}."]) from None
    except ValueError as error:
        raise InvalidClientMetadata([f"The list is not JSON: {error}."]) from None
    if not isinstance(entries, list):
        raise InvalidClientMetadata(["The list must be a JSON list of objects: [{…}, …]."])
    return entries


def clients_of(
    entries: Sequence[object], *, is_sandbox: bool = False, known: Mapping[str, Client] | None = None
) -> list[Client]:
    """The clients of these entries, in their order. Raises `InvalidClientMetadata` with all faults.

    Args:
        known: those whose secrets stay where an entry names none.
    """
    clients, faults = [], []
    for number, entry in enumerate(entries):
        if not isinstance(entry, Mapping):
            faults.append(f"{place(number, None)}: is not an object")
            continue
        where = place(number, entry.get("client_id"))
        faults += [f'{where}: {path}: the member "{name}" stands there twice' for path, name in _doubled(entry)]
        try:
            keeps = (known or {}).get(str(entry.get("client_id")))
            client = client_of(entry, is_sandbox=is_sandbox, keeps=keeps)
            if client.client_id in OWN_CLIENTS:
                faults.append(f"{where}: client_id: is that of pages of ours; choose another")
            clients.append(client)
        except InvalidClientMetadata as invalid:
            faults += [f"{where}: {legible(fault, 1000)}" for fault in invalid.faults]
    faults += _same_id_faults(entries)
    if faults:
        raise InvalidClientMetadata(faults)
    return clients


class _Object(dict[str, Any]):
    """A JSON object that remembers which of its names came twice (RFC 8259 §4 leaves open what that means)."""

    def __init__(self, pairs: Sequence[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        self.doubled = [name for name, times in Counter(name for name, _ in pairs).items() if times > 1]


def _doubled(value: object, path: str = "metadata") -> Iterator[tuple[str, str]]:
    if isinstance(value, _Object):
        yield from ((path, legible(name)) for name in value.doubled)
    if isinstance(value, Mapping):
        for name, below in value.items():
            yield from _doubled(below, legible(str(name)))
    elif isinstance(value, list):
        for below in value:
            yield from _doubled(below, path)


def _same_id_faults(entries: Sequence[object]) -> Iterator[str]:
    first: dict[str, int] = {}
    for number, entry in enumerate(entries):
        client_id = entry.get("client_id") if isinstance(entry, Mapping) else None
        if isinstance(client_id, str) and first.setdefault(client_id, number) != number:
            yield f"{place(number, client_id)}: client_id: clients[{first[client_id]}] has it too"


def _refuse_constant(_name: str) -> NoReturn:
    raise ValueError("NaN and Infinity are no numbers of JSON")
