"""评测, the runs: starting and stopping one, its report, two compared flip by flip, and the baseline."""

from __future__ import annotations

import hashlib
import json
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from evals.baseline import SHORTEST_REASON, bless, load_baseline
from evals.compare import Change, Comparison, Flip
from evals.metrics import METRICS, Score
from evals.own import baseline_path, own_baseline
from evals.page import comparison_page
from evals.report import Report, group_name, mistakes
from evals.runner import compare_reports, reported
from evals.summary import summarise
from ingest.errors import HangceError
from ui.places.evaluation_work import (
    REPORT,
    REPORT_POLICY,
    RUN_NAME,
    Evaluator,
    Token,
    Work,
    headline,
    told,
    value_words,
)
from ui.places.frame import PREFIX, here, lost, page
from ui.wording import Lang, say

BASELINE = "@baseline"  # in the place of a run's name; no run can be called so
_KEPT = 4  # comparisons that are remembered
_IDS_SHOWN = 60
_REPORT_HEADERS = {"Content-Security-Policy": REPORT_POLICY, "Cache-Control": "no-store"}
RunName = Annotated[str, Query(max_length=100)]


class Comparisons:
    """Compares runs of a home by their reports, one comparison at a time, and remembers the last few."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._lock = threading.Lock()
        self._kept: OrderedDict[tuple[Any, ...], Comparison] = OrderedDict()

    def path(self, name: str) -> Path | None:
        """The file that a run's scores, or the baseline's, are in; None if there is none."""
        if name == BASELINE:
            path = baseline_path(self._work.home.path)
        elif RUN_NAME.fullmatch(name):
            path = self._work.runs / name / "report.json"
        else:
            return None
        return path if path.is_file() else None

    def compare(self, before: str, after: str) -> Comparison | None:
        """Two of them; None if there is no such.

        Raises:
            InputError: one of them cannot be read.
        """
        paths = self.path(before), self.path(after)
        if paths[0] is None or paths[1] is None:
            return None
        key = (before, after, *((str(p), p.stat().st_mtime_ns) for p in paths if p))
        with self._lock:
            if key not in self._kept:
                self._kept[key] = compare_reports(self._report(before), self._report(after))
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
            return self._kept[key]

    def _report(self, name: str) -> Report:
        if name == BASELINE:
            return load_baseline(baseline_path(self._work.home.path))
        return reported(self._work.runs / name)


def runs_router(work: Work, lang: Lang, comparisons: Comparisons) -> APIRouter:
    """The routes of the runs in one language."""
    place = f"{PREFIX[lang]}/evaluation"
    router = APIRouter(prefix=place, include_in_schema=False)
    run = work.ground.answering.run

    @router.get("/progress")
    async def progress(user: Evaluator) -> Response:
        return JSONResponse(progress_of(work, lang), headers={"Cache-Control": "no-store"})

    @router.post("/stop")
    async def stop(request: Request, user: Evaluator, token: Token = "") -> Response:
        work.check(request, token)
        work.keeper.stop()
        return RedirectResponse(place, 303)

    @router.get("/runs/{name}")
    async def report(request: Request, user: Evaluator, name: str) -> Response:
        path = work.runs / name / REPORT
        if not RUN_NAME.fullmatch(name) or not path.is_file():
            return lost(here(request, lang), "no_run")
        return HTMLResponse(await run(path.read_bytes), headers=_REPORT_HEADERS)

    @router.get("/runs/{name}/case")
    async def case(
        request: Request, user: Evaluator, name: str, id: Annotated[str, Query(max_length=300)]
    ) -> Response:
        at = here(request, lang)
        if not RUN_NAME.fullmatch(name) or comparisons.path(name) is None:
            return lost(at, "no_run")
        try:
            found = await run(_case_of, work.runs / name, id)
        except HangceError:
            return lost(at, "no_run")
        if found is None:
            return lost(at, "no_case")
        values = {
            "name": name,
            "one": found,
            "wrong": wrong(lang, found),
            "v": lambda v: value_words(lang, v),
        }
        return page("evaluation_case.html", at, values, f"{found.id} · {name}")

    @router.get("/compare")
    async def show_comparison(request: Request, user: Evaluator, before: RunName, after: RunName) -> Response:
        at = here(request, lang)
        if after in (before, BASELINE):  # the baseline keeps no answers to be looked at
            return lost(at, "compare_same")
        try:
            comparison = await run(comparisons.compare, before, after)
            if comparison is None:
                return lost(at, "no_run")
            values = await run(_comparison_values, comparison, before, after, lang)
        except HangceError as error:
            return page(
                "evaluation_problem.html", at, {"problem": told(lang, error)}, say(lang, "compare"), 409
            )
        return page("evaluation_compare.html", at, values, say(lang, "compare"))

    @router.get("/compare/report")
    async def comparison_report(
        request: Request, user: Evaluator, before: RunName, after: RunName
    ) -> Response:
        def made() -> str | None:
            comparison = comparisons.compare(before, after)
            return None if comparison is None else comparison_page(comparison)

        try:
            html = await run(made)
        except HangceError:
            html = None
        if html is None:
            return lost(here(request, lang), "no_run")
        return HTMLResponse(html, headers=_REPORT_HEADERS)

    async def ask_to_bless(
        request: Request, name: str, problem: str = "", reason: str = "", status: int = 200
    ) -> Response:
        at = here(request, lang)
        if not RUN_NAME.fullmatch(name) or comparisons.path(name) is None:
            return lost(at, "no_run")
        try:
            values = await run(_bless_values, work, comparisons, name, lang)
        except HangceError as error:
            return page(
                "evaluation_problem.html", at, {"problem": told(lang, error)}, say(lang, "bless"), 409
            )
        values |= {"token": work.token(request), "problem": problem, "reason": reason}
        return page("evaluation_bless.html", at, values, say(lang, "bless"), status)

    @router.get("/runs/{name}/bless")
    async def show_bless(request: Request, user: Evaluator, name: str) -> Response:
        return await ask_to_bless(request, name)

    @router.post("/runs/{name}/bless")
    async def do_bless(
        request: Request,
        user: Evaluator,
        name: str,
        reason: Annotated[str, Form(max_length=2000)] = "",
        seen: Annotated[str, Form(max_length=64)] = "",
        token: Token = "",
    ) -> Response:
        if not work.is_own(request, token):
            return await ask_to_bless(request, name, say(lang, "page_stale"), reason, 403)
        if not RUN_NAME.fullmatch(name) or comparisons.path(name) is None:
            return lost(here(request, lang), "no_run")
        if len(reason.strip()) < SHORTEST_REASON:
            return await ask_to_bless(request, name, say(lang, "bless_short"), reason, 422)
        if seen != digest(baseline_path(work.home.path)):
            return await ask_to_bless(request, name, say(lang, "bless_moved"), reason, 409)
        try:
            await run(lambda: bless(reported(work.runs / name), reason, own_baseline(work.home.path)))
        except HangceError as error:
            return await ask_to_bless(request, name, told(lang, error), reason, 409)
        return RedirectResponse(f"{place}?blessed={quote(name)}", 303)

    return router


def progress_of(work: Work, lang: Lang) -> dict[str, Any]:
    """How far the run is, for the page and its script; `words` say it to the reader."""
    state = work.keeper.state()
    if state is None:
        return {"state": "", "going": False}
    values = {
        "name": state.name,
        "done": state.done,
        "total": state.total,
        "seconds": round(state.seconds),
        "problem": state.problem or say(lang, "run_failed_log"),
    }
    key = f"run_{state.stage}" if state.state == "running" else f"run_{state.state}"
    return {
        "state": state.state,
        "going": state.going,
        "name": state.name,
        "done": state.done,
        "total": state.total,
        "words": say(lang, key, **values),
    }


def digest(path: Path) -> str:
    """Changes when a file does; "" for none."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""


