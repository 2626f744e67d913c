"""When two questions are the same question."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any

from agentlab.types import ModelRequest


def fingerprint(request: ModelRequest) -> str:
    """64 hex digits, the same for the same prompt; of a request without a prompt, for the same inputs."""
    return fingerprint_of([[it.role, it.content] for it in request.messages] or request.inputs)


def cache_key(model: str, request: ModelRequest) -> str:
    """64 hex digits for everything that an answer depends on; empty where our cache must not answer.

    It answers where that is asked for, and where the answer is meant to be the same each time: at temperature 0.
    """
    options = request.options
    wanted = options.temperature == 0 if options.cache is None else options.cache
    if not wanted:
        return ""
    how = replace(options, cache=None, timeout_s=None)
    asked = [model, asdict(replace(request, inputs={}, options=how)), None if request.messages else request.inputs]
    return sha256(json.dumps(asked, sort_keys=True, default=_digest).encode("utf-8", "surrogatepass")).hexdigest()


def _digest(value: Any) -> str:
    return sha256(value).hexdigest() if isinstance(value, bytes) else str(value)


def fingerprint_of(prompt: Any) -> str:
    """The fingerprint of a prompt as ``[[role, content], …]``, or of inputs; as ``fingerprint`` makes it."""
    text = json.dumps(prompt, ensure_ascii=False, sort_keys=True, default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
