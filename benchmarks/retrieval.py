"""How well the right clause is found, part by part: `python -m benchmarks.retrieval --corpus DIR [--json FILE]`.

Four tables over the development and the regression questions that have an answer: by kind; over the knowledge files
alone, as on a fresh clone; with each policy's knowledge file left out in turn, beside lexical search alone on the
same index; and without one way of reading the question at a time. What the features of the ranking are worth is
reported by `evals.train_ranker --ablate`, on policies that were not trained on.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.service import Assistant
from assistant.understanding import understand
from evals.metrics import ranking
from evals.questions import Question, load_questions
from evals.records import FoundClause, Record
from evals.runner import Recorder
from index.build import build
from index.home import Home
from index.search import Searcher
from ingest.knowledge import knowledge_folder, load_policies

DEPTH = 20
TITLE_WEIGHT = 0.35  # of the title beside the text, for lexical search alone
MEASURES = ("r@1", "r@5", "r@10", "rr")
Find = Callable[[Question], list[str]]


@dataclass(slots=True)
class Bench:
    """An opened index, and what evaluation needs of its clauses."""

    assistant: Assistant
    recorder: Recorder
    described: dict[str, FoundClause]

    @classmethod
    def open(cls, home: Path) -> Bench:
        """Open the index of a home."""
        assistant = Assistant(Searcher(Home(home)))
        return cls(assistant, Recorder(assistant), {})

    def found(self, question: Question) -> list[str]:
        """Clauses as the assistant finds them."""
        found = self.assistant.found(question.question, question.as_of, question.history, DEPTH)
        return [clause.clause_id for clause in found]

    def lexical(self, question: Question) -> list[str]:
        """Clauses by the words of their text and title alone."""
        searcher = self.assistant.searcher
        understood = understand(
            question.question, question.as_of or date.today(), question.history, searcher.analyser
        )
        found, features = searcher.candidates(understood.hints, DEPTH)
        if not features:
            return []
        order = np.lexsort((found.rows, -(features["body"] + TITLE_WEIGHT * features["title"])))
        rows = found.rows[order[: DEPTH * 3]].tolist()
        passages = searcher.store.passages(rows)
        return list(dict.fromkeys(passages[row][0] for row in rows))[:DEPTH]

    def values(self, questions: Iterable[Question], find: Find) -> list[list[float]]:
        """R@1, R@5, R@10, reciprocal rank and whether the first is right, for each question."""
        out = []
        for question in questions:
            ids = find(question)
            unknown = [i for i in ids if i not in self.described]
            for clause in self.assistant.searcher.store.clauses(unknown):
                self.described[clause.clause_id] = self.recorder.describe(clause)
            chars: list[list[tuple[int, int] | None]] = [[None for _ in unit] for unit in question.gold.units]
            measured = ranking(question, Record(question.id, "", None, ids, self.described, chars))  # type: ignore[arg-type]
            row = [float(measured[m] or 0) for m in MEASURES]
            out.append([*row, float(measured["rr"] == 1)])
        return out


def by_kind(bench: Bench, questions: Sequence[Question]) -> dict[str, tuple[int, list[float]]]:
    """Kind of question → number, means; the voice set is a kind of its own."""
    groups: dict[str, list[Question]] = defaultdict(list)
    for question in questions:
        groups["all"].append(question)
        groups["voice set" if question.set_name == "voice" else question.kind].append(question)
    return {
        kind: (len(some), _means(bench.values(some, bench.found))) for kind, some in sorted(groups.items())
    }


def left_out(
    corpus: tuple[Path, ...], home: Path, questions: Sequence[Question]
) -> dict[str, list[list[float]]]:
    """Every policy's questions over an index without its knowledge file: as found, by lexical search alone, and with it."""
    out: dict[str, list[list[float]]] = {"left out": [], "lexical alone": [], "with its file": []}
    whole = Bench.open(home)
    with tempfile.TemporaryDirectory() as folder:
        knowledge, other = Path(folder) / "knowledge", Path(folder) / "home"
        shutil.copytree(
            knowledge_folder(), knowledge, ignore=shutil.ignore_patterns("*.py", "__pycache__", "schema")
        )
        build(Home(other), corpus, knowledge=knowledge)
        for policy in track(load_policies(), description="left out in turn"):
            names = {policy.title, *policy.doc_numbers}
            asked = [q for q in questions if any(c.doc in names for u in q.gold.units for c in u)]
            if not asked:
                continue
            file = knowledge / policy.file
            kept = file.read_bytes()
            file.unlink()
            build(Home(other), corpus, knowledge=knowledge)
            file.write_bytes(kept)
            bench = Bench.open(other)
            out["left out"] += bench.values(asked, bench.found)
            out["lexical alone"] += bench.values(asked, bench.lexical)
            out["with its file"] += whole.values(asked, whole.found)
    return out


