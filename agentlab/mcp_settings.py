"""The setting about MCP servers: how each is reached, and which secrets it gets."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, model_validator


class McpServer(BaseModel):
    """A server by command or by address. It gets no variable of the environment but those that are named here."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    command: tuple[str, ...] = ()
    """Program and arguments, started without a shell."""
    url: str = ""
    """Address of a server that speaks streamable HTTP."""
    env: dict[str, str] = Field(default_factory=dict)
    """Variables of a command; ``$NAME`` is taken from agentlab's own environment when it starts."""
    headers: dict[str, str] = Field(default_factory=dict)
    """Headers for an address; ``$NAME`` likewise."""
    reads: tuple[str, ...] = ()
    """Tools that only read, by your own knowledge; all others count as changing the world."""
    timeout_s: PositiveFloat = 60.0
    """Seconds that a call may take."""
    credits: float = Field(1.0, ge=0)
    """Fee of a call, in credits."""

    @model_validator(mode="after")
    def _one_way(self) -> McpServer:
        if bool(self.command) == bool(self.url):
            raise ValueError('a server has a "command" or a "url", and not both')
        if self.url and not self.url.startswith(("http://", "https://")):
            raise ValueError("the address of a server begins with http:// or https://")
        return self
