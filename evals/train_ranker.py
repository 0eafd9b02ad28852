"""Train the ranking weights: `python -m evals.train_ranker --corpus DIR --encoder HALF`.

Questions to learn from are written asks, each held back from the index while it is asked and unknown to the encoder,
lines of tables asked for by a cell, the questions in `evals/training`, and the development questions. Half of the asks' policies are asked about while the index holds no notes on them, so that documents
without knowledge files are ranked fairly. What is reported comes from policies that the weights have not seen (five
folds over the policies); the weights that are kept come from all of them. The regression questions are not used.

The loss is ListNet's with one right answer at a time (Cao et al. 2007): the softmax over a question's candidates,
cross-entropy with each clause that answers it.
"""

from __future__ import annotations

import itertools
import json
import random
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
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
from evals.metrics import answers_unit
from evals.questions import Question, learned_from
from evals.records import FoundClause
from evals.runner import Recorder
from evals.written import clause_of, written_questions
from index.build import build
from index.home import Home
from index.query import QueryHints
from index.ranker import BUNDLED_RANKER, RankingModel
from index.ranking import ONLY_RULES
from index.search import Searcher
from index.train_encoder import LEFT_OUT
from ingest.knowledge import knowledge_folder, load_policies

SEED = 20261121
FOLDS = 5
# Of each encoder and state of the index: asks, those of them put as follow-ups, lines of tables.
ASKED, TALKS, ROWS = 900, 600, 200
SAME_CLAUSE = 0.35  # share of the follow-ups that stay on the clause of the question before
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


def talk_examples(
    searcher: Searcher, asks: Sequence[tuple[str, str, str]], rng: random.Random, names: list[str] | None
) -> list[Example]:
    """Examples from asks that follow another ask about the same document, in words that no longer name it."""
    out = []
    for document_id, path, ask in track(asks, description="talk"):
        # People ask on about the same clause as well as about others of its document.
        same = rng.random() < SAME_CLAUSE
        others = [c for c in searcher.store.clauses_of(document_id) if c.asks and (c.path == path) == same]
        rows = searcher.store.first_rows([f"{document_id}#{path}"])
        if not others or not rows:
            continue
        earlier = rng.choice(others)
        document = searcher.documents[document_id]
        for name in [document.title, *document.names]:
            ask = ask.replace(name, "它")
        hints = searcher.analyser.hints(ask, rng.choice(earlier.asks), earlier.gist)
        found, features = searcher.candidates(hints)
        clauses = searcher.generation.rows["clause"][found.rows].astype(np.int64)
        units = (clauses == searcher.generation.rows["clause"][rows[0]])[None, :]
        out.append(_example(features, clauses, units, document_id, "talk", hints.kind or "", names))
    return [e for e in out if e.units.any()]


# How people ask for a line of a table: by the name in it, with or without the table's title, for another column.
_ROW_QUESTIONS = (
    "{name}在不在{title}里面",
    "{title}里有没有{name}",
    "{name}的{column}是什么",
    "{title}，{name}那一行的{column}是多少",
    "我想查一下{name}，{column}写的啥",
    "{name} {column} {title}",
    "{title}上{name}是哪个{column}的",
)


def row_examples(searcher: Searcher, rng: random.Random, names: list[str]) -> list[Example]:
    """Examples from lines of tables, asked for by the words of one cell."""
    rows = [
        (document, clause)
        for document in searcher.documents.values()
        if not document.listing["duplicate_of"]
        for clause in searcher.store.clauses_of(document.document_id)
        if clause.kind == "row" and sum(isinstance(v, str) and len(v) > 1 for v in clause.cells.values()) > 1
    ]
    out = []
    for document, clause in track(rng.sample(rows, min(len(rows), ROWS)), description="row"):
        cells = {k: v for k, v in clause.cells.items() if isinstance(v, str) and len(v) > 1}
        key = max(cells, key=lambda k: len(cells[k]))
        column = rng.choice([k for k in clause.cells if k != key])
        title = clause.breadcrumb[-1] if clause.breadcrumb and rng.random() < 0.5 else document.title
        question = rng.choice(_ROW_QUESTIONS).format(name=cells[key][:24], title=title, column=column)
        hints = searcher.analyser.hints(question)
        found, features = searcher.candidates(hints)
        first = searcher.store.first_rows([clause.clause_id])
        if not first or not features:
            continue
        clauses = searcher.generation.rows["clause"][found.rows].astype(np.int64)
        units = (clauses == searcher.generation.rows["clause"][first[0]])[None, :]
        out.append(_example(features, clauses, units, document.document_id, "row", hints.kind or "", names))
    return [e for e in out if e.units.any()]


