"""Roles instead of models: code asks for the one that plans, the one that reasons, the cheap one."""

from __future__ import annotations

from collections.abc import Mapping

from agentlab.types import Model, ModelRequest, ModelResponse, OnDelta, Purpose, Scope

_ROLE_OF: dict[Purpose, str] = {
    "plan": "plan",
    "repair": "plan",
    "reason": "reason",
    "check": "reason",
    "answer": "reason",
    "chat": "cheap",
    "summarize": "cheap",
    "extract": "cheap",
}


class RoleModel:
    """``roles``: asks for each purpose the model of its role. Implements the port ``Model``."""

    name = "roles"

    def __init__(self, by_role: Mapping[str, Model]) -> None:
        self._by_role = by_role

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """The answer of the model whose role it is."""
        return await self._by_role[_ROLE_OF[request.purpose]].answer(request, scope, on_delta)
