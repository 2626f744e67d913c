"""``agentlab models`` as a program: the list, and the test of a key. No provider is asked."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from agentlab.cli.main import main
from agentlab.errors import KeyRefused, RateLimited
from agentlab.lab import Lab
from agentlab.model_settings import ModelSettings
from agentlab.types import ModelResponse, Usage

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(monkeypatch, capsys, tmp_path) -> Run:
    """Run the program in this process: exit code, standard output, standard error."""
    for field in ModelSettings.model_fields:
        for variable in (f"AGENTLAB_{field.upper()}", field.upper()):
            monkeypatch.delenv(variable, raising=False)
    for variable in ("GEMINI_API_KEY", "GOOGLE_GEMINI_BASE_URL", "GEMINI_BASE_URL"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AGENTLAB_HOME", str(tmp_path))

    def call(*args: str) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["agentlab", *args])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def answers(monkeypatch) -> list[tuple[str, dict[str, object]]]:
    """``Lab.ask`` that answers and keeps what it was asked."""
    asked = []

    def ask(_: Lab, prompt: str, **how: object) -> ModelResponse:
        asked.append((prompt, how))
        return ModelResponse(
            text="ok",
            model=str(how["model"]),
            usage=Usage(input_tokens=12, output_tokens=3),
            cost_usd=Decimal("0.000042"),
        )

    monkeypatch.setattr(Lab, "ask", ask, raising=False)
    return asked


def failing(monkeypatch, error: Exception) -> None:
    def ask(*_args: object, **_how: object) -> ModelResponse:
        raise error

    monkeypatch.setattr(Lab, "ask", ask, raising=False)


class Server:
    """A server that speaks OpenAI's interface as far as ``GET /v1/models``."""

    def __init__(self) -> None:
        self.status, self.body, self.seen = 200, b'{"data": [{"id": "llama3.1"}, {"id": "qwen3:8b"}]}', []
        self._http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._http.server_port}/v1"
        Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                server.seen.append((self.path, self.headers.get("Authorization")))
                self.send_response(server.status)
                self.end_headers()
                self.wfile.write(server.body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


# --- the list ---------------------------------------------------------------------------------------------------------


def test_without_a_key_the_list_says_what_works_and_what_is_missing(run) -> None:
    code, out, err = run("models")

    assert code == 0
    lines = out.splitlines()
    assert lines[0].split()[:2] == ["model", "role"]
    assert lines[2].startswith("offline ")
    (plan,) = [line for line in lines if line.startswith("anthropic:claude-sonnet-5-5")]
    assert plan.split() == ["anthropic:claude-sonnet-5-5", "plan", "2", "10", "1,000,000", "ANTHROPIC_API_KEY"]
    assert "openai:" not in out
    assert "OpenAI (OPENAI_API_KEY)" in err
    assert "agentlab models --all" in err


def test_with_a_key_its_models_come_before_what_is_not_configured(run, monkeypatch) -> None:
    monkeypatch.setenv("GEMINI_API_KEY", "sk-secret")

    _, out, err = run("models")

    names = [line.split()[0] for line in out.splitlines()[2:]]
    assert names.index("google:gemini-3.8-flash") < names.index("anthropic:claude-sonnet-5-5")
    assert "2026-06-01" in out
    assert "secret" not in out + err


def test_all_lists_every_model_and_a_role_that_retires_is_warned_of(run, monkeypatch) -> None:
    monkeypatch.setenv("AGENTLAB_PLAN_MODEL", "openai:gpt-4-turbo")

    _, out, err = run("models", "--all")

    assert {"openai:gpt-4-turbo", "google:gemini-1.5-pro", "ollama:NAME", "roles"} <= {
        line.split()[0] for line in out.splitlines()
    }
    assert "openai:gpt-4-turbo was retired by OpenAI on 23 October 2026" in err
    assert "openai:gpt-6.1-sol" in err


def test_the_list_as_json_is_the_rows_of_the_lab(run) -> None:
    _, out, _ = run("models", "--all", "--json")

    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["offline"]["price"]["input"] == "0"
    assert rows["openai:gpt-4o"]["retires_on"] == "2027-01-14"
    assert {"provider", "description", "configured", "key_setting", "base_url", "roles", "successor"} <= set(
        rows["roles"]
    )


# --- a test of a key --------------------------------------------------------------------------------------------------


def test_a_key_is_tested_with_one_short_answer(run, answers, monkeypatch) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "sk-secret")

    code, out, err = run("models", "--test", "anthropic")

    assert (code, out) == (0, "ok\n")
    assert answers == [("Say ok.", {"model": "anthropic:claude-sonnet-5-5", "max_tokens": 64})]
    assert "anthropic:claude-sonnet-5-5" in err
    assert "12 + 3 tokens" in err
    assert "$0.000042" in err
    assert "secret" not in out + err


