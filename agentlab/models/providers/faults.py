"""Each way in which a provider can fail, as one error of ours that says what to do. Keys never get in."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Any

import httpx2
from pydantic_ai import exceptions as native

from agentlab.errors import (
    AnswerCut,
    AnswerGarbled,
    ContextTooLong,
    KeyRefused,
    ModelError,
    ModelGone,
    Overloaded,
    ProviderFailed,
    QuotaExhausted,
    RateLimited,
    RequestRefused,
    TimedOut,
    Unreachable,
)
from agentlab.models.providers.access import Access
from agentlab.models.providers.witness import Witness

_LONGEST = 300
"""Characters of a provider's own words that are kept."""
_SHORTEST_KEY = 8
_KEYS = re.compile(r"\b(?:sk|pk|rk)-[\w*.-]{6,}|\bAIza[\w*-]{10,}|(?i:bearer)\s+\S+")

_WHERE_KEYS_ARE_MADE = {
    "anthropic": "console.anthropic.com",
    "openai": "platform.openai.com/api-keys",
    "google": "aistudio.google.com/apikey",
}

_KINDS: tuple[tuple[type[native.ModelAPIError], type[ModelError], str, str], ...] = (
    (native.ModelContextWindowExceededError, ContextTooLong, "The prompt is longer than the model takes", "Shorten it, or take a model with a larger context: agentlab models."),
    (native.ModelAuthenticationError, KeyRefused, "The provider refuses the key", ""),
    (native.ModelNotFoundError, ModelGone, "The provider has no such model", "agentlab models lists those that are known; check the address too, where it is set."),
    (native.ModelQuotaExceededError, QuotaExhausted, "The account at the provider is used up", "Add credit there, raise its limit, or name another model."),
    (native.ModelRequestRejectedError, RequestRefused, "The provider finds the request wrong", "Its words above say what; ask differently."),
    (native.ModelRateLimitError, RateLimited, "The provider says: too many calls", "Wait, ask less often, or name a fallback (AGENTLAB_FALLBACK_MODELS)."),
    (native.ModelOverloadedError, Overloaded, "The provider has too much to do", "Ask again in a while, or name a fallback (AGENTLAB_FALLBACK_MODELS)."),
    (native.ModelUnavailableError, Overloaded, "The provider cannot answer just now", "Ask again in a while, or name a fallback (AGENTLAB_FALLBACK_MODELS)."),
    (native.ModelServerError, ProviderFailed, "Something broke at the provider", "Ask again; its status page tells more where it stays so."),
    (native.ModelRequestTimeout, TimedOut, "No answer in the time there was", "Raise AGENTLAB_MODEL_TIMEOUT_S, or ask for less."),
    (native.ModelTimeoutError, TimedOut, "The provider fell silent", "Ask again; AGENTLAB_MODEL_STALL_S is the longest silence."),
    (native.ModelConnectionError, Unreachable, "The connection broke", "Check the network and the address; ask again."),
)  # fmt: skip


def fault_of(error: Exception, model: str, access: Access, witness: Witness) -> ModelError:
    """The error of ours for what an SDK raised, in the light of what came over the wire."""
    told = _words(error, access)
    where = f"{model} ({access.base_url})" if access.base_url else model
    if isinstance(error, native.UserError):
        return RequestRefused(
            f"{model}: {clean(error.message)}", hint="Nothing was sent; ask differently.", unsent=True
        )
    if _broke_off(error, witness) and (seen := seen_by(witness, where, access)):
        return seen
    if witness.status in {408, 409, 425}:
        return ProviderFailed(f"{where}: The provider did not go through with it. {told}", hint=_CUT, **_seen(witness))
    for theirs, ours, sentence, hint in _KINDS:
        if isinstance(error, theirs):
            found = ours(
                f"{where}: {sentence}. {told}".strip(),
                hint=hint or _key_hint(access),
                retry_after_s=error.retry_after,
                **_seen(witness),
            )
            if isinstance(error, native.ModelConnectionError) and error.phase in {"pool", "connect"}:
                found.context["unsent"] = True
            if isinstance(error, native.ModelHTTPError) and error.provider_retry_hint is False:
                found.retryable = False  # the provider says so itself
            return found
    if isinstance(error, httpx2.TransportError):
        return Unreachable(f"{where}: The connection broke. {told}", hint=_CUT, **_seen(witness))
    if isinstance(error, native.ModelHTTPError):
        return RequestRefused(f"{where}: The provider answered {error.status_code}. {told}", **_seen(witness))
    if witness.status is None:
        hint = "Ask differently: the words above say what stands in the way."
        return RequestRefused(f"{where}: The question could not be sent. {told}".strip(), hint=hint, unsent=True)
    if witness.dialect == "anthropic" and witness.usage is None:
        told = "It says nothing about tokens, which Anthropic's interface always does."
    return AnswerGarbled(f"{where}: The answer makes no sense. {told}".strip(), hint=_GARBLED, **_seen(witness))


