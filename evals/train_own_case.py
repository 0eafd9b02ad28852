"""Train the weights that tell whether a question asks of one case if it qualifies: `python -m evals.train_own_case`.

Learned from are the sentences in `evals/training/own_cases`, which people wrote for it, a sample of written asks, the
development questions of the kinds that say what they are, and sentences of the scenarios that may be looked at. The
regression questions are not used.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import click
import yaml
from rich.console import Console

from assistant.own_case import BUNDLED, wording
from assistant.verdicts import YES_OR_NO
from evals.questions import learned_from
from evals.scenarios import SETS, load
from evals.train_likeness import LEARNED_FROM
from evals.train_ranker import SEED
from evals.word_training import Example, Task, shares_above, write_weights
from evals.written import FOLDER
from index.query import clean_question
from ingest.knowledge import load_policies

ASKS = 1_500
SENTENCES = 200  # of scenarios, which are longer than what people type
# A question of these may well be about the asker's own case, where it is put as one: what it is was not written down.
_UNCLEAR = {"amount", "eligibility", "unanswerable", "unsafe"}


def examples() -> list[Example]:
    """What is learned from; label 1 for one case."""
    everything = [*_written(), *_questions(), *_asks(), *_scenarios()]
    return [Example(clean_question(e.text), e.label, e.source) for e in everything]


def _written() -> Iterator[Example]:
    for file in sorted((FOLDER / "own_cases").glob("*.yaml")):
        for item in yaml.safe_load(file.read_text(encoding="utf-8")):
            yield Example(
                item["q"], int(item["own"]), "written: one case" if item["own"] else "written: the rule"
            )


def _questions() -> Iterator[Example]:
    for question in learned_from():
        if question.verdict:
            yield Example(question.question, 1, "dev with a verdict")
        elif question.kind not in _UNCLEAR or not YES_OR_NO.search(clean_question(question.question)):
            yield Example(question.question, 0, "dev without")


def _asks() -> Iterator[Example]:
    asks = [ask for policy in load_policies() for note in policy.clauses for ask in note.asks]
    yield from (Example(ask, 0, "asks") for ask in random.Random(SEED).sample(asks, ASKS))


def _scenarios() -> Iterator[Example]:
    sentences = [scenario.sentence for scenario in load([SETS / f"{name}.yaml" for name in LEARNED_FROM])]
    yield from (
        Example(sentence, 1, "scenarios") for sentence in random.Random(SEED).sample(sentences, SENTENCES)
    )


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED, show_default=True)
@click.option("--penalty", default=1e-4, show_default=True)
def main(out: Path, penalty: float) -> None:
    """Report what the weights are worth on sentences they have not seen, and write them."""
    some = examples()
    task = Task(2, penalty, {1: sum(e.label == 0 for e in some) / sum(e.label for e in some)}, wording)
    Console().print(shares_above("one case", some, task.held_back(some)))
    write_weights(task.train(some)[1], out)


if __name__ == "__main__":
    main()
