"""The ways in which a model can be asked over the wire."""

from __future__ import annotations

from dataclasses import dataclass

from agentlab.testing.speech import Interface

KEY = "sk-test-0123456789abcdef"
"""As ``ProviderServer.settings`` gives it."""


@dataclass(frozen=True)
class Way:
    """One way to ask a model."""

    model: str
    interface: Interface
    free: bool = False

    @property
    def short(self) -> str:
        """The model's name at its provider."""
        return self.model.partition(":")[2]


WAYS = {
    "anthropic": Way("anthropic:claude-haiku-5-5", "anthropic"),
    "openai-chat": Way("openai-chat:gpt-4o", "chat"),
    "openai-responses": Way("openai-responses:gpt-5", "responses"),
    "google": Way("google:gemini-2.5-flash", "google"),
    "own-server": Way("lab:llama-3", "chat", free=True),
    "ollama": Way("ollama:llama3.2", "chat", free=True),
}
PAID = [name for name, it in WAYS.items() if not it.free]