_CUT = "Ask again; where it stays so, look at the network and at proxies in between."
_GARBLED = "Check the address: a proxy, a login page or another program may answer there. Else ask again."


def seen_by(witness: Witness, where: str, access: Access) -> ModelError | None:
    """The error that a witness saw; None where the answer is whole by all that it saw."""
    problem, sentence = witness.problem()
    sentence = clean(sentence, [access.key.get_secret_value()])
    match problem:
        case "cut":
            return AnswerCut(f"{where}: {sentence}", hint=_CUT, **_seen(witness))
        case "garbled":
            return AnswerGarbled(f"{where}: {sentence}", hint=_GARBLED, **_seen(witness))
        case "failed":
            return ProviderFailed(
                f"{where}: An error came in place of an answer: {sentence}", hint="Ask again.", **_seen(witness)
            )
    return None


def _broke_off(error: Exception, witness: Witness) -> bool:
    """Whether the witness knows better than the SDK what was wrong.

    It does not where the provider told an error inside the answer, or fell silent, and where the SDK gave up on its own
    in the middle of a stream, which to the witness looks like a broken connection.
    """
    if isinstance(error, native.ModelAPIError) and error.in_stream:
        return False
    if isinstance(error, native.ModelTimeoutError | native.ModelRequestTimeout):
        return False
    broken = isinstance(error, native.ModelConnectionError | httpx2.TransportError)
    return broken or witness.problem()[0] != "cut"


def _seen(witness: Witness) -> dict[str, Any]:
    seen: dict[str, Any] = {"http_status": witness.status, "request_id": witness.request_id}
    return {name: value for name, value in seen.items() if value}


def _key_hint(access: Access) -> str:
    where = _WHERE_KEYS_ARE_MADE.get(access.provider)
    made = f" Keys are made at {where}." if where else ""
    return f"Check {access.key_setting or 'the key'}.{made}"


def _words(error: Exception, access: Access) -> str:
    """What the provider itself says, short and without keys."""
    body = error.body if isinstance(error, native.ModelAPIError) else None
    said = _message_in(body) or (error.message if isinstance(error, native.ModelAPIError) and body is None else "")
    if not said and not isinstance(error, native.ModelAPIError):
        said = (str(error) or type(error).__name__).splitlines()[0]
    return clean(" ".join(said.split())[:_LONGEST], [access.key.get_secret_value()])


def clean(text: str, keys: Iterable[str] = ()) -> str:
    """``text`` without ``keys`` and without whatever looks like one."""
    for key in keys:
        if len(key) >= _SHORTEST_KEY:
            text = text.replace(key, "[key]")
    return _KEYS.sub("[key]", text)


def _message_in(body: Any) -> str:
    if isinstance(body, str):
        try:
            body = json.loads(body)
        except ValueError:
            return "" if body.lstrip().startswith("<") else body
    if isinstance(body, list) and body:
        body = body[0]
    if isinstance(body, dict):
        inner = body.get("error", body)
        if isinstance(inner, dict):
            return str(inner.get("message") or "")
        return str(inner)
    return ""
