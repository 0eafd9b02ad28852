"""Training of `assistant.word_weights`: fitting, and what the weights are worth on texts that they have not seen."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.table import Table

from assistant.word_weights import Words, WordWeights, inputs, telling_words, words_of
from evals.train_ranker import FOLDS, SEED


@dataclass(frozen=True, slots=True)
class Example:
    """A cleaned text, the number of its class, and where it comes from."""

    text: str
    label: int
    source: str


@dataclass(frozen=True, slots=True)
class Task:
    """What is learned: how many classes, the words of a text, the penalty, and what one example of a class counts."""

    classes: int
    penalty: float
    worth: dict[int, float]
    split: Words = words_of

    def train(self, some: Sequence[Example]) -> tuple[WordWeights, dict[str, Any]]:
        """Fit by L-BFGS with a penalty on the squares of the weights; the model and what is written of it."""
        import torch

        texts = [example.text for example in some]
        words = telling_words(texts, [example.label > 0 for example in some], self.split)
        x = torch.from_numpy(inputs(texts, {word: i for i, word in enumerate(words)}, self.split))
        y = torch.tensor([example.label for example in some])
        worth = torch.tensor([self.worth.get(example.label, 1.0) for example in some])
        weights = torch.zeros(x.shape[1], self.classes, requires_grad=True)
        bias = torch.zeros(self.classes, requires_grad=True)
        optimiser = torch.optim.LBFGS([weights, bias], max_iter=200, line_search_fn="strong_wolfe")

        def loss() -> torch.Tensor:
            optimiser.zero_grad()
            each = torch.nn.functional.cross_entropy(x @ weights + bias, y, reduction="none")
            value = (each * worth).sum() / worth.sum() + self.penalty * (weights**2).sum()
            value.backward()
            return value

        optimiser.step(loss)
        rounded = np.round(weights.detach().numpy().astype(float), 3)
        offsets = np.round(bias.detach().numpy().astype(float), 3)
        model = WordWeights(words, rounded.astype(np.float32), offsets.astype(np.float32), self.split)
        return model, {"words": words, "weights": rounded.tolist(), "bias": offsets.tolist()}

    def held_back(self, some: Sequence[Example]) -> NDArray[np.float32]:
        """How likely each is of another class than the first, by weights that have not seen it; shape (n,)."""
        order = list(range(len(some)))
        random.Random(SEED).shuffle(order)
        out = np.zeros(len(some), dtype=np.float32)
        for fold in range(FOLDS):
            places = order[fold::FOLDS]
            held = set(places)
            model, _ = self.train([e for i, e in enumerate(some) if i not in held])
            out[places] = 1 - model.probabilities([some[i].text for i in places])[:, 0]
        return out


_LIMITS = (0.3, 0.5, 0.7, 0.9)


def shares_above(called: str, some: Sequence[Example], values: NDArray[np.float32]) -> Table:
    """What share of the texts of each source lies above some limits; `values` has one for each text."""
    table = Table("texts", "number", *(f"{called} at {limit}" for limit in _LIMITS))
    for source in sorted({e.source for e in some}):
        add_row(table, source, values[[i for i, e in enumerate(some) if e.source == source]])
    return table


def add_row(table: Table, source: str, values: NDArray[np.float32]) -> None:
    """One more source in a table of `shares_above`."""
    table.add_row(source, str(len(values)), *(f"{float((values > limit).mean()):.3f}" for limit in _LIMITS))


def write_weights(data: dict[str, Any], out: Path) -> None:
    """Keep what `Task.train` gave, as `WordWeights.load` reads it."""
    out.write_text(json.dumps(data, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")
    click.echo(f"written to {out}")
