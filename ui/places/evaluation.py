"""评测: runs with their reports, comparisons, the baseline, question sets, and what users handed on. For evaluators."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Literal

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from evals.questions import KINDS
from index.home import Home
from ingest.errors import HangceError
from ui.places.evaluation_questions import questions_router
from ui.places.evaluation_runs import (
    BASELINE,
    Comparisons,
    baseline_facts,
    progress_of,
    runs_router,
)
from ui.places.evaluation_sets import MOST_UPLOADED, sets_router
from ui.places.evaluation_work import (
    RUN_NAME,
    Evaluator,
    Token,
    Work,
    headline,
    runs_in,
    told,
    unfinished_in,
    value_words,
)
from ui.places.frame import PREFIX, here, lost, page
from ui.server import Ground
from ui.wording import Lang, say

Names = Annotated[list[str], Form(max_length=200)]


def evaluation(ground: Ground, home: Home, langs: tuple[Lang, ...]) -> tuple[APIRouter, ...]:
    """The routes of the evaluation in every language, all on the same runs and sets."""
    work = Work(ground, home)
    comparisons = Comparisons(work)
    return tuple(
        router
        for lang in langs
        for router in (
            evaluation_router(work, lang, comparisons),
            runs_router(work, lang, comparisons),
            sets_router(work, lang),
            questions_router(work, lang),
        )
    )


def evaluation_router(work: Work, lang: Lang, comparisons: Comparisons) -> APIRouter:
    """The first page in one language, and what is decided on it."""
    place = f"{PREFIX[lang]}/evaluation"
    router = APIRouter(prefix=place, include_in_schema=False)
    records, run, keeper = work.ground.records, work.ground.answering.run, work.keeper

    async def whole(
        request: Request, problem: str = "", done: str = "", status: int = 200, chosen: Chosen | None = None
    ) -> Response:
        # Before the lists: a run that ends meanwhile is not called complete by a page whose list lacks it.
        state, progress = keeper.state(), progress_of(work, lang)
        model = work.ground.answering.assistant.model
        sets = await run(work.listed_sets)
        values = {
            "token": work.token(request),
            "problem": problem,
            "done": done,
            "inbox": await run(records.inbox),
            "feedback": await run(records.feedback, "new"),
            "runs": await run(runs_in, work.runs),
            "unfinished": await run(unfinished_in, work.runs, state.name if state and state.going else ""),
            "baseline": await run(baseline_facts, work),
            "BASELINE": BASELINE,
            "progress": progress,
            "model": "" if model is None else str(getattr(model, "model_name", "") or type(model).__name__),
            "sets": sets,
            "kinds": KINDS,
            "chosen": chosen or Chosen(f"{datetime.now():%Y%m%d-%H%M}", [s.name for s in sets if s.bundled]),
            "most_mib": MOST_UPLOADED // 2**20,
            "v": lambda value: value_words(lang, value),
            "line": lambda run: headline(lang, run.headline, run.summary),
            "about": lambda found: say(lang, f"about_{found.name}") if found.bundled else found.description,
        }
        at = here(request, lang)
        title = say(lang, "place_evaluation")
        return page("place_evaluation.html", at, values, title, status, script="evaluation.js")

    @router.get("")
    async def show(
        request: Request, user: Evaluator, blessed: Annotated[str, Query(max_length=100)] = ""
    ) -> Response:
        done = ""
        if RUN_NAME.fullmatch(blessed) and comparisons.path(blessed):
            done = say(lang, "bless_done", name=blessed)
        return await whole(request, done=done)

    @router.post("/run")
    async def start(
        request: Request,
        user: Evaluator,
        name: Annotated[str, Form(max_length=200)] = "",
        split: Literal["", "dev", "regression"] = Form(""),
        sets: Names = [],  # noqa: B006 (FastAPI copies it)
        kinds: Names = [],  # noqa: B006
        token: Token = "",
    ) -> Response:
        chosen = Chosen(name.strip(), sets, split, kinds)
        if not work.is_own(request, token):
            return await whole(request, say(lang, "page_stale"), status=403, chosen=chosen)
        known = [Path(found.name) for found in await run(work.listed_sets) if found.name in sets]
        if not known:
            return await whole(request, say(lang, "refused_none"), status=422, chosen=chosen)
        try:
            await run(keeper.start, chosen.name, known, split or None, kinds)
        except HangceError as error:
            return await whole(request, told(lang, error), status=409, chosen=chosen)
        return RedirectResponse(place, 303)

    @router.post("/runs/{name}/resume")
    async def resume(request: Request, user: Evaluator, name: str, token: Token = "") -> Response:
        work.check(request, token)
        if not RUN_NAME.fullmatch(name) or not (work.runs / name).is_dir() or comparisons.path(name):
            return lost(here(request, lang), "no_run")
        try:
            await run(keeper.resume, name)
        except HangceError as error:
            return await whole(request, told(lang, error), status=409)
        return RedirectResponse(place, 303)

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

    return router


class Chosen:
    """What a new run is to be, as the form has it."""

    def __init__(self, name: str, sets: list[str], split: str = "", kinds: list[str] | None = None) -> None:
        self.name = name
        self.sets = sets
        self.split = split
        self.kinds = kinds or []
