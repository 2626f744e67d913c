"""What a call may cost at most, before it is made: by the length of the prompt and of the longest answer."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from decimal import ROUND_DOWN, Decimal

from agentlab.models.prices import price_of
from agentlab.types import MICRO, ModelRequest, Usage, credits_of, to_credits

CHARACTERS_PER_TOKEN = 3.0
"""On the careful side: English has about 3.6 to 4, other languages and JSON fewer."""
TOKENS_OF_A_PICTURE = 1_600
LEAST_ANSWER = 256
"""Tokens below which an answer is not worth asking for."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """The most that a call may cost. Zero where the price of the model is unknown."""

    prompt_micro: int = 0
    """Micro-credits of the prompt."""
    token_micro: Decimal = Decimal(0)
    """Micro-credits of one token of the answer."""
    max_tokens: int = 0
    """Of the answer."""

    @property
    def micro(self) -> int:
        """Micro-credits in all."""
        return self.prompt_micro + round(self.token_micro * self.max_tokens)

    @property
    def credits(self) -> float:
        """Credits in all."""
        return to_credits(self.micro)

    def cut_to(self, micro: int) -> Estimate | None:
        """With an answer so long that all of it costs no more than ``micro``; None where hardly one would be left."""
        if self.micro <= micro:
            return self
        if not self.token_micro:
            return None
        room = Decimal(micro - self.prompt_micro) / self.token_micro
        tokens = int(room.to_integral_value(ROUND_DOWN))
        return replace(self, max_tokens=tokens) if tokens >= min(LEAST_ANSWER, self.max_tokens) else None


def estimate_of(provider: str | None, model: str, request: ModelRequest, max_tokens: int, at: datetime) -> Estimate:
    """The most that ``request`` may cost; ``max_tokens`` is what holds where it says nothing itself."""
    longest = request.options.max_tokens or max_tokens
    prompt = tokens_of(request)
    asked = price_of(provider, model, Usage(input_tokens=prompt, output_tokens=0), at)
    whole = price_of(provider, model, Usage(input_tokens=prompt, output_tokens=longest), at)
    if asked is None or whole is None:
        return Estimate(max_tokens=longest)
    answer = (whole.usd - asked.usd) / longest
    return Estimate(credits_of(asked.usd) or 0, answer * MICRO * 1_000, longest)


def tokens_of(request: ModelRequest) -> int:
    """About how many tokens the prompt has, rather too many than too few."""
    characters = sum(len(message.content) + 8 for message in request.messages)
    characters += sum(len(json.dumps(call.args, default=str)) for it in request.messages for call in it.tool_calls)
    characters += sum(len(json.dumps(asdict(tool), default=str)) for tool in request.tools)
    characters += len(json.dumps(request.output_schema)) if request.output_schema else 0
    pictures = sum(len(message.images) for message in request.messages)
    return round(characters / CHARACTERS_PER_TOKEN) + pictures * TOKENS_OF_A_PICTURE + 16
