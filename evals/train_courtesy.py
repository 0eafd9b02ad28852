"""Train the weights that tell what is only said around a question: `python -m evals.train_courtesy`.

Learned from are the parts in `evals/training/courtesy`, which people wrote for it, and the parts, between two pauses, of
written asks, of the development questions, of `evals/training` and of the scenarios that may be looked at: all of these
say something. The regression questions are not used.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import click
import yaml
from rich.console import Console

from assistant.courtesy import BUNDLED, parts_of, tone_out, wording
from evals.questions import learned_from
from evals.scenarios import SETS, load
from evals.train_likeness import LEARNED_FROM
from evals.train_ranker import SEED
from evals.word_training import Example, Task, shares_above, write_weights
from evals.written import FOLDER, written_questions
from index.query import clean_question
from ingest.knowledge import load_policies

ASKS = 4_000
SENTENCES = 300  # of scenarios, each of many parts


def examples() -> list[Example]:
    """Parts of messages, none twice; label 1 for what says nothing of the question."""
    out: dict[str, Example] = {}
    for text, label, source in [*_written(), *_asked()]:
        for part in parts_of(tone_out(clean_question(text))):
            out.setdefault(part, Example(part, label, source))
    return list(out.values())


def _written() -> Iterator[tuple[str, int, str]]:
    for file in sorted((FOLDER / "courtesy").glob("*.yaml")):
        for kind, said in yaml.safe_load(file.read_text(encoding="utf-8")).items():
            yield from ((text, int(kind == "around"), f"written: {kind}") for text in said)


def _asked() -> Iterator[tuple[str, int, str]]:
    yield from ((q.question, 0, "dev") for q in learned_from())
    yield from ((q.q, 0, "training") for q in written_questions() if q.cause != "legitimate")
    yield from (
        (item["q"], 0, "one case")
        for file in sorted((FOLDER / "own_cases").glob("*.yaml"))
        for item in yaml.safe_load(file.read_text(encoding="utf-8"))
    )
    asks = [ask for policy in load_policies() for note in policy.clauses for ask in note.asks]
    yield from ((ask, 0, "asks") for ask in random.Random(SEED).sample(asks, ASKS))
    told = [scenario.sentence for scenario in load([SETS / f"{name}.yaml" for name in LEARNED_FROM])]
    yield from ((text, 0, "scenarios") for text in random.Random(SEED).sample(told, SENTENCES))


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED, show_default=True)
@click.option("--penalty", default=3e-5, show_default=True)
def main(out: Path, penalty: float) -> None:
    """Report what the weights are worth on parts that they have not seen, and write them."""
    some = examples()
    task = Task(2, penalty, {}, wording)
    Console().print(shares_above("said around", some, task.held_back(some)))
    write_weights(task.train(some)[1], out)


if __name__ == "__main__":
    main()
