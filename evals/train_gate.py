"""Train the weights that tell answerable questions from others: `python -m evals.train_gate --corpus DIR`.

Learned from are the development questions, the questions in `evals/training`, and all of those that have an answer once
more with the clauses that hold it taken out of the index. The regression questions are not used. What is reported is of
questions whose policy, or for those without an answer themselves, the weights have not seen (five folds).
"""

from __future__ import annotations

import json
import random
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import track
from rich.table import Table

from assistant.answerability import BUNDLED, signals
from assistant.cross_scorer import CrossScorer
from assistant.retriever import ClauseRetriever
from assistant.schema import Turn
from assistant.service import Assistant
from assistant.understanding import understand
from evals import network_training, train_ranker
from evals.leave_one_out import GoldFinder
from evals.matching import states
from evals.questions import learned_from
from evals.train_ranker import FOLDS, SEED, withheld
from evals.written import clause_of, written_questions
from index.build import build
from index.home import Home
from index.ranker import RankingModel
from index.search import Searcher
from ingest.knowledge import load_policies

AS_OF = date(2026, 11, 20)
ASKS, TALKS = 1500, 800
# What an example of each source counts beside the others.
WEIGHTS = {
    "asks": 0.2,
    "talks": 0.2,
    "plain": 0.2,
    "alone": 0.05,
    "dev": 1.0,
    "written": 1.0,
    "left out": 0.03,
    "bare": 0.2,
    "bare left out": 0.02,
}


@dataclass(slots=True)
class Example:
    """A question's signals, and whether it is answered by what was found."""

    values: dict[str, float]
    answered: bool
    group: str
    source: str
    text: str
    cause: str = ""
    hidden: bool = False  # asked while the clauses with the answer were out of the index


# --- gathering ---------------------------------------------------------------------------------------------


class _Asker:
    """Asks one index and reads the signals.

    A question is ranked by weights that have not seen its policy. Asks are read beside the clauses by a scorer that has
    not learned from those of their policy; it has learned from no others.
    """

    def __init__(
        self, home: Home, rankers: Sequence[RankingModel], scorers: Sequence[CrossScorer] = ()
    ) -> None:
        self.assistant = Assistant(home)
        self.searcher = self.assistant.searcher
        self._halves = [self.searcher.ranked_by(model) for model in rankers]
        self._scorers = scorers

    def values(
        self, question: str, as_of: date, history: list[Turn], group: str, hidden: Iterable[str] = ()
    ) -> dict[str, float] | None:
        searcher = self._halves[half_of(group)]
        searcher = searcher.without(hidden) if hidden else searcher
        understood = understand(question, as_of, history, searcher.analyser)
        if understood.problem or understood.refusal or understood.small_talk:
            return None
        found = ClauseRetriever(searcher=searcher).found(understood.hints)
        scorer = self._scorers[half_of(group)] if self._scorers else None
        return signals(understood, found, searcher, scorer=scorer) if found else None

    def elsewhere(self, facts: Sequence[Sequence[str]], question: str, hidden: list[str]) -> bool:
        """Whether the facts stand in clauses that are found once some are hidden."""
        hits = self.searcher.without(hidden).search(question, 10)
        said = " ".join(self.searcher.store.full_text(hit.clause) for hit in hits)
        return all(states(list(fact), said) for fact in facts)


def half_of(group: str) -> int:
    """Which half of the ranking's examples a group is in."""
    return zlib.crc32(group.encode()) % 2


