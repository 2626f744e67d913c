"""Peers at the same work, run by the Python of an environment of their own: ``_executors.py langgraph``.

Reads a number of iterations from each line of its input, runs an agent that asks its model and calls its tool so often, and
prints the milliseconds that one iteration took. Model and tool take no time.
"""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable
from typing import Any


def main() -> None:
    """Answer until the input ends."""
    with tempfile.TemporaryDirectory(prefix="agentlab-peer-") as folder:
        make: dict[str, Callable[[], Callable[[int], Any]]] = {
            "langgraph": lambda: langgraph(f"{folder}/checkpoints.sqlite"),
            "langgraph without checkpoints": lambda: langgraph(""),
            "pydantic-ai": pydantic_ai,
            "smolagents": smolagents,
        }
        run = make[sys.argv[1]]()
        for line in sys.stdin:
            count = int(line)
            began = time.perf_counter()
            run(count)
            print(json.dumps((time.perf_counter() - began) / count * 1_000), flush=True)


def langgraph(path: str) -> Callable[[int], Any]:
    """Its own agent that reasons and acts; with ``path``, checkpoints in SQLite before the next half begins."""
    import warnings

    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import AIMessage
    from langchain_core.outputs import ChatGeneration, ChatResult
    from langchain_core.tools import tool
    from langgraph.prebuilt import create_react_agent

    warnings.simplefilter("ignore")
    left = 0

    class Fake(BaseChatModel):
        @property
        def _llm_type(self) -> str:
            return "fake"

        def bind_tools(self, *_: Any, **__: Any) -> Any:
            return self

        def _generate(self, *_: Any, **__: Any) -> Any:
            nonlocal left
            left -= 1
            calls = [{"name": "echo", "args": {"n": left}, "id": str(left)}] if left >= 0 else []
            return ChatResult(generations=[ChatGeneration(message=AIMessage(content="", tool_calls=calls))])

    def echo(n: int) -> int:
        """Give it back."""
        return n

    saver = None
    if path:
        from langgraph.checkpoint.sqlite import SqliteSaver

        saver = SqliteSaver(sqlite3.connect(path, check_same_thread=False))
    app: Any = create_react_agent(Fake(), [tool(echo)], checkpointer=saver)
    threads = iter(range(10**9))

    def run(count: int) -> None:
        nonlocal left
        left = count
        config = {"recursion_limit": 10 * count, "configurable": {"thread_id": str(next(threads))}}
        more = {"durability": "sync"} if path else {}
        found = app.invoke({"messages": [("user", "go")]}, config, **more)
        if len(found["messages"]) != 2 * count + 2:
            raise SystemExit("LangGraph did something else")

    return run


def pydantic_ai() -> Callable[[int], Any]:
    """Its agent with a model that is a function."""
    from pydantic_ai import Agent
    from pydantic_ai.messages import ModelResponse, TextPart, ToolCallPart
    from pydantic_ai.models.function import FunctionModel
    from pydantic_ai.usage import UsageLimits

    left = 0

    def answer(_messages: Any, _info: Any) -> ModelResponse:
        nonlocal left
        left -= 1
        return ModelResponse(parts=[ToolCallPart("echo", {"n": left}) if left >= 0 else TextPart("done")])

    agent = Agent(FunctionModel(answer))

    @agent.tool_plain
    def echo(n: int) -> int:
        return n

    def run(count: int) -> None:
        nonlocal left
        left = count
        asyncio.run(agent.run("go", usage_limits=UsageLimits(request_limit=None)))

    return run


def smolagents() -> Callable[[int], Any]:
    """Its agent that calls tools, with a model that says what to call."""
    import smolagents as lib
    from smolagents import models

    tool: Any = lib.tool
    base: Any = models.Model

    left = 0

    class Fake(base):
        def generate(self, *_args: Any, **_more: Any) -> Any:
            nonlocal left
            left -= 1
            name, args = ("echo", {"n": left}) if left >= 0 else ("final_answer", {"answer": "done"})
            call = models.ChatMessageToolCallFunction(name=name, arguments=args)
            return models.ChatMessage(
                role=models.MessageRole.ASSISTANT,
                content="",
                tool_calls=[models.ChatMessageToolCall(id=str(left), type="function", function=call)],
            )

    def echo(n: int) -> int:
        """Give it back.

        Args:
            n: A number.
        """
        return n

    agent = lib.ToolCallingAgent(tools=[tool(echo)], model=Fake(), verbosity_level=0)

    def run(count: int) -> None:
        nonlocal left
        left = count
        agent.run("go", max_steps=count + 2)

    return run


if __name__ == "__main__":
    main()
