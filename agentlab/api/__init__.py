"""The lab over HTTP: REST, live events and the guard at the door."""

from agentlab.api.guard import Guard
from agentlab.api.server import create_api

__all__ = ["Guard", "create_api"]
