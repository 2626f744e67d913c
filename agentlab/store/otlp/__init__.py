"""OTLP in and out: spans of other programs become rows of ours, and ours leave for any collector."""

from agentlab.store.otlp.foreign import Price, PriceOf
from agentlab.store.otlp.request import Form, Received, read, write

__all__ = ["Form", "Price", "PriceOf", "Received", "read", "write"]
