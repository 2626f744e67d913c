"""Arguments of a call that failed, made to fit: what a schema asks for, and the near misses that a message names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from difflib import SequenceMatcher, get_close_matches
from typing import Any

from agentlab.types import JSON

_MEANT = re.compile(r"Did you mean (.+?)\?(?:\s|$)", re.DOTALL)
_QUOTED = re.compile(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"")
_WORDS = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
_NUMBERS = {
    name: number
    for number, name in enumerate("zero one two three four five six seven eight nine ten eleven twelve".split())
}


def meant(message: str) -> list[str]:
    """The near misses that a message offers: ``Did you mean a or b?``, quoted or not."""
    found = _MEANT.search(message)
    if not found:
        return []
    quoted = [one or other for one, other in _QUOTED.findall(found[1])]
    return quoted or [name.strip() for name in re.split(r" or |, ", found[1]) if name.strip()]


def alike(one: str, other: str) -> float:
    """How much two names are the same, 0 to 1; a file of the same name in another folder is nearly so."""
    first, second = one.casefold(), other.casefold()
    same_file = first.rpartition("/")[2] == second.rpartition("/")[2]
    return max(0.9 if same_file else 0.0, SequenceMatcher(None, first, second).ratio())


def nearest(args: JSON, message: str, least: float) -> Iterator[JSON]:
    """The arguments with what is not there replaced by a near miss of the message, best first; ``least`` alike."""
    near = meant(message)
    for value in _texts(args):
        if repr(value)[1:-1][:40] not in message:
            continue
        for other in sorted(near, key=lambda it: -alike(value, it)):
            if other != value and alike(value, other) >= least:
                yield swapped(args, value, other)


def _texts(args: JSON) -> Iterator[str]:
    for value in args.values():
        yield from (it for it in (value if isinstance(value, list) else [value]) if isinstance(it, str) and it)


def swapped(args: JSON, old: str, new: str) -> JSON:
    """``args`` with the text ``new`` wherever the text ``old`` stands by itself."""
    changed: JSON = replaced(args, lambda text: new if text == old else text)
    return changed


def replaced(value: Any, change: Callable[[str], Any]) -> Any:
    """``value`` with every text inside it changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, dict):
        return {name: replaced(item, change) for name, item in value.items()}
    return [replaced(item, change) for item in value] if isinstance(value, list) else value


def fitted(args: JSON, schema: JSON, *, drop: bool) -> JSON:
    """``args`` with names and kinds as ``schema`` has them, as far as nothing has to be guessed.

    Names that are near a known one get it; others stay, or are left out where ``drop`` says that nothing is lost by it.
    """
    known = schema.get("properties", {})
    found: JSON = {name: value for name, value in args.items() if name in known}
    for name, value in args.items():
        if name in known:
            continue
        close = get_close_matches(_plain(name), [_plain(it) for it in known if it not in found], n=1, cutoff=0.75)
        target = next((it for it in known if close and _plain(it) == close[0] and it not in found), None)
        if target or not drop:
            found[target or name] = value
    needed = set(schema.get("required", ()))
    return {
        name: _converted(value, known.get(name, {}))
        for name, value in found.items()
        if value is not None or name in needed
    }


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")


def _converted(value: Any, schema: JSON) -> Any:
    """A value as its schema wants it, where that is one thing only; else as it is."""
    forms = [form for form in [schema, *schema.get("anyOf", ())] if form.get("type") != "null"]
    kinds = {kind: form for form in forms for kind in [form.get("type")] if kind}
    if choices := next((form["enum"] for form in forms if "enum" in form), None):
        close = get_close_matches(str(value).lower(), [str(it).lower() for it in choices], n=1, cutoff=0.5)
        return next((it for it in choices if close and str(it).lower() == close[0]), value)
    if isinstance(value, str) and "string" not in kinds:
        value = _from_text(value, set(kinds))
    if "array" in kinds and not isinstance(value, list | dict) and "string" not in kinds:
        value = [value]
    if "string" in kinds and "array" not in kinds and not isinstance(value, str):
        if isinstance(value, list) and all(isinstance(it, str | int | float) for it in value):
            value = ", ".join(map(str, value))
        elif isinstance(value, int | float):
            value = str(value)
    return _bounded(value, next(iter(kinds.values()), {}))


def _from_text(text: str, kinds: set[str]) -> Any:
    low = text.strip().lower()
    if "boolean" in kinds and low in _WORDS:
        return _WORDS[low]
    if kinds & {"integer", "number"}:
        if low in _NUMBERS:
            return _NUMBERS[low]
        if found := re.search(r"-?\d+(?:\.\d+)?", low.replace(",", "")):
            number = float(found.group())
            return int(number) if "integer" in kinds or number.is_integer() else number
    if "array" in kinds:
        return [part.strip() for part in re.split(r"[;,]\s*", text) if part.strip()]
    return text


def _bounded(value: Any, form: JSON) -> Any:
    if isinstance(value, bool) or form.get("type") not in ("integer", "number", "string"):
        return value
    if isinstance(value, int | float):
        if "exclusiveMinimum" in form and value <= form["exclusiveMinimum"]:
            return form["exclusiveMinimum"] + 1
        low, high = form.get("minimum", value), form.get("maximum", value)
        bounded = min(max(value, low), high)
        return int(bounded) if form["type"] == "integer" else bounded
    return value[: form["maxLength"]] if isinstance(value, str) and "maxLength" in form else value
