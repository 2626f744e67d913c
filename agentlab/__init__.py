"""agentlab: a lab bench for LLM agents.

>>> import agentlab
>>> lab = agentlab.open()
>>> lab.run("List the files in the drive")

Importing this package opens no file, loads no SDK and touches no network; ``open`` does what is needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from agentlab.lab import Lab, Run
    from agentlab.tools.own import tool

__version__ = "0.2.0"
__all__ = ["Lab", "Run", "__version__", "open", "tool"]


def open(home: str | None = None, **settings: Any) -> Lab:  # noqa: A001 - `agentlab.open()` is the front door's name
    """Open the lab whose data lie under ``home``.

    ``home`` defaults to ``AGENTLAB_HOME``, else ``data``; ``settings`` are fields of ``agentlab.settings.Settings``
    and win over the environment. Raises ``agentlab.errors.HomeUnusable`` where the folder cannot be written.
    """
    from agentlab.lab import Lab

    if home is not None:
        settings["home"] = home
    return Lab.open(**settings)


def __getattr__(name: str) -> Any:
    if name == "tool":
        from agentlab.tools.own import tool

        return tool
    if name in {"Lab", "Run"}:
        from agentlab import lab

        return getattr(lab, name)
    raise AttributeError(f"module 'agentlab' has no attribute {name!r}")
