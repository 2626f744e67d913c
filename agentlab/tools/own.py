"""Tools of one's own: a plain function with ``@agentlab.tool``, in a notebook or in a package that others install."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable, Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from pydantic.errors import PydanticUserError

from agentlab.errors import ToolInvalid
from agentlab.tools.function import FunctionTool
from agentlab.tools.function import tool as made_of
from agentlab.types import Tool

CATEGORY = "my"
"""Of a function that names no category."""
PLUGINS = "agentlab.tools"
"""The group of entry points under which a package offers tools: a tool, a list of them, or a function that makes them."""


class PluginBroken(UserWarning):
    """A package offers tools and they cannot be loaded; the others are there."""


def tool(function: Callable[..., Any] | None = None, *, name: str = "", **spec: Any) -> Any:
    """Make a plain function a tool: ``@tool``, or ``@tool(name="shop.price", timeout_s=5)``.

    Its arguments with their types become the schema, the first paragraph of its docstring the description. ``name`` is
    ``category.verb``; left out, it is ``my.`` and the function's name. ``spec`` is what ``ToolSpec`` knows: ``credits``,
    ``timeout_s``, ``changes_world``, ``undo``, ``cache_s``, … A keyword ``context`` gets the ``ToolContext``. What the
    function raises is a failed call; ``agentlab.tools.failure.ToolFailed`` says more about it. Raises ``ToolInvalid``.
    """
    if function is None:
        return lambda given: tool(given, name=name, **spec)
    if not inspect.getdoc(function):
        raise ToolInvalid(
            f"The function {function.__name__} has no docstring, and a planner knows a tool by it.",
            hint='Say in one sentence what it does: """Look up the price of an article."""',
        )
    called = name or f"{CATEGORY}.{function.__name__}"
    if "." not in called or not called.replace(".", "").replace("_", "").replace("-", "").isalnum():
        raise ToolInvalid(f"A tool is named category.verb, not {called!r}.", hint='Write @tool(name="shop.price").')
    try:
        return made_of(name=called, **spec)(function)
    except (TypeError, NameError, PydanticUserError) as error:
        raise ToolInvalid(
            f"The function {function.__name__} cannot be a tool: {str(error).splitlines()[0]}",
            hint="Its arguments need types that JSON knows: str, int, float, bool, lists, dicts, Literal, pydantic models.",
        ) from error


def plugins() -> Iterator[Tool]:
    """The tools that installed packages offer. One that cannot be loaded is warned of and left out."""
    for entry in entry_points(group=PLUGINS):
        try:
            yield from _offered(entry)
        except (ImportError, AttributeError, TypeError, ValueError, ToolInvalid) as error:
            warnings.warn(f"The tools of {entry.value} cannot be loaded: {error}.", PluginBroken, stacklevel=2)


def _offered(entry: EntryPoint) -> Iterable[Tool]:
    found = entry.load()
    if callable(found) and not isinstance(found, FunctionTool):
        found = found()
    tools = list(found) if isinstance(found, list | tuple) else [found]
    for it in tools:
        if not hasattr(it, "spec") or not hasattr(it, "execute"):
            raise ToolInvalid(f"{it!r:.80} is no tool.", hint="Make it one with @agentlab.tool.")
    return tools
