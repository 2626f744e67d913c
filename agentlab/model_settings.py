"""The settings about models: which one answers, whose servers, which keys, how long and how often."""

from __future__ import annotations

from typing import Any

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, SecretStr, field_validator
from pydantic_settings import BaseSettings


def _usual(name: str, *usual: str) -> AliasChoices:
    """Our own variable, else the ones that the provider's own programs read."""
    return AliasChoices(f"AGENTLAB_{name}", *usual)


def _key(name: str, *usual: str, of: str) -> Any:
    variable = f"{name}_API_KEY"
    return Field(SecretStr(""), validation_alias=_usual(variable, variable, *usual), description=f"Key of {of}.")


def _url(name: str, *usual: str, of: str, default: str = "") -> Any:
    variable = f"{name}_BASE_URL"
    said = f"Address of {of}." + ("" if default else " Empty: the provider's own.")
    return Field(default, validation_alias=_usual(variable, variable, *usual), description=said)


class ModelServer(BaseModel):
    """A server of one's own, or a provider's, that speaks OpenAI's chat interface."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    base_url: str
    api_key: SecretStr = SecretStr("")
    free: bool = True
    """Whether calls cost nothing; else they are priced by the name of the model."""


class ModelSettings(BaseSettings):
    """Fields of ``agentlab.settings.Settings``."""

    model: str = Field(
        "offline", description="Model of a run that names none; `roles` asks the models of the three roles."
    )
    plan_model: str = Field("anthropic:claude-sonnet-5-5", description="Model of the role `plan`: makes plans.")
    reason_model: str = Field("anthropic:claude-haiku-5-5", description="Model of the role `reason`: writes answers.")
    cheap_model: str = Field(
        "anthropic:claude-haiku-5-5", description="Model of the role `cheap`: summarises, extracts, chats in tools."
    )
    fallback_models: list[str] = Field(
        [], description="Models that are asked, in this order, where one cannot answer; a JSON list."
    )

    real_model_calls: bool = Field(
        True, description="Whether models of providers and servers may be asked at all; 0 refuses every such call."
    )

    anthropic_api_key: SecretStr = _key("ANTHROPIC", of="Anthropic")
    anthropic_base_url: str = _url("ANTHROPIC", of="Anthropic's interface")
    openai_api_key: SecretStr = _key("OPENAI", of="OpenAI")
    openai_base_url: str = _url("OPENAI", of="OpenAI's interface, or of a server that speaks it, with its `/v1`")
    google_api_key: SecretStr = _key("GOOGLE", "GEMINI_API_KEY", of="Google's Gemini interface")
    google_base_url: str = _url("GOOGLE", "GOOGLE_GEMINI_BASE_URL", "GEMINI_BASE_URL", of="Google's Gemini interface")
    ollama_base_url: str = _url("OLLAMA", of="Ollama", default="http://127.0.0.1:11434/v1")
    vllm_base_url: str = _url("VLLM", of="vLLM", default="http://127.0.0.1:8000/v1")
    llamacpp_base_url: str = _url("LLAMACPP", of="llama.cpp", default="http://127.0.0.1:8080/v1")
    model_servers: dict[str, ModelServer] = Field(
        {},
        description="More servers that speak OpenAI's chat interface, by the name they get here, as JSON: "
        '`{"lab": {"base_url": "http://gpu:8000/v1"}}`, then `--model lab:NAME`. Also `api_key`, and `free` (true) for what costs nothing.',
    )

    model_timeout_s: float = Field(
        120, gt=0, le=3_600, description="Longest time of one model call, all attempts together, in seconds."
    )
    model_stall_s: float = Field(
        60, gt=0, le=3_600, description="Longest silence inside a streamed answer, in seconds."
    )
    model_attempts: int = Field(3, ge=1, le=10, description="Attempts of one model call, the first one included.")
    model_max_tokens: int = Field(
        8_192, ge=1, description="Tokens of an answer at most, reasoning too, where a call says nothing else."
    )

    @field_validator("model_servers")
    @classmethod
    def _names(cls, value: dict[str, ModelServer]) -> dict[str, ModelServer]:
        for name in value:
            if not name.replace("-", "").isalnum() or name != name.lower():
                raise ValueError(f"{name!r}: the name of a server is of small letters, digits and -")
        return value