def written_examples(
    searcher: Searcher, source: str, bare: set[str], names: list[str] | None
) -> list[Example]:
    """Examples from the training questions with an answer; where `bare` names policies, from those about them."""
    out = []
    for question in track([q for q in written_questions() if not q.cause], description=source):
        clause = clause_of(question, searcher)
        if clause is None or (bare and clause.document_id not in bare):
            continue
        hints = searcher.analyser.hints(question.q)
        found, features = searcher.candidates(hints)
        # The clause above is shown with what stands below it, and so answers too.
        above = [f"{clause.document_id}#{clause.parent}"] if clause.parent else []
        rows = searcher.store.first_rows([clause.clause_id, *above])
        if not features or not rows:
            continue
        clauses = searcher.generation.rows["clause"][found.rows].astype(np.int64)
        units = np.isin(clauses, searcher.generation.rows["clause"][rows])[None, :]
        out.append(_example(features, clauses, units, clause.document_id, source, hints.kind or "", names))
    return out


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
        passages = searcher.store.passages(rows)
        ids = [passages[row][0] for row in rows]
        for clause in searcher.store.clauses(dict.fromkeys(i for i in ids if i not in described)):
            described[clause.clause_id] = recorder.describe(clause)
        marks = [
            {i: answers_unit(question, described[i], unit) for i in set(ids)} for unit in question.gold.units
        ]
        units = np.array([[mark[i] for i in ids] for mark in marks], dtype=bool)
        clauses = searcher.generation.rows["clause"][found.rows].astype(np.int64)
        group = question.gold.units[0][0].doc
        out.append(_example(features, clauses, units, group, source, question.kind, names))
    return out


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
    examples: Sequence[Example],
    names: list[str],
    *,
    hidden: int,
    decay: float,
    epochs: int,
    members: int,
    weights: dict[str, float],
) -> RankingModel:
    """Fit the network: batches of 64 questions, AdamW, a linear decay of the rate; the mean of several seeds is kept."""
    import torch

    torch.set_num_threads(1)
    some = [e for e in examples if e.units.any()]
    chosen = [_worth_learning_from(e) for e in some]
    joined = np.concatenate([e.features[kept] for e, kept in zip(some, chosen, strict=True)])
    spread = np.maximum(joined.std(axis=0), 0.05).astype(np.float32)
    most = max(len(e.units) for e in some)
    x = np.zeros((len(some), LEARNED_FROM, len(names)), dtype=np.float32)
    real = np.zeros((len(some), LEARNED_FROM), dtype=bool)
    right = np.zeros((len(some), most, LEARNED_FROM), dtype=bool)
    for number, (example, kept) in enumerate(zip(some, chosen, strict=True)):
        x[number, : len(kept)] = example.features[kept] / spread
        real[number, : len(kept)] = True
        right[number, : len(example.units), : len(kept)] = example.units[:, kept]
    worth = torch.tensor([weights[e.source] for e in some])
    tensors = torch.from_numpy(x), torch.from_numpy(real), torch.from_numpy(right), worth
    fitted = [
        _fit(*tensors, hidden=hidden, decay=decay, epochs=epochs, seed=SEED + i) for i in range(members)
    ]
    return RankingModel(
        {
            "features": names,
            "linear": np.mean([f[0] for f in fitted], axis=0) / spread,
            "hidden": np.concatenate([f[1] for f in fitted]) / spread,
            "bias": np.concatenate([f[2] for f in fitted]),
            "output": np.concatenate([f[3] for f in fitted]) / members,
        }
    )


