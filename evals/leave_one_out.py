"""Take a question's gold clauses out of the index, ask again, and see whether the assistant knows that it does not know.

After KnowOrNot (Foo et al. 2025): an abstention test that needs no gold answer. Made from any question set by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from assistant.service import Assistant
from evals.matching import bears, states
from evals.questions import Question, load_questions
from evals.records import LeftOut, Outcome, save_left_out
from evals.runner import Recorder, named_sets
from index.home import Home


def leave_one_out(
    assistant: Assistant,
    questions: list[Question],
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> list[LeftOut]:
    """Ask every answerable question once without the clauses that bear its answer.

    Questions whose answer follows from their wording alone (a verdict, the validity of a named document) are left
    out: the document's metadata still answers them.
    """
    asked = [q for q in questions if q.answerable and q.facts and q.verdict is None and q.kind != "validity"]
    by_gold = GoldFinder(assistant)
    out: list[LeftOut] = []
    for number, question in enumerate(asked):
        progress("抽掉依据再问", number, len(asked))
        blind = assistant.without(by_gold.clause_ids(question))
        answer = blind.ask(question.question, question.as_of, question.history)
        outcome: Outcome = "declined"
        if answer.status in ("answered", "partial"):
            cited = blind.searcher.store.clauses(c.clause_id for c in answer.citations)
            said = answer.answer + "".join(blind.searcher.store.full_text(clause) for clause in cited)
            outcome = "elsewhere" if all(states(f, said) for f in question.facts) else "answered"
        out.append(
            LeftOut(
                question.id,
                question.kind,
                question.document,
                outcome,
                answer.answer,
                [c.clause_id for c in answer.citations],
            )
        )
    return out


def run_leave_one_out(
    home: Home,
    out: Path,
    sets: tuple[Path, ...] = (),
    split: str | None = None,
    progress: Callable[[str, int, int], None] = lambda stage, done, total: None,
) -> list[LeftOut]:
    """`leave_one_out` over question sets, kept beside the run in `out`.

    Raises:
        HangceError: a set or the index is unusable, or `out` cannot be written.
    """
    found = leave_one_out(Assistant.open(home), load_questions(named_sets(sets, home), split), progress)
    save_left_out(out, found)
    return found


class GoldFinder:
    """Finds the clauses of the index that bear a question's gold: the clauses themselves, their parents and copies."""

    def __init__(self, assistant: Assistant) -> None:
        recorder = Recorder(assistant)
        searcher = assistant.searcher
        self._clauses = {
            document_id: [recorder.describe(clause) for clause in searcher.store.clauses_of(document_id)]
            for document_id in searcher.documents
        }

    def clause_ids(self, question: Question) -> list[str]:
        """Ids of every clause that bears one of the question's gold clauses."""
        return [
            clause.clause_id
            for clauses in self._clauses.values()
            for clause in clauses
            if any(bears(clause, gold) for gold in question.gold.clauses)
        ]