def gather(
    corpus: tuple[Path, ...], rankers: Sequence[RankingModel], scorers: Sequence[CrossScorer]
) -> list[Example]:
    """Examples of all sources; `rankers` and `scorers` are the weights that have not seen each half of the groups."""
    rng = random.Random(SEED)
    shuffled = sorted(p.document_id for p in load_policies())
    rng.shuffle(shuffled)
    out: list[Example] = []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)

        def asker(name: str, documents: Sequence[Path], knowledge: Path | None = None) -> _Asker:
            build(Home(root / name), documents, knowledge=knowledge)
            return _Asker(Home(root / name), rankers)

        def for_asks(name: str) -> _Asker:
            return _Asker(Home(root / name), rankers, scorers)

        everything = asker("all", corpus)
        out += [*_dev(everything, set()), *_written(everything, set()), *_plain(everything, rng)]
        alone = asker("alone", ())
        out += [
            replace(e, source="alone") for e in (*_written(alone, set()), *_plain(alone, rng)) if not e.hidden
        ]
        asks = withheld(root / "asks", rng, set())
        asker("held back", corpus, root / "asks")
        asked = for_asks("held back")
        out += [*_asks(asked, rng.sample(asks, ASKS)), *_talks(asked, rng.sample(asks, TALKS), rng)]
        for number, bare in enumerate((set(shuffled[::2]), set(shuffled[1::2]))):
            asks = withheld(root / str(number), rng, bare)
            some = asker(f"bare {number}", corpus, root / str(number))
            out += [*_dev(some, bare), *_written(some, bare)]
            of_bare = [ask for ask in asks if ask[0] in bare]
            out += [
                replace(e, source="bare")
                for e in _asks(for_asks(f"bare {number}"), rng.sample(of_bare, ASKS // 2))
            ]
    return out


def _asks(asker: _Asker, asks: Sequence[tuple[str, str, str]]) -> list[Example]:
    """Written asks that the index does not hold."""
    out = []
    for document_id, _, ask in track(asks, description="asks"):
        values = asker.values(ask, AS_OF, [], document_id)
        if values:
            out.append(Example(values, True, document_id, "asks", ask))
    return out


def _talks(asker: _Asker, asks: Sequence[tuple[str, str, str]], rng: random.Random) -> list[Example]:
    """Written asks that follow another about the same document and do not name it, and strange questions in their place."""
    out = []
    strange = [
        q for q in written_questions() if q.cause and q.cause not in ("unsafe", "injection", "legitimate")
    ]
    for document_id, _, ask in track(asks, description="talks"):
        document = asker.searcher.documents[document_id]
        earlier = [c for c in asker.searcher.store.clauses_of(document_id) if c.asks]
        if not earlier:
            continue
        clause = rng.choice(earlier)
        history = [
            Turn(role="user", content=rng.choice(clause.asks)), Turn(role="assistant", content=clause.gist)
        ]  # fmt: skip
        for name in [document.title, *document.names]:
            ask = ask.replace(name, rng.choice(["它", "这个", ""]))
        other = rng.choice(strange)
        for question, answered, cause in (
            (rng.choice(["", "那", "还有"]) + ask, True, ""),
            (other.q, False, other.cause),
        ):
            values = asker.values(question, AS_OF, history, document_id)
            if values:
                out.append(Example(values, answered, document_id, "talks", question, str(cause)))
    return out


# How people ask in few words, and what of it no document says.
_ABOUT_PROGRAMMES = (
    "{}最多给多少",
    "{}怎么申请",
    "{}要什么条件",
    "{}补多少钱",
    "怎样申报{}",
    "{}",
    "{}找哪个部门",
    "{} 条件",
)
_ABOUT_POLICIES = (
    "{}还有效吗",
    "{}什么时候开始施行",
    "{}现在还能用吗",
    "{}到哪天为止",
    "{}是谁发的",
    "{}讲什么的",
)
_NOT_SAID = (
    "{}的咨询电话是多少", "{}{}年给多少", "{}经办人叫什么", "{}今年哪天截止网上填报", "{}去年一共批了哪些公司", "{}申报系统的登录密码忘了怎么办",
)  # fmt: skip


def _plain(asker: _Asker, rng: random.Random) -> list[Example]:
    """Short questions on programmes and policies by their names, and some that no document answers."""
    said: list[tuple[str, str, bool]] = []
    for policy in load_policies():
        for programme in policy.programmes:
            name = rng.choice([programme.name, *programme.names])
            said.append((policy.document_id, rng.choice(_ABOUT_PROGRAMMES).format(name), True))
            said.append((policy.document_id, rng.choice(_NOT_SAID).format(name, 2027), False))
        if policy.kind in ("policy", "plan"):
            number = policy.doc_numbers[:1]
            for name in [policy.title, *policy.names[:1], *number, f"{policy.title}（{''.join(number)}）"]:
                said.append((policy.document_id, rng.choice(_ABOUT_POLICIES).format(name), True))
    out = []
    for document_id, question, answered in track(said, description="plain"):
        values = asker.values(question, AS_OF, [], document_id)
        if values:
            out.append(
                Example(
                    values, answered, document_id, "plain", question, "" if answered else "missing_detail"
                )
            )
    return out


def _dev(asker: _Asker, bare: set[str]) -> list[Example]:
    finder = GoldFinder(asker.assistant)
    out = []
    questions = [q for q in learned_from() if q.kind != "unsafe"]
    for question in track(questions, description="dev"):
        hidden = finder.clause_ids(question) if question.answerable else []
        documents = {i.split("#", 1)[0] for i in hidden}
        if bare and not documents & bare:
            continue
        group = question.gold.units[0][0].doc if question.answerable else question.question
        about = question.question, question.as_of, question.history, group
        values = asker.values(*about)
        if values:
            source = "bare" if bare else "dev"
            out.append(
                Example(values, question.answerable, group, source, question.question, question.cause or "")
            )
        if hidden and question.facts and question.kind != "validity":
            values = asker.values(*about, hidden)
            if values and not asker.elsewhere(question.facts, question.question, hidden):
                source = "bare left out" if bare else "left out"
                out.append(Example(values, False, group, source, question.question, "missing_detail", True))
    return out


def _written(asker: _Asker, bare: set[str]) -> list[Example]:
    out = []
    for item in track(written_questions(), description="written"):
        clause = clause_of(item, asker.searcher)
        if (bare and (clause is None or clause.document_id not in bare)) or (
            clause is None and not item.cause
        ):
            continue
        if item.cause in ("unsafe", "injection", "legitimate"):
            continue
        group = clause.document_id if clause else item.q
        values = asker.values(item.q, AS_OF, [], group)
        if values:
            out.append(
                Example(
                    values, clause is not None, group, "bare" if bare else "written", item.q, item.cause or ""
                )
            )
        if clause:
            values = asker.values(item.q, AS_OF, [], group, _family(asker.searcher, clause.clause_id))
            if values:
                source = "bare left out" if bare else "left out"
                out.append(Example(values, False, group, source, item.q, "missing_detail", True))
    return out


def _family(searcher: Searcher, clause_id: str) -> list[str]:
    """A clause with those above and below it, as far as they hold its words."""
    document_id, path = clause_id.split("#", 1)
    clauses = {c.path: c for c in searcher.store.clauses_of(document_id)}
    if path not in clauses:
        return [clause_id]
    family = {path}
    for other in clauses.values():  # in order: those above come first
        if other.parent in family:
            family.add(other.path)
    if clauses[path].kind == "row" and clauses[path].parent:
        family.add(str(clauses[path].parent))
    return [f"{document_id}#{p}" for p in family]


# --- training ----------------------------------------------------------------------------------------------


def train(
    examples: Sequence[Example], *, hidden: int, decay: float, epochs: int, members: int
) -> RankingModel:
    """Fit the network; answerable and other questions count alike in all."""
    names = list(examples[0].values)
    right = np.array([float(e.answered) for e in examples], dtype=np.float32)
    worth = np.array([WEIGHTS[e.source] for e in examples], dtype=np.float32)
    share = float((worth * right).sum() / worth.sum())
    worth = worth * np.where(right > 0, 0.5 / share, 0.5 / (1 - share)).astype(np.float32)
    sizes: dict[str, Any] = {"hidden": hidden, "decay": decay, "epochs": epochs, "members": members}
    return network_training.fit(names, _matrix(examples, names), right, worth, **sizes)


def _matrix(examples: Sequence[Example], names: list[str]) -> NDArray[np.float32]:
    return np.array([[e.values[name] for name in names] for e in examples], dtype=np.float32)


def probabilities(model: RankingModel, examples: Sequence[Example]) -> NDArray[np.float32]:
    """The probability of an answer for each example, shape (n,)."""
    return network_training.probabilities(model, _matrix(examples, model.names))


def held_back(examples: Sequence[Example], options: dict[str, Any]) -> NDArray[np.float32]:
    """Probabilities by weights that have not seen the example's group, shape (n,)."""
    place = train_ranker.folds([e.group for e in examples])
    out = np.zeros(len(examples), dtype=np.float32)
    for number in range(FOLDS):
        model = train([e for e, f in zip(examples, place, strict=True) if f != number], **options)
        places = [i for i, f in enumerate(place) if f == number]
        out[places] = probabilities(model, [examples[i] for i in places])
    return out


def report(examples: Sequence[Example], values: NDArray[np.float32]) -> Table:
    """How many of each source and cause get an answer at several thresholds."""
    limits = (0.3, 0.4, 0.5, 0.6, 0.7)
    table = Table("questions", "answerable", "number", *(f"answered at {x}" for x in limits))
    kinds = sorted({(e.source, e.answered, e.cause) for e in examples})
    for kind in kinds:
        some = values[[i for i, e in enumerate(examples) if (e.source, e.answered, e.cause) == kind]]
        shares = (f"{float((some >= x).mean()):.2f}" for x in limits)
        table.add_row(f"{kind[0]} {kind[2]}", "yes" if kind[1] else "no", str(len(some)), *shares)
    return table


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
    help="As for evals.train_ranker.",
)
@click.option(
    "--scorer",
    "scorers",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="From evals.train_cross_scorer: first the one --without first, then the one --without second.",
)
@click.option("--out", type=click.Path(path_type=Path), default=BUNDLED, show_default=True)
@click.option("--hidden", default=48, show_default=True)
@click.option("--decay", default=0.5, show_default=True)
@click.option("--epochs", default=30, show_default=True)
@click.option("--members", default=6, show_default=True, help="Networks from different seeds, averaged.")
def main(
    corpus: tuple[Path, ...],
    encoders: tuple[Path, ...],
    scorers: tuple[Path, ...],
    out: Path,
    hidden: int,
    decay: float,
    epochs: int,
    members: int,
) -> None:
    """Gather examples, report what the weights are worth on questions they have not seen, and write them."""
    if len(scorers) != 2:
        raise click.UsageError("--scorer is needed twice, once for each half")
    rankers = rankers_of_halves(*train_ranker.gather(corpus, encoders))
    examples = gather(corpus, rankers, [CrossScorer.load(path) for path in scorers])
    options: dict[str, Any] = {"hidden": hidden, "decay": decay, "epochs": epochs, "members": members}
    Console(width=150).print(report(examples, held_back(examples, options)))
    out.write_text(json.dumps(train(examples, **options).to_dict(), indent=1), encoding="utf-8")
    click.echo(f"written to {out}")


def rankers_of_halves(examples: Sequence[train_ranker.Example], names: list[str]) -> list[RankingModel]:
    """For each half of the groups, ranking weights learned from the other."""
    options: dict[str, Any] = {"hidden": 32, "decay": 0.05, "epochs": 12, "members": 2}
    return [
        train_ranker.train(
            [e for e in examples if half_of(e.group) != half], names, weights=train_ranker.WEIGHTS, **options
        )
        for half in (0, 1)
    ]


if __name__ == "__main__":
    main()
