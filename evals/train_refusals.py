"""Train the weights that tell requests to be refused: `python -m evals.train_refusals`.

Learned from are the questions in `evals/training`, a sample of written asks, and the development questions but those
that must be refused; the regression questions are not used.
"""

from __future__ import annotations

import random
from pathlib import Path

import click
from rich.console import Console

from assistant.refusals import BUNDLED, CLASSES
from evals.questions import learned_from
from evals.train_ranker import SEED
from evals.word_training import Example, Task, add_row, shares_above, write_weights
from evals.written import written_questions
from index.query import clean_question
from ingest.knowledge import load_policies

ASKS = 3_000
REFUSED_COUNTS = 12.0  # as much as so many others
_CLASS = {"unsafe": 1, "injection": 2}


def examples() -> list[Example]:
    """What is learned from."""
    written = [
        Example(q.q, _CLASS.get(q.cause or "", 0), q.cause or "answerable") for q in written_questions()
    ]
    asks = [ask for policy in load_policies() for note in policy.clauses for ask in note.asks]
    dev = [q.question for q in learned_from() if q.kind != "unsafe"]
    everything = [
        *written,
        *(Example(ask, 0, "asks") for ask in random.Random(SEED).sample(asks, ASKS)),
        *(Example(question, 0, "dev") for question in dev),
    ]
    return [Example(clean_question(e.text), e.label, e.source) for e in everything]


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED, show_default=True)
@click.option("--penalty", default=3e-5, show_default=True)
def main(out: Path, penalty: float) -> None:
    """Report what the weights are worth on questions they have not seen, and write them."""
    some = examples()
    task = Task(len(CLASSES), penalty, {1: REFUSED_COUNTS, 2: REFUSED_COUNTS})
    table = shares_above("refused", some, task.held_back(some))
    model, data = task.train(some)
    left = [clean_question(q.question) for q in learned_from() if q.kind == "unsafe"]
    add_row(table, "dev, to be refused", 1 - model.probabilities(left)[:, 0])
    Console().print(table)
    write_weights(data, out)


if __name__ == "__main__":
    main()
