"""The answer to a goal, from what the steps of its plan found."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from agentlab.models.offline.closing import CLOSING, unsigned
from agentlab.models.offline.summary import summarize
from agentlab.types import JSON

_LONGEST = 1_200
"""Characters shown of a result of unknown shape."""
_SHORT = 40
"""Characters up to which values of a list are set apart by commas."""
_MOST = 25
"""Values shown of one list."""


def write_answer(steps: list[JSON]) -> str:
    """What was found, what was made, what failed; at the end, that no language model took part.

    ``steps`` are ``{id, tool, status, result, error}`` each, as the loop gives them. Pages that were read on by later
    steps, and texts that were compared, are not told again.
    """
    done = [step for step in steps if step.get("status") == "succeeded"]
    shapes = {str(step.get("id")): _shape(step) for step in done}
    told = [step for step in done if not _superseded(str(step.get("id")), shapes)]
    found = sum(shapes[str(step.get("id"))] != "made" for step in told)
    parts = [_TELL[shapes[str(step.get("id"))]](step, found) for step in told]
    parts += [_failure(step) for step in steps if step.get("status") == "failed"]
    if left := [str(step.get("id")) for step in steps if step.get("status") not in ("succeeded", "failed")]:
        parts.append(f"Not done: {', '.join(left)}.")
    return "\n\n".join([*(filter(None, parts) or ["Nothing was found."]), CLOSING])


def _shape(step: JSON) -> str:
    """What kind of result this is, by its fields; the tool may be anybody's."""
    result = step.get("result")
    if isinstance(result, dict):
        for field, shape in (("summary", "summary"), ("values", "facts"), ("answer", "answer"), ("files", "files")):
            if field in result:
                return shape
        if "path" in result:
            return "made"
        if "url" in result and "status" in result:
            return "sent" if str(step.get("tool")).endswith("post") else "page"
    return "other"


def _superseded(name: str, shapes: dict[str, str]) -> bool:
    compared = any(other.startswith("compare") for other in shapes)
    read_on = {"summary", "facts", "answer"} & set(shapes.values())
    return (shapes[name] == "summary" and compared) or (shapes[name] == "page" and bool(read_on))


def _summary(step: JSON, told: int) -> str:
    return _headed(step, str(step["result"]["summary"]), told)


def _answer(step: JSON, told: int) -> str:
    return _headed(step, unsigned(str(step["result"]["answer"])), told)


def _facts(step: JSON, told: int) -> str:
    values = step["result"]["values"]
    lines = [f"- {name}: {_listed(found)}" for name, found in values.items()] if isinstance(values, dict) else []
    return _headed(step, "\n".join(lines), told)


def _files(step: JSON, _told: int) -> str:
    files = step["result"]["files"] or []
    place = step["result"].get("folder") or "the drive"
    if not files:
        return f"{place} is empty." if place != "the drive" else "The drive is empty."
    lines = [f"- {entry.get('path')}{_size(entry)}" if isinstance(entry, dict) else f"- {entry}" for entry in files]
    more = [f"- and {len(lines) - _MOST} more"] if len(lines) > _MOST else []
    return "\n".join([f"{len(files)} in {place}:", *lines[:_MOST], *more])


def _made(step: JSON, _told: int) -> str:
    result = step["result"]
    rows = f" ({result['rows']} rows)" if "rows" in result else ""
    return f"Saved as `{result['path']}`{rows}."


def _page(step: JSON, _told: int) -> str:
    page = step["result"]
    body = summarize(str(page.get("text") or ""), 5) if page.get("json") is None else _cut(page["json"])
    return f"**{page.get('title') or page['url']}** ({page['url']})\n{body or 'The page holds no text.'}"


def _sent(step: JSON, _told: int) -> str:
    answer = step["result"]
    said = summarize(str(answer.get("text") or ""), 3)
    return f"Sent to {answer['url']}; it answered {answer['status']}.{' ' + said if said else ''}"


def _other(step: JSON, told: int) -> str:
    """The text that a result brings along, else its fields one by one; what is empty is left out."""
    result = step.get("result")
    if isinstance(result, dict) and isinstance(result.get("text"), str) and result["text"].strip():
        return _headed(step, _cut(result["text"]), told)
    if isinstance(result, dict) and len(result) > 1:
        lines = [f"- {name}: {_plainly(value)}" for name, value in result.items() if value not in ("", None, [], {})]
        return "\n".join([f"{step.get('tool')}:", *lines])
    return f"{step.get('tool')}: {_cut(result)}"


def _plainly(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return ", ".join(map(str, value))
    return _cut(value)


_TELL: dict[str, Callable[[JSON, int], str]] = {
    "summary": _summary,
    "answer": _answer,
    "facts": _facts,
    "files": _files,
    "made": _made,
    "page": _page,
    "sent": _sent,
    "other": _other,
}


def _headed(step: JSON, body: str, told: int) -> str:
    """``body`` under the name of its source, where there is more than one thing to tell."""
    source = step["result"].get("source")
    name = source if source and source != "text" else str(step.get("id")).partition("_")[2].replace("_", " ")
    return f"**{name}**\n{body}" if name and told > 1 else body


def _listed(found: Any) -> str:
    if not isinstance(found, list):
        return str(found)
    more = f" and {len(found) - _MOST} more" if len(found) > _MOST else ""
    shown = [str(value).rstrip(".") for value in found[:_MOST]]
    apart = "; " if any(len(value) > _SHORT for value in shown) else ", "
    return apart.join(shown) + more if found else "none found"


def _size(entry: JSON) -> str:
    return "/" if entry.get("kind") == "folder" else f" ({entry.get('bytes', 0):,} bytes)"


def _failure(step: JSON) -> str:
    return f"The step {step.get('id')} ({step.get('tool')}) failed. {step.get('error') or ''}".strip()


def _cut(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} …"
