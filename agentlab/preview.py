"""A plan to look at before anything of it is run."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from agentlab.agent.bench import Bench
from agentlab.agent.journal import MemoryJournal
from agentlab.agent.planning import plan_goal
from agentlab.agent.progress import Progress
from agentlab.types import Plan, Scope
from agentlab.types.ids import new_id
from agentlab.types.span import trace_id_of


def preview(bench: Bench) -> Plan:
    """The plan that ``bench`` would start with. Works inside a running event loop too, as in a notebook."""
    scope = Scope(trace_id=trace_id_of(new_id("preview")))
    progress = Progress(Plan(goal=bench.spec.goal))
    with ThreadPoolExecutor(1, thread_name_prefix="agentlab-preview") as pool:
        pool.submit(lambda: asyncio.run(plan_goal(bench, MemoryJournal(), scope, progress))).result()
    return progress.plan
