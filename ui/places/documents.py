"""文件: every document with its term as a bar, and one document clause by clause beside its gists."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from index.home import Home
from index.search import Searcher
from index.store import StoredDocument
from index.uploads import uploads
from index.validity import ValidityStatus, status_on
from ingest.text import fold
from ui.api import Text
from ui.places.drafts import draft_of
from ui.places.frame import PREFIX, Here, here, lost, page
from ui.places.quality import Quality, Report, report_of
from ui.places.self_check import Programmes
from ui.places.timeline import bar, scale
from ui.places.versions import versions
from ui.server import Ground
from ui.wording import Lang, say

LEVELS = ("national", "provincial", "municipal", "district")
KINDS = ("policy", "plan", "yearbook", "table")
STATES: tuple[ValidityStatus, ...] = ("in_force", "open_ended", "not_yet", "expired", "superseded", "unknown")


def documents_router(ground: Ground, lang: Lang, programmes: Programmes, home: Home) -> APIRouter:
    """The routes of the documents in one language."""
    router = APIRouter(prefix=f"{PREFIX[lang]}/documents", include_in_schema=False)
    run = ground.answering.run

    @router.get("")
    async def listed(
        request: Request,
        q: Annotated[Text, Query(max_length=200)] = "",
        level: Annotated[str, Query(max_length=20)] = "",
        kind: Annotated[str, Query(max_length=20)] = "",
        state: Annotated[str, Query(max_length=20)] = "",
        on: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        day, spot = _day(on), here(request, lang)
        searcher = ground.answering.assistant.searcher  # the present one: a build may come at any time
        chosen = choose(list(searcher.documents.values()), day, q, level, kind, state)
        report = await run(report_of, searcher.generation.folder) if spot.user else None
        values = {
            "rows": _rows(chosen, day, report),
            "scale": scale([d.listing for d in chosen], day),
            "today": scale([d.listing for d in chosen], day).place(day),
            "day": day.isoformat(),
            "q": q,
            "chosen": {"level": level, "kind": kind, "state": state},
            "options": {"level": LEVELS, "kind": KINDS, "state": STATES},
        }
        return page("place_documents.html", spot, values, say(lang, "place_documents"))

    @router.get("/{document_id:path}")
    async def one(
        request: Request, document_id: str, at: Annotated[Text, Query(max_length=300)] = ""
    ) -> Response:
        spot = here(request, lang)
        searcher = ground.answering.assistant.searcher
        document = searcher.documents.get(document_id)
        if document is None:
            return lost(spot, "no_document")
        return await run(_whole, spot, searcher, document, at)

    def _whole(spot: Here, searcher: Searcher, document: StoredDocument, at: str) -> Response:
        day, held = date.today(), programmes.held()
        clauses = [c for c in searcher.store.clauses_of(document.document_id) if c.kind != "row"]
        about = [e for e in (held.entries() if held else []) if e.document_id == document.document_id]
        report = report_of(searcher.generation.folder) if spot.user else None
        quality = report.of(document.listing) if report else Quality()
        chain = versions(document, searcher.documents)
        years = scale([one.listing for one in chain], day)
        file = document.listing["source"]["file"]
        staff = spot.user is not None and spot.user.may("staff")
        values = {
            "document": document,
            "listing": document.listing,
            "validity": status_on(document.listing, day),
            "day": day.isoformat(),
            "clauses": clauses,
            "at_path": at,
            "chain": [(one, status_on(one.listing, day), bar(one.listing, years)) for one in chain],
            "scale": years,
            "today": years.place(day),
            "copy_of": searcher.documents.get(document.listing.get("duplicate_of") or ""),
            "programmes": [(e.programme.id, e.programme.name) for e in about],
            "quality": quality if spot.user else None,
            "drafts": draft_of(quality.path, document.listing),
            "upload": next((u for u in uploads(home) if u.name == file), None) if staff else None,
        }
        return page("place_document.html", spot, values, document.title)

    return router


def choose(
    documents: Sequence[StoredDocument], day: date, words: str, level: str, kind: str, state: str
) -> list[StoredDocument]:
    """The documents that meet all that is asked for, the latest first, those without a date last."""
    wanted = [fold(word) for word in words.split()]
    found = [
        d
        for d in documents
        if (not level or d.listing["level"] == level)
        and (not kind or d.listing["kind"] == kind)
        and (not state or status_on(d.listing, day) == state)
        and all(w in _described(d) for w in wanted)
    ]
    return sorted(found, key=lambda d: d.listing["effective"] or d.listing["issued"] or "", reverse=True)


def _described(document: StoredDocument) -> str:
    listing = document.listing
    return fold(" ".join([document.title, *listing["doc_numbers"], *listing["issuers"], *document.names]))


def _rows(documents: Sequence[StoredDocument], day: date, report: Report | None) -> list[dict[str, Any]]:
    on = scale([d.listing for d in documents], day)
    return [
        {
            "id": d.document_id,
            "title": d.title,
            "number": d.number,
            "listing": d.listing,
            "validity": status_on(d.listing, day),
            "bar": bar(d.listing, on),
            "doubts": report.findings(d.document_id) if report else 0,
        }
        for d in documents
    ]


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.today()
