"""Prompts and answers: from the attributes that each convention spreads them over into one JSON per role, and back.

Messages are ``{role, content, tool_calls?, tool_call_id?, finish_reason?}``: ``content`` is a text, or a list of parts where
it is more than one text; ``tool_calls`` are ``{id, name, arguments}``.
"""

from __future__ import annotations

import json
from typing import Any

from agentlab.store.otlp import names

_TEXT, _CALL, _ANSWER = {"type", "content"}, {"type", "id", "name", "arguments"}, {"type", "id", "response"}
_FLAT = tuple(names.FLAT)
_OPENING = ("{", "[", '"')


def take(attributes: dict[str, Any], kind: str) -> dict[str, Any]:
    """Move what was asked and answered out of ``attributes``; returns it by role."""
    found: dict[str, Any] = {}
    for role in ("input", "output"):
        name = names.MESSAGES[role]
        if name in attributes:
            found[role] = messages_of(loads(attributes.pop(name)))
        elif kind == "tool" and (name := names.TOOL_CALL[role]) in attributes:
            found[role] = loads(attributes.pop(name))
    if (name := names.SYSTEM_INSTRUCTIONS) in attributes and isinstance(found.get("input", []), list):
        found["input"] = [_message({"role": "system", "parts": loads(attributes.pop(name))}), *found.get("input", [])]
    _take_flat(attributes, found)
    for name, role in names.WHOLE.items():
        if name in attributes and role not in found:
            found[role] = loads(attributes.pop(name))
    _take_values(attributes, found)
    return found


def _take_flat(attributes: dict[str, Any], found: dict[str, Any]) -> None:
    groups: dict[str, dict[str, Any]] = {}
    for name in attributes:
        if name.startswith(_FLAT):
            prefix = next(prefix for prefix in _FLAT if name.startswith(prefix))
            groups.setdefault(prefix, {})[name] = attributes[name]
    for prefix, group in groups.items():
        role = names.FLAT[prefix]
        tree = None if role in found else _tree(prefix, group)
        if isinstance(tree, list):
            found[role] = [_flat_message(item) for item in tree]
            for name in group:
                del attributes[name]


def _take_values(attributes: dict[str, Any], found: dict[str, Any]) -> None:
    for role, name in names.VALUE.items():
        if name in attributes:
            text = attributes.pop(name)
            mime = attributes.pop(names.MIME_TYPE[role], None)
            found[names.RAW[role] if role in found else role] = loads(text) if mime == "application/json" else text


def _tree(prefix: str, group: dict[str, Any]) -> Any:
    """What dotted names spell: numbers are places in a list. None where they contradict each other."""
    tree: dict[str, Any] = {}
    for name, value in group.items():
        *path, last = name[len(prefix) :].split(".")
        node = tree
        for part in path:
            node = node.setdefault(part, {})
            if not isinstance(node, dict):
                return None
        if last in node:
            return None
        node[last] = value
    return _lists(tree)


def _lists(node: Any) -> Any:
    if not isinstance(node, dict):
        return node
    if node and all(key.isdecimal() for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(value) for key, value in node.items()}


def _flat_message(item: Any) -> Any:
    """An entry of such a list, without the wrapping that OpenInference puts around every object."""
    if not isinstance(item, dict):
        return item
    inner = _unwrapped(item)
    calls = inner.pop("tool_calls", None)
    if "contents" in inner and "content" not in inner:
        inner["content"] = [_unwrapped(part) for part in inner.pop("contents")]
    if "role" in inner:
        inner = {"role": inner.pop("role"), "content": inner.pop("content", None)} | inner
    if isinstance(calls, list):
        inner["tool_calls"] = [_call(_unwrapped(call)) for call in calls]
    return inner


def _unwrapped(item: Any) -> Any:
    """``{"message": {…}}`` is ``{…}``."""
    if isinstance(item, dict) and len(item) == 1:
        (inner,) = item.values()
        if isinstance(inner, dict):
            return dict(inner)
    return dict(item) if isinstance(item, dict) else item


def _call(call: Any) -> Any:
    if not isinstance(call, dict):
        return call
    function = call.pop("function", {})
    called = call | (function if isinstance(function, dict) else {"function": function})
    if "arguments" in called:
        called["arguments"] = loads(called["arguments"])
    return called


def messages_of(messages: Any) -> Any:
    """OpenTelemetry's messages as ours; what is no list stays as it is."""
    return [_message(message) for message in messages] if isinstance(messages, list) else messages


def _message(message: Any) -> Any:
    """OpenTelemetry's message of parts as one with content; one that is not of this form stays as it is."""
    if not isinstance(message, dict) or not isinstance(parts := message.get("parts"), list) or "content" in message:
        return message
    rest = {name: value for name, value in message.items() if name not in ("role", "parts")}
    head = {"role": message.get("role"), "content": parts}
    if rest.keys() & {"tool_calls", "tool_call_id"} or not all(isinstance(part, dict) for part in parts):
        return head | rest
    if len(parts) == 1 and parts[0].get("type") == "tool_call_response" and parts[0].keys() == _ANSWER:
        return head | {"content": parts[0]["response"], "tool_call_id": parts[0]["id"]} | rest
    texts = [part for part in parts if part.get("type") == "text" and part.keys() == _TEXT]
    calls = [part for part in parts if part.get("type") == "tool_call" and part.keys() == _CALL]
    if not parts or len(texts) > 1 or texts + calls != parts or not all(isinstance(it["content"], str) for it in texts):
        return head | rest
    found = head | {"content": texts[0]["content"] if texts else None}
    if calls:
        found["tool_calls"] = [{name: call[name] for name in ("id", "name", "arguments")} for call in calls]
    return found | rest


def parts_of(messages: Any) -> list[dict[str, Any]] | None:
    """The messages in OpenTelemetry's form; None where they could not be read back from it exactly as they are."""
    if not isinstance(messages, list) or not all(isinstance(item, dict) and "role" in item for item in messages):
        return None
    found = [_in_parts(dict(message)) for message in messages]
    return found if found and [_message(message) for message in found] == messages else None


def _in_parts(message: dict[str, Any]) -> dict[str, Any]:
    role, content = message.pop("role"), message.pop("content", None)
    if "tool_call_id" in message:
        parts = [{"type": "tool_call_response", "id": message.pop("tool_call_id"), "response": content}]
    elif isinstance(content, list):
        parts = content
    else:
        calls = message.pop("tool_calls", None)
        parts = [] if content is None else [{"type": "text", "content": content}]
        parts += [{"type": "tool_call"} | call for call in calls or () if isinstance(call, dict)]
    return {"role": role, "parts": parts} | message


def loads(text: Any) -> Any:
    """The object, list or quoted text that a text is as JSON; the text itself where it is none of these."""
    if not isinstance(text, str) or text[:1] not in _OPENING:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def dumps(value: Any) -> str:
    """``value`` as JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
