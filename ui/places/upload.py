"""文件 → 上传与版本: handing documents in, looking at what was read, taking them in or out, and going back. For staff."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Form, Request
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from index.build import corpus_of
from index.store import read_catalogue
from index.uploads import Upload, safe_name
from index.validity import status_on
from ingest.errors import HangceError
from ui.accounts import User
from ui.intake import KINDS, MOST_FILES, Intake, Waiting
from ui.places.frame import PREFIX, Here, fragment, here, lost, page, part
from ui.places.problem_words import told
from ui.problems import Refused
from ui.rebuilding import STEPS, Job, Rebuilding
from ui.server import Ground
from ui.sessions import cookies_of, role
from ui.wording import Lang, say

PLACE = "/documents/upload"
Staff = Annotated[User, Depends(role("staff"))]
Token = Annotated[str, Form(max_length=1000)]
_STALE = (
    "这一页放得太久了，请回到上一页刷新后再试。This page has been open for too long; reload it and try again."
)


def upload_router(ground: Ground, lang: Lang, intake: Intake, rebuilding: Rebuilding) -> APIRouter:
    """The routes of handing in, in one language; to be put before those of the documents, which take every name."""
    place = f"{PREFIX[lang]}{PLACE}"
    router = APIRouter(prefix=place, include_in_schema=False)
    run = ground.answering.run

    def check(request: Request, token: str) -> None:
        visitor = ground.sessions.visitor(cookies_of(request.headers))
        if not ground.sessions.is_own_form(token, visitor):
            raise Refused(403, _STALE, "stale")

    def whole(request: Request, problem: str = "", status: int = 200) -> Response:
        spot = here(request, lang)
        values = {
            "token": ground.sessions.form_token(request.state.visitor),
            "problem": problem or _unready(ground, lang),
            "closed": ground.settings.upload_closed,
            "kinds": KINDS,
            "most_files": MOST_FILES,
            "most_mib": ground.settings.upload_mib,
            "waiting": [_shown(w, rebuilding.job, lang) for w in intake.waiting()],
            "taken": [(u, _documents_of(ground, u.name)) for u in intake.taken()],
            "generations": _generations(ground, intake),
            "day": date.today(),
            **_state(spot, intake, rebuilding),
        }
        return page("place_upload.html", spot, values, say(lang, "upload_place"), status, "upload.js")

    @router.get("")
    async def show(request: Request, user: Staff) -> Response:
        return await run(whole, request)

    @router.get("/state")
    async def state(request: Request, user: Staff) -> Response:
        spot = here(request, lang)
        return fragment(part("upload_state.html", spot, _state(spot, intake, rebuilding)))

    @router.post("")
    async def receive(request: Request, user: Staff) -> Response:
        # Not as parameters: they would be read before it is known who sends them.
        try:
            form = await request.form(max_files=MOST_FILES, max_fields=5)
        except HTTPException as error:
            return await run(whole, request, say(lang, "upload_unreadable", n=MOST_FILES), error.status_code)
        try:
            check(request, str(form.get("token") or ""))
            files = [f for f in form.getlist("files") if isinstance(f, UploadFile) and f.filename]
            if not files:
                return await run(whole, request, say(lang, "upload_nothing"), 400)
            try:
                for file in files:
                    await run(intake.receive, safe_name(file.filename or ""), file.file, user.name)
            except HangceError as error:
                return await run(whole, request, told(error, lang), 409)
        finally:
            await form.close()
        return RedirectResponse(place, 303)

    @router.post("/decide")
    async def decide(
        request: Request,
        user: Staff,
        token: Token = "",
        chosen: Annotated[list[str] | None, Form(max_length=100)] = None,
        drop: Annotated[str, Form(max_length=40)] = "",
    ) -> Response:
        check(request, token)
        if drop:
            await run(intake.drop, drop)
            return RedirectResponse(place, 303)
        if ground.settings.upload_closed:
            raise Refused(503, ground.settings.upload_closed, "upload_closed")
        waiting = {w.upload.id: w.upload for w in await run(intake.waiting) if w.documents}
        wanted = [waiting[i] for i in dict.fromkeys(chosen or []) if i in waiting]
        if not wanted:
            return await run(whole, request, say(lang, "upload_choose"), 400)
        return await begin(request, lambda: rebuilding.take_in(wanted, user.name))

    async def begin(request: Request, change: Callable[[], None]) -> Response:
        try:
            change()
        except Refused:
            return await run(whole, request, say(lang, "index_busy"), 409)
        return RedirectResponse(place, 303)

    def confirm(
        request: Request, title: str, words: str, gone: list[str], back: list[str], do: str
    ) -> Response:
        values = {
            "token": ground.sessions.form_token(request.state.visitor),
            "title": title,
            "words": words,
            "gone": gone,
            "back": back,
            "do": do,
        }
        return page("place_confirm.html", here(request, lang), values, title)

    def of_id(upload_id: str) -> Upload | None:
        return next((u for u in intake.taken() if u.id == upload_id), None)

    @router.get("/out/{upload_id}")
    async def ask_out(request: Request, user: Staff, upload_id: str) -> Response:
        upload = await run(of_id, upload_id)
        if upload is None:
            return lost(here(request, lang), "no_upload")
        gone = [title for _, title in _documents_of(ground, upload.name)]
        title = say(lang, "take_out")
        return confirm(request, title, say(lang, "take_out_words", name=upload.name), gone, [], title)

    @router.post("/out/{upload_id}")
    async def out(request: Request, user: Staff, upload_id: str, token: Token = "") -> Response:
        check(request, token)
        upload = await run(of_id, upload_id)
        if upload is None:
            return lost(here(request, lang), "no_upload")
        return await begin(request, lambda: rebuilding.take_out(upload, user.name))

    def kept(name: str) -> Path | None:
        return next((g for g in intake.home.kept() if g.name == name), None)

    @router.get("/back/{name}")
    async def ask_back(request: Request, user: Staff, name: str) -> Response:
        folder = await run(kept, name)
        if folder is None:
            return lost(here(request, lang), "no_generation")
        title = say(lang, "go_back_to")
        gone, back = await run(_difference, ground, folder)
        words = say(lang, "go_back_words", made=_made(folder).strftime("%Y-%m-%d %H:%M"))
        return confirm(request, title, words, gone, back, title)

    @router.post("/back/{name}")
    async def back(request: Request, user: Staff, name: str, token: Token = "") -> Response:
        check(request, token)
        if await run(kept, name) is None:
            return lost(here(request, lang), "no_generation")
        return await begin(request, lambda: rebuilding.go_back(name, user.name))

    return router


class Version(NamedTuple):
    """A generation that was kept."""

    name: str
    made: datetime
    current: bool
    documents: int
    clauses: int
    uploads: int


def _state(spot: Here, intake: Intake, rebuilding: Rebuilding) -> dict[str, Any]:
    """What changes while one looks on."""
    job = rebuilding.job
    return {
        "job": job,
        "job_words": _job_words(job, spot.lang) if job else "",
        "job_problem": told(job.problem, spot.lang) if job and job.problem else "",
        "steps": STEPS,
        "reading": intake.busy(),
        "busy": intake.busy() or bool(job and job.running),
    }


def _job_words(job: Job, lang: Lang) -> str:
    names = "、".join(job.names)
    if job.running:
        return say(lang, f"job_{job.kind}", names=names)
    ended = "job_failed" if job.problem else f"job_{job.kind}_done"
    return say(lang, ended, names=names, s=f"{job.seconds:.1f}")


def _shown(waiting: Waiting, job: Job | None, lang: Lang) -> dict[str, Any]:
    """A file that waits, in words."""
    day = date.today()
    return {
        "it": waiting,
        # What was left unticked once is not ticked again by itself.
        "fresh": waiting.state == "waiting" and (job is None or waiting.upload.at > job.began),
        "size": _size(waiting.upload.size),
        "problem": told(waiting.problem, lang) if waiting.problem else "",
        "accounted": f"{waiting.quality['accounted']:.1%}" if waiting.quality else "",
        "documents": [
            (found, status_on(found.listing, day), [say(lang, n.key, **n.values) for n in found.notices])
            for found in waiting.documents
        ],
    }


def _size(size: int) -> str:
    return f"{size / 2**20:.1f} MiB" if size >= 2**20 else f"{max(1, size // 1024)} KiB"


def _unready(ground: Ground, lang: Lang) -> str:
    """Why nothing can be taken in, or ""."""
    try:
        corpus_of(ground.answering.assistant.searcher.manifest)
    except HangceError as error:
        return told(error, lang)
    return ""


def _documents_of(ground: Ground, file: str) -> list[tuple[str, str]]:
    held = ground.answering.assistant.searcher.documents.values()
    return [(d.document_id, d.title) for d in held if d.listing["source"]["file"] == file]


def _generations(ground: Ground, intake: Intake) -> list[Version]:
    serving = ground.answering.assistant.searcher.generation.folder.name
    out = []
    for folder in intake.home.kept():
        manifest = intake.home.note(folder)
        summary = manifest.get("summary") or {}
        counts = (summary.get("documents", 0), summary.get("clauses", 0), len(manifest.get("uploads") or []))
        out.append(Version(folder.name, _made(folder), folder.name == serving, *counts))
    return out


def _made(generation: Path) -> datetime:
    return datetime.fromtimestamp((generation / "manifest.json").stat().st_mtime, UTC)


def _difference(ground: Ground, generation: Path) -> tuple[list[str], list[str]]:
    """Titles of the documents that a generation lacks of those that are served, and of those that it has beside them."""
    now = {d.document_id: d.title for d in ground.answering.assistant.searcher.documents.values()}
    try:
        then = {d.document_id: d.title for d in read_catalogue(generation)[0]}
    except HangceError:  # the change itself will say what is wrong with it
        return [], []
    return [now[i] for i in now if i not in then], [then[i] for i in then if i not in now]
