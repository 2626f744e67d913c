"""Models: what answers when a run asks. This version runs keyless ones only; ``open_model`` opens one by its name."""

from agentlab.models.gateway import known_models, open_model, replayed
from agentlab.models.listing import models
from agentlab.models.script import script_of

__all__ = ["known_models", "models", "open_model", "replayed", "script_of"]
