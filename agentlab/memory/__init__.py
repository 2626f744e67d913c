"""What outlives a run: a user's memories, searched before each run, and the turns of conversations."""

from agentlab.memory.memories import Memories
from agentlab.memory.recollection import Recollection
from agentlab.memory.search import Search
from agentlab.memory.threads import Threads

__all__ = ["Memories", "Recollection", "Search", "Threads"]
