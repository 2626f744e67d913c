"""The lab over HTTP: REST, live events and the guard at the door."""

from agentlab.api.guard import Guard
from agentlab.api.server import create_api
from agentlab.api.trace_routes import otlp_route

__all__ = ["Guard", "create_api", "otlp_route"]
