"""Answers of models in our own cache: as JSON, and as an answer that cost nothing."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any, Protocol

from pydantic import TypeAdapter, ValidationError

from agentlab.types import Delta, ModelResponse, OnDelta, Usage

_WORTH_KEEPING = {"stop", "tool_call"}


class Cache(Protocol):
    """Where answers are kept for a while."""

    async def get(self, key: str) -> Any | None: ...

    async def put(self, key: str, value: Any) -> None: ...


async def kept_answer(kept_in: Cache, key: str) -> ModelResponse | None:
    """The answer kept under ``key``: free, without attempts. One that an older version kept may not be readable."""
    kept = await kept_in.get(key)
    if kept is None:
        return None
    try:
        response = _form().validate_python(kept)
    except ValidationError:
        return None
    nothing = Usage(input_tokens=0, output_tokens=0)
    return replace(
        response, usage=nothing, cost_usd=Decimal(0), credits=0, price_version="cache", cache_hit=True, attempts=()
    )


async def put_by(kept_in: Cache, key: str, response: ModelResponse) -> None:
    """Keep an answer that is whole."""
    if response.finish_reason in _WORTH_KEEPING:
        await kept_in.put(key, _form().dump_python(replace(response, attempts=()), mode="json"))


def told_again(response: ModelResponse, on_delta: OnDelta | None) -> None:
    """Tell a kept answer to whoever listens, in one piece."""
    if on_delta and response.text:
        on_delta(Delta(text=response.text))


@cache
def _form() -> TypeAdapter[ModelResponse]:
    return TypeAdapter(ModelResponse)