def test_a_model_of_its_own_is_tested_and_warned_of(run, answers, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")

    _, out, _ = run("models", "--test", "openai:gpt-4o", "--json")

    found = json.loads(out)
    assert (found["model"], found["text"], found["cost_usd"]) == ("openai:gpt-4o", "ok", 0.000042)
    assert "14 January 2027" in found["warning"]


def test_an_answer_without_text_says_how_it_ended(run, monkeypatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "k")
    monkeypatch.setattr(Lab, "ask", lambda *_args, **_how: ModelResponse(finish_reason="length"), raising=False)

    code, out, err = run("models", "--test", "openai")

    assert (code, out) == (0, "(no text; it ended with: length)\n")
    assert "? + ? tokens" in err
    assert "cost unknown" in err


@pytest.mark.parametrize(
    "error",
    [
        KeyRefused("Anthropic does not take the key.", hint="Make a new one."),
        RateLimited("Too many calls.", hint="Wait a minute."),
    ],
)
def test_what_the_provider_says_is_the_error_with_its_hint(run, monkeypatch, error) -> None:
    monkeypatch.setenv("ANTHROPIC_API_KEY", "k")
    failing(monkeypatch, error)

    code, out, err = run("models", "--test", "anthropic", "--json")

    assert code == 3
    assert json.loads(out)["error"]["code"] == error.code
    assert err.splitlines() == [f"Error: {error.message}", f"  {error.hint}"]


def test_a_missing_key_and_an_unknown_name_ask_nobody(run, answers) -> None:
    code, _, err = run("models", "--test", "openai")
    assert (code, "OPENAI_API_KEY" in err) == (4, True)

    code, _, err = run("models", "--test", "opnai")
    assert (code, "Did you mean openai" in err) == (2, True)
    assert answers == []


# --- servers of one's own ---------------------------------------------------------------------------------------------


def test_a_local_server_says_what_it_has(run, server, monkeypatch) -> None:
    monkeypatch.setenv("OLLAMA_BASE_URL", server.url)
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")

    code, out, err = run("models", "--test", "ollama")

    assert (code, out.splitlines()) == (0, ["ollama:llama3.1", "ollama:qwen3:8b"])
    assert "Ollama answered in" in err
    assert server.seen == [("/v1/models", None)]


def test_a_server_of_ones_own_is_asked_with_its_key(run, server, monkeypatch) -> None:
    monkeypatch.setenv("AGENTLAB_MODEL_SERVERS", json.dumps({"lab": {"base_url": server.url, "api_key": "sk-lab"}}))

    code, out, err = run("models", "--test", "lab", "--json")

    assert json.loads(out)["models"] == ["lab:llama3.1", "lab:qwen3:8b"]
    assert server.seen == [("/v1/models", "Bearer sk-lab")]
    assert "sk-lab" not in out + err
    assert code == 0


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (401, b"", "key_refused"),
        (500, b"", "provider_failed"),
        (200, b"<html>", "answer_garbled"),
        (200, b"[1]", "answer_garbled"),
    ],
)
def test_a_server_that_answers_wrongly_is_named(run, server, monkeypatch, status, body, code) -> None:
    server.status, server.body = status, body
    monkeypatch.setenv("VLLM_BASE_URL", server.url.replace("//", "//me:pass-word@"))

    ended, out, err = run("models", "--test", "vllm", "--json")

    assert (ended, json.loads(out)["error"]["code"]) == (3, code)
    assert "vLLM" in err
    assert "pass-word" not in out + err


def test_a_server_that_is_not_there_is_named_with_its_variable(run, monkeypatch) -> None:
    monkeypatch.setenv("LLAMACPP_BASE_URL", "http://127.0.0.1:9/v1")

    code, _, err = run("models", "--test", "llamacpp")

    assert code == 3
    assert "http://127.0.0.1:9/v1/models" in err
    assert "LLAMACPP_BASE_URL" in err


@pytest.mark.parametrize("address", ["http://[bad", "127.0.0.1:11434/v1", "http://127.0.0.1:port/v1"])
def test_an_address_that_is_none_is_named_with_its_variable(run, monkeypatch, address) -> None:
    monkeypatch.setenv("OLLAMA_BASE_URL", address)

    code, _, err = run("models", "--test", "ollama")
    listed, out, _ = run("models")

    assert (code, "OLLAMA_BASE_URL" in err) == (3, True)
    assert (listed, "ollama:NAME" in out) == (0, True)
