"""Facts said in words that no pattern foresaw: a clause goes to the fact whose known ways of saying it is most like.

Only the facts of one programme compete. What likeness means was learned (`evals/train_likeness.py`); the phrases are
those of `knowledge/phrases.tsv` and what was said of the facts in scenarios. A negation turns a yes round; plans, and
what is only asked, say nothing. Whatever stays below the learned threshold is left open.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.profile import Known
from assistant.eligibility.values import NUMERIC, Options
from assistant.eligibility.wording import Wording
from index.encoder import load_encoder
from ingest.knowledge import Fact

MODEL = Path(__file__).parent / "likeness.json"
PHRASES = Path(__file__).parents[2] / "knowledge" / "phrases.tsv"
YES, NO, SILENT = "true", "false", "?"  # what a phrase says; ? speaks of the fact and does not settle it
SORTS = ("yes", "no", "choice")
MOST_LIKELY = 0.5
FEATURES = (
    "terms", "dense", "both", "product", "opposite", "name", "name_dense", "rival", "sibling", "explained",
    "turned", "righted", "no", "choice", "figure", "length", "phrases", "joined", "whole",
)  # fmt: skip

_ALONE = 250_000  # multiplications that the linear algebra library does without threads
_WIDTH = 512  # of the vectors of terms
_DENSE = 0.6  # what the encoder's likeness counts beside that of the terms, which counts one
_TURNED = 0.12  # less where a phrase fits only with a negation more or less
_SHORTEST, _LONGEST = 2, 60  # characters of a clause
_STOP = re.compile(r"[，,。！!？?；;：:\n]+")
_NOT = re.compile(
    r"没有(?!问题|毛病)|没(?!有|问题|毛病)|不(?!同|断|少|低于|但|仅|错|过(?!关)|管|论|光|良|动产)|未(?!来)|无(?!人机|线|忧|锡)|尚未|非(?!常|遗|公)|免(?!税|费|费用)|缺|别无"
)
_PLAN = re.compile(
    r"打算|准备(?!金|好)|计划(?=[^，。；]{0,2}(?:明年|年底|下|要|去|在))|还在(?!有效|期|服务|任|职|在)|正在(?:申请|办|谈|走|报|等)|想(?:要|把|在|先)|争取|预计|拟(?!上市)|将要|快要|等着|如果|假如|要是"
)
_FIGURE = re.compile(
    r"[\d一二三四五六七八九十百千万两]+(?:%|％|万|亿|元|家|个|人|项|年|月|平|名|成|倍|块|天)"
)
_OUTDONE = 0.15  # by how much a clause may be more like another fact
_SIBLINGS = 4  # facts with the most similar names, of which a clause may speak instead
_PLACE = re.compile(
    r"杭|本市|本地|当地|市里|区里|县里|滨江|余杭|西湖|萧山|拱墅|上城|钱塘|临平|临安|富阳|桐庐|淳安|建德|下城|江干"
)
_LEVEL = re.compile(
    r"国家|国际|国内|省|市|特等|[一二三]等|[ABCDEM](?=类|级|$)|[ⅠⅡⅢ]|[123一二三](?=类|级)|金|银|铜|400强"
)
_FILLING = str.maketrans("", "", "的了和与或及是我们都也就呢吗嘛很这那个在有")


@dataclass(frozen=True, slots=True)
class Spoken:
    """A clause of a message: its words, and whether it is two clauses together or a whole one (not a part of a list)."""

    text: str
    joined: bool = False
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Guess:
    """What a clause may say of a fact, with the features of `FEATURES`."""

    fact: str
    value: str
    words: str
    features: tuple[float, ...]


@dataclass(slots=True)
class _Ways:
    """The known ways of saying a fact: one row for each phrase, the last for its name."""

    values: list[str]
    settles: NDArray[np.bool_]
    turned: NDArray[np.bool_]
    terms: NDArray[np.float32]
    dense: NDArray[np.float32]
    name: frozenset[str]
    known: frozenset[str]


@cache
def _place(term: str) -> int:
    return zlib.crc32(term.encode()) % _WIDTH


@lru_cache(maxsize=8192)
def parts(text: str) -> frozenset[str]:
    """Characters and pairs of characters of a text, without those that say little."""
    text = text.translate(_FILLING)
    return frozenset(text[i : i + n] for n in (1, 2) for i in range(len(text) - n + 1))


def negated(text: str) -> bool:
    """Whether a clause denies what it speaks of."""
    return bool(_NOT.search(text))


def spoken(wordings: Iterable[Wording]) -> list[Spoken]:
    """The clauses that state something, also parts of lists and pairs of neighbours; plans are none."""
    out: dict[str, Spoken] = {}
    for wording in wordings:
        for sentence in wording.told:
            before = ""
            for clause in _STOP.split(sentence):
                clause = clause.strip('、 “”"（）()')
                if not _SHORTEST <= len(clause) <= _LONGEST or _PLAN.search(clause):
                    before = ""
                    continue
                out.setdefault(clause, Spoken(clause))
                if "、" in clause:
                    for part in clause.split("、"):
                        if len(part) >= _SHORTEST:
                            out.setdefault(part, Spoken(part, whole=False))
                if before and len(before) + len(clause) < _LONGEST:
                    both = f"{before}，{clause}"
                    out.setdefault(both, Spoken(both, joined=True))
                before = clause
    return list(out.values())


@dataclass(slots=True)
class Likeness:
    """Reads open facts by likeness.

    `phrases` are (fact, value, words); `weights` the learned weights of `FEATURES` and, last, the constant;
    `thresholds` the chances from which on a yes, a no and a choice (`SORTS`) count.
    """

    catalogue: Catalogue
    phrases: Mapping[str, Sequence[tuple[str, str]]]
    weights: NDArray[np.float64]
    thresholds: Mapping[str, float] = field(default_factory=lambda: dict.fromkeys(SORTS, 1.0))
    rarity: dict[str, float] = field(default_factory=dict)
    _ways: dict[str, _Ways] = field(default_factory=dict)
    _siblings: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        texts = [words for some in self.phrases.values() for _, words in some]
        texts += [fact.name for fact in self.catalogue.facts.values()]
        frequency: dict[str, int] = {}
        for text in texts:
            for part in parts(text):
                frequency[part] = frequency.get(part, 0) + 1
        total = len(texts) + 1
        self.rarity = {part: math.log(total / count) for part, count in frequency.items()}

    def read(
        self, wordings: Sequence[Wording], wanted: Sequence[str], rivals: Sequence[str]
    ) -> dict[str, Known]:
        """The facts that the words tell by likeness.

        Args:
            wordings: what was said.
            wanted: facts that are still open, of which only those that are no figures are read.
            rivals: all facts of the programme.
        """
        best: dict[tuple[str, str], tuple[float, Guess]] = {}
        for guess in self.guesses(wordings, wanted, rivals):
            chance = self.chance(guess)
            key = guess.fact, guess.value
            if chance >= self.thresholds[sort_of(guess)] and (key not in best or chance > best[key][0]):
                best[key] = chance, guess
        sure: dict[str, list[Guess]] = {}
        for (fact, _), (_, guess) in best.items():
            sure.setdefault(fact, []).append(guess)
        # Where two values are said, neither is known.
        return {fact: self._known(some[0]) for fact, some in sure.items() if len(some) == 1}

    def chance(self, guess: Guess) -> float:
        """The probability that a guess is right."""
        return chance_of(self.weights, guess.features)

    def _known(self, guess: Guess) -> Known:
        if self.catalogue.facts[guess.fact].type == "boolean":
            return Known(guess.value == YES, guess.words)
        return Known(Options(frozenset({guess.value})), guess.words)

    def guesses(
        self, wordings: Sequence[Wording], wanted: Sequence[str], rivals: Sequence[str]
    ) -> list[Guess]:
        """What the clauses may say of the wanted facts, the best clause for each value first by plain likeness."""
        clauses = spoken(wordings)
        names = [name for name in wanted if self.catalogue.facts[name].type in ("boolean", "choice")]
        if not clauses or not names:
            return []
        dense, terms = self.vectors([c.text for c in clauses])
        turned = np.array([negated(c.text) for c in clauses])
        every = [
            n
            for n in dict.fromkeys([*names, *rivals])
            if self.catalogue.facts[n].type in ("boolean", "choice")
        ]
        close = {name: self.siblings(name) for name in names}
        found = {name: self._scores(name, terms, dense, turned) for name in names}
        tops = {
            name: self._top(name, terms, dense, turned)
            for name in dict.fromkeys([*every, *(s for some in close.values() for s in some)])
        }
        none = np.full(len(clauses), -0.5)
        out = []
        for name in names:
            rival = np.max(np.stack([none, *(tops[other] for other in every if other != name)]), axis=0)
            sibling = np.max(np.stack([none, *(tops[other] for other in close[name])]), axis=0)
            out += self._of(name, clauses, found[name], rival, sibling)
        return out

    def _of(
        self,
        name: str,
        clauses: Sequence[Spoken],
        scores: dict[str, NDArray[np.float32]],
        rival: NDArray[Any],
        sibling: NDArray[Any],
    ) -> list[Guess]:
        ways = self.ways(name)
        whole = sum(self.rarity.get(p, 0.0) for p in ways.name) or 1.0
        fact = self.catalogue.facts[name]
        out = []
        for value, score in scores.items():
            if value in (SILENT, ""):
                continue
            others = [s[:, 2] for v, s in scores.items() if v not in (value, "")]
            opposite = np.max(np.stack(others), axis=0) if others else np.full(len(clauses), -0.5)
            for at in np.argsort(-score[:, 2])[:3]:
                clause = clauses[int(at)]
                outdone = max(rival[at], sibling[at]) > score[at, 2] + _OUTDONE
                if outdone or not _may_say(fact, value, clause.text):
                    continue
                of = parts(clause.text)
                weight = sum(self.rarity.get(p, 3.0) for p in of) or 1.0
                features = (
                    float(score[at, 0]),
                    float(score[at, 1]),
                    float(score[at, 2]),
                    float(score[at, 0] * max(0.0, score[at, 1])),
                    float(opposite[at]),
                    sum(self.rarity.get(p, 0.0) for p in ways.name & of) / whole,
                    float(score[at, 4]),
                    float(rival[at]),
                    float(sibling[at]),
                    sum(self.rarity.get(p, 3.0) for p in of & ways.known) / weight,
                    float(score[at, 3] and negated(clause.text)),
                    float(score[at, 3] and not negated(clause.text)),
                    float(value == NO),
                    float(fact.type == "choice"),
                    float(bool(_FIGURE.search(clause.text))),
                    math.log(len(clause.text)),
                    math.log(len(ways.values)),
                    float(clause.joined),
                    float(clause.whole),
                )
                out.append(Guess(name, value, clause.text, features))
        return out

    def _top(
        self, name: str, terms: NDArray[np.float32], dense: NDArray[np.float32], turned: NDArray[np.bool_]
    ) -> NDArray[np.float32]:
        """For each clause its likeness to the nearest phrase of a fact, whatever that says."""
        ways = self.ways(name)
        flips = turned[:, None] != ways.turned[None, :]
        both = product(terms, ways.terms) + _DENSE * product(dense, ways.dense) - _TURNED * flips
        return np.asarray(np.where(flips & ~ways.settles, -1.0, both).max(axis=1), dtype=np.float32)

    def _scores(
        self, name: str, terms: NDArray[np.float32], dense: NDArray[np.float32], turned: NDArray[np.bool_]
    ) -> dict[str, NDArray[np.float32]]:
        """Value → for each clause its likeness by terms, by the encoder, both, whether turned round, and to the name."""
        ways = self.ways(name)
        by_terms, by_dense = product(terms, ways.terms), product(dense, ways.dense)
        flips = turned[:, None] != ways.turned[None, :]
        both = by_terms + _DENSE * by_dense - _TURNED * flips
        fact = self.catalogue.facts[name]
        values = (YES, NO) if fact.type == "boolean" else ()
        out = {}
        rows = np.arange(len(terms))
        for value in dict.fromkeys([*values, *ways.values]):
            same = np.array([v == value for v in ways.values])
            if value in (YES, NO):
                other = np.array([v in (YES, NO) for v in ways.values]) & ~same
                fits = np.where(flips, other[None, :], same[None, :])
            else:
                fits = same[None, :] & ~flips
            score = np.where(fits, both, -1.0).astype(np.float32)
            at = score.argmax(axis=1)
            none = score[rows, at] <= -1.0
            out[value] = np.stack(
                [
                    np.where(none, 0.0, by_terms[rows, at]),
                    np.where(none, 0.0, by_dense[rows, at]),
                    np.where(none, -0.5, score[rows, at]),
                    np.where(none, 0.0, flips[rows, at]),
                    by_dense[:, -1],
                ],
                axis=1,
            ).astype(np.float32)
        return out

    def ways(self, name: str) -> _Ways:
        """The known ways of saying a fact, worked out once."""
        if name not in self._ways:
            fact = self.catalogue.facts[name]
            some = [*self.phrases.get(name, ()), *_own_words(fact)]
            texts = [words for _, words in some]
            dense, terms = self.vectors(texts)
            self._ways[name] = _Ways(
                [value for value, _ in some],
                np.array([value in (YES, NO) for value, _ in some]),
                np.array([negated(text) for text in texts]),
                terms,
                dense,
                parts(fact.name),
                frozenset().union(*(parts(text) for text in texts)),
            )
        return self._ways[name]

    def nearness(
        self, name: str, terms: NDArray[np.float32], dense: NDArray[np.float32]
    ) -> NDArray[np.float32]:
        """For each clause its likeness to the nearest phrase of a figure, shape (clauses, 3): terms, encoder, both."""
        ways = self.ways(name)
        by_terms, by_dense = product(terms, ways.terms), product(dense, ways.dense)
        both = by_terms + _DENSE * by_dense
        rows, at = np.arange(len(terms)), both.argmax(axis=1)
        return np.stack([by_terms[rows, at], by_dense[rows, at], both[rows, at]], axis=1)

    def siblings(self, name: str) -> tuple[str, ...]:
        """The facts of the vocabulary whose names are most like a fact's."""
        if name not in self._siblings:
            own = parts(self.catalogue.facts[name].name)
            like = {
                other: sum(self.rarity[p] for p in own & parts(fact.name))
                for other, fact in self.catalogue.facts.items()
                if other != name
                and (fact.type in NUMERIC) == (self.catalogue.facts[name].type in NUMERIC)
                and fact.type not in ("region", "date")
            }
            self._siblings[name] = tuple(sorted(like, key=lambda o: -like[o])[:_SIBLINGS])
        return self._siblings[name]

    def vectors(self, texts: Sequence[str]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Unit vectors of some texts: of the encoder, and of their terms, the rarer the heavier."""
        terms = np.zeros((len(texts), _WIDTH), dtype=np.float32)
        for row, text in enumerate(texts):
            for part in parts(text):
                terms[row, _place(part)] += self.rarity.get(part, 3.0) * (1.0 if len(part) == 2 else 0.5)
        lengths = np.linalg.norm(terms, axis=1, keepdims=True)
        np.divide(terms, lengths, out=terms, where=lengths > 0)
        return _encoded(tuple(texts)), terms


def product(a: NDArray[np.float32], b: NDArray[np.float32]) -> NDArray[np.float32]:
    """All inner products of two sets of rows, in steps so small that no threads are woken for them."""
    step = max(1, _ALONE // max(1, b.size))
    if len(a) <= step:
        return a @ b.T
    return np.concatenate([a[i : i + step] @ b.T for i in range(0, len(a), step)])


def sort_of(guess: Guess) -> str:
    """Which of `SORTS` a guess is."""
    return {YES: "yes", NO: "no"}.get(guess.value, "choice")


def chance_of(weights: NDArray[np.float64], features: Sequence[float]) -> float:
    """The probability that weights, the constant last, give to features."""
    score = float(np.dot(weights[:-1], features) + weights[-1])
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, score))))


@lru_cache(maxsize=64)
def _encoded(texts: tuple[str, ...]) -> NDArray[np.float32]:
    return load_encoder().encode(list(texts))


def _may_say(fact: Fact, value: str, text: str) -> bool:
    """Whether words can say a value at all: a level needs its own word, a place of ours one of ours."""
    if fact.type == "boolean":
        return not (value == YES and "杭" in fact.name) or bool(_PLACE.search(text))
    wanted = set(_LEVEL.findall(value))
    return not wanted or wanted == set(_LEVEL.findall(text))


def _own_words(fact: Fact) -> list[tuple[str, str]]:
    """What a fact's own name says; the name stands last."""
    name = re.sub(r"（[^）]*）", "", fact.name)
    if fact.type == "boolean":
        return [(YES, fact.ask.rstrip("？?吗")), (YES, name)]
    if fact.type in NUMERIC:
        return [("", name)]
    return [*((option, option) for option in fact.options), ("", name)]


def phrases_of(path: Path = PHRASES) -> dict[str, list[tuple[str, str]]]:
    """The written phrases, fact → (value, words)."""
    out: dict[str, list[tuple[str, str]]] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            fact, value, words = line.split("\t")
            out.setdefault(fact, []).extend(("" if value == "-" else value, w) for w in words.split("；"))
    return out


def merged(*sources: Mapping[str, Sequence[Sequence[str]]]) -> dict[str, list[tuple[str, str]]]:
    """Phrases of several sources, each once."""
    out: dict[str, dict[tuple[str, str], None]] = {}
    for source in sources:
        for fact, some in source.items():
            for value, words in some:
                out.setdefault(fact, {})[(value, words)] = None
    return {fact: list(some) for fact, some in out.items()}