def wrong(lang: Lang, score: Score) -> str:
    """Why an answer is not right, in the reader's language."""
    found = [say(lang, f"mistake_{key}", **values) for key, values in mistakes(score)]
    return ("；" if lang == "zh" else "; ").join(found) or say(lang, "nothing_wrong")


def shown_name(lang: Lang, name: str) -> str:
    """A run's name, or what the baseline is called."""
    return say(lang, "baseline") if name == BASELINE else name


def baseline_facts(work: Work) -> dict[str, Any] | None:
    """The baseline in a few words; None without a readable one."""
    path = baseline_path(work.home.path)
    try:
        report = load_baseline(path)
    except HangceError:
        return None
    return {
        "own": path == own_baseline(work.home.path),
        "day": str(report.configuration.get("baseline", ""))[:10],
        "questions": len(report.scores),
        "reason": _reason(path),
    }


def _reason(path: Path) -> str:
    return str(json.loads(path.read_text(encoding="utf-8"))["history"][-1].get("reason", ""))


def _case_of(folder: Path, id: str) -> Score | None:
    return next((s for s in reported(folder).scores if s.id == id), None)


def _bless_values(work: Work, comparisons: Comparisons, name: str, lang: Lang) -> dict[str, Any]:
    comparison = comparisons.compare(BASELINE, name)
    report = reported(work.runs / name)
    held = {s.id for s in report.scores}
    facts = baseline_facts(work)
    gone = 0
    if facts:
        gone = sum(s.id not in held for s in load_baseline(baseline_path(work.home.path)).scores)
    return {
        "name": name,
        "headline": headline(lang, report.headline(), summarise(report.scores)),
        "baseline": facts,
        "gone": gone,
        "found_out": _verdict(comparison, lang) if comparison else None,
        "seen": digest(baseline_path(work.home.path)),
        "BASELINE": BASELINE,
    }


