"""Reads the body of an answer; what is no JSON object reads like one that says nothing."""

import json
from collections.abc import Mapping
from typing import Any


def read_object(body: bytes) -> Mapping[str, Any]:
    """The JSON object that a source answered; empty when it answered anything else."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return value if isinstance(value, dict) else {}
