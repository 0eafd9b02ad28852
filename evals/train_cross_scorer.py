"""Train the scorer that reads question and clause side by side: `python -m evals.train_cross_scorer --corpus DIR`.

Learned from are the written questions of the knowledge files, each with its clause and three kinds of others: clauses
that search finds for it, any clause, and its own clause without the piece that answers it. The last are what a question
about a detail that nowhere stands meets: the right clause, and nothing on what is asked. Which piece answers is told by
a scorer that has learned from the others only; and that a clause lacks a piece must tell nothing by itself, so that
half the right clauses lack the piece that answers another of their questions. The evaluation questions and those in
`evals/training` are not used.
"""

from __future__ import annotations

import random
import re
import tempfile
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.progress import track

from assistant.cross_scorer import BUNDLED, QUESTION, CrossScorer, Passage, tokens_of
from assistant.finding import breadcrumb
from evals.train_gate import half_of
from index.build import build
from index.encoder import bundled
from index.home import Home
from index.search import Searcher
from index.store import StoredClause

SEED = 20261123
_FOUND, _OTHERS = 12, 8  # results looked at for an ask, and clauses kept that do not answer it
_PIECE = re.compile(r"(?<=[。；;\n])|(?<=[，,])(?=.{12,})")
_MOST_PIECES = 60
_BATCH, _RATE, _DECAY = 32, 0.002, 0.05
_ASIDE, _DROPOUT = (
    0.2,
    0.25,
)  # shares of the question's words, and of the numbers within, left out while training
_SHOWN = 5  # clauses that a question is held against in each step
_WORTH = (2.0, 1.0, 1.0, 1.0, 0.5)  # of its own, without its piece, two that were found, any

IntArray = NDArray[np.int64]
FloatArray = NDArray[np.float32]


@dataclass(slots=True)
class Asked:
    """A written question with its clause, others that do not answer it, and its clause without the piece that does."""

    question: str
    clause_id: str
    others: list[str]
    without: Passage | None = None


@dataclass(slots=True)
class Material:
    """What is learned from: all clauses, and the questions on them."""

    passages: dict[str, Passage] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)


def gather(searcher: Searcher, document_ids: Sequence[str] = ()) -> Material:
    """The clauses of an index, and the questions that are written there, each with the clauses found besides its own.

    The questions are those on some documents (all if none are named).
    """
    out = Material()
    copies = {d.document_id for d in searcher.documents.values() if d.listing["duplicate_of"]}
    clauses = {i: searcher.store.clauses_of(i) for i in searcher.documents if i not in copies}
    for document_id in track(clauses, description="asks"):
        above = {c.path: c.parent for c in clauses[document_id]}
        for clause in clauses[document_id]:
            words = searcher.store.full_text(clause)
            headings = f"{searcher.documents[document_id].title} {breadcrumb(clause)}"
            out.passages[clause.clause_id] = Passage(headings, clause.gist, words)
            asks = clause.asks if document_id in (document_ids or clauses) else []
            for question in asks:
                found = [hit.clause for hit in searcher.search(question, _FOUND)]
                others = [
                    c.clause_id
                    for c in found
                    if c.document_id not in copies
                    and not (c.gist and c.gist == clause.gist)
                    and not _in_line(c, clause, above)
                ]
                if len(others) >= 3:
                    out.asked.append(Asked(question, clause.clause_id, others[:_OTHERS]))
    return out


def _in_line(one: StoredClause, other: StoredClause, above: Mapping[str, str | None]) -> bool:
    """Whether two clauses are the same or stand one above the other."""
    return one.document_id == other.document_id and (
        one.path in _line(other.path, above) or other.path in _line(one.path, above)
    )


def _line(path: str, above: Mapping[str, str | None]) -> list[str]:
    out, upper = [path], above.get(path)
    while upper:
        out.append(upper)
        upper = above.get(upper)
    return out


def take_answers_out(material: Material, scorer: CrossScorer) -> None:
    """Give each question its clause without the pieces that answer it best, one of the gist and one of the words."""
    of_clause: dict[str, list[Asked]] = defaultdict(list)
    for asked in material.asked:
        of_clause[asked.clause_id].append(asked)
    for clause_id, some in track(of_clause.items(), description="pieces"):
        headings, gist, text = material.passages[clause_id]
        told, said = ([p for p in _PIECE.split(words) if p.strip()] for words in (gist, text))
        if min(len(told), len(said)) < 2 or len(said) > _MOST_PIECES:
            continue
        alone = [*(Passage(headings, piece, "") for piece in told), *(Passage(headings, "", p) for p in said)]
        for asked in some:
            scores = scorer.scores(asked.question, alone)
            asked.without = Passage(
                headings, _without_best(told, scores[: len(told)]), _without_best(said, scores[len(told) :])
            )


