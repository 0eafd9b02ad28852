"""The clause retriever as LangChain sees it."""

from __future__ import annotations

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from assistant.finding import Finder
from index.query import QueryHints
from index.search import Filters, Searcher


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
        finder = self._finder()
        return [finder.to_document(hit) for hit in self.searcher.search(query, self.k, self.filters)]

    def found(self, hints: QueryHints) -> list[Document]:
        """The clauses for a question whose hints were read before, the conversation with them."""
        return self._finder().found(hints)

    def _finder(self) -> Finder:
        return Finder(self.searcher, self.k, self.filters)
