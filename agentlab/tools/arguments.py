"""The arguments of a tool: their JSON Schema from a function's signature, and what is wrong with a set of them."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic_core import ErrorDetails

from agentlab.compress import cut_text
from agentlab.errors import near
from agentlab.types import JSON, ToolContext

DEEPEST = 100
"""Levels of lists and objects inside an argument."""
MOST = 10
"""Sentences about one set of arguments."""
Either = tuple[str, ...] | tuple[tuple[str, ...], ...]


class Arguments:
    """What a function takes, ``context`` left out. A trailing underscore in Python (``context_``) is none in the schema.

    ``either`` names arguments of which at least one is needed, which a signature alone cannot say; or several groups of such.
    """

    def __init__(self, function: Callable[..., Any], *, either: Either = ()) -> None:
        self._either = [(group,) if isinstance(group, str) else group for group in either]
        if all(isinstance(group, str) for group in either):
            self._either = [tuple(map(str, either))] if either else []
        self._wants_context = "context" in inspect.signature(function).parameters
        self._parameters = [name for name in inspect.signature(function).parameters if name != "context"]
        self._model = _model_of(function, self._parameters)
        self.names = [name.rstrip("_") for name in self._parameters]
        self.schema = _plain_schema(self._model.model_json_schema(), self._either)

    def problems(self, args: JSON, later: frozenset[str] = frozenset()) -> list[str]:
        """One sentence for each thing that is wrong with ``args``; those named in ``later`` count as given."""
        given: Any = args  # from a model, which may say anything
        if not isinstance(given, dict):
            return [f"The arguments are an object with names, not {_short(args)}."]
        if odd := [sentence for name, value in args.items() for sentence in _oddities(name, value)]:
            return odd[:MOST]
        found = [f"Give {_or(group)}." for group in self._either if not _enough(group, args, later)]
        try:
            self._model.model_validate({name: value for name, value in args.items() if name not in later})
        except ValidationError as error:
            found += [self._sentence(detail) for detail in error.errors() if detail["loc"][0] not in later]
        found = list(dict.fromkeys(found))
        more = [f"And {len(found) - MOST:,} more of the kind."] if len(found) > MOST else []
        return found[:MOST] + more

    def read(self, args: JSON) -> dict[str, Any]:
        """The function's parameters from ``args``, its defaults included. Raises pydantic's ``ValidationError``."""
        model = self._model.model_validate(args)
        return {parameter: getattr(model, f"{parameter}_") for parameter in self._parameters}

    async def call(self, function: Callable[..., Any], args: JSON, context: ToolContext) -> Any:
        """What ``function`` gives back; one that is no coroutine works in a thread. Raises pydantic's ``ValidationError``."""
        given = self.read(args) | ({"context": context} if self._wants_context else {})
        if inspect.iscoroutinefunction(function):
            return await function(**given)
        return await asyncio.to_thread(function, **given)

    def _sentence(self, detail: ErrorDetails) -> str:
        name, *inside = (cut_text(str(part), 60) for part in detail["loc"])
        match detail["type"]:
            case "missing":
                return f"The argument {name!r} is missing." if not inside else f"{name!r} lacks {inside[-1]!r}."
            case "extra_forbidden":
                return f"There is no argument {name!r}. {near(name, self.names)}"
        place = f" ({'.'.join(inside)!r})" if inside else ""
        return f"{name!r}{place}: {detail['msg']}, not {_short(detail['input'])}."


def _model_of(function: Callable[..., Any], parameters: list[str]) -> type[BaseModel]:
    hints = get_type_hints(function, include_extras=True)
    signature = inspect.signature(function).parameters
    fields: dict[str, Any] = {}
    for name in parameters:
        default = signature[name].default
        given = ... if default is inspect.Parameter.empty else default
        # One more underscore keeps names such as `json` clear of pydantic's own.
        fields[f"{name}_"] = (hints.get(name, Any), Field(given, alias=name.rstrip("_")))
    model: type[BaseModel] = create_model("Arguments", __config__=ConfigDict(extra="forbid"), **fields)
    return model


def _oddities(name: str, value: Any) -> list[str]:
    """What nothing could work with: lists and objects too deep in each other, and halves of characters."""
    shown, level = _short(name), [name, value]
    for _ in range(DEEPEST + 2):
        texts = [item for item in level if isinstance(item, str)]
        if any(_is_broken(text) for text in texts):
            return [f"{shown} holds half a character (a lone surrogate), which no text can; leave it out."]
        inner: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                inner += [*item, *item.values()]
            elif isinstance(item, list):
                inner += item
        if not inner:
            return []
        level = inner
    return [f"{shown} is nested more than {DEEPEST} levels deep; make it flatter."]


def _is_broken(text: str) -> bool:
    if text.isascii():
        return False
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _plain_schema(schema: JSON, groups: list[tuple[str, ...]]) -> JSON:
    schema.pop("title", None)
    for item in schema.get("properties", {}).values():
        item.pop("title", None)
    choices = [{"anyOf": [{"required": [name]} for name in group]} for group in groups]
    return schema | (choices[0] if len(choices) == 1 else {"allOf": choices} if choices else {})


def _enough(group: tuple[str, ...], args: JSON, later: frozenset[str]) -> bool:
    return any(name in later or args.get(name) not in (None, "") for name in group)


def _or(names: tuple[str, ...]) -> str:
    return " or ".join(f"'{name}'" for name in names)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