def _without_best(pieces: Sequence[str], scores: Sequence[float]) -> str:
    best = int(np.argmax(scores))
    return "".join(piece for i, piece in enumerate(pieces) if i != best)


# --- training ----------------------------------------------------------------------------------------------


def train(
    material: Material, epochs: int, units: int, seed: int = SEED
) -> tuple[dict[str, FloatArray], float]:
    """Fit the scorer; gives its weights by name, and in how many of the last comparisons its own clause was first.

    Cross-entropy within the clauses that a question is held against, and for each by itself; AdamW, one cycle of the rate.
    """
    import torch
    from torch.nn import functional

    torch.manual_seed(seed)
    rng = random.Random(seed)
    reader = _Reader()
    passages = {i: reader.passage(p) for i, p in material.passages.items()}
    any_of = list(passages)
    asked = [(reader.question(a.question), a) for a in material.asked]
    asked = [(words, a) for words, a in asked if len(words) > 1]
    without = {id(a): reader.passage(a.without) for _, a in asked if a.without}
    others_of: dict[str, list[Asked]] = defaultdict(list)
    for _, a in asked:
        if a.without:
            others_of[a.clause_id].append(a)

    def shown(a: Asked) -> list[tuple[IntArray, IntArray]]:
        own = passages[a.clause_id]
        if a.without and rng.random() < 0.5:
            lack = [o for o in others_of[a.clause_id] if o.without and _apart(a.without, o.without)]
            own = without[id(rng.choice(lack))] if lack else own
        other = without[id(a)] if a.without else passages[a.others[2]]
        found = [passages[i] for i in rng.sample(a.others, 2)]
        return [own, other, *found, passages[rng.choice(any_of)]]

    network = _network(reader.vectors, units)
    learned = list(network.parameters())
    optimiser = torch.optim.AdamW(learned, lr=_RATE, weight_decay=_DECAY)
    steps = epochs * (len(asked) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, _RATE, total_steps=steps + 1)
    worth = torch.tensor(_WORTH)
    first: list[float] = []
    for number in range(epochs):
        rng.shuffle(asked)
        first = []
        starts = range(0, len(asked) - _BATCH + 1, _BATCH)
        for start in track(starts, description=f"epoch {number + 1} of {epochs}"):
            batch = asked[start : start + _BATCH]
            questions = _padded([_thinned(words, rng) for words, _ in batch])
            clauses = [clause for _, a in batch for clause in shown(a)]
            scores = network(questions, _padded([c[0] for c in clauses]), _padded([c[1] for c in clauses]))
            scores = scores.view(len(batch), _SHOWN)
            right = torch.zeros_like(scores)
            right[:, 0] = 1
            alone = functional.binary_cross_entropy_with_logits(scores, right, reduction="none") * worth
            loss = functional.cross_entropy(scores, right) + alone.mean()
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(learned, 2)
            optimiser.step()
            schedule.step()
            first.append(float((scores.argmax(dim=1) == 0).float().mean()))
    return network.weights(), float(np.mean(first))


def _apart(one: Passage, other: Passage) -> bool:
    """Whether two passages of one clause lack different pieces of its gist and of its words."""
    return one.gist != other.gist and one.text != other.text


def _thinned(words: IntArray, rng: random.Random) -> IntArray:
    kept = [w for w in words if rng.random() > _ASIDE]
    return np.array(kept or words[:1])


class _Reader:
    """Cuts texts into the numbers of their tokens, 0 for none; the encoder's token vectors, one for each number."""

    def __init__(self) -> None:
        self._encoder = bundled()
        table = self._encoder.table
        self.vectors = np.concatenate([np.zeros((1, table.shape[1]), dtype=np.float32), table])

    def question(self, text: str) -> IntArray:
        return np.array(self._encoder.token_ids([text])[0][-QUESTION:], dtype=np.int64) + 1

    def passage(self, passage: Passage) -> tuple[IntArray, IntArray]:
        """The tokens of a clause, and for each whether it is of its headings, its gist or its words (0, 1, 2)."""
        ids, segment = tokens_of([passage])[0]
        return ids.astype(np.int64) + 1, segment.astype(np.int64)


def _padded(rows: Sequence[IntArray]) -> Any:
    import torch

    out = np.zeros((len(rows), max(map(len, rows))), dtype=np.int64)
    for row, numbers in zip(out, rows, strict=True):
        row[: len(numbers)] = numbers
    return torch.from_numpy(out)