def _fit(
    x: Any, real: Any, right: Any, worth: Any, *, hidden: int, decay: float, epochs: int, seed: int
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """One network: linear, hidden weights, their bias, output weights."""
    import torch

    torch.manual_seed(seed)
    linear = torch.zeros(x.shape[2], requires_grad=True)
    inner = torch.nn.Linear(x.shape[2], hidden)
    outer = torch.zeros(hidden, requires_grad=True)
    optimiser = torch.optim.AdamW([linear, outer, *inner.parameters()], lr=0.01, weight_decay=decay)
    steps = epochs * ((len(x) + 63) // 64)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: 1 - step / steps)
    for _ in range(epochs):
        for batch in torch.randperm(len(x)).split(64):
            score = x[batch] @ linear + torch.tanh(inner(x[batch])) @ outer
            log = torch.log_softmax(score.masked_fill(~real[batch], -1e9), 1)
            units = right[batch]
            there = units.any(2)
            mass = torch.logsumexp(log[:, None, :].masked_fill(~units, -1e9), 2)
            loss = -(mass * there).sum(1) / there.sum(1)
            optimiser.zero_grad()
            ((loss * worth[batch]).sum() / worth[batch].sum()).backward()
            optimiser.step()
            schedule.step()
    return tuple(t.detach().numpy() for t in (linear, inner.weight, inner.bias, outer))  # type: ignore[return-value]


def _worth_learning_from(example: Example) -> NDArray[np.int64]:
    """The best candidates by a plain sum, and those that answer."""
    plain = example.features[:, :5].sum(axis=1) + example.units.any(axis=0) * 100
    return np.argsort(-plain, kind="stable")[:LEARNED_FROM]


def recall(model: RankingModel, example: Example) -> tuple[float, float, float, float]:
    """Recall of the needed clauses among the first 1, 5 and 10, and whether the first is one of them."""
    score = model.score(dict(zip(model.names, example.features.T, strict=True)))
    order = np.lexsort((np.arange(len(score)), -score))
    _, first = np.unique(example.clauses[order], return_index=True)
    order = order[np.sort(first)][:10]
    at = [float(example.units[:, order[:k]].any(axis=1).sum()) / example.needed for k in (1, 5, 10)]
    return at[0], at[1], at[2], float(example.units[:, order[0]].any())


# --- command -----------------------------------------------------------------------------------------------


def gather(corpus: tuple[Path, ...], encoders: tuple[Path, ...]) -> tuple[list[Example], list[str]]:
    """Examples of all sources, and the names of their features.

    Args:
        corpus: folders of documents.
        encoders: from `index.train_encoder --half`: asks are taken only from policies whose asks it has not seen.
    """
    examples: list[Example] = []
    names: list[str] = []
    rng = random.Random(SEED)
    dev = [q for q in learned_from() if q.answerable]
    shuffled = sorted(p.document_id for p in load_policies())
    rng.shuffle(shuffled)
    for encoder, bare in itertools.product(encoders, (set(), set(shuffled[::2]), set(shuffled[1::2]))):
        unseen = set(json.loads((encoder / LEFT_OUT).read_text(encoding="utf-8")))
        with tempfile.TemporaryDirectory() as folder:
            knowledge, home = Path(folder) / "knowledge", Home(Path(folder) / "home")
            asks = [
                a for a in withheld(knowledge, rng, bare) if a[0] in unseen and (not bare or a[0] in bare)
            ]
            build(home, corpus, knowledge=knowledge, encoder=str(encoder))
            searcher = Searcher(home)
            if not names:
                _, features = searcher.candidates(searcher.analyser.hints("创新券补助"))
                names = [name for name in features if name not in ONLY_RULES]
            some = rng.sample(asks, min(len(asks), ASKED))
            examples += ask_examples(searcher, some, "bare" if bare else "ask", names)
            if not bare:
                examples += row_examples(searcher, rng, names)
                examples += talk_examples(searcher, some[:TALKS], rng, names)
            asked = [q for q in dev if not bare or _is_about(q, bare, searcher)]
            examples += question_examples(searcher, asked, "dev bare" if bare else "dev", names)
            examples += written_examples(searcher, "written bare" if bare else "written", bare, names)
    return examples, names


def _is_about(question: Question, document_ids: set[str], searcher: Searcher) -> bool:
    held = [d for d in searcher.documents.values() if d.document_id in document_ids]
    names = {name for d in held for name in (d.title, *d.listing["doc_numbers"])}
    return any(clause.doc in names for unit in question.gold.units for clause in unit)


# Features that stand or fall together.
GROUPS = {
    "notes (gists and asks as one text)": ("notes", "cover"),
    "asks, each as a whole": ("ask", "ask_words", "ask_dense"),
    "dense vectors of passages": ("dense",),
    "dense vectors of asks": ("ask_dense",),
    "headings": ("heading",),
    "title and everyday names": ("title", "document"),
    "coverage of what is asked": ("cover", "cover_plain"),
    "phrases": ("phrases", "phrases_behind"),
    "distance from the best candidate": (
        "ask_behind", "ask_behind_own", "dense_behind", "body_behind", "phrases_behind",
    ),
    "apart from the rest of the document": ("told_apart", "told_apart_behind", "beyond_siblings"),
    "document, clause above, clauses below": (
        "document_best", "behind_best", "above", "above_better", "below", "below_better", "container",
    ),
    "kind of question": (
        "kind", "second_kind", "right_source", "validity", "definition", "procedure", "department", "amount",
        "row_looked_up", "table_listed",
    ),
    "year, place, version": ("year", "place", "version", "old", "yearbook", "yearbook_named"),
    "conversation": ("before",),
}  # fmt: skip


def _ablation(examples: Sequence[Example], names: list[str], options: dict[str, Any]) -> None:
    """Print recall on policies not trained on, with all features and without each group."""
    table = Table("features", "dev R@1", "R@5", "R@10", "asks R@1", "without notes R@1", "follow-ups R@1")
    for label, left_out in {"all": (), **GROUPS}.items():
        kept = [i for i, name in enumerate(names) if name not in left_out]
        some = [replace(e, features=np.ascontiguousarray(e.features[:, kept])) for e in examples]
        values = held_back(some, [names[i] for i in kept], options)
        shown = [*values["dev"][:3], *(values[s][0] for s in ("ask", "bare", "talk"))]
        table.add_row(label if label == "all" else f"without {label}", *(f"{v:.3f}" for v in shown))
    Console(width=120).print(table)


def held_back(
    examples: Sequence[Example], names: list[str], options: dict[str, Any]
) -> dict[str, tuple[float, float, float, float]]:
    """Means of `recall` by source, each example judged by weights that have not seen its policy."""
    place = folds([e.group for e in examples])
    values: dict[str, list[tuple[float, float, float, float]]] = {}
    for fold in range(FOLDS):
        model = train([e for e, f in zip(examples, place, strict=True) if f != fold], names, **options)
        for example, f in zip(examples, place, strict=True):
            if f == fold:
                values.setdefault(example.source, []).append(recall(model, example))
    return {source: tuple(np.mean(rows, axis=0).tolist()) for source, rows in values.items()}


def folds(of: Sequence[str]) -> list[int]:
    """The fold of every example, from the groups that they are in; those about one policy are in one fold."""
    groups = sorted(set(of))
    random.Random(SEED).shuffle(groups)
    return [groups.index(group) % FOLDS for group in of]


@click.command()
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), multiple=True, required=True
)
@click.option(
    "--encoder",
    "encoders",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="Folder that `index.train_encoder --half` has written; give both halves.",
)
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED_RANKER, show_default=True)
@click.option(
    "--ablate", is_flag=True, help="Report what each group of features is worth, and write nothing."
)
@click.option("--hidden", default=32, show_default=True)
@click.option("--decay", default=0.3, show_default=True)
@click.option("--epochs", default=12, show_default=True)
@click.option("--members", default=6, show_default=True, help="Networks from different seeds, averaged.")
def main(
    corpus: tuple[Path, ...],
    encoders: tuple[Path, ...],
    out: Path,
    ablate: bool,
    hidden: int,
    decay: float,
    epochs: int,
    members: int,
) -> None:
    """Gather examples, report what the weights are worth on policies they have not seen, and write them."""
    examples, names = gather(corpus, encoders)
    options: dict[str, Any] = {
        "hidden": hidden,
        "decay": decay,
        "epochs": epochs,
        "members": members,
        "weights": WEIGHTS,
    }
    if ablate:
        _ablation(examples, names, options)
        return
    table = Table(
        "questions", "number", "R@1", "R@5", "R@10", "first is right", title="policies not seen in training"
    )
    for source, means in held_back(examples, names, options).items():
        number = sum(e.source == source for e in examples)
        table.add_row(source, str(number), *(f"{v:.3f}" for v in means))
    Console().print(table)
    model = train(examples, names, **options)
    out.write_text(json.dumps(model.to_dict(), indent=1), encoding="utf-8")
    click.echo(f"written to {out}")


# What an example of each source counts beside the others.
WEIGHTS = {
    "dev": 1.0,
    "dev bare": 0.5,
    "written": 0.4,
    "written bare": 0.2,
    "ask": 0.3,
    "bare": 0.3,
    "talk": 0.3,
    "row": 0.3,
}

if __name__ == "__main__":
    main()
