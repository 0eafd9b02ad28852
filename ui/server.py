"""Puts everything under the pages onto the application: API, tools, sign-in, storage, limits, metrics, health."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any

import anyio
from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route

from assistant.service import Assistant
from index.home import Home
from ingest.errors import HangceError
from ui.accounts import Accounts
from ui.answering import Answering
from ui.api import api_router
from ui.chat_api import chat_router
from ui.checking import Checker
from ui.limits import Limits
from ui.observing import CONTENT_TYPE, Metrics, Observed
from ui.problems import Refused, add_handlers
from ui.processes import Processes, usual_count
from ui.sessions import Sessions, Visitors, signing_key
from ui.settings import Settings, load_settings
from ui.signin import signin_router
from ui.storage.database import Database
from ui.storage.records import Records
from ui.tools_server import ToolsEndpoint, tools_server

_LOG = logging.getLogger("hangce.server")
_SETTLE = 2.0  # seconds between the server's start and that of the processes for answers
_BETWEEN_PURGES = 6 * 3600  # seconds
_BETWEEN_LOOKS = 10  # seconds, at the index
_OWN = ("127.0.0.1", "::1", "testclient")


@dataclass(frozen=True)
class Ground:
    """What the pages stand on; `request.app.state.ground` holds it."""

    settings: Settings
    accounts: Accounts
    sessions: Sessions
    records: Records
    metrics: Metrics
    answering: Answering


def attach(app: FastAPI, home: Home, assistant: Assistant, settings: Settings | None = None) -> Ground:
    """Give an application everything but its pages; to be called before they are mounted at "/".

    Raises:
        HangceError: a setting, the users file, the signing key or the database is of no use.
    """
    settings = settings or load_settings(home.path)
    accounts = Accounts(home.path)
    accounts.users()  # a file that cannot be read is told at the start, not at the first sign-in
    sessions = Sessions(accounts, settings, signing_key(home.path, settings))
    records = Records(Database(home.path, settings.database))
    metrics = Metrics()
    answering = Answering(assistant, settings, metrics, _processes(home, assistant, settings, metrics))
    ground = Ground(settings, accounts, sessions, records, metrics, answering)
    app.state.ground = ground

    add_handlers(app)
    checker = Checker(lambda: answering.assistant.searcher.generation.folder)
    tools = ToolsEndpoint(tools_server(answering, checker), settings.body_kib)
    app.router.routes.append(Route("/mcp", tools, include_in_schema=False))
    routers = [api_router(answering, checker), chat_router(answering)]
    for router in (*routers, signin_router(sessions, answering)):
        app.include_router(router)
    _add_description(app, routers)
    _add_health(app, home, ground)
    # The last one added is the first to see a request.
    app.add_middleware(Visitors, sessions=sessions)
    app.add_middleware(Limits, settings=settings, session=sessions.key)
    app.add_middleware(Observed, metrics=metrics, log=settings.log_requests)
    _live(app, tools, ground, home)
    return ground


def _processes(home: Home, assistant: Assistant, settings: Settings, metrics: Metrics) -> Processes | None:
    """Those that the settings ask for; none with a model, which is waited for and not computed."""
    count = usual_count() if settings.answering_processes is None else settings.answering_processes
    return (
        Processes(home, count, metrics.processes, _SETTLE) if count > 0 and assistant.model is None else None
    )


def _live(app: FastAPI, tools: ToolsEndpoint, ground: Ground, home: Home) -> None:
    """What runs while the application does: the tools' sessions, deleting what is too old, changing to a new index."""
    before = app.router.lifespan_context

    @contextlib.asynccontextmanager
    async def lifespan(application: FastAPI) -> AsyncIterator[Any]:
        async with (
            before(application) as state,
            tools.running(),
            ground.answering.processes.running() if ground.answering.processes else contextlib.nullcontext(),
            anyio.create_task_group() as tasks,
        ):
            tasks.start_soon(_purge_again_and_again, ground)
            tasks.start_soon(_follow_builds, ground, home)
            try:
                yield state
            finally:
                tasks.cancel_scope.cancel()

    app.router.lifespan_context = lifespan


async def _purge_again_and_again(ground: Ground) -> None:
    while True:
        try:
            purged = await anyio.to_thread.run_sync(ground.records.purge, ground.settings.retention_days)
            gone = purged.conversations + purged.feedback + purged.notes + purged.inbox
            if gone:
                _LOG.info("old records deleted", extra={"count": gone})
        except Exception:
            _LOG.exception("old records could not be deleted")
        await anyio.sleep(_BETWEEN_PURGES)


async def _follow_builds(ground: Ground, home: Home) -> None:
    while True:
        await anyio.sleep(_BETWEEN_LOOKS)
        await anyio.to_thread.run_sync(ground.answering.follow, home)


def _add_description(app: FastAPI, routers: Sequence[APIRouter]) -> None:
    """The description of the interface, and errors of our own form for what it does not have."""
    routes = [route for router in routers for route in router.routes]

    @app.get("/api/openapi.json", include_in_schema=False)
    def description() -> dict[str, Any]:
        return get_openapi(title="杭策 Hangce", version="1", routes=routes)

    async def nothing_here(request: Request) -> Response:
        allowed = {
            method
            for route in routes
            if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
            for method in route.methods or ()
        }
        if allowed:
            raise Refused(405, "method not allowed", headers={"Allow": ", ".join(sorted(allowed))})
        raise Refused(404, "nothing here; the interface is described at /api/openapi.json")

    methods = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"]
    for prefix in ("/api", "/v1"):
        app.add_route(prefix + "/{rest:path}", nothing_here, methods, include_in_schema=False)


def _add_health(app: FastAPI, home: Home, ground: Ground) -> None:
    @app.get("/healthz", include_in_schema=False)
    def healthz() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/readyz", include_in_schema=False)
    def readyz() -> Response:
        checks = {"index": home.current, "database": ground.records.database.check}
        found: dict[str, str] = {}
        for name, check in checks.items():
            try:
                check()
                found[name] = "ok"
            except HangceError:
                _LOG.exception("not ready")
                found[name] = "failed"
        ready = all(state == "ok" for state in found.values())
        return JSONResponse({"status": "ok" if ready else "failed", **found}, 200 if ready else 503)

    @app.get("/metrics", include_in_schema=False)
    def metrics(request: Request) -> Response:
        address = request.client.host if request.client else ""
        allowed = ground.settings.metrics == "all" or (ground.settings.metrics == "local" and address in _OWN)
        if not allowed:
            raise Refused(404, "not found")
        return Response(ground.metrics.text(), media_type=CONTENT_TYPE)
