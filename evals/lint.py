"""Whether question sets are sound: gold that resolves, facts that stand there, no twins, an honest split, full cover."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations

from evals.matching import bears, states
from evals.questions import CAUSES, KINDS, NOT_AT_HAND, GoldClause, Question, document_splits
from evals.records import FoundClause
from evals.runner import Recorder
from index.store import StoredDocument
from index.tokens import terms
from index.validity import status_on
from ingest.text import fold

ALIKE = 0.75  # share of common character pairs from which two questions count as one
PER_DOCUMENT = 3
_ENDED = {"expired", "superseded"}


PROBLEMS = {
    "alike": "asks nearly the same as {other}",
    "same_talk": "is the same conversation as {other}",
    "split": "is in split {split}, but {document} belongs to {wanted}",
    "place": "rests on the same place as {other}, which is in the other split",
    "forbids": "forbids {wording!r}, which a fact asks for",
    "no_facts": "has no facts",
    "declined": "must be declined, but expects facts, a validity or a verdict",
    "unresolved": "{document} {clause} ({file}:{line}) resolves to no clause",
    "absent": "fact {fact} does not stand in the gold clause",
    "validity": "expects {document} to be {expected}, the index says {found}",
    "no_kind": "no question of kind {kind}",
    "no_cause": "no question to decline for {cause}",
    "stiff": "only {everyday} of {questions} questions are in everyday speech",
    "thin": "only {asked} questions on {title} ({document})",
}


class Finding:
    """Something wrong with a question (or, with an empty id, with the sets as a whole): which of `PROBLEMS`, and with
    what put in."""

    def __init__(self, id: str, key: str, **values: object) -> None:
        self.id = id
        self.key = key
        self.values = values

    @property
    def problem(self) -> str:
        """What is wrong, in English."""
        return PROBLEMS[self.key].format(**self.values)

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
            yield Finding(second, "alike", other=first)
    talks: dict[str, str] = {}
    for question in questions:
        if question.history:
            said = fold("|".join([*(t.content for t in question.history), question.question]))
            if said in talks:
                yield Finding(question.id, "same_talk", other=talks[said])
            talks[said] = question.id


def _splits(questions: list[Question]) -> Iterable[Finding]:
    """A policy's questions are all in its split; where no split is assigned (yearbooks), no place is in both."""
    assigned = document_splits()
    places: dict[tuple[str, int], tuple[str, str]] = {}
    for question in questions:
        for gold in question.gold.clauses:
            wanted = assigned.get(fold(gold.doc))
            if wanted and question.split != wanted:
                yield Finding(question.id, "split", split=question.split, document=gold.doc, wanted=wanted)
            if wanted:
                continue
            for line in range(gold.lines[0], gold.lines[1] + 1):
                split, other = places.setdefault((gold.file, line), (question.split, question.id))
                if split != question.split:
                    yield Finding(question.id, "place", other=other)
                    break


def _contradictions(questions: list[Question]) -> Iterable[Finding]:
    for question in questions:
        for wording in question.forbidden:
            if any(states([wording], fact) for facts in question.facts for fact in facts):
                yield Finding(question.id, "forbids", wording=wording)
        if (
            question.answerable
            and not question.facts
            and not question.verdict
            and question.kind != "validity"
        ):
            yield Finding(question.id, "no_facts")
        if not question.answerable and (question.facts or question.validity or question.verdict):
            yield Finding(question.id, "declined")


def _against_documents(questions: list[Question], recorder: Recorder) -> Iterable[Finding]:
    searcher = recorder.assistant.searcher
    files = {gold.file for question in questions for gold in question.gold.clauses}
    clauses: list[FoundClause] = [
        recorder.describe(clause)
        for document_id in searcher.documents
        for clause in searcher.store.clauses_of(document_id)
        if clause.span.file in files or NOT_AT_HAND in files
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
            there = clauses if gold.file == NOT_AT_HAND else by_file.get(gold.file, [])
            bearing = [c for c in there if bears(c, gold)]
            if not bearing:
                yield Finding(
                    question.id,
                    "unresolved",
                    document=gold.doc,
                    clause=gold.clause,
                    file=gold.file,
                    line=gold.lines[0],
                )
            text += [c.text for c in bearing]
        joined = "\n".join(text)
        for wordings in question.facts:
            if text and not question.computed and not states(wordings, joined):
                yield Finding(question.id, "absent", fact=" / ".join(wordings))
        if question.validity is not None:
            document = listings.get(fold(question.document)) or _by_place(
                question.gold.clauses[0], searcher.documents.values()
            )
            now = status_on(document.listing, question.as_of) if document else None
            if now and now != question.validity and not {now, question.validity} <= _ENDED:
                yield Finding(
                    question.id, "validity", document=question.document, expected=question.validity, found=now
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
    yield from (Finding("", "no_kind", kind=kind) for kind in KINDS if not kinds[kind])
    yield from (Finding("", "no_cause", cause=cause) for cause in CAUSES if not causes[cause])
    everyday = sum(q.style != "formal" for q in questions)
    if everyday * 2 < len(questions):
        yield Finding("", "stiff", everyday=everyday, questions=len(questions))


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
            yield Finding("", "thin", asked=asked[document_id], title=document.title, document=document_id)
