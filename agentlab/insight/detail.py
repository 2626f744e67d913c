"""One span as a panel shows it: its columns and its payloads, those too long to read cut."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from agentlab.types import JSON


def detail_of(span: Mapping[str, Any], payloads: Mapping[str, Any], *, limit: int = 0) -> JSON:
    """``span`` and, by role, ``{bytes, content}``; a payload of more than ``limit`` characters has its ``beginning`` instead.

    ``bytes`` counts the content as JSON. A ``limit`` of 0 cuts nothing.
    """
    return {"span": dict(span), "payloads": {role: _payload(kept, limit) for role, kept in payloads.items()}}


def _payload(kept: Any, limit: int) -> JSON:
    text = json.dumps(kept, ensure_ascii=False, default=str)
    size = {"bytes": len(text.encode("utf-8", "replace"))}
    if not limit or len(text) <= limit:
        return size | {"content": kept}
    readable = kept if isinstance(kept, str) else json.dumps(kept, ensure_ascii=False, indent=2, default=str)
    return size | {"beginning": readable[:limit]}
