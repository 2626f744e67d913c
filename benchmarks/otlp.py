"""How fast spans come in and go out by OTLP, in one process: decoding, pricing, keeping them, over HTTP; encoding, forwarding.

The spans are of three kinds, a third each: a call of a model as OpenInference tells it, one as OpenTelemetry does, and a
call of a tool. Spans a second, the best of three.
"""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Callable

import httpx
import uvicorn
from starlette.applications import Starlette

import agentlab
from agentlab.api import otlp_route
from agentlab.models.prices import price_of
from agentlab.store.otlp import jsonform, protobuf, read, write
from agentlab.store.otlp.wire import OK, Origin, WireSpan

SPANS = 4_000
BATCH = 500
START = 1_772_366_400_000_000_000
ORIGIN = Origin(
    resource={"service.name": "bench", "telemetry.sdk.language": "python", "telemetry.sdk.name": "opentelemetry"},
    scope_name="openinference.instrumentation.openai",
)
OPENINFERENCE = {
    "openinference.span.kind": "LLM",
    "llm.system": "openai",
    "llm.model_name": "gpt-4o-mini-2024-07-18",
    "llm.invocation_parameters": '{"model": "gpt-4o-mini", "temperature": 0.2}',
    "llm.token_count.prompt": 1200,
    "llm.token_count.completion": 300,
    "llm.token_count.prompt_details.cache_read": 1000,
    "llm.input_messages.0.message.role": "user",
    "llm.input_messages.0.message.content": "Hi there " * 20,
    "llm.output_messages.0.message.role": "assistant",
    "llm.output_messages.0.message.content": "Hello " * 20,
    "input.value": '{"model": "gpt-4o-mini"}',
    "input.mime_type": "application/json",
}
OPENTELEMETRY = {
    "gen_ai.operation.name": "chat",
    "gen_ai.provider.name": "openai",
    "gen_ai.request.model": "gpt-4o-mini",
    "gen_ai.response.model": "gpt-4o-mini-2024-07-18",
    "gen_ai.usage.input_tokens": 1200,
    "gen_ai.usage.output_tokens": 300,
    "gen_ai.response.finish_reasons": ["stop"],
    "gen_ai.input.messages": '[{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}]',
}
TOOL = {"openinference.span.kind": "TOOL", "tool.name": "weather", "input.value": "Oslo", "output.value": "12 C"}
KINDS = (OPENINFERENCE, OPENTELEMETRY, TOOL)


def spans(count: int) -> list[WireSpan]:
    """Spans as others send them."""
    ids = [(os.urandom(16).hex(), os.urandom(8).hex()) for _ in range(count)]
    return [
        WireSpan(*both, "call", START, START + 10**9, ORIGIN, attributes=dict(KINDS[number % 3]), status=OK)
        for number, both in enumerate(ids)
    ]


def measure(what: str, work: Callable[[], object], count: int = SPANS, rounds: int = 3) -> None:
    """Print how many spans a second ``work`` does, the best of ``rounds``."""
    best = 0.0
    for _ in range(rounds):
        began = time.perf_counter()
        work()
        best = max(best, count / (time.perf_counter() - began))
    print(f"{what:<48} {best:>10,.0f} spans/s")


def main() -> None:
    """Measure and print."""
    many = spans(SPANS)
    in_protobuf, in_json = protobuf.render(many), jsonform.render(many)
    measure("decode protobuf, without prices", lambda: read(in_protobuf, "protobuf"))
    measure("decode protobuf, with prices", lambda: read(in_protobuf, "protobuf", price_of))
    measure("decode JSON, with prices", lambda: read(in_json, "json", price_of))
    ours = read(in_protobuf, "protobuf").spans
    measure("encode protobuf", lambda: write(ours, "protobuf"))
    with tempfile.TemporaryDirectory() as home, agentlab.open(home) as lab:
        bodies = iter([protobuf.render(spans(BATCH)) for _ in range(6 * SPANS // BATCH)])
        each = range(SPANS // BATCH)
        measure(
            "receive: decode, redact and keep with prompts",
            lambda: [lab.receiver.receive(next(bodies), "protobuf") for _ in each],
        )
        server = uvicorn.Server(uvicorn.Config(Starlette(routes=[otlp_route(lab)]), port=0, log_level="warning"))
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        while not server.started:
            time.sleep(0.01)
        url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}/v1/traces"
        headers = {"content-type": "application/x-protobuf"}
        with httpx.Client(headers=headers) as client:
            measure(
                "receive over HTTP, one sender",
                lambda: [client.post(url, content=next(bodies)).raise_for_status() for _ in each],
            )
        server.should_exit = True
        thread.join()


if __name__ == "__main__":
    main()
