"""Tools of MCP servers: seen once by a person, pinned, and from then on tools like all others.

What a planner reads about a tool is what was seen and trusted, never what the server says today. A server that offers
something else than was trusted has that tool refused until somebody looks again.
"""

from agentlab.tools.mcp.connection import Servers
from agentlab.tools.mcp.offer import Offer, Offered
from agentlab.tools.mcp.pins import Pins
from agentlab.tools.mcp.tool import McpTool, mcp_tools

__all__ = ["McpTool", "Offer", "Offered", "Pins", "Servers", "mcp_tools"]
