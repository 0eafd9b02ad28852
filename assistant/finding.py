"""The clauses for a question as documents of LangChain, found without the rest of it.

`assistant.retriever` is the same as LangChain's users know it; its base class takes longer to load than an answer does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from langchain_core.documents import Document

from index.query import QueryHints
from index.search import Filters, Hit, Searcher
from index.store import StoredClause


@dataclass(frozen=True, slots=True)
class Finder:
    """Finds the `k` best clauses within the filters."""

    searcher: Searcher
    k: int = 20
    filters: Filters | None = None

    def found(self, hints: QueryHints) -> list[Document]:
        """The clauses for a question whose hints were read before, the conversation with them."""
        return [
            self.to_document(hit) for hit in self.searcher.search(hints.text, self.k, self.filters, hints)
        ]

    def to_document(self, hit: Hit) -> Document:
        """A search result as a LangChain document."""
        clause = hit.clause
        metadata: dict[str, Any] = {
            "clause_id": clause.clause_id,
            "document_id": clause.document_id,
            "title": hit.document.title,
            "doc_number": hit.document.number,
            "clause": clause.path,
            "breadcrumb": breadcrumb(clause),
            "source": clause.span.to_dict(),
            "gist": clause.gist,
            "score": hit.score,
            "rank": hit.rank,
            "parts": hit.parts,
            "ask": hit.ask,
            "copies": [{"clause_id": c.clause_id, "source": c.span.to_dict()} for c in hit.copies],
        }
        # Not validated: all of it is the index's own, and there are twenty for each search.
        return Document.model_construct(
            page_content=self.searcher.store.full_text(clause),
            id=clause.clause_id,
            metadata=metadata,
            type="Document",
        )


def breadcrumb(clause: StoredClause) -> str:
    """The headings above a clause and its own, from the document's title down."""
    return " > ".join([*clause.breadcrumb, clause.heading] if clause.heading else clause.breadcrumb)
