"""Train the weights that say which clause a question needs beside the first: `python -m evals.train_companions --home H`.

Learned from are the development questions; a clause is needed that bears a part of the gold which the first does not.
The sets that are kept back are measured on; the regression questions are not used. What is reported is of
questions whose policy the weights have not seen (five folds).
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.companions import BUNDLED, signals
from assistant.evidence import judge
from assistant.finding import Finder
from assistant.service import Assistant
from assistant.understanding import understand
from evals import network_training
from evals.matching import bears
from evals.questions import KEPT_BACK, Question, learned_from, load_questions
from evals.runner import Recorder
from evals.train_ranker import FOLDS, folds
from index.home import Home
from index.ranker import RankingModel

OF_THE_GOLD = 0.3  # what a clause counts that bears what the first does too: needless, not wrong


@dataclass(frozen=True, slots=True)
class Example:
    """A candidate's signals, which parts of the gold it adds to the first clause's, and whether it bears any."""

    values: dict[str, float]
    adds: frozenset[int]
    of_the_gold: bool
    question: str
    parts: int
    group: str


def examples_of(questions: Sequence[Question], assistant: Assistant) -> list[Example]:
    """The candidates of all questions that are answered, and by conditions or words rather than by a clause's number."""
    searcher, recorder = assistant.searcher, Recorder(assistant)
    out = []
    for question in track(questions, description="questions"):
        if not question.answerable or question.verdict:
            continue
        understood = understand(question.question, question.as_of, question.history, searcher.analyser)
        if understood.problem or understood.refusal or understood.hints.clause_paths:
            continue
        verdict = judge(understood, Finder(searcher).found(understood.hints), searcher)
        if not verdict.documents:
            continue
        units = question.gold.units

        def borne(clause_id: str, units: Any = units) -> frozenset[int]:
            clause = searcher.store.clause(clause_id)
            assert clause is not None
            told = recorder.describe(clause)
            return frozenset(i for i, unit in enumerate(units) if any(bears(told, gold) for gold in unit))

        first = verdict.documents[0]
        had = borne(str(first.id))
        for document, values in signals(understood, first, verdict.found, searcher):
            bearing = borne(str(document.id))
            out.append(
                Example(
                    values,
                    bearing - had,
                    bool(bearing),
                    question.id,
                    len(units),
                    question.gold.clauses[0].doc,
                )
            )
    return out


def _matrix(examples: Sequence[Example]) -> NDArray[np.float32]:
    return np.array([list(e.values.values()) for e in examples], dtype=np.float32)


def train(examples: Sequence[Example], options: dict[str, Any]) -> RankingModel:
    """Fit the network."""
    right = np.array([float(bool(e.adds)) for e in examples], dtype=np.float32)
    worth = [OF_THE_GOLD if e.of_the_gold and not e.adds else 1.0 for e in examples]
    names = list(examples[0].values)
    return network_training.fit(names, _matrix(examples), right, np.array(worth, dtype=np.float32), **options)


def held_back(examples: Sequence[Example], options: dict[str, Any]) -> NDArray[np.float32]:
    """Probabilities by weights that have not seen the example's policy, shape (n,)."""
    place = np.array(folds([e.group for e in examples]))
    out = np.zeros(len(examples), dtype=np.float32)
    for number in range(FOLDS):
        model = train([e for e, f in zip(examples, place, strict=True) if f != number], options)
        places = np.flatnonzero(place == number).tolist()
        out[places] = network_training.probabilities(model, _matrix([examples[i] for i in places]))
    return out


def report(examples: Sequence[Example], values: NDArray[np.float32]) -> Table:
    """How many questions for two things get the second, and how many questions get a clause that is beside the point."""
    of_question: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(examples):
        of_question[example.question].append(place)
    two = [q for q, places in of_question.items() if examples[places[0]].parts > 1]
    table = Table("threshold", f"of {len(two)} for two things", f"beside the point, of {len(of_question)}")
    for limit in (0.3, 0.4, 0.5, 0.6, 0.7):
        best = {q: max(places, key=lambda i: values[i]) for q, places in of_question.items()}
        chosen = {q: examples[i] for q, i in best.items() if values[i] >= limit}
        given = sum(bool(chosen[q].adds) for q in two if q in chosen)
        beside = sum(not example.of_the_gold for example in chosen.values())
        table.add_row(f"{limit}", str(given), str(beside))
    return table


@click.command()
@click.option("--home", type=click.Path(exists=True, file_okay=False, path_type=Path), required=True)
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED, show_default=True)
@click.option("--hidden", default=8, show_default=True)
@click.option("--decay", default=0.3, show_default=True)
@click.option("--epochs", default=60, show_default=True)
@click.option("--members", default=4, show_default=True, help="Networks from different seeds, averaged.")
def main(home: Path, out: Path, hidden: int, decay: float, epochs: int, members: int) -> None:
    """Gather examples, report what the weights are worth on policies they have not seen, and write them."""
    assistant = Assistant(Home(home))
    options = {"hidden": hidden, "decay": decay, "epochs": epochs, "members": members}
    examples = examples_of(learned_from(), assistant)
    console = Console(width=120)
    console.print(report(examples, held_back(examples, options)))
    model = train(examples, options)
    kept_back = examples_of([q for q in load_questions((), "dev") if q.set_name in KEPT_BACK], assistant)
    console.print("kept back:", report(kept_back, network_training.probabilities(model, _matrix(kept_back))))
    out.write_text(json.dumps(model.to_dict(), indent=1) + "\n", encoding="utf-8")
    click.echo(f"written to {out}")


if __name__ == "__main__":
    main()
