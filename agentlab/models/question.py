"""When two questions are the same question."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from agentlab.types import ModelRequest


def fingerprint(request: ModelRequest) -> str:
    """64 hex digits, the same for the same prompt; of a request without a prompt, for the same inputs."""
    return fingerprint_of([[it.role, it.content] for it in request.messages] or request.inputs)


def fingerprint_of(prompt: Any) -> str:
    """The fingerprint of a prompt as ``[[role, content], …]``, or of inputs; as ``fingerprint`` makes it."""
    text = json.dumps(prompt, ensure_ascii=False, sort_keys=True, default=str)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
