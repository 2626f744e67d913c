"""Fakes for tests, ours and those of plugin authors: each keeps what it was given and does what it was told.

``ProviderServer`` speaks the interfaces of Anthropic, OpenAI and Google on loopback, with faults where wanted. The pytest
fixtures ``no_model_calls`` and ``agentlab_home`` are there wherever agentlab is installed.
"""

from agentlab.models.switch import real_calls_off
from agentlab.testing.fakes import FakeModel, FakeTool, FakeTools, MemoryJournal, MemoryRecorder
from agentlab.testing.provider_server import FAULTS, ProviderServer
from agentlab.testing.speech import Raw, Reply

__all__ = [
    "FAULTS",
    "FakeModel",
    "FakeTool",
    "FakeTools",
    "MemoryJournal",
    "MemoryRecorder",
    "ProviderServer",
    "Raw",
    "Reply",
    "real_calls_off",
]
