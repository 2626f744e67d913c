"""Models: what answers when a run asks. ``Gateway`` opens one by its name, with guards around it and its calls recorded."""

from agentlab.models.gateway import Gateway, known_models, open_model, replayed
from agentlab.models.listing import models
from agentlab.models.script import script_of

__all__ = ["Gateway", "known_models", "models", "open_model", "replayed", "script_of"]