def without_one(bench: Bench, questions: Sequence[Question]) -> dict[str, list[float]]:
    """Means with one way of reading the question switched off at a time."""
    analyser = bench.assistant.searcher.analyser
    out = {"all": _means(bench.values(questions, bench.found))}
    switches: dict[str, dict[str, Any]] = {
        "words of the same sound": {"_sounds": None},
        "terms.yaml": {"_expansions": {}, "_expansion_lengths": {}},
    }
    for name, switched in switches.items():
        before = {attribute: getattr(analyser, attribute) for attribute in switched}
        for attribute, value in switched.items():
            setattr(analyser, attribute, value)
        out[f"without {name}"] = _means(bench.values(questions, bench.found))
        for attribute, value in before.items():
            setattr(analyser, attribute, value)
    return out


def _means(rows: list[list[float]]) -> list[float]:
    return np.mean(rows, axis=0).round(4).tolist() if rows else []


@click.command()
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), multiple=True, required=True
)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures here as well.")
@click.option("--quick", is_flag=True, help="Leave the table of left-out policies away (some minutes).")
def main(corpus: tuple[Path, ...], json_file: Path | None, quick: bool) -> None:
    """Measure and print the tables."""
    console, figures = Console(width=110), {}
    split = {s: [q for q in load_questions((), s) if q.answerable] for s in ("dev", "regression")}
    with tempfile.TemporaryDirectory() as folder:
        home, fresh = Path(folder) / "home", Path(folder) / "fresh"
        build(Home(home), corpus)
        build(Home(fresh))
        benches = {"with the documents": Bench.open(home), "knowledge files alone": Bench.open(fresh)}
        for where, bench in benches.items():
            for name, questions in split.items():
                result = by_kind(bench, questions)
                _print(console, f"{where}, {name}", [(k, n, v) for k, (n, v) in result.items()])
                figures[f"{where}, {name}"] = result
        for name, questions in split.items():
            result = without_one(benches["with the documents"], questions)
            _print(
                console, f"reading the question, {name}", [(k, len(questions), v) for k, v in result.items()]
            )
            figures[f"reading, {name}"] = result
        if not quick:
            for name, questions in split.items():
                rows = left_out(corpus, home, questions)
                _print(
                    console, f"policies left out, {name}", [(k, len(v), _means(v)) for k, v in rows.items()]
                )
                figures[f"left out, {name}"] = {k: _means(v) for k, v in rows.items()}
    if json_file:
        json_file.write_text(json.dumps(figures, ensure_ascii=False, indent=1), encoding="utf-8")


def _print(console: Console, title: str, rows: list[tuple[str, int, list[float]]]) -> None:
    table = Table("", "questions", "R@1", "R@5", "R@10", "MRR", "first is right", title=title)
    for name, number, values in rows:
        table.add_row(name, str(number), *(f"{v:.3f}" for v in values))
    console.print(table)


if __name__ == "__main__":
    main()
