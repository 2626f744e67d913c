"""The sentence that ends every answer of the offline model."""

CLOSING = "Written by agentlab's offline rules; no language model took part."
