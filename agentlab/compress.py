"""Long results made short for a model, honestly: what is left out is said where it was. The trace keeps the whole.

The shape stays: keys of objects, the first and last items of long lists, head and tail of long texts. The same value is
shortened the same way every time, and what is short already stays as it is.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

_ITEM = 6
"""A sixth of a list's room is the most that one item gets, so that there are always several."""
_LEAST = 48
"""Characters of room below which only a note is left."""
_DEEPEST = 30


def compress(value: Any, longest: int) -> Any:
    """``value`` itself where its JSON has ``longest`` characters at most, else a shortened one that has.

    ``value`` is JSON; anything else in it becomes text. ``longest`` is 200 at least.
    """
    try:
        if _size(value) <= longest:
            return value
        plain = json.loads(_json(value))
    except RecursionError:
        return "… a value that is nested too deeply …"
    room = longest
    while room > _LEAST:
        short = _fit(plain, room, 0)
        if _size(short) <= longest:
            return short
        room = room * 4 // 5
    return _cut_to(_json(plain), longest)


def cut_text(text: str, longest: int) -> str:
    """Head and tail of a text with a note between, ``longest`` characters in all; a text that fits stays as it is."""
    if len(text) <= longest:
        return text
    room = max(0, longest - len(_left_out(len(text), "characters")))
    head = (2 * room + 2) // 3
    tail = room - head
    left = len(text) - head - tail
    return f"{text[:head]}{_left_out(left, 'characters')}{text[len(text) - tail :]}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _size(value: Any) -> int:
    return len(_json(value))


def _left_out(count: int, what: str) -> str:
    return f" … {count:,} {what} left out … "


def _fit(value: Any, room: int, depth: int) -> Any:
    """``value`` in about ``room`` characters of JSON."""
    if _size(value) <= room:
        return value
    if isinstance(value, str):
        return _cut_to(value, room)
    if room <= _LEAST or depth >= _DEEPEST:
        return _note(value)
    if isinstance(value, list):
        return _fit_list(value, room, depth)
    return _fit_object(value, room, depth) if isinstance(value, dict) else value


def _note(value: Any) -> Any:
    """What stands for a whole value that has no room."""
    if isinstance(value, list | dict) and value:
        what = "items" if isinstance(value, list) else "keys"
        return _left_out(len(value), what).strip()
    return value


def _cut_to(text: str, room: int) -> str:
    """Cut so that its JSON has ``room`` characters where that is possible; quotes and line breaks take two there."""
    cut = max(0, room - 2)
    while _size(short := cut_text(text, cut)) > room and cut:
        cut = min(cut - 1, cut - (_size(short) - room) // 2)
        cut = max(0, cut)
    return short.strip() if cut == 0 else short


def _fit_list(items: list[Any], room: int, depth: int) -> list[Any]:
    """Items from the front in two thirds of the room, and from the end in the last one."""
    most, room = max(room // _ITEM, _LEAST), room - _LEAST
    head = _taken(items, room * 2 // 3, most, depth)
    tail = _taken(reversed(items[len(head) :]), room // 3, most, depth)[::-1]
    left = len(items) - len(head) - len(tail)
    return [*head, *([_left_out(left, "items").strip()] if left else []), *tail]


def _taken(items: Iterable[Any], room: int, most: int, depth: int) -> list[Any]:
    taken: list[Any] = []
    for item in items:
        short = _fit(item, most, depth + 1)
        room -= _size(short) + 2
        if room < 0:
            break
        taken.append(short)
    return taken


def _fit_object(value: dict[str, Any], room: int, depth: int) -> dict[str, Any]:
    """All keys where they leave room for values, else the first ones; values share the room that is left."""
    kept: list[str] = []
    for key in value:
        used = _size(key) + 4
        if room - used < _LEAST * (len(kept) + 2) and kept:
            break
        room -= used
        kept.append(key)
    shares = _shares([_size(value[key]) for key in kept], room - _LEAST)
    short = {key: _fit(value[key], share, depth + 1) for key, share in zip(kept, shares, strict=True)}
    left = len(value) - len(kept)
    return short | ({"…": _left_out(left, "keys").strip()} if left else {})


def _shares(sizes: Sequence[int], room: int) -> list[int]:
    """Room for each: what a small one does not need goes to the large ones."""
    shares = [0] * len(sizes)
    by_size = sorted(range(len(sizes)), key=lambda place: sizes[place])
    for done, place in enumerate(by_size):
        shares[place] = max(0, min(sizes[place], room // (len(sizes) - done)))
        room -= shares[place]
    return shares
