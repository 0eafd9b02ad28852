"""Train the weights that tell requests to be refused: `python -m evals.train_refusals`.

Learned from are the questions in `evals/training`, a sample of written asks, and the development questions but those
that must be refused; the regression questions are not used.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from assistant.refusals import BUNDLED, Refusals, inputs, telling_words
from evals.questions import load_questions
from evals.train_ranker import FOLDS, SEED
from evals.written import written_questions
from index.query import clean_question
from ingest.knowledge import load_policies

ASKS = 3_000
REFUSED_COUNTS = 12.0  # as much as so many others
_CLASS = {"unsafe": 1, "injection": 2}


def examples() -> list[tuple[str, int, str]]:
    """(cleaned question, class, where it comes from)."""
    written = [(q.q, _CLASS.get(q.cause or "", 0), q.cause or "answerable") for q in written_questions()]
    asks = [ask for policy in load_policies() for note in policy.clauses for ask in note.asks]
    dev = [q.question for q in load_questions((), "dev") if q.kind != "unsafe"]
    everything = [
        *written,
        *((ask, 0, "asks") for ask in random.Random(SEED).sample(asks, ASKS)),
        *((question, 0, "dev") for question in dev),
    ]
    return [(clean_question(text), number, source) for text, number, source in everything]


def train(some: list[tuple[str, int, str]], penalty: float) -> tuple[list[str], Refusals, dict[str, object]]:
    """Fit by L-BFGS with a penalty on the squares of the weights."""
    import torch

    texts = [text for text, _, _ in some]
    words = telling_words(texts, [number > 0 for _, number, _ in some])
    x = torch.from_numpy(inputs(texts, {word: i for i, word in enumerate(words)}))
    y = torch.tensor([number for _, number, _ in some])
    worth = torch.where(y > 0, REFUSED_COUNTS, 1.0)
    weights = torch.zeros(x.shape[1], 3, requires_grad=True)
    bias = torch.zeros(3, requires_grad=True)
    optimiser = torch.optim.LBFGS([weights, bias], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        each = torch.nn.functional.cross_entropy(x @ weights + bias, y, reduction="none")
        value = (each * worth).sum() / worth.sum() + penalty * (weights**2).sum()
        value.backward()
        return value

    optimiser.step(loss)
    rounded = np.round(weights.detach().numpy().astype(float), 3)
    offsets = np.round(bias.detach().numpy().astype(float), 3)
    model = Refusals(words, rounded.astype(np.float32), offsets.astype(np.float32))
    return words, model, {"words": words, "weights": rounded.tolist(), "bias": offsets.tolist()}


def held_back(some: list[tuple[str, int, str]], penalty: float) -> NDArray[np.float32]:
    """How likely each is to be refused, by weights that have not seen it; shape (n,)."""
    order = list(range(len(some)))
    random.Random(SEED).shuffle(order)
    out = np.zeros(len(some), dtype=np.float32)
    for fold in range(FOLDS):
        places = order[fold::FOLDS]
        held = set(places)
        _, model, _ = train([e for i, e in enumerate(some) if i not in held], penalty)
        out[places] = 1 - model.probabilities([some[i][0] for i in places])[:, 0]
    return out


@click.command()
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED, show_default=True)
@click.option("--penalty", default=3e-5, show_default=True)
def main(out: Path, penalty: float) -> None:
    """Report what the weights are worth on questions they have not seen, and write them."""
    some = examples()
    values = held_back(some, penalty)
    limits = (0.3, 0.5, 0.7, 0.9)
    table = Table("questions", "number", *(f"refused at {x}" for x in limits))
    for source in sorted({e[2] for e in some}):
        own = values[[i for i, e in enumerate(some) if e[2] == source]]
        table.add_row(source, str(len(own)), *(f"{float((own > x).mean()):.3f}" for x in limits))
    _, model, data = train(some, penalty)
    left = [q for q in load_questions((), "dev") if q.kind == "unsafe"]
    likely = 1 - model.probabilities([clean_question(q.question) for q in left])[:, 0]
    table.add_row(
        "dev, to be refused", str(len(left)), *(f"{float((likely > x).mean()):.3f}" for x in limits)
    )
    Console().print(table)
    out.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    click.echo(f"written to {out}")


if __name__ == "__main__":
    main()
