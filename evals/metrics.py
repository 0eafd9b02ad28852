"""What each number of a report means, computed without any judge."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from assistant.schema import Answer
from evals.questions import GoldClause, Question
from index.search import Hit
from index.store import Store, StoredClause, StoredDocument
from ingest.text import fold

DEPTHS = (1, 5, 10)


@dataclass(slots=True)
class Score:
    """One question scored. Fields are None where they do not apply."""

    id: str
    kind: str
    split: str
    set_name: str
    question: str
    expected_status: str
    status: str
    rank: int | None = None
    facts: list[bool] = field(default_factory=list)
    forbidden: list[str] = field(default_factory=list)
    cited: list[str] = field(default_factory=list)
    cited_right: int = 0
    gold_cited: bool | None = None
    expired_flagged: bool | None = None
    answer: str = ""
    answer_length: int = 0
    milliseconds: float = 0.0
    gold: list[str] = field(default_factory=list)

    @property
    def answerable(self) -> bool:
        """Whether an answer was expected."""
        return self.expected_status in ("answered", "partial")

    @property
    def declined(self) -> bool:
        """Whether the system gave no answer."""
        return self.status not in ("answered", "partial")

    @property
    def right(self) -> bool:
        """All facts and no forbidden one in an answer that cites a gold clause; or declined as it should be."""
        if not self.answerable:
            return self.declined
        return not self.declined and all(self.facts) and not self.forbidden and bool(self.gold_cited)


def bears(clause: StoredClause, document: StoredDocument, gold: GoldClause, store: Store) -> bool:
    """Whether a clause is a gold clause, lies in it, or contains it: by source lines, else by document and path."""
    if clause.span.file == gold.file:
        span = store.full_span(clause)
        return span.line_start <= gold.lines[1] and span.line_end >= gold.lines[0]
    names = [*document.listing["doc_numbers"], document.title]
    if not any(fold(gold.doc) == fold(name) for name in names):
        return False
    return clause.path.startswith(gold.clause) or gold.clause.startswith(clause.path)


def retrieval_rank(question: Question, hits: list[Hit], store: Store) -> int | None:
    """Rank of the first result that bears a gold clause and holds one of the facts; of the last one for `all_of`."""

    def rank_of(gold: GoldClause) -> int | None:
        for hit in hits:
            if bears(hit.clause, hit.document, gold, store) and _holds_fact(
                question, store.full_text(hit.clause)
            ):
                return hit.rank
        return None

    ranks = [rank_of(gold) for gold in question.gold.clauses]
    if question.gold.all_of:
        return None if None in ranks else max(r for r in ranks if r is not None)
    return min((r for r in ranks if r is not None), default=None)


def _holds_fact(question: Question, text: str) -> bool:
    if not question.facts or question.computed or question.kind == "compare":
        return True
    folded = _fact_text(text)
    return any(_stated(alternatives, folded) for alternatives in question.facts)


def score(
    question: Question, answer: Answer, hits: list[Hit], store: Store, documents: dict[str, StoredDocument]
) -> Score:
    """Score one answer."""
    result = Score(
        question.id,
        question.kind,
        question.split,
        question.set_name,
        question.question,
        question.status,
        answer.status,
        answer=answer.answer,
        answer_length=len(answer.answer),
        milliseconds=answer.timings_ms.get("total", 0.0),
        cited=[c.clause_id for c in answer.citations],
        gold=[f"{g.doc}#{g.clause}" for g in question.gold.clauses],
    )
    if question.answerable:
        result.rank = retrieval_rank(question, hits, store)
    said = _fact_text(answer.answer)
    result.forbidden = [f for f in question.forbidden if _stated([f], said)] if not result.declined else []
    if question.answerable:
        result.facts = [
            _stated(alternatives, said) and not result.declined for alternatives in question.facts
        ]
        clauses = store.clauses(result.cited)
        matches = [
            any(bears(clause, documents[clause.document_id], gold, store) for gold in question.gold.clauses)
            for clause in clauses
        ]
        result.cited_right = sum(matches)
        result.gold_cited = any(matches)
    gone = [c for c in answer.citations if c.validity.status in ("expired", "superseded")]
    if gone:
        result.expired_flagged = all(any(c.title in notice for notice in answer.notices) for c in gone)
    return result


def _fact_text(text: str) -> str:
    """Text for looking up facts: folded, Markdown escapes and thousands separators out."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", fold(text.replace("\\", "")))


def _stated(alternatives: list[str], folded: str) -> bool:
    """Whether one of the alternatives occurs; a number must not be part of a longer one."""
    for alternative in alternatives:
        wanted = _fact_text(alternative)
        before = r"(?<![\d.])" if wanted[:1].isdigit() else ""
        after = r"(?![\d])" if wanted[-1:].isdigit() else ""
        if re.search(before + re.escape(wanted) + after, folded):
            return True
    return False
