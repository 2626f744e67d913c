"""OTLP over HTTP: ``POST /v1/traces``, where any program instrumented for OpenTelemetry logs to."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.routing import Route

from agentlab.errors import OtlpInvalid, StoreUnusable
from agentlab.store.otlp.receiver import FORMS, MAX_BYTES, OtlpTooLarge, answer, status, too_large

if TYPE_CHECKING:
    from agentlab.lab import Lab

WAITING_BYTES = 2 * MAX_BYTES
"""Bytes of requests that are held at the same time; whoever sends more is asked to come back."""
RETRY_S = 2
"""Seconds after which one that was sent away may come back."""
INVALID, EXHAUSTED, UNIMPLEMENTED, UNAVAILABLE = 3, 8, 12, 14
"""Codes of gRPC."""

router = APIRouter(tags=["traces"])


class Busy(Exception):
    """More is being received than is good for the machine."""


class Intake:
    """Reads bodies for one application, and keeps count of what they hold."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._held = 0

    async def take(self, request: Request) -> Response:
        """Keep the spans of a request, off the event loop, and answer as OTLP asks."""
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        form = FORMS.get(content_type)
        if form is None:
            names = " or ".join(FORMS)
            message = f"The body must be {names}, not {content_type[:100]!r}."
            return Response(status(INVALID, message, "json"), 415, media_type="application/json")
        encoding = request.headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", ""):
            message = f"The body is encoded as {encoding[:100]!r}; only gzip is read."
            return Response(status(UNIMPLEMENTED, message, form), 415, media_type=content_type)
        code, body = await self._answered(request, form, encoding == "gzip")
        headers = {"retry-after": str(RETRY_S)} if code in (429, 503) else None
        return Response(body, code, headers=headers, media_type=content_type)

    async def _answered(self, request: Request, form: Any, gzipped: bool) -> tuple[int, bytes]:
        held: list[bytes] = []
        try:
            body = await self._read(request, held)
            kept = await run_in_threadpool(self._lab.receiver.receive, body, form, gzipped=gzipped)
        except Busy:
            return 429, status(EXHAUSTED, f"Too much at once; try again in {RETRY_S} seconds.", form)
        except OtlpTooLarge as error:
            return 413, status(INVALID, str(error), form)
        except OtlpInvalid as error:
            return 400, status(INVALID, str(error), form)
        except StoreUnusable as error:
            return 503, status(UNAVAILABLE, str(error), form)
        finally:
            self._held -= sum(map(len, held))
        return 200, answer(kept, form)

    async def _read(self, request: Request, held: list[bytes]) -> bytes:
        size = 0
        async for part in request.stream():
            if self._held + len(part) > WAITING_BYTES:
                raise Busy
            held.append(part)
            self._held += len(part)
            size += len(part)
            if size > MAX_BYTES:
                raise too_large()
        return b"".join(held)


def otlp_route(lab: Lab) -> Route:
    """The route ``/v1/traces`` for the top of an application: where exporters look that are given a host and a port."""
    intake = Intake(lab)
    take: Callable[[Request], Awaitable[Response]] = intake.take
    return Route("/v1/traces", take, methods=["POST"])


@router.post(
    "/v1/traces",
    responses={
        200: {"description": "Kept. `partial_success` counts the spans that were not, and says why."},
        413: {"description": "The body is too large: send fewer spans at once."},
        429: {"description": "Too much at once: `Retry-After` says when to come back."},
    },
    openapi_extra={
        "requestBody": {
            "required": True,
            "description": "An `ExportTraceServiceRequest` of OTLP, plain or in gzip.",
            "content": {name: {"schema": {"type": "object"}} for name in FORMS},
        }
    },
)
async def receive_traces(request: Request) -> Response:
    """Keep spans that another program recorded. Errors are a `google.rpc.Status`, in the form of the request."""
    intake: Intake = request.app.state.intake
    return await intake.take(request)
