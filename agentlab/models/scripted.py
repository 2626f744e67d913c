"""``scripted:FILE``: a model that gives answers written beforehand, for tests and demonstrations.

The format is in docs/how-to/scripted-model.md. Each request of a run takes the first answer that fits its
purpose and step and was not taken yet; each run starts afresh. Answers that name a purpose and a step do not depend on
what else the run has asked, so they stay the same when a run is resumed in another process.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from agentlab import errors
from agentlab.errors import FileUnusable, ModelError, near
from agentlab.models.pieces import tell
from agentlab.types import JSON, ModelRequest, ModelResponse, ModelToolCall, OnDelta, Purpose, Scope, Usage, to_micro

_KINDS: dict[str, type[ModelError]] = {
    kind("").code: kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ModelError)
}
_PAGE = "docs/how-to/scripted-model.md shows the format."


_JUDGEMENTS = ("reason", "check", "repair")
"""Purposes that an answer must name: a run may ask them at any time, and would use up the answers meant for others."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _ScriptedUsage(_Strict):
    input_tokens: Annotated[int, Field(ge=0)] | None = None
    output_tokens: Annotated[int, Field(ge=0)] | None = None


class _ScriptedCall(_Strict):
    name: str
    args: JSON = {}
    id: str = ""


class ScriptedAnswer(_Strict):
    """One answer of a script."""

    purpose: Purpose | None = None
    """Which questions it answers; None for any but those about a step's call (reason, check, repair)."""
    step: str | None = None
    """Id of the plan step it answers; None for any."""
    text: str = ""
    output: Any = None
    error: str | None = None
    """Raise ``ModelError`` with this message instead of answering."""
    error_kind: str = "model_error"
    """Code of that error, such as ``rate_limited``; docs/reference/model-errors.md lists them."""
    thinking: str = ""
    tool_calls: list[_ScriptedCall] = []
    """Tools that the model wants called."""
    finish_reason: Literal["stop", "length", "tool_call", "content_filter"] | None = None
    """Left out: ``tool_call`` where there are any, else ``stop``."""
    delay_s: Annotated[float, Field(ge=0, le=3_600)] = 0
    """Seconds to wait before."""
    usage: _ScriptedUsage = _ScriptedUsage()
    cost_usd: Annotated[Decimal, Field(ge=0)] | None = Decimal(0)
    """US dollars; null for unknown."""
    credits: Annotated[float, Field(ge=0)] = 0
    """Credits (not micro-credits)."""

    @field_validator("error_kind")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in _KINDS:
            raise ValueError(f"there is no error {value!r}. {near(value, sorted(_KINDS))}")
        return value


class _Script(_Strict):
    answers: list[ScriptedAnswer]
    repeat: bool = False


class ScriptedModel:
    """Implements the port ``Model`` with the answers of one file. Raises ``FileUnusable`` where it cannot be read."""

    def __init__(self, path: str) -> None:
        self.name = f"scripted:{path}"
        self._path = path
        self._script = _read(path)
        self._given: dict[str | None, set[int]] = defaultdict(set)
        """Numbers of the answers each run has had."""

    async def answer(self, request: ModelRequest, scope: Scope, on_delta: OnDelta | None = None) -> ModelResponse:
        """The next answer for this run, purpose and step. Raises ``ModelError`` where none is left."""
        given = self._next(request.purpose, scope)
        await asyncio.sleep(given.delay_s)
        if given.error is not None:
            raise _KINDS[given.error_kind](given.error, hint=f"The script {self._path} says so.")
        tell(given.text, on_delta)
        calls = [
            ModelToolCall(id=call.id or f"call_{number}", name=call.name, args=call.args)
            for number, call in enumerate(given.tool_calls, 1)
        ]
        return ModelResponse(
            text=given.text,
            thinking=given.thinking,
            output=given.output,
            tool_calls=tuple(calls),
            finish_reason=given.finish_reason or ("tool_call" if calls else "stop"),
            model=self.name,
            usage=Usage(input_tokens=given.usage.input_tokens, output_tokens=given.usage.output_tokens),
            cost_usd=given.cost_usd,
            credits=to_micro(given.credits),
        )

    def _next(self, purpose: Purpose, scope: Scope) -> ScriptedAnswer:
        given, fitting = self._given[scope.run_id], self._fitting(purpose, scope.step)
        left = [number for number in fitting if number not in given]
        if not left and not (fitting and self._script.repeat):
            raise self._exhausted(purpose, scope.step, len(fitting))
        number = left[0] if left else fitting[-1]
        given.add(number)
        return self._script.answers[number]

    def _fitting(self, purpose: Purpose, step: str | None) -> list[int]:
        """The answers written for this very step, else those for no step in particular."""
        wanted = (purpose,) if purpose in _JUDGEMENTS else (purpose, None)
        fitting = [(n, answer) for n, answer in enumerate(self._script.answers) if answer.purpose in wanted]
        own = [n for n, answer in fitting if answer.step is not None and answer.step == step]
        return own or [n for n, answer in fitting if answer.step is None]

    def _exhausted(self, purpose: Purpose, step: str | None, had: int) -> ModelError:
        where = f" in step '{step}'" if step else ""
        missing = (
            '{"purpose": "' + purpose + '", ' + ('"output": {…}}' if purpose in ("plan", "extract") else '"text": "…"}')
        )
        return ModelError(
            f"{self._path} has no answer left for the purpose '{purpose}'{where} (it has {had}).",
            hint=f'Add {missing} to its "answers", or set "repeat": true.',
        )


def _read(path: str) -> _Script:
    if not path:
        raise FileUnusable("A scripted model needs a file.", hint=f"Write --model scripted:answers.json; {_PAGE}")
    try:
        return _Script.model_validate_json(Path(path).expanduser().read_bytes())
    except OSError as error:
        raise FileUnusable(
            f"The script {path} cannot be read: {error.strerror or error}.",
            hint=f"Check the path after 'scripted:'; {_PAGE}",
            path=path,
        ) from error
    except ValidationError as error:
        raise FileUnusable(
            f"The script {path} is not as it should be: {_said(error)}", hint=_PAGE, path=path
        ) from error


def _said(error: ValidationError) -> str:
    found: list[Any] = error.errors(include_url=False, include_context=False)
    details: list[JSON] = found[:3]
    return " ".join(f"{'.'.join(map(str, detail['loc'])) or 'file'}: {detail['msg']}." for detail in details)
