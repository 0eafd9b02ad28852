"""文件: every document with its term as a bar, and one document clause by clause beside its gists."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from index.build import QUALITY
from index.store import StoredDocument
from index.validity import ValidityStatus, status_on
from ingest.text import fold
from ui.api import Text
from ui.places.frame import PREFIX, Here, here, lost, page
from ui.places.self_check import Programmes
from ui.places.timeline import bar, scale
from ui.places.versions import versions
from ui.server import Ground
from ui.wording import Lang, say

LEVELS = ("national", "provincial", "municipal", "district")
KINDS = ("policy", "plan", "yearbook", "table")
STATES: tuple[ValidityStatus, ...] = ("in_force", "open_ended", "not_yet", "expired", "superseded", "unknown")
_LOG = logging.getLogger("hangce.web")


def documents_router(ground: Ground, lang: Lang, programmes: Programmes) -> APIRouter:
    """The routes of the documents in one language."""
    router = APIRouter(prefix=f"{PREFIX[lang]}/documents", include_in_schema=False)
    searcher, run = ground.answering.assistant.searcher, ground.answering.run

    @router.get("")
    async def listed(
        request: Request,
        q: Annotated[Text, Query(max_length=200)] = "",
        level: Annotated[str, Query(max_length=20)] = "",
        kind: Annotated[str, Query(max_length=20)] = "",
        state: Annotated[str, Query(max_length=20)] = "",
        on: Annotated[str, Query(max_length=20)] = "",
    ) -> Response:
        day = _day(on)
        chosen = choose(list(searcher.documents.values()), day, q, level, kind, state)
        values = {
            "rows": _rows(chosen, day),
            "scale": scale([d.listing for d in chosen], day),
            "today": scale([d.listing for d in chosen], day).place(day),
            "day": day.isoformat(),
            "q": q,
            "chosen": {"level": level, "kind": kind, "state": state},
            "options": {"level": LEVELS, "kind": KINDS, "state": STATES},
        }
        return page("place_documents.html", here(request, lang), values, say(lang, "place_documents"))

    @router.get("/{document_id:path}")
    async def one(
        request: Request, document_id: str, at: Annotated[Text, Query(max_length=300)] = ""
    ) -> Response:
        spot = here(request, lang)
        document = searcher.documents.get(document_id)
        if document is None:
            return lost(spot, "no_document")
        return await run(_whole, spot, document, at)

    def _whole(spot: Here, document: StoredDocument, at: str) -> Response:
        day, held = date.today(), programmes.held()
        clauses = [c for c in searcher.store.clauses_of(document.document_id) if c.kind != "row"]
        about = [e for e in (held.entries() if held else []) if e.document_id == document.document_id]
        staff = spot.user is not None
        values = {
            "document": document,
            "listing": document.listing,
            "validity": status_on(document.listing, day),
            "day": day.isoformat(),
            "clauses": clauses,
            "at_path": at,
            "chain": [(one, status_on(one.listing, day)) for one in versions(document, searcher.documents)],
            "programmes": [(e.programme.id, e.programme.name) for e in about],
            "warnings": document.listing.get("warnings") or [] if staff else [],
            "orphans": _orphans(ground, document) if staff else [],
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


def _rows(documents: Sequence[StoredDocument], day: date) -> list[dict[str, Any]]:
    on = scale([d.listing for d in documents], day)
    return [
        {
            "id": d.document_id,
            "title": d.title,
            "number": d.number,
            "listing": d.listing,
            "validity": status_on(d.listing, day),
            "bar": bar(d.listing, on),
        }
        for d in documents
    ]


def _orphans(ground: Ground, document: StoredDocument) -> list[str]:
    """Lines of the document's file that went into no clause, as far as they stand within it."""
    path = ground.answering.assistant.searcher.generation.folder / QUALITY
    try:
        files: list[Mapping[str, Any]] = json.loads(path.read_text(encoding="utf-8"))["files"]
        source = document.listing["source"]
        return [
            f"{orphan['line']}: {orphan['text']}"
            for file in files
            if file["file"] == source["file"]
            for orphan in file["orphans"]
            if source["line_start"] <= orphan["line"] <= source["line_end"]
        ]
    except (OSError, ValueError, KeyError, TypeError):
        _LOG.exception("the quality report cannot be read")
        return []


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return date.today()
