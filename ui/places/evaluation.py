"""评测: runs with their reports, and what users and the hotline handed on. For evaluators."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ui.accounts import User
from ui.places.frame import PREFIX, here, lost, page
from ui.server import Ground
from ui.sessions import role
from ui.wording import Lang, say

REPORT, DATA = "report.html", "report.json"
_NAME = re.compile(r"[\w][\w.\-]{0,99}")
_MOST = 50
# The report draws its own pictures, and as a page of no origin reaches nothing else.
_POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; "
    "sandbox allow-scripts; frame-ancestors 'none'"
)
_LOG = logging.getLogger("hangce.web")
Evaluator = Annotated[User, Depends(role("evaluator"))]


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was kept: its folder's name, when it was made, its headline, its configuration."""

    name: str
    made: datetime
    headline: str
    configuration: dict[str, Any]


def evaluation_router(ground: Ground, lang: Lang, folder: Path) -> APIRouter:
    """The routes of the evaluation in one language; `folder` holds a folder for each run."""
    place = f"{PREFIX[lang]}/evaluation"
    router = APIRouter(prefix=place, include_in_schema=False)
    records, run = ground.records, ground.answering.run

    @router.get("")
    async def show(request: Request, user: Evaluator) -> Response:
        values = {
            "inbox": await run(records.inbox),
            "feedback": await run(records.feedback, "new"),
            "runs": await run(runs_in, folder),
            "folder": str(folder),
        }
        return page("place_evaluation.html", here(request, lang), values, say(lang, "place_evaluation"))

    @router.post("/inbox/{number}")
    async def decide(
        user: Evaluator, number: int, state: Annotated[Literal["taken", "dismissed"], Form()]
    ) -> Response:
        await run(records.set_inbox_state, number, state, user.name)
        return RedirectResponse(place, 303)

    @router.post("/feedback/{number}")
    async def settle(
        user: Evaluator, number: int, state: Annotated[Literal["taken", "dismissed"], Form()]
    ) -> Response:
        await run(records.set_feedback_state, number, state)
        return RedirectResponse(place, 303)

    @router.get("/runs/{name}")
    async def report(request: Request, user: Evaluator, name: str) -> Response:
        path = folder / name / REPORT
        if not _NAME.fullmatch(name) or not path.is_file():
            return lost(here(request, lang), "no_run")
        headers = {"Content-Security-Policy": _POLICY, "Cache-Control": "no-store"}
        return HTMLResponse(await run(path.read_bytes), headers=headers)

    return router


def runs_in(folder: Path) -> list[Run]:
    """The runs of a folder, the latest first; what is no run is left out."""
    found = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not _NAME.fullmatch(path.name) or not (path / REPORT).is_file():
            continue
        try:
            data = json.loads((path / DATA).read_text(encoding="utf-8"))
            made = datetime.fromtimestamp((path / DATA).stat().st_mtime, UTC)
            found.append(Run(path.name, made, str(data["headline"]), dict(data["configuration"])))
        except (OSError, ValueError, KeyError, TypeError):
            _LOG.exception("the run %s cannot be read", path.name)
    return sorted(found, key=lambda r: r.made, reverse=True)[:_MOST]