def _verdict(comparison: Comparison, lang: Lang) -> dict[str, str]:
    right = next((c for c in comparison.whole if c.metric == "right"), None)
    lost_ = sum(f.lost for f in comparison.flips)
    line = (
        say(
            lang,
            "compare_line",
            pairs=comparison.pairs,
            before=f"{right.before:.3f}",
            after=f"{right.after:.3f}",
            lost=lost_,
            won=len(comparison.flips) - lost_,
            dangers=len(comparison.new_dangers),
        )
        if right
        else say(lang, "compare_nothing")
    )
    for key, tiers in (("compare_worse_in", ("regression", "soft")), ("compare_better_in", ("improved",))):
        where = [
            _metric(c.metric, lang) if c.group == "whole" else _group(c, lang)
            for c in [*comparison.whole, *comparison.slices]
            if c.tier in tiers
        ]
        if where:
            line += " " * (lang == "en") + say(
                lang, key, where=("、" if lang == "zh" else ", ").join(where[:8])
            )
    return {"tier": comparison.tier, "said": _tier(comparison.tier, lang), "line": line}


def _tier(tier: str, lang: Lang) -> str:
    return say(lang, f"tier_{tier.replace(' ', '_')}")


def _comparison_values(comparison: Comparison, before: str, after: str, lang: Lang) -> dict[str, Any]:
    flips: list[tuple[str, list[dict[str, Any]]]] = [
        ("flips_dangers", [_flip(f, lang) for f in comparison.new_dangers]),
        ("flips_lost", [_flip(f, lang) for f in comparison.flips if f.lost]),
        ("flips_won", [_flip(f, lang) for f in comparison.flips if not f.lost]),
    ]
    missing: list[tuple[Literal["only_before", "only_after", "edited"], list[str]]] = [
        ("only_before", comparison.only_before),
        ("only_after", comparison.only_after),
        ("edited", comparison.edited),
    ]
    return {
        "before": before,
        "after": after,
        "names": (shown_name(lang, before), shown_name(lang, after)),
        "found_out": _verdict(comparison, lang),
        "whole": [_row(c, _metric(c.metric, lang), lang) for c in comparison.whole],
        "slices": [_row(c, _group(c, lang), lang) for c in comparison.slices if c.lost or c.won],
        "flips": flips,
        "missing": [(key, ids[:_IDS_SHOWN], len(ids)) for key, ids in missing if ids],
        "BASELINE": BASELINE,
        "v": lambda value: value_words(lang, value),
    }


def _metric(name: str, lang: Lang) -> str:
    return METRICS[name].label if lang == "zh" else name.replace("_", " ")


def _group(change: Change, lang: Lang) -> str:
    if lang == "zh":
        return group_name(change)
    name, _, value = change.group.partition("=")
    return f"{name}: {value_words(lang, value)}"


def _row(change: Change, name: str, lang: Lang) -> dict[str, Any]:
    return {"name": name, "change": change, "tier": _tier(change.tier, lang), "key": change.tier.split()[0]}


def _flip(flip: Flip, lang: Lang) -> dict[str, Any]:
    sides: list[tuple[str, Score, str]] = [
        ("compare_before", flip.before, wrong(lang, flip.before)),
        ("compare_after", flip.after, wrong(lang, flip.after)),
    ]
    return {"one": flip.after, "sides": sides}
