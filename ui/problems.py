"""Errors: in OpenAI's form below /v1, as `{"error": {"code", "message"}}` elsewhere, as a small page in a browser."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, JSONResponse, Response

_CODES = {
    400: "bad_request",
    401: "not_signed_in",
    403: "not_allowed",
    404: "not_found",
    405: "method_not_allowed",
    409: "conflict",
    411: "length_required",
    413: "too_large",
    415: "unsupported_media_type",
    421: "unknown_host",
    422: "invalid_request",
    429: "too_many_requests",
    503: "unavailable",
}
_HEADINGS = {
    403: "没有权限 Not allowed",
    404: "没有这一页 No such page",
    405: "不能这样打开 Not to be opened like this",
    413: "太大 Too large",
    421: "地址不对 Wrong address",
    429: "请求太多 Too many requests",
    503: "暂时关闭 Closed for now",
}
_FOR_PROGRAMS = ("/api/", "/v1/", "/mcp")


class Problem(BaseModel):
    """What went wrong, for programs (`code`) and for people (`message`)."""

    code: str
    message: str


class ProblemResponse(BaseModel):
    """The body of every error below /api."""

    error: Problem


class ChatProblem(BaseModel):
    """What went wrong, in OpenAI's form."""

    message: str
    type: str
    param: str | None
    code: str


class ChatProblemResponse(BaseModel):
    """The body of every error below /v1."""

    error: ChatProblem


WHAT_CAN_HAPPEN = {
    400: "The request cannot be read.",
    413: "The request is too large.",
    422: "A value is of no use; the message names it.",
    429: "Too many requests; `Retry-After` says when to try again.",
    500: "A defect of the server.",
    503: "The assistant is closed or busy; the message says so.",
}


def described(model: type[BaseModel], *others: int) -> dict[int | str, dict[str, Any]]:
    """The errors of a part of the interface, for its description."""
    known = WHAT_CAN_HAPPEN | dict.fromkeys(others, "There is none of that name.")
    return {status: {"model": model, "description": words} for status, words in known.items()}


class Refused(HTTPException):
    """An error with a code of its own, given back in the form of the place that was asked."""

    def __init__(self, status: int, message: str, code: str = "", headers: dict[str, str] | None = None):
        super().__init__(status, message, headers)
        self.code = code or _CODES.get(status, "error")


def problem(
    path: str,
    status: int,
    message: str,
    code: str = "",
    headers: dict[str, str] | None = None,
    accept: str = "",
) -> Response:
    """The response that tells of an error at a path: a page for a browser that opens one (by its `Accept`)."""
    if "text/html" in accept and not path.startswith(_FOR_PROGRAMS):
        heading = _HEADINGS.get(status, "出错了 Something went wrong")
        text = pages().get_template("problem.html").render(heading=heading, message=message)
        return HTMLResponse(text, status, headers)
    return JSONResponse({"error": problem_body(path, status, message, code)}, status, headers)


def problem_body(path: str, status: int, message: str, code: str = "") -> dict[str, Any]:
    """What programs are told of an error at a path."""
    code = code or _CODES.get(status, "error")
    if not path.startswith("/v1/"):
        return {"code": code, "message": message}
    kinds = {401: "authentication_error", 429: "rate_limit_error"}
    kind = kinds.get(status, "server_error" if status >= 500 else "invalid_request_error")
    return {"message": message, "type": kind, "param": None, "code": code}


@functools.cache
def pages() -> Environment:
    """The templates of the small pages, everything in them escaped."""
    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)


def add_handlers(app: FastAPI) -> None:
    """Give errors of the application their form; pages keep their own."""

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        if location := (error.headers or {}).get("Location"):
            return Response(status_code=error.status_code, headers={"Location": location})
        code = error.code if isinstance(error, Refused) else ""
        return problem(
            request.url.path,
            error.status_code,
            str(error.detail),
            code,
            dict(error.headers or {}),
            request.headers.get("accept", ""),
        )

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][1:] if not isinstance(part, int)) or "body"
        message = f"{where}: {first['msg']}"
        status = 400 if request.url.path.startswith("/v1/") else 422
        return problem(request.url.path, status, message.encode("utf-8", "replace").decode())


def dumped(value: Any) -> str:
    """One line of JSON that keeps Chinese readable."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
