"""The app and the API in one process on one port. Start it: ``uvicorn --app-dir app asgi:app`` (``agentlab up`` does)."""

from __future__ import annotations

import asyncio
import gc
import importlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.routing import Mount

import front
from agentlab.api import Guard, create_api, otlp_route
from ui import states
from ui.bench import the_lab

HEAVY = ("polars", "pyarrow", "pandas", "genai_prices", "agentlab.insight.figures", "streamlit.elements.plotly_chart")
"""Imported while the first visitor's browser loads Streamlit, so that nobody waits for them."""

lab = the_lab()


def warm_up() -> None:
    """Open what every page needs, then take it out of the garbage collector's sight.

    Streamlit collects garbage after every run of a script; what is frozen it need not look at again.
    """
    lab.durable.queued()
    for name in HEAVY:
        importlib.import_module(name)
    gc.collect()
    gc.freeze()
    gc.enable()


@asynccontextmanager
async def lifespan(_: st.App) -> AsyncIterator[dict[str, Any]]:
    """Move spans into the lake while the app is open; close the lab at the end."""
    lab.start_background()
    warming = asyncio.create_task(asyncio.to_thread(warm_up))
    yield {}
    await warming
    lab.close()


app = st.App(
    Path(__file__).resolve().parent / "main.py",
    routes=[Mount("/api", app=create_api(lab)), otlp_route(lab), *front.routes()],
    middleware=[Middleware(Guard, allowed_hosts=lab.settings.allowed_hosts.split(","))],
    lifespan=lifespan,
    on_script_error=states.unexpected,
)
