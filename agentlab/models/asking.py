"""A question as people write it, with dictionaries, files and classes, as a ``ModelRequest``."""

from __future__ import annotations

import base64
import binascii
import mimetypes
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from pydantic import BaseModel

from agentlab.errors import FileUnusable, RequestRefused
from agentlab.models.schemas import check_schema
from agentlab.types import JSON, Image, Message, ModelRequest, ModelToolCall, Options, ToolSchema

Prompt: TypeAlias = str | Sequence[Message | Mapping[str, Any]]
Picture: TypeAlias = Image | bytes | str | Path
"""A picture: its bytes, a file, or an address that begins with http."""
Schema: TypeAlias = Mapping[str, Any] | type[BaseModel]
_ROLES = ("system", "user", "assistant", "tool")
_FORM = 'Write {"role": "user", "content": "…"}; docs/how-to/ask-a-model.md shows all forms.'
_SIGNATURES = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def request_of(
    prompt: Prompt,
    *,
    system: str = "",
    tools: Sequence[ToolSchema | Mapping[str, Any]] = (),
    output: Schema | None = None,
    images: Sequence[Picture] = (),
    options: Options | None = None,
) -> ModelRequest:
    """The question. Raises ``RequestRefused`` with what is wrong about it, ``FileUnusable`` for a picture."""
    messages = [Message(role="user", content=prompt)] if isinstance(prompt, str) else [_message(it) for it in prompt]
    if system:
        messages.insert(0, Message(role="system", content=system))
    if images:
        messages = _with_pictures(messages, [_picture(it) for it in images])
    asked = [it for it in messages if it.role in {"user", "tool"}]
    if not any(it.content.strip() or it.images for it in asked):
        raise RequestRefused("The question is empty.", hint='Say what you want to know: lab.ask("…").')
    schema = _schema_of(output)
    text = asked[-1].content
    context = "\n\n".join(it.content for it in messages[:-1] if it.role in {"user", "tool"})
    return ModelRequest(
        purpose="extract" if schema is not None else "chat",
        messages=tuple(messages),
        inputs={"text": text, "fields": list(schema.get("properties", {}))}
        if schema is not None
        else {"prompt": text, "context": context},
        output_schema=schema,
        tools=tuple(_tool(it) for it in tools),
        options=options or Options(),
    )


def _message(given: Message | Mapping[str, Any]) -> Message:
    if isinstance(given, Message):
        return given
    role = given.get("role")
    if role not in _ROLES:
        raise RequestRefused(f"A message has a role, one of {', '.join(_ROLES)}, not {role!r}.", hint=_FORM)
    text, images = _content(given.get("content"))
    return Message(
        role=role,
        content=text,
        images=tuple(images),
        tool_calls=tuple(_tool_call(call) for call in given.get("tool_calls") or ()),
        tool_call_id=str(given.get("tool_call_id") or ""),
        name=str(given.get("name") or ""),
        native=given.get("native"),
    )


def _content(given: Any) -> tuple[str, list[Image]]:
    """Text and pictures of a message, written as a text or as a list of parts."""
    if given is None or isinstance(given, str):
        return given or "", []
    if not isinstance(given, list | tuple):
        raise RequestRefused(f"The content of a message is a text or a list of parts, not {given!r:.60}.", hint=_FORM)
    words, images = list[str](), list[Image]()
    for part in given:
        match part:
            case str():
                words.append(part)
            case {"type": "text", "text": str(text)}:
                words.append(text)
            case {"type": "image_url", "image_url": {"url": str(url)}} | {"type": "image_url", "image_url": str(url)}:
                images.append(_picture(url))
            case _:
                raise RequestRefused(f"A part of a message is a text or a picture, not {part!r:.60}.", hint=_FORM)
    return "\n".join(words), images


def _tool_call(given: ModelToolCall | Mapping[str, Any]) -> ModelToolCall:
    import json

    if isinstance(given, ModelToolCall):
        return given
    function = given.get("function") or {}
    args = given.get("args", function.get("arguments", {}))
    if isinstance(args, str):
        try:
            args = json.loads(args or "{}")
        except ValueError:
            raise RequestRefused(f"The arguments of a tool call are no JSON: {args[:60]!r}.", hint=_FORM) from None
    return ModelToolCall(id=str(given.get("id") or ""), name=str(given.get("name") or function.get("name")), args=args)


def _tool(given: ToolSchema | Mapping[str, Any]) -> ToolSchema:
    if isinstance(given, ToolSchema):
        return given
    inner: Mapping[str, Any] = given.get("function") or given
    name = inner.get("name")
    schema: JSON = dict(inner.get("input_schema") or inner.get("parameters") or {"type": "object", "properties": {}})
    if not isinstance(name, str) or not name:
        raise RequestRefused(
            "A tool needs a name.", hint='Write {"name": "…", "description": "…", "parameters": {JSON Schema}}.'
        )
    check_schema(schema)
    return ToolSchema(name=name, description=str(inner.get("description") or ""), input_schema=schema)


def _schema_of(output: Schema | None) -> JSON | None:
    if output is None:
        return None
    schema: JSON = dict(output) if isinstance(output, Mapping) else output.model_json_schema()
    check_schema(schema)
    return schema


def _with_pictures(messages: list[Message], images: list[Image]) -> list[Message]:
    from dataclasses import replace

    last = max((n for n, it in enumerate(messages) if it.role == "user"), default=None)
    if last is None:
        return [*messages, Message(role="user", images=tuple(images))]
    messages[last] = replace(messages[last], images=(*messages[last].images, *images))
    return messages


def _picture(given: Picture) -> Image:
    if isinstance(given, Image):
        return given
    if isinstance(given, str) and given.startswith(("http://", "https://")):
        return Image(url=given, media_type="")
    if isinstance(given, str) and given.startswith("data:"):
        return _from_data_url(given)
    data = given if isinstance(given, bytes) else _read(Path(given))
    guessed = None if isinstance(given, bytes) else mimetypes.guess_type(str(given))[0]
    kind = next((kind for start, kind in _SIGNATURES if data.startswith(start)), guessed)
    if not kind or not kind.startswith("image/"):
        raise FileUnusable(
            "A picture is PNG, JPEG, GIF or WebP, and this is none.", hint="Convert it, or give its address."
        )
    return Image(media_type=kind, data=data)


def _from_data_url(url: str) -> Image:
    head, _, body = url.partition(",")
    try:
        data = base64.b64decode(body, validate=True)
    except binascii.Error:
        raise RequestRefused("A picture in a data: address is no base64.", hint="Give its bytes or a file.") from None
    return Image(media_type=head[5:].partition(";")[0] or "image/png", data=data)


def _read(path: Path) -> bytes:
    try:
        return path.expanduser().read_bytes()
    except OSError as error:
        raise FileUnusable(
            f"The picture {path} cannot be read: {error.strerror or error}.", hint="Check the path.", path=str(path)
        ) from error
