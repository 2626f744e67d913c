"""The model ``offline``: rules instead of a language model. Plans real goals, reads real text, and says what it is."""

from agentlab.models.offline.model import OfflineModel

__all__ = ["OfflineModel"]
