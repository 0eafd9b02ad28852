"""Found clauses and single clauses as JSON-like records, the same for the command line, the API and the tools."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from index.validity import status_on

if TYPE_CHECKING:
    from assistant.service import ClauseView
    from index.search import Hit, Searcher
    from index.store import StoredClause, StoredDocument


def hit_record(hit: Hit, searcher: Searcher, day: date) -> dict[str, Any]:
    """A search result with the fields of a citation and the clause's full text."""
    clause = hit.clause
    return {
        "rank": hit.rank,
        "score": hit.score,
        "clause_id": clause.clause_id,
        "title": hit.document.title,
        "doc_number": hit.document.number,
        "clause": clause.path,
        "breadcrumb": breadcrumb(clause, hit.document),
        "quote": hit.passage,
        "verbatim": hit.document.verbatim,
        "source": searcher.store.full_span(clause).to_dict(),
        "also_at": [
            {"clause_id": copy.clause_id, **searcher.store.full_span(copy).to_dict()} for copy in hit.copies
        ],
        "validity": _validity(hit.document, day),
        "text": searcher.store.full_text(clause) if clause.kind != "table" else clause.text,
    }


def clause_record(view: ClauseView, day: date) -> dict[str, Any]:
    """A clause in its surroundings."""
    clause, document = view.clause, view.document
    return {
        "clause_id": clause.clause_id,
        "document_id": clause.document_id,
        "title": document.title,
        "doc_number": document.number,
        "clause": clause.path,
        "breadcrumb": breadcrumb(clause, document),
        "kind": clause.kind,
        "text": view.text,
        "gist": clause.gist,
        "verbatim": document.verbatim,
        "source": clause.span.to_dict(),
        "validity": _validity(document, day),
        "neighbours": [
            {"clause_id": n.clause_id, "clause": n.path, "text": n.text or n.gist}
            for n in view.neighbours
            if n.clause_id != clause.clause_id
        ],
    }


def breadcrumb(clause: StoredClause, document: StoredDocument) -> str:
    """Where a clause stands in its document, in words."""
    return " > ".join([document.title, *clause.breadcrumb] + ([clause.heading] if clause.heading else []))


def _validity(document: StoredDocument, day: date) -> dict[str, Any]:
    listing = document.listing
    return {
        "status": status_on(listing, day),
        "effective": listing["effective"],
        "expires": listing["expires"],
        "superseded_by": listing["superseded_by"],
    }
