"""Whether arguments carry a secret: what they bring back is for one caller only, and is kept nowhere.

The same idea of a secret as ``agentlab/store/redact.py`` has, which this floor may not import; a test holds both together.
"""

from __future__ import annotations

import re
from typing import Any

_NAME = re.compile(
    r"(?i)(?:^|[-_.])(?:pass(?:word|wd|phrase)?|pwd|secret|token|auth|authorization|(?:set-)?cookie|session|credentials?"
    r"|(?:api|access|private|secret)?[-_ ]?key)$"
)
_TEXT = re.compile(
    r"(?i)-----BEGIN [A-Z ]*PRIVATE KEY|\bbearer\s+\S{8}|\bbasic\s+[a-z0-9+/=]{12}"
    r"|\b(?:sk|pk|rk|whsec)[-_][a-z0-9_-]{12}|\ba[ks]ia[0-9a-z]{16}|\baiza[\w-]{30}|\bya29\."
    r"|\bgh[pousr]_[a-z0-9]{20}|github_pat_|\bglpat-|\bhf_[a-z0-9]{20}|\bnpm_[a-z0-9]{30}|\bpypi-[\w-]{30}|\bxox[abeprs]-"
    r"|\beyJ[\w-]{8,}\.[\w-]{8,}\.|://[^/\s:@]*:[^@\s/]+@"
    r"|(?:pass(?:word|wd|phrase)|pwd|secret|token|signature|(?:api|access|private|secret)[-_ ]?key)[\"']?\s*[:=]\s*[\"']?[^\s\"',;&]{3}"
)


def holds_secret(value: Any) -> bool:
    """Whether a text in ``value``, which is JSON, looks like a secret, or a name in it says that it is one."""
    if isinstance(value, str):
        return _TEXT.search(value) is not None
    if isinstance(value, dict):
        return any((_NAME.search(str(name)) and item) or holds_secret(item) for name, item in value.items())
    return isinstance(value, list) and any(map(holds_secret, value))
