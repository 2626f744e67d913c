"""The settings about memory: whether there is one, how much of it a run sees, and who makes embeddings."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from pydantic_settings import BaseSettings


class MemorySettings(BaseSettings):
    """Fields of ``agentlab.settings.Settings``."""

    memory: Literal["on", "off"] = Field(
        "on", description="Whether runs read what the memory holds, and add what they found."
    )
    memory_limit: int = Field(5, ge=0, le=50, description="Memories that a run is shown at most.")
    memory_min_score: float = Field(
        0.3, ge=0, le=1, description="How well a memory must fit the goal to be shown, 0 to 1."
    )
    embeddings: str = Field(
        "",
        description="Model that makes embeddings of memories and searches, `provider:name`, such as "
        "`openai:text-embedding-3-small`. Empty: words alone are searched by.",
    )
