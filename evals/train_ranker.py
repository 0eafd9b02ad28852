"""Train the ranking weights: `python -m evals.train_ranker --corpus DIR`.

Questions to learn from are the written asks, each held back from the index while it is asked, and the development
questions. Half of the asks' policies are asked about while the index holds no notes on them, so that documents
without knowledge files are ranked fairly. What is reported comes from policies that the weights have not seen (five
folds over the policies); the weights that are kept come from all of them. The regression questions are not used.

The loss is ListNet's with one right answer at a time (Cao et al. 2007): the softmax over a question's candidates,
cross-entropy with each clause that answers it.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import click
import numpy as np
import yaml
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.service import Assistant
from assistant.understanding import understand
from evals.matching import bears, states
from evals.questions import Question, load_questions
from evals.records import FoundClause
from evals.runner import Recorder
from index.build import build
from index.home import Home
from index.query import QueryHints
from index.ranker import BUNDLED_RANKER, RankingModel
from index.search import Searcher
from ingest.knowledge import PolicyFile, knowledge_folder, load_policies

SEED = 20261121
FOLDS = 5
LEARNED_FROM = 120  # candidates of a question, the best by a plain sum, with those that answer it
FloatArray = NDArray[np.float32]


@dataclass(slots=True)
class Example:
    """A question with the features of its candidates, shape (n, features), and which of them answer it.

    `units` has a row of marks for each thing that the answer needs, shape (units, n); a unit that no candidate bears
    is left out, and counted in `needed`.
    """

    features: FloatArray
    clauses: NDArray[np.int64]
    units: NDArray[np.bool_]
    needed: int
    group: str  # the policy asked about: all of a group are in one fold
    source: str  # dev, ask or bare (asked while its policy had no notes)
    kind: str


# --- gathering ---------------------------------------------------------------------------------------------


def withheld(folder: Path, rng: random.Random, bare: set[str]) -> list[tuple[str, str, str]]:
    """Write the knowledge files to a folder without some asks; gives back (document id, path, ask) of those.

    Of a clause with three asks or more one is held back. Files of the documents in `bare` are left out whole, and
    one ask of each of their clauses is asked.
    """
    asks: list[tuple[str, str, str]] = []
    folder.mkdir(parents=True)
    for name in ("facts.yaml", "terms.yaml"):
        shutil.copy(knowledge_folder() / name, folder / name)
    for policy in load_policies():
        data: dict[str, Any] = yaml.safe_load((knowledge_folder() / policy.file).read_text(encoding="utf-8"))
        for note in data["clauses"]:
            if len(note["asks"]) >= 3 or policy.document_id in bare:
                ask = rng.choice(note["asks"])
                note["asks"].remove(ask)
                asks.append((policy.document_id, str(note["at"]), ask))
        if policy.document_id not in bare:
            text = yaml.safe_dump(data, allow_unicode=True, sort_keys=False)
            (folder / policy.file).write_text(text, encoding="utf-8")
    return asks


def ask_examples(
    searcher: Searcher, asks: Sequence[tuple[str, str, str]], source: str, names: list[str] | None
) -> list[Example]:
    """Examples from asks that the index does not hold."""
    out = []
    for document_id, path, ask in track(asks, description=source):
        hints = searcher.analyser.hints(ask)
        found, features = searcher.candidates(hints)
        rows = searcher.store.first_rows([f"{document_id}#{path}"])
        if not rows or not features:
            continue
        clauses = searcher.generation.rows["clause"][found.rows].astype(np.int64)
        units = (clauses == searcher.generation.rows["clause"][rows[0]])[None, :]
        out.append(_example(features, clauses, units, document_id, source, hints.kind or "", names))
    return [e for e in out if e.units.any()]


def question_examples(
    searcher: Searcher, questions: Iterable[Question], source: str, names: list[str] | None
) -> list[Example]:
    """Examples from curated questions."""
    recorder = Recorder(Assistant(searcher))
    described: dict[str, FoundClause] = {}
    out = []
    for question in track(list(questions), description=source):
        understood = understand(
            question.question, question.as_of or date.today(), question.history, searcher.analyser
        )
        hints: QueryHints = understood.hints
        found, features = searcher.candidates(hints)
        if not features:
            continue
        rows = found.rows.tolist()
        ids = [i for i, _ in (searcher.store.passages(rows)[row] for row in rows)]
        for clause in searcher.store.clauses(dict.fromkeys(i for i in ids if i not in described)):
            described[clause.clause_id] = recorder.describe(clause)
        units = np.array(
            [[_answers(question, described[i], unit) for i in ids] for unit in question.gold.units], dtype=bool
        )
        clauses = searcher.generation.rows["clause"][found.rows].astype(np.int64)
        group = question.gold.units[0][0].doc
        out.append(_example(features, clauses, units, group, source, question.kind, names))
    return out


def _answers(question: Question, clause: FoundClause, unit: Sequence[Any]) -> bool:
    """As `evals.metrics.ranking` counts: a clause of the gold that holds one of the facts."""
    if not any(bears(clause, gold) for gold in unit):
        return False
    if not question.facts or question.computed or question.gold.all_of:
        return True
    return any(states(wordings, clause.text) for wordings in question.facts)


def _example(
    features: dict[str, FloatArray],
    clauses: NDArray[np.int64],
    units: NDArray[np.bool_],
    group: str,
    source: str,
    kind: str,
    names: list[str] | None,
) -> Example:
    matrix = np.stack([features[name] for name in names or features], axis=1).astype(np.float32)
    return Example(matrix, clauses, units, len(units), group, source, kind)


# --- training ----------------------------------------------------------------------------------------------


def train(
    examples: Sequence[Example], names: list[str], *, hidden: int, decay: float, epochs: int, weights: dict[str, float]
) -> RankingModel:
    """Fit the network on examples; full batches of 64 questions, Adam, one linear decay of the rate."""
    import torch

    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    rng = random.Random(SEED)
    some = [_nearest(e) for e in examples if e.units.any()]
    width = len(names)
    spread = np.maximum(np.concatenate([x for x, _, _ in some]).std(axis=0), 0.05).astype(np.float32)
    linear = torch.zeros(width, requires_grad=True)
    inner = torch.nn.Linear(width, hidden)
    outer = torch.zeros(hidden, requires_grad=True)
    parameters = [linear, outer, *inner.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=0.01, weight_decay=decay)
    ready = [(torch.from_numpy(x / spread), torch.from_numpy(y), weights[source]) for x, y, source in some]
    order = list(range(len(ready)))
    steps = epochs * (len(ready) // 64 + 1)
    step = 0
    for _ in range(epochs):
        rng.shuffle(order)
        for start in range(0, len(order), 64):
            losses, total = [], 0.0
            for number in order[start : start + 64]:
                x, y, weight = ready[number]
                score = x @ linear + torch.tanh(inner(x)) @ outer
                log = torch.log_softmax(score, 0)
                losses += [-weight / len(y) * torch.logsumexp(log[unit], 0) for unit in y]
                total += weight
            for group in optimiser.param_groups:
                group["lr"] = 0.01 * (1 - step / steps)
            step += 1
            optimiser.zero_grad()
            (torch.stack(losses).sum() / total).backward()
            optimiser.step()
    return RankingModel(
        {
            "features": names,
            "linear": (linear.detach().numpy() / spread).tolist(),
            "hidden": (inner.weight.detach().numpy() / spread).tolist(),
            "bias": inner.bias.tolist(),
            "output": outer.tolist(),
        }
    )


def _nearest(example: Example) -> tuple[FloatArray, NDArray[np.bool_], str]:
    """The candidates worth learning from."""
    plain = example.features[:, :5].sum(axis=1) + example.units.any(axis=0) * 100
    kept = np.argsort(-plain, kind="stable")[:LEARNED_FROM]
    units = example.units[:, kept]
    return example.features[kept], units[units.any(axis=1)], example.source


def recall(model: RankingModel, example: Example) -> tuple[float, float, float, float]:
    """Recall of the needed clauses among the first 1, 5 and 10, and whether the first is one of them."""
    score = model.score(dict(zip(model.names, example.features.T, strict=True)))
    order = np.lexsort((np.arange(len(score)), -score))
    _, first = np.unique(example.clauses[order], return_index=True)
    order = order[np.sort(first)][:10]
    taken: set[int] = set()
    ranks = []
    for rank, place in enumerate(order.tolist()):
        unit = next((u for u in range(len(example.units)) if u not in taken and example.units[u, place]), None)
        if unit is not None:
            taken.add(unit)
            ranks.append(rank)
    at = [sum(r < k for r in ranks) / example.needed for k in (1, 5, 10)]
    return at[0], at[1], at[2], float(0 in ranks)


# --- command -----------------------------------------------------------------------------------------------


def gather(corpus: tuple[Path, ...]) -> tuple[list[Example], list[str]]:
    """Examples of all sources, and the names of their features."""
    rng = random.Random(SEED)
    policies: list[PolicyFile] = load_policies()
    shuffled = sorted(p.document_id for p in policies)
    rng.shuffle(shuffled)
    halves = [set(shuffled[::2]), set(shuffled[1::2])]
    dev = [q for q in load_questions((), "dev") if q.answerable]
    examples: list[Example] = []
    names: list[str] | None = None
    with tempfile.TemporaryDirectory() as folder:
        for number, bare in enumerate([set(), *halves]):
            place = Path(folder) / str(number)
            asks = withheld(place / "knowledge", rng, bare)
            build(Home(place / "home"), corpus, knowledge=place / "knowledge")
            searcher = Searcher(Home(place / "home"))
            if names is None:
                _, features = searcher.candidates(searcher.analyser.hints("创新券补助"))
                names = list(features)
            if bare:
                asks = [a for a in asks if a[0] in bare]
            source = "bare" if bare else "ask"
            examples += ask_examples(searcher, rng.sample(asks, min(len(asks), 1500)), source, names)
            if not bare:
                examples += question_examples(searcher, dev, "dev", names)
            else:
                ids = {n for d in searcher.documents.values() if d.document_id in bare for n in [d.title, *d.listing["doc_numbers"]]}
                asked = [q for q in dev if any(c.doc in ids for u in q.gold.units for c in u)]
                examples += question_examples(searcher, asked, "dev bare", names)
    assert names is not None
    return examples, names


def folds(examples: Sequence[Example]) -> list[int]:
    """The fold of every example; those about one policy are in one fold."""
    groups = sorted({e.group for e in examples})
    random.Random(SEED).shuffle(groups)
    return [groups.index(e.group) % FOLDS for e in examples]


@click.command()
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), multiple=True, required=True
)
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED_RANKER, show_default=True)
@click.option("--hidden", default=16, show_default=True)
@click.option("--decay", default=0.02, show_default=True)
@click.option("--epochs", default=12, show_default=True)
def main(corpus: tuple[Path, ...], out: Path, hidden: int, decay: float, epochs: int) -> None:
    """Gather examples, report what the weights are worth on policies they have not seen, and write them."""
    examples, names = gather(corpus)
    options: dict[str, Any] = {"hidden": hidden, "decay": decay, "epochs": epochs, "weights": WEIGHTS}
    place = folds(examples)
    table = Table("questions", "number", "R@1", "R@5", "R@10", "first is right", title="policies not seen in training")
    values: dict[str, list[tuple[float, float, float, float]]] = {}
    for fold in range(FOLDS):
        model = train([e for e, f in zip(examples, place, strict=True) if f != fold], names, **options)
        for example, f in zip(examples, place, strict=True):
            if f == fold:
                values.setdefault(example.source, []).append(recall(model, example))
    for source, rows in values.items():
        table.add_row(source, str(len(rows)), *(f"{v:.3f}" for v in np.mean(rows, axis=0)))
    Console().print(table)
    model = train(examples, names, **options)
    out.write_text(json.dumps(model.to_dict(), indent=1), encoding="utf-8")
    click.echo(f"written to {out}")


# What an example of each source counts beside the others.
WEIGHTS = {"dev": 1.0, "dev bare": 0.5, "ask": 0.3, "bare": 0.3}

if __name__ == "__main__":
    main()
