"""热线工作台: search while the caller speaks, words to read out, notes, and questions handed on. For staff."""

from __future__ import annotations

import time
from datetime import date
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request
from markupsafe import Markup
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from assistant.service import Assistant
from index.search import Filters
from ui.accounts import User
from ui.api import Day, Text
from ui.places.desk_view import clause_html, find, notes_html, programme_detail_html, results_html
from ui.places.english_facts import option_in
from ui.places.frame import PREFIX, fragment, here, page
from ui.places.self_check import Programmes
from ui.problems import Refused
from ui.server import Ground
from ui.sessions import role
from ui.wording import Lang, say

_AROUND = 8
_NOTES = 15
Level = Literal["national", "provincial", "municipal", "district"]
Staff = Annotated[User, Depends(role("staff"))]


class Note(BaseModel):
    """A call note as the page sends it."""

    model_config = ConfigDict(extra="forbid")

    question: Text = Field("", max_length=4000)
    note: Text = Field("", max_length=4000)
    clause_ids: list[Annotated[Text, Field(max_length=400)]] = Field(default_factory=list, max_length=50)


def desk_router(ground: Ground, lang: Lang, programmes: Programmes) -> APIRouter:
    """The routes of the desk in one language."""
    router = APIRouter(prefix=f"{PREFIX[lang]}/desk", include_in_schema=False)
    records, run = ground.records, ground.answering.run

    def present() -> Assistant:
        return ground.answering.assistant  # a build may come at any time

    @router.get("")
    async def show(request: Request, user: Staff) -> Response:
        at = here(request, lang)
        documents = present().searcher.documents.values()
        districts = sorted({d.listing["district"] for d in documents if d.listing["district"]})
        notes = await run(records.notes, user.name, "", _NOTES)
        await run(programmes.held)  # so that the first search need not wait for it
        values = {
            "districts": districts,
            "named": partial(option_in, lang),
            "levels": ("national", "provincial", "municipal", "district"),
            "today": date.today().isoformat(),
            "notes": Markup(notes_html(at, notes)),
        }
        return page("place_desk.html", at, values, say(lang, "place_desk"), script="desk.js")

    @router.get("/search")
    async def search(
        request: Request,
        user: Staff,
        q: Annotated[Text, Query(max_length=500)] = "",
        level: Level | None = None,
        district: Annotated[str | None, Query(max_length=40)] = None,
        document: Annotated[str | None, Query(max_length=200)] = None,
        in_force: Day | None = None,
    ) -> Response:
        at, day = here(request, lang), in_force or date.today()
        filters = Filters(level, district or None, document or None, None, in_force)

        def found() -> str:
            started = time.perf_counter()
            result = find(q.strip(), filters, present().searcher, programmes.held())
            return results_html(at, result, day, (time.perf_counter() - started) * 1000)

        return fragment(await run(found))

    @router.get("/clause")
    async def clause(
        request: Request,
        user: Staff,
        id: Annotated[Text, Query(max_length=400)],
        on: Day | None = None,
    ) -> Response:
        at, day = here(request, lang), on or date.today()

        def detail() -> str | None:
            assistant = present()
            view = assistant.view(id, day, _AROUND)
            return None if view is None else clause_html(at, view, assistant.searcher, day)

        html = await run(detail)
        if html is None:
            raise Refused(404, say(lang, "panel_missing"))
        return fragment(html)

    @router.get("/programme")
    async def programme(
        request: Request,
        user: Staff,
        id: Annotated[str, Query(max_length=120)],
        on: Day | None = None,
    ) -> Response:
        at, held = here(request, lang), programmes.held()
        if held is None or id not in held.ids:
            raise Refused(404, say(lang, "no_programme"))
        html = await run(programme_detail_html, at, held.entry(id), held, on or date.today())
        return fragment(html)

    @router.post("/note")
    async def note(request: Request, user: Staff, said: Note) -> Response:
        if not (said.note.strip() or said.question.strip()):
            raise Refused(422, say(lang, "note_empty"))
        await run(records.add_note, user.name, said.question, said.note, said.clause_ids)
        return fragment(notes_html(here(request, lang), await run(records.notes, user.name, "", _NOTES)))

    @router.delete("/note/{number}")
    async def forget(request: Request, user: Staff, number: int) -> Response:
        await run(records.delete_note, user.name, number)
        return fragment(notes_html(here(request, lang), await run(records.notes, user.name, "", _NOTES)))

    @router.post("/hand-on")
    async def hand_on(request: Request, user: Staff, said: Note) -> Response:
        if not said.question.strip():
            raise Refused(422, say(lang, "ask_first"))
        await run(records.add_inbox, user.name, said.question, said.note)
        return fragment("")

    return router
