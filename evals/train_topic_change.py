"""Train the weights that tell a message that begins anew from a follow-up: `python -m evals.train_topic_change --corpus DIR`.

Follow-ups are the development questions of that kind, and those of a conversation that have no answer. What begins anew
are the other questions of conversations, and development questions that stand alone, each put behind one about another
document and the assistant's answer to it. The regression questions are not used.
"""

from __future__ import annotations

import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.schema import Turn
from assistant.service import Assistant
from assistant.topic_change import BUNDLED, signals
from assistant.understanding import understand
from evals import network_training, train_ranker
from evals.questions import Question, learned_from
from index.build import build
from index.home import Home

CHANGES = 700


@dataclass(frozen=True, slots=True)
class Example:
    """The signals of a message, and whether it begins anew."""

    values: dict[str, float]
    anew: bool
    group: str


def gather(assistant: Assistant) -> list[Example]:
    """Examples of both sorts; grouped by the message."""
    said = [*_of_conversations(), *_changes(assistant)]
    out = []
    for question, history, anew in track(said, description="messages"):
        about = question.question, question.as_of
        meant, alone = (understand(*about, turns, assistant.searcher.analyser) for turns in (history, []))
        if meant.hints.context and not (meant.problem or meant.refusal or meant.small_talk):
            out.append(Example(signals(meant, alone, assistant.searcher), anew, question.question))
    return out


def _of_conversations() -> Iterator[tuple[Question, list[Turn], bool]]:
    for question in learned_from():
        if question.history and question.kind != "unsafe":
            yield question, question.history, question.kind not in ("followup", "unanswerable")


def _changes(assistant: Assistant) -> Iterator[tuple[Question, list[Turn], bool]]:
    alone = [q for q in learned_from() if not q.history and q.kind != "unsafe"]
    random.Random(train_ranker.SEED).shuffle(alone)
    before = [q for q in alone if q.answerable]
    for number, question in enumerate(track(alone[:CHANGES], description="turns before")):
        earlier = before[-1 - number]
        if _document(question) != _document(earlier):
            told = assistant.ask(earlier.question, earlier.as_of).answer
            history = [Turn(role="user", content=earlier.question), Turn(role="assistant", content=told)]
            yield question, history, True


def _document(question: Question) -> str:
    return question.gold.units[0][0].doc if question.answerable else question.question


def train(examples: Sequence[Example], **sizes: Any) -> network_training.RankingModel:
    """Fit the network; both sorts count alike in all."""
    names = list(examples[0].values)
    anew = np.array([float(e.anew) for e in examples], dtype=np.float32)
    worth = np.where(anew > 0, 0.5 / anew.mean(), 0.5 / (1 - anew.mean())).astype(np.float32)
    return network_training.fit(names, _matrix(examples, names), anew, worth, **sizes)


def _matrix(examples: Sequence[Example], names: list[str]) -> NDArray[np.float32]:
    return np.array([[e.values[name] for name in names] for e in examples], dtype=np.float32)


def held_back(examples: Sequence[Example], sizes: dict[str, Any]) -> NDArray[np.float32]:
    """Probabilities by weights that have not seen the message, shape (n,)."""
    place = train_ranker.folds([e.group for e in examples])
    out = np.zeros(len(examples), dtype=np.float32)
    for number in range(train_ranker.FOLDS):
        model = train([e for e, f in zip(examples, place, strict=True) if f != number], **sizes)
        at = [i for i, f in enumerate(place) if f == number]
        out[at] = network_training.probabilities(model, _matrix([examples[i] for i in at], model.names))
    return out


def report(examples: Sequence[Example], values: NDArray[np.float32]) -> Table:
    """How many of each sort lie above several limits."""
    limits = (0.5, 0.6, 0.7, 0.8, 0.9)
    table = Table("messages", "number", *(f"above {x}" for x in limits))
    for name, anew in (("follow-ups", False), ("begin anew", True)):
        some = values[[i for i, e in enumerate(examples) if e.anew == anew]]
        table.add_row(name, str(len(some)), *(f"{float((some >= x).mean()):.3f}" for x in limits))
    return table


@click.command()
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), multiple=True, required=True
)
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED, show_default=True)
@click.option("--hidden", default=4, show_default=True)
@click.option("--decay", default=0.5, show_default=True)
@click.option("--epochs", default=40, show_default=True)
@click.option("--members", default=2, show_default=True, help="Networks from different seeds, averaged.")
def main(corpus: tuple[Path, ...], out: Path, hidden: int, decay: float, epochs: int, members: int) -> None:
    """Gather examples, report what the weights are worth on messages they have not seen, and write them."""
    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        build(home, corpus)
        examples = gather(Assistant(home))
    sizes: dict[str, Any] = {"hidden": hidden, "decay": decay, "epochs": epochs, "members": members}
    Console(width=120).print(report(examples, held_back(examples, sizes)))
    out.write_text(json.dumps(train(examples, **sizes).to_dict(), indent=1), encoding="utf-8")
    click.echo(f"written to {out}")


if __name__ == "__main__":
    main()
