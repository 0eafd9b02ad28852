"""What the server tells about itself: Prometheus metrics and JSON logs, neither with anything that a person wrote."""

from __future__ import annotations

import json
import logging
import re
import secrets
import sys
import time
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any, TextIO

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from assistant.schema import Answer

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_LOG = logging.getLogger("hangce.http")
_REQUEST: ContextVar[str] = ContextVar("request", default="")
_OWN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_TOLD = ("method", "route", "status", "ms", "count", "role", "event", "characters", "seconds")
# A label may take few values only, so everything that is no route of ours is told by where it leads.
_PLACES = ("/gradio_api", "/assets", "/static", "/mcp", "/api", "/v1")
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Metrics:
    """The counters of one application."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "hangce_http_requests", "Requests.", ["method", "route", "status"], registry=self.registry
        )
        self._seconds = Histogram(
            "hangce_http_seconds", "Time of a request.", ["route"], registry=self.registry, buckets=_SECONDS
        )
        self._answers = Counter(
            "hangce_answers", "Answers.", ["status", "mode", "through"], registry=self.registry
        )
        self._answer_seconds = Histogram(
            "hangce_answer_seconds", "Time of an answer.", registry=self.registry, buckets=_SECONDS
        )
        self._failures = Counter(
            "hangce_answer_failures", "Questions that ended in a defect.", registry=self.registry
        )
        self._processes = Gauge(
            "hangce_answering_processes",
            "Processes that answer; 0 while the server answers itself.",
            registry=self.registry,
        )
        self._documents = Gauge("hangce_documents", "Documents in the index.", registry=self.registry)

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count a request."""
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def answer(self, answer: Answer, through: str, seconds: float) -> None:
        """Count an answer; `through` is the way it was asked for, e.g. page, api, chat, mcp."""
        self._answers.labels(answer.status, answer.mode, through).inc()
        self._answer_seconds.observe(seconds)

    def failure(self) -> None:
        """Count a question that ended in a defect of ours."""
        self._failures.inc()

    def index(self, documents: int) -> None:
        """Tell how large the index is."""
        self._documents.set(documents)

    def processes(self, alive: int) -> None:
        """Tell how many processes answer."""
        self._processes.set(alive)

    def text(self) -> bytes:
        """Everything in Prometheus' text format."""
        return generate_latest(self.registry)


class Observed:
    """ASGI middleware: a request id, a line of log and the metrics of every request."""

    def __init__(self, app: ASGIApp, metrics: Metrics, log: bool = True) -> None:
        self.app = app
        self.metrics = metrics
        self.log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        given = Headers(scope=scope).get("x-request-id", "")
        request_id = given if _OWN_ID.fullmatch(given) else secrets.token_hex(8)
        token = _REQUEST.set(request_id)
        started, status = time.perf_counter(), 500

        async def send_with_id(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-ID"] = request_id
            await send(message)

        try:
            await self.app(scope, receive, send_with_id)
        finally:
            seconds = time.perf_counter() - started
            route = route_of(scope)
            self.metrics.request(scope["method"], route, status, seconds)
            if self.log:
                told = {"method": scope["method"], "route": route, "status": status}
                _LOG.info("request", extra={**told, "ms": round(seconds * 1000, 1)})
            _REQUEST.reset(token)


def route_of(scope: Scope) -> str:
    """The route of a request that has been answered, its parameters unfilled: a path may hold what someone typed."""
    route = getattr(scope.get("route"), "path", None)
    if isinstance(route, str):
        return route
    path = str(scope["path"])
    return next((place for place in _PLACES if path.startswith(place)), "/" if path == "/" else "other")


class JsonLines(logging.Formatter):
    """A record as one line of JSON: our own constant words and a few named figures.

    Of an exception it tells the kind and the places in the code; its message may hold a question.
    """

    def format(self, record: logging.LogRecord) -> str:
        """One line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": str(record.msg),
        }
        if request_id := _REQUEST.get():
            line["request"] = request_id
        line |= {name: getattr(record, name) for name in _TOLD if hasattr(record, name)}
        if record.exc_info and record.exc_info[1] is not None:
            error = record.exc_info[1]
            line["error"] = type(error).__name__
            line["at"] = [
                f"{frame.filename}:{frame.lineno} {frame.name}"
                for frame in traceback.extract_tb(error.__traceback__)[-8:]
            ]
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to(stream: TextIO = sys.stderr) -> None:
    """Send what the server logs to a stream, as JSON, a line each."""
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)
    logging.getLogger("hangce").setLevel(logging.INFO)
