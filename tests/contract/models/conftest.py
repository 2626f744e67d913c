"""A provider's server, and a lab that asks it, for each way in which a model can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from model_ways import PAID, WAYS, Way

import agentlab
from agentlab.lab import Lab
from agentlab.testing import ProviderServer, Reply

OpenLab = Callable[..., Lab]


@pytest.fixture(params=WAYS)
def way(request) -> Way:
    return WAYS[request.param]


@pytest.fixture(params=PAID)
def paid(request) -> Way:
    return WAYS[request.param]


@pytest.fixture(scope="session")
def a_server() -> Iterator[ProviderServer]:
    with ProviderServer() as server:
        yield server


@pytest.fixture
def server(a_server) -> ProviderServer:
    """With its usual reply, and nothing asked yet."""
    a_server.reply = Reply()
    a_server.reset()
    return a_server


@pytest.fixture
def open_lab(server, tmp_path) -> Iterator[OpenLab]:
    """Opens a lab whose providers are all the server, behind a fault where one is named."""
    opened = list[Lab]()

    def open_one(fault: str = "", **settings: Any) -> Lab:
        address = server.url(fault, version=True)
        own: dict[str, Any] = {"ollama_base_url": address, "model_servers": {"lab": {"base_url": address}}}
        home = tmp_path / f"home-{len(opened)}"
        lab = agentlab.open(**({"home": home} | server.settings(fault) | own | settings))
        opened.append(lab)
        return lab

    yield open_one
    for lab in opened:
        lab.close()


@pytest.fixture
def lab(open_lab) -> Lab:
    return open_lab()
