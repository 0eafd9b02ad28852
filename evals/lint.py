"""Whether question sets are sound: gold that resolves, facts that stand there, no twins, an honest split, full cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

from evals.matching import bears, states
from evals.questions import CAUSES, KINDS, GoldClause, Question, document_splits
from evals.records import FoundClause
from evals.runner import Recorder
from index.store import StoredDocument
from index.tokens import terms
from index.validity import status_on
from ingest.text import fold

ALIKE = 0.75  # share of common character pairs from which two questions count as one
PER_DOCUMENT = 3
_ENDED = {"expired", "superseded"}


@dataclass(frozen=True, slots=True)
class Finding:
    """Something wrong with a question (or, with an empty id, with the sets as a whole)."""

    id: str
    problem: str

    def __str__(self) -> str:
        return f"{self.id}: {self.problem}" if self.id else self.problem


def lint(questions: list[Question], recorder: Recorder | None = None, *, whole: bool = True) -> list[Finding]:
    """Everything that is wrong.

    Args:
        questions: of one or more sets.
        recorder: over an index of the documents; without it, what needs their text is not looked at.
        whole: also ask for full cover of kinds, causes and documents, as the bundled sets must have.
    """
    found = [*_alike(questions), *_splits(questions), *_contradictions(questions)]
    if recorder is not None:
        found += _against_documents(questions, recorder)
    if whole:
        found += _cover(questions)
        if recorder is not None:
            found += _documents_covered(questions, recorder)
    return found


def _alike(questions: list[Question]) -> Iterable[Finding]:
    alone = [(q.id, set(terms(fold(q.question)))) for q in questions if not q.history]
    for (first, a), (second, b) in combinations(alone, 2):
        # Sizes far apart cannot overlap enough: spares most of the work.
        if (
            a
            and b
            and min(len(a), len(b)) >= ALIKE * max(len(a), len(b))
            and len(a & b) >= ALIKE * len(a | b)
        ):
            yield Finding(second, f"asks nearly the same as {first}")
    talks: dict[str, str] = {}
    for question in questions:
        if question.history:
            said = fold("|".join([*(t.content for t in question.history), question.question]))
            if said in talks:
                yield Finding(question.id, f"is the same conversation as {talks[said]}")
            talks[said] = question.id


def _splits(questions: list[Question]) -> Iterable[Finding]:
    """A policy's questions are all in its split; where no split is assigned (yearbooks), no place is in both."""
    assigned = document_splits()
    places: dict[tuple[str, int], tuple[str, str]] = {}
    for question in questions:
        for gold in question.gold.clauses:
            wanted = assigned.get(fold(gold.doc))
            if wanted and question.split != wanted:
                yield Finding(
                    question.id, f"is in split {question.split}, but {gold.doc} belongs to {wanted}"
                )
            if wanted:
                continue
            for line in range(gold.lines[0], gold.lines[1] + 1):
                split, other = places.setdefault((gold.file, line), (question.split, question.id))
                if split != question.split:
                    yield Finding(
                        question.id, f"rests on the same place as {other}, which is in the other split"
                    )
                    break


def _contradictions(questions: list[Question]) -> Iterable[Finding]:
    for question in questions:
        for wording in question.forbidden:
            if any(states([wording], fact) for facts in question.facts for fact in facts):
                yield Finding(question.id, f"forbids {wording!r}, which a fact asks for")
        if (
            question.answerable
            and not question.facts
            and not question.verdict
            and question.kind != "validity"
        ):
            yield Finding(question.id, "has no facts")
        if not question.answerable and (question.facts or question.validity or question.verdict):
            yield Finding(question.id, "must be declined, but expects facts, a validity or a verdict")


def _against_documents(questions: list[Question], recorder: Recorder) -> Iterable[Finding]:
    searcher = recorder.assistant.searcher
    clauses: list[FoundClause] = [
        recorder.describe(clause)
        for document_id in searcher.documents
        for clause in searcher.store.clauses_of(document_id)
    ]
    by_file: dict[str, list[FoundClause]] = {}
    for clause in clauses:
        by_file.setdefault(clause.file, []).append(clause)
    listings = {
        fold(str(name)): d
        for d in searcher.documents.values()
        for name in (d.title, *d.listing["doc_numbers"])
    }
    for question in questions:
        text = []
        for gold in question.gold.clauses:
            bearing = [c for c in by_file.get(gold.file, []) if bears(c, gold)]
            if not bearing:
                yield Finding(
                    question.id,
                    f"{gold.doc} {gold.clause} ({gold.file}:{gold.lines[0]}) resolves to no clause",
                )
            text += [c.text for c in bearing]
        joined = "\n".join(text)
        for wordings in question.facts:
            if text and not question.computed and not states(wordings, joined):
                yield Finding(question.id, f"fact {' / '.join(wordings)} does not stand in the gold clause")
        if question.validity is not None:
            document = listings.get(fold(question.document)) or _by_place(
                question.gold.clauses[0], searcher.documents.values()
            )
            now = status_on(document.listing, question.as_of) if document else None
            if now and now != question.validity and not {now, question.validity} <= _ENDED:
                yield Finding(
                    question.id,
                    f"expects {question.document} to be {question.validity}, the index says {now}",
                )


def _by_place(gold: GoldClause, documents: Iterable[StoredDocument]) -> StoredDocument | None:
    """The document that a gold clause's place lies in, for one that is known by a title of many spellings."""
    for document in documents:
        source = document.listing["source"]
        if source["file"] == gold.file and source["line_start"] <= gold.lines[0] <= source["line_end"]:
            return document
    return None


def _cover(questions: list[Question]) -> Iterable[Finding]:
    kinds, causes = Counter(q.kind for q in questions), Counter(q.cause for q in questions)
    yield from (Finding("", f"no question of kind {kind}") for kind in KINDS if not kinds[kind])
    yield from (Finding("", f"no question to decline for {cause}") for cause in CAUSES if not causes[cause])
    everyday = sum(q.style != "formal" for q in questions)
    if everyday * 2 < len(questions):
        yield Finding("", f"only {everyday} of {len(questions)} questions are in everyday speech")


def _documents_covered(questions: list[Question], recorder: Recorder) -> Iterable[Finding]:
    documents = recorder.assistant.searcher.documents
    asked: Counter[str] = Counter()
    for question in questions:
        hit = set()
        for gold in question.gold.clauses:
            document = _by_place(gold, documents.values())
            if document:
                hit.add(document.listing["duplicate_of"] or document.document_id)
        asked.update(hit)
    for document_id, document in documents.items():
        if (
            document.listing["kind"] in ("policy", "plan")
            and not document.listing["duplicate_of"]
            and asked[document_id] < PER_DOCUMENT
        ):
            yield Finding("", f"only {asked[document_id]} questions on {document.title} ({document_id})")
