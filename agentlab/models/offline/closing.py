"""The sentence that ends every answer of the offline model."""

import re

CLOSING = "Written by agentlab's offline rules; no language model took part."


def unsigned(text: str) -> str:
    """``text`` without that sentence, wherever it stands: answers of several runs may be in it."""
    return re.sub(rf"\n*{re.escape(CLOSING)}\n*", "\n\n", text).strip()
