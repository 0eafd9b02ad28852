"""The clause retriever as LangChain sees it."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from index.query import QueryHints
from index.search import Filters, Hit, Searcher


class ClauseRetriever(BaseRetriever):
    """Ranked clauses for a question.

    Each `Document` has the clause's full text as `page_content`, its clause id as `id`, and in `metadata`:
    `clause_id`, `document_id`, `title`, `doc_number`, `clause` (path), `breadcrumb`, `source` (file and lines),
    `gist`, `score`, `rank`, `parts` (the features behind the score), `ask` (the written question that matched best, or
    ""), `copies` (clause id and source of the same clause elsewhere). `docs/langchain.md` has an example.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)

    searcher: Searcher
    k: int = 20
    filters: Filters | None = None

    def _get_relevant_documents(
        self, query: str, *, run_manager: CallbackManagerForRetrieverRun
    ) -> list[Document]:
        return [self.to_document(hit) for hit in self.searcher.search(query, self.k, self.filters)]

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
            "breadcrumb": " > ".join(
                [*clause.breadcrumb, clause.heading] if clause.heading else clause.breadcrumb
            ),
            "source": clause.span.to_dict(),
            "gist": clause.gist,
            "score": hit.score,
            "rank": hit.rank,
            "parts": hit.parts,
            "ask": hit.ask,
            "copies": [{"clause_id": c.clause_id, "source": c.span.to_dict()} for c in hit.copies],
        }
        return Document(
            page_content=self.searcher.store.full_text(clause), id=clause.clause_id, metadata=metadata
        )
