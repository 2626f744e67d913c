"""Typed references between steps: ``{{steps.fetch.data.title}}`` is a path to look up, never an expression to run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from agentlab.types import JSON

_REFERENCE = re.compile(r"\{\{\s*([^{}]+?)\s*\}\}")
_PATH = re.compile(r"^(?:steps\.[A-Za-z0-9_-]+\.data|input)(?:\.[A-Za-z0-9_-]+)*$")


class ReferenceUnresolved(LookupError):
    """A reference names something that is not there; the message says what is."""


def references(value: Any) -> Iterator[str]:
    """Every path named anywhere inside ``value``."""
    if isinstance(value, str):
        yield from (match.group(1) for match in _REFERENCE.finditer(value))
    elif isinstance(value, dict):
        for item in value.values():
            yield from references(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from references(item)


def step_named(path: str) -> str | None:
    """The step a path leads to, or None where it leads to the run's input."""
    parts = path.split(".")
    return parts[1] if parts[0] == "steps" and len(parts) > 1 else None


def is_path(path: str) -> bool:
    """Whether ``path`` has the form ``steps.<id>.data[.field…]`` or ``input[.field…]``."""
    return bool(_PATH.match(path))


def fill(value: Any, known: JSON) -> Any:
    """``value`` with every reference replaced by what it names in ``known``.

    A text that is nothing but one reference becomes the thing itself, of its own type; inside a longer text
    it is written out, JSON where it is not text already. Raises ``ReferenceUnresolved``.
    """
    if isinstance(value, str):
        return _fill_text(value, known)
    if isinstance(value, dict):
        return {key: fill(item, known) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill(item, known) for item in value]
    return value


def _fill_text(text: str, known: JSON) -> Any:
    whole = _REFERENCE.fullmatch(text.strip())
    if whole:
        return look_up(whole.group(1), known)
    return _REFERENCE.sub(lambda match: _written(look_up(match.group(1), known)), text)


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def look_up(path: str, known: JSON) -> Any:
    """The value at ``path`` in ``known``; numbers index into lists. Raises ``ReferenceUnresolved``."""
    here: Any = known
    for walked, part in enumerate(path.split(".")):
        if isinstance(here, dict) and part in here:
            here = here[part]
        elif isinstance(here, list) and part.isdecimal() and int(part) < len(here):
            here = here[int(part)]
        else:
            at = ".".join(path.split(".")[:walked]) or "the top"
            raise ReferenceUnresolved(f"{{{{{path}}}}} leads nowhere: there is no '{part}' in {at}{_offer(here)}.")
    return here


def _offer(here: Any) -> str:
    if isinstance(here, dict) and here:
        return f" (there is {', '.join(sorted(map(str, here))[:8])})"
    if isinstance(here, list):
        return f" (a list of {len(here)})"
    return ""