def _network(vectors: FloatArray, units: int) -> Any:
    """The network that `assistant.cross_scorer` runs, for torch; it begins with these token vectors."""
    import torch
    from torch import nn
    from torch.nn import functional

    # So that training begins with numbers of moderate size.
    begin = torch.from_numpy(vectors) * (0.3 / float(vectors[1:].std()))

    class Network(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            width = vectors.shape[1]
            self.vectors = nn.Embedding.from_pretrained(begin, freeze=False, padding_idx=0)
            self.segment = nn.Embedding(3, units)
            self.alone, self.beside = nn.Linear(width, units), nn.Conv1d(width, units, 3, padding=1)
            self.compare_1, self.compare_2 = nn.Linear(4 * units + 2, units), nn.Linear(units, units)
            self.weigh = nn.Linear(units, 1)
            self.judge_1, self.judge_2 = nn.Linear(2 * units, units), nn.Linear(units, 1)
            self.sharpness = nn.Parameter(torch.tensor(5.0))
            self.drop = nn.Dropout(_DROPOUT)

        def forward(self, question: Any, clause: Any, segment: Any) -> Any:
            asked = self.in_context(question).repeat_interleave(_SHOWN, 0)
            words = (question > 0).repeat_interleave(_SHOWN, 0)[..., None]
            said = self.in_context(clause) + 0.3 * self.segment(segment)
            likeness = torch.bmm(
                functional.normalize(asked, dim=-1), functional.normalize(said, dim=-1).transpose(1, 2)
            )
            likeness = likeness.masked_fill(~(clause > 0)[:, None, :], -2)
            attention = torch.softmax(likeness * self.sharpness, -1)
            found = torch.bmm(attention, said)
            how_like = torch.stack([likeness.max(-1).values, (likeness * attention).sum(-1)], -1)
            compared = torch.cat([asked, found, asked * found, (asked - found).abs(), how_like], -1)
            compared = self.drop(torch.relu(self.compare_1(compared)))
            compared = torch.relu(self.compare_2(compared))
            weight = torch.sigmoid(self.weigh(asked)) * words
            weighed = compared * weight
            mean = weighed.sum(1) / (weight.sum(1) + 1e-3)
            best = weighed.masked_fill(~words, -9).max(1).values
            told = self.drop(torch.relu(self.judge_1(torch.cat([mean, best], -1))))
            return self.judge_2(told).squeeze(-1)

        def in_context(self, numbers: Any) -> Any:
            vectors = self.drop(self.vectors(numbers))
            return self.alone(vectors) + self.beside(vectors.transpose(1, 2)).transpose(1, 2)

        def weights(self) -> dict[str, FloatArray]:
            """By the names, and with the shapes, that the scorer reads."""
            before, own, after = self.beside.weight.permute(2, 1, 0)
            assert self.beside.bias is not None  # it is made with one
            out = {
                "vectors": self.vectors.weight[1:],
                "mix": torch.cat([before, own + self.alone.weight.T, after]),
                "mix_bias": self.alone.bias + self.beside.bias,
                "segment": 0.3 * self.segment.weight,
                "sharpness": self.sharpness,
            }
            for name in ("compare_1", "compare_2", "weigh", "judge_1", "judge_2"):
                layer = getattr(self, name)
                out |= {name: layer.weight.T, f"{name}_bias": layer.bias}
            return {n: np.ascontiguousarray(v.detach().numpy(), dtype=np.float32) for n, v in out.items()}

    return Network()


@click.command()
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), multiple=True, required=True
)
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED, show_default=True)
@click.option(
    "--without",
    type=click.Choice(["first", "second"]),
    help="Leave out the questions on one half of the documents, to learn from those with `evals.train_gate`.",
)
@click.option("--units", default=64, show_default=True)
@click.option("--epochs", default=7, show_default=True)
@click.option(
    "--epochs-before", default=3, show_default=True, help="Of the scorer that tells which piece answers."
)
def main(
    corpus: tuple[Path, ...], out: Path, without: str | None, units: int, epochs: int, epochs_before: int
) -> None:
    """Gather the questions, take the answers out of their clauses, fit the scorer and write it."""
    from safetensors.numpy import save_file

    with tempfile.TemporaryDirectory() as folder:
        home = Home(Path(folder))
        build(home, corpus)
        searcher = Searcher(home)
        left_out = ["first", "second"].index(without) if without else None
        material = gather(searcher, [i for i in searcher.documents if half_of(i) != left_out])
    before, _ = train(material, epochs_before, units)
    take_answers_out(material, CrossScorer(before))
    weights, first = train(material, epochs, units)
    save_file({name: values.astype(np.float16) for name, values in weights.items()}, out)
    click.echo(f"{len(material.asked)} questions; its own clause first in {first:.3f}; written to {out}")


if __name__ == "__main__":
    main()
