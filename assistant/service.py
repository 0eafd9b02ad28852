"""The assistant as the command line, the web application and the evaluation use it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from assistant.asked_day import asked_day
from assistant.chain import answering, build_chain
from assistant.chat_model import configured_model
from assistant.companions import with_candidates
from assistant.finding import Finder
from assistant.rewriting import found_with_rewriting
from assistant.schema import Answer, SoFar, Turn
from assistant.topic_change import understood
from index.home import Home
from index.search import Searcher
from index.store import StoredClause, StoredDocument
from index.validity import ValidityStatus, status_on

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True, slots=True)
class ClauseView:
    """A clause in its surroundings, for a reader who wants to see the passage itself."""

    clause: StoredClause
    text: str
    neighbours: list[StoredClause]
    document: StoredDocument
    validity: ValidityStatus


class Assistant:
    """Answers questions over the index of a home. Without state of its own between questions."""

    def __init__(self, source: Home | Searcher, model: BaseChatModel | None = None) -> None:
        self.searcher = source if isinstance(source, Searcher) else Searcher(source)
        self.model = model
        self.generation = str(self.searcher.manifest["summary"]["generation"])
        # With a model LangChain is loaded anyway, and its callbacks see every step.
        self._answers = (
            answering(self.searcher) if model is None else build_chain(self.searcher, model).stream
        )

    @classmethod
    def open(cls, home: Home) -> Assistant:
        """The assistant with the chat model of the environment, if one is set."""
        return cls(home, configured_model())

    def ask(self, question: str, as_of: date | None = None, history: Sequence[Turn] = ()) -> Answer:
        """Answer a question in the light of earlier turns, as of the day that it asks about itself, else the one given.

        Without either it is answered as of today.
        """
        started = time.perf_counter()
        *_, answer = self._answers(self._state(question, as_of, history))
        answer.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 2)
        return answer

    def stream(
        self, question: str, as_of: date | None = None, history: Sequence[Turn] = ()
    ) -> Iterator[Answer]:
        """The same as it comes: a `SoFar` with each further statement of a model, then the whole answer."""
        started = time.perf_counter()
        for answer in self._answers(self._state(question, as_of, history)):
            if not isinstance(answer, SoFar):
                answer.timings_ms["total"] = round((time.perf_counter() - started) * 1000, 2)
            yield answer

    def _state(self, question: str, as_of: date | None, history: Sequence[Turn]) -> dict[str, Any]:
        day = as_of or date.today()
        question = question.encode("utf-8", "replace").decode()  # half of an emoji is no text
        asked = asked_day(question, history, day)
        return {
            "question": question,
            "as_of": asked or day,
            "day_asked": asked is not None,
            "history": list(history),
            "generation": self.generation,
            "timings": {},
        }

    def found(
        self, question: str, as_of: date | None = None, history: Sequence[Turn] = (), k: int = 20
    ) -> list[StoredClause]:
        """The clauses that `ask` would choose from, best first; none for a question that it does not search for.

        For a question of two parts the likeliest clauses for the other part stand behind the first two. A model that
        puts follow-ups in words of its own is not asked.
        """
        state = self._state(question, as_of, history)
        meant = understood(state["question"], state["as_of"], state["history"], self.searcher)
        if meant.problem or meant.refusal or meant.small_talk:
            return []
        finder = Finder(self.searcher, k)
        documents = found_with_rewriting(None, meant, state["history"], self.searcher, finder)
        documents = with_candidates(meant, documents, self.searcher)
        return self.searcher.store.clauses(d.metadata["clause_id"] for d in documents)

    def without(self, clause_ids: Iterable[str]) -> Assistant:
        """The same assistant as if the index did not hold some clauses."""
        return Assistant(self.searcher.without(clause_ids), self.model)

    def view(self, clause_id: str, as_of: date | None = None, around: int = 2) -> ClauseView | None:
        """A clause with its neighbours and its document's validity; None if there is no such clause."""
        clause = self.searcher.store.clause(clause_id)
        if clause is None:
            return None
        document = self.searcher.documents[clause.document_id]
        return ClauseView(
            clause,
            self.searcher.store.full_text(clause) if clause.kind != "table" else clause.text,
            self.searcher.store.neighbours(clause, around, around),
            document,
            status_on(document.listing, as_of or date.today()),
        )
