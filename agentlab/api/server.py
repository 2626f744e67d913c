"""The API: what the lab can do, over HTTP. Mounted at ``/api``; ``openapi.json`` describes it, errors included."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from agentlab import __version__
from agentlab.api import (
    lab_routes,
    memory_routes,
    review_routes,
    run_routes,
    schedule_routes,
    steering_routes,
    trace_routes,
)
from agentlab.api.live import Viewers
from agentlab.api.shapes import Error, Json
from agentlab.errors import (
    AgentlabError,
    CallerError,
    ModelError,
    OperatorError,
    UnknownMemory,
    UnknownRun,
    UnknownSchedule,
    UnknownThread,
)

if TYPE_CHECKING:
    from agentlab.lab import Lab

STATUS: tuple[tuple[type[AgentlabError], int], ...] = (
    (UnknownRun, 404),
    (UnknownSchedule, 404),
    (UnknownMemory, 404),
    (UnknownThread, 404),
    (CallerError, 400),
    (ModelError, 502),
    (OperatorError, 503),
)
"""HTTP status of each error; the first that fits counts, others are 500."""
_MEANING = {
    400: "What was asked cannot be done; asking differently helps.",
    404: "There is no such run, schedule, memory or conversation.",
    415: "The body is not `application/json`.",
    422: "The body does not have the form described here.",
    503: "The machine or its settings stand in the way.",
}


def create_api(lab: Lab) -> FastAPI:
    """The application that serves ``lab``."""
    api = FastAPI(
        title="agentlab",
        version=__version__,
        summary="Run goals, watch them live, query every step.",
        docs_url=None,  # its page loads scripts from another host
        redoc_url=None,
        default_response_class=Json,
        dependencies=[Depends(_json_only)],
        responses={status: {"model": Error, "description": text} for status, text in _MEANING.items()},
        exception_handlers={
            AgentlabError: _known_error,
            RequestValidationError: _invalid,
            HTTPException: _http_error,
            Exception: _unknown_error,
        },
    )
    lab.works_here = False
    api.state.lab = lab
    api.state.viewers = Viewers(lab.events)
    api.include_router(lab_routes.router)
    api.state.intake = trace_routes.Intake(lab)
    api.include_router(run_routes.router)
    api.include_router(trace_routes.router)
    api.include_router(review_routes.router)
    api.include_router(steering_routes.router)
    api.include_router(schedule_routes.router)
    api.include_router(memory_routes.router)
    return api


async def _json_only(request: Request) -> None:
    """Plain forms of other sites can send any body but this one, and that of OTLP."""
    has_body = request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if has_body and kind != "application/json" and not request.url.path.endswith("/v1/traces"):
        raise HTTPException(415, "The body must be JSON: send it with 'Content-Type: application/json'.")


def _error(status: int, code: str, message: str, hint: str = "", **context: Any) -> Response:
    return Json({"code": code, "message": message, "hint": hint, "context": context}, status_code=status)


async def _known_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, AgentlabError)  # noqa: S101 - says to the type checker what the registration says
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    return Json(error.as_dict(), status_code=status)


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as above
    problems = [f"{'.'.join(map(str, found['loc'][1:])) or 'body'}: {found['msg']}" for found in error.errors()]
    return _error(
        422,
        "invalid_request",
        "The request does not fit: " + "; ".join(problems) + ".",
        "See /api/openapi.json for the form.",
        problems=problems,
    )


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    code = HTTPStatus(error.status_code).name.lower()
    return _error(error.status_code, code, str(error.detail), "See /api/openapi.json for what there is.")


async def _unknown_error(request: Request, error: Exception) -> Response:
    return _error(500, "internal", f"The server failed: {type(error).__name__}.", "Its log has the details.")
