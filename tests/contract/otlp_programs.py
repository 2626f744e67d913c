"""Programs that know nothing of us: an instrumented OpenAI client, against a model that is a small server in here.

``python otlp_programs.py NAME MODEL_PORT`` runs one of them; where it logs to is in OpenTelemetry's own variables.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

USAGE = {
    "prompt_tokens": 1200,
    "completion_tokens": 300,
    "total_tokens": 1500,
    "prompt_tokens_details": {"cached_tokens": 1000},
    "completion_tokens_details": {"reasoning_tokens": 200},
}
ANSWERED_BY = "gpt-4o-mini-2024-07-18"
TOOLS = [{"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}]
CALL = {"id": "call_0", "type": "function", "function": {"name": "weather", "arguments": '{"city":"Rome"}'}}


class FakeOpenAI(BaseHTTPRequestHandler):
    """Answers chats (a tool call where there are tools), streams and embeddings, and knows no model called ``bad``."""

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        if self.path.endswith("embeddings"):
            data = [{"object": "embedding", "index": 0, "embedding": [0.25, 0.5]}]
            self._send(
                {
                    "object": "list",
                    "model": body["model"],
                    "data": data,
                    "usage": {"prompt_tokens": 8, "total_tokens": 8},
                }
            )
        elif body["model"] == "bad":
            self._send({"error": {"message": "no such model", "type": "invalid_request_error"}}, 404)
        elif body.get("stream"):
            self._stream()
        else:
            answer: dict[str, Any] = {"role": "assistant", "content": "Hello"}
            if "tools" in body:
                call = CALL | {"id": "call_1", "function": {"name": "weather", "arguments": '{"city":"Oslo"}'}}
                answer = {"role": "assistant", "content": None, "tool_calls": [call]}
            choice = {"index": 0, "message": answer, "finish_reason": "tool_calls" if "tools" in body else "stop"}
            self._send(
                {
                    "id": "c1",
                    "object": "chat.completion",
                    "created": 1,
                    "model": ANSWERED_BY,
                    "choices": [choice],
                    "usage": USAGE,
                }
            )

    def _stream(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.end_headers()
        head = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": ANSWERED_BY}
        for delta, reason in [({"role": "assistant", "content": "Hel"}, None), ({"content": "lo"}, None), ({}, "stop")]:
            self._event(head | {"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]})
        self._event(head | {"choices": [], "usage": USAGE})
        self.wfile.write(b"data: [DONE]\n\n")

    def _event(self, event: object) -> None:
        self.wfile.write(b"data: " + json.dumps(event).encode() + b"\n\n")
        self.wfile.flush()

    def _send(self, answer: object, status: int = 200) -> None:
        data = json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


@contextmanager
def fake_openai() -> Iterator[int]:
    """The server, on the port that is yielded."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), FakeOpenAI)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def ask_a_few_things(port: int) -> None:
    """A chat, a stream, a chat with tools, an embedding and a mistake, below one span of one's own."""
    import openai
    from opentelemetry import trace

    client = openai.OpenAI(base_url=f"http://127.0.0.1:{port}/v1", api_key="none", max_retries=0)
    chat = client.chat.completions.create
    with trace.get_tracer("my-program").start_as_current_span("a day's work"):
        chat(
            model="gpt-4o-mini", messages=[{"role": "system", "content": "Be brief"}, {"role": "user", "content": "Hi"}]
        )
        list(
            chat(
                model="gpt-4o-mini",
                messages=[{"role": "user", "content": "Hi"}],
                stream=True,
                stream_options={"include_usage": True},
            )
        )
        asked = [
            {"role": "user", "content": "Weather?"},
            {"role": "assistant", "content": None, "tool_calls": [CALL]},
            {"role": "tool", "tool_call_id": "call_0", "content": "12 C"},
        ]
        chat(model="gpt-4o-mini", messages=asked, tools=TOOLS)
        client.embeddings.create(model="text-embedding-3-small", input="Hello")
        with suppress(openai.NotFoundError):
            chat(model="bad", messages=[{"role": "user", "content": "Hi"}])


def work_as_an_agent() -> None:
    """A tree as OpenInference's other instrumentations make it: chain, agent (with sums of its own), retriever, tool."""
    from opentelemetry import trace

    tracer = trace.get_tracer("openinference.instrumentation.someframework")
    kind = "openinference.span.kind"
    with tracer.start_as_current_span("answer", attributes={kind: "CHAIN", "session.id": "thread-7", "user.id": "ada"}):
        sums = {"llm.token_count.prompt": 1200, "llm.token_count.completion": 300, "llm.cost.total": 0.5}
        with tracer.start_as_current_span("researcher", attributes={kind: "AGENT", "agent.name": "researcher"} | sums):
            found = {
                "retrieval.documents.0.document.content": "Water is wet.",
                "retrieval.documents.0.document.score": 0.9,
            }
            with tracer.start_as_current_span(
                "look up", attributes={kind: "RETRIEVER", "input.value": "water"} | found
            ):
                pass
            tool = {"tool.name": "weather", "input.value": '{"city": "Oslo"}', "input.mime_type": "application/json"}
            with tracer.start_as_current_span("call", attributes={kind: "TOOL", "output.value": "12 C"} | tool):
                pass


def instrument(name: str) -> None:
    """What the documentation of each tells its users to write."""
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    if name == "openinference":
        from openinference.instrumentation.openai import OpenAIInstrumentor

        OpenAIInstrumentor().instrument(tracer_provider=provider)
    elif name == "openllmetry":
        from opentelemetry.instrumentation.openai import OpenAIInstrumentor as OpenLLMetry

        OpenLLMetry().instrument(tracer_provider=provider)


if __name__ == "__main__":
    instrument(sys.argv[1])
    if sys.argv[1] == "agent":
        work_as_an_agent()
    else:
        ask_a_few_things(int(sys.argv[2]))
