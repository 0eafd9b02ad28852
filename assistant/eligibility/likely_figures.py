"""Figures said in words that no pattern foresaw: each goes to the open fact of the programme that its clause is most like.

The unit decides which facts a figure can be at all; what likeness means was learned (`evals/train_likeness.py`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.eligibility.assigning import Figure, countable, figures_in
from assistant.eligibility.likeness import (
    MOST_LIKELY,
    Likeness,
    chance_of,
    parts,
)
from assistant.eligibility.numbers import Range
from assistant.eligibility.profile import Known
from assistant.eligibility.values import NUMERIC, number
from assistant.eligibility.wording import Wording

FIGURE_FEATURES = (
    "terms", "dense", "both", "product", "name", "rival", "sibling", "elsewhere", "explained",
    "choices", "bare", "joined", "article", "money", "count", "share", "time", "phrases",
)  # fmt: skip
SURER = 0.8  # chance from which on a figure may make a condition fail
_HOLE = "#"
_STOP = re.compile(r"[，,。！!？?；;：:\n（）()]")
_ANY = re.compile(r"一[个家名位]")  # an article rather than a number
_GRANTED = re.compile(
    r"[^，。；]{0,4}(?:奖励|奖金|补助|补贴|资助|奖补|额度)"
)  # what is given, nothing of one's own
_CALENDAR = re.compile(r"(?:19|20)\d\d年")
_LITTLE = 2  # characters around a figure that say nothing by themselves
_MOST = 24  # characters of the clause before, where it is needed


@dataclass(frozen=True, slots=True)
class FigureGuess:
    """What a figure may say of a fact, with the features of `FIGURE_FEATURES`; `place` names the figure."""

    fact: str
    place: tuple[int, int]
    value: Range
    words: str
    features: tuple[float, ...]


@dataclass(slots=True)
class LikelyFigures:
    """Reads open figures by likeness; `weights` are those of `FIGURE_FEATURES` and, last, the constant."""

    likeness: Likeness
    weights: NDArray[np.float64]
    threshold: float

    def read(
        self,
        wordings: Sequence[Wording],
        open_: Sequence[str],
        read: Mapping[str, Known],
        fails: Callable[[str, Known], bool] = lambda _, __: False,
    ) -> dict[str, Known]:
        """The figures that the words tell by likeness: each of one fact, none that a fact was read from already.

        Args:
            wordings: what was said.
            open_: facts without a value.
            read: facts that were read, with their words.
            fails: whether a condition would fail with a fact; such a figure is only read where it is surer (`SURER`).
        """
        facts = self.likeness.catalogue.facts
        claimed = [known for name, known in read.items() if facts[name].type in NUMERIC]
        found: dict[str, Known] = {}
        for wording in wordings:
            free = [f for f in figures_in(wording) if not any(_taken(f, known) for known in claimed)]
            rated = sorted(
                ((self.chance(g), g) for g in self.guesses(wording, open_, free)), key=lambda r: -r[0]
            )
            used: set[tuple[int, int]] = set()
            for chance, guess in rated:
                if chance < self.threshold:
                    break
                near = [
                    c for c, g in rated
                    if g != guess and (g.place == guess.place) != (g.fact == guess.fact) and g.fact not in found
                ]  # fmt: skip
                if guess.fact in found or guess.place in used or max(near, default=0.0) >= MOST_LIKELY:
                    continue
                known = Known(guess.value, guess.words)
                if chance < SURER and fails(guess.fact, known):
                    continue
                found[guess.fact] = known
                used.add(guess.place)
        return found

    def chance(self, guess: FigureGuess) -> float:
        """The probability that a guess is right."""
        return chance_of(self.weights, guess.features)

    def guesses(
        self, wording: Wording, wanted: Sequence[str], figures: Sequence[Figure]
    ) -> list[FigureGuess]:
        """Each figure held against each fact whose unit it has."""
        facts = self.likeness.catalogue.facts
        names = [name for name in wanted if facts[name].type in NUMERIC]
        figures = [
            f
            for f in figures
            if not _CALENDAR.fullmatch(f.words) and not _GRANTED.match(wording.figures[f.sentence][f.end :])
        ]
        pairs = [(at, n) for at, figure in enumerate(figures) for n in names if countable(facts[n], figure)]
        if not pairs:
            return []
        texts = [around_figure(wording, figure, figures_in(wording)) for figure in figures]
        dense, terms = self.likeness.vectors([text for text, _ in texts])
        close = {name: self.likeness.siblings(name) for name in {n for _, n in pairs}}
        scores = {
            name: self.likeness.nearness(name, terms, dense)
            for name in dict.fromkeys([*(n for _, n in pairs), *(s for some in close.values() for s in some)])
        }
        out = []
        for at, name in pairs:
            figure, (text, joined) = figures[at], texts[at]
            value = number(facts[name], figure.words, figure.before, figure.after)
            if value is None:
                continue
            rivals = [n for a, n in pairs if a == at and n != name]
            elsewhere = [a for a, n in pairs if n == name and a != at]
            ways, score, of = self.likeness.ways(name), scores[name][at], parts(text)
            rarity = self.likeness.rarity
            weight = sum(rarity.get(p, 3.0) for p in of) or 1.0
            features = (
                float(score[0]),
                float(score[1]),
                float(score[2]),
                float(score[0] * max(0.0, score[1])),
                sum(rarity.get(p, 0.0) for p in ways.name & of)
                / (sum(rarity.get(p, 0.0) for p in ways.name) or 1.0),
                max((float(scores[n][at][2]) for n in rivals), default=0.0),
                max(
                    (float(scores[n][at][2]) for n in close[name] if countable(facts[n], figure)), default=0.0
                ),
                max((float(scores[name][a][2]) for a in elsewhere), default=0.0),
                sum(rarity.get(p, 3.0) for p in of & ways.known) / weight,
                math.log(1 + len(rivals)),
                float(len(text.strip(_HOLE)) <= _LITTLE),
                float(joined),
                float(bool(_ANY.fullmatch(figure.words))),
                float(figure.kind == "money"),
                float(figure.kind == "count"),
                float(figure.kind == "share"),
                float(figure.kind in ("years", "months")),
                math.log(len(ways.values)),
            )
            out.append(FigureGuess(name, (figure.sentence, figure.start), value, figure.shown, features))
        return out


def _taken(figure: Figure, known: Known) -> bool:
    """Whether a fact was read from a figure."""
    return figure.words in known.words or (len(known.words) > 1 and known.words in figure.shown)


def around_figure(wording: Wording, figure: Figure, every: Sequence[Figure]) -> tuple[str, bool]:
    """The clause of a figure with a hole in its place, without other figures; with the clause before where it says little."""
    sentence = wording.figures[figure.sentence]
    others = [f for f in every if f.sentence == figure.sentence and not _ANY.fullmatch(f.words)]
    alike = [f for f in others if f.kind == figure.kind]
    start = max([f.end for f in alike if f.end <= figure.start] + [0])
    end = min([f.start for f in alike if f.start >= figure.end] + [len(sentence)])
    bare = list(sentence)
    for other in others:
        if other.kind != figure.kind:
            bare[other.start : other.end] = [""] * (other.end - other.start)
    pieces = list(_STOP.split("".join(bare[start : figure.start])))
    own, after = pieces[-1].strip("、"), _STOP.split("".join(bare[figure.end : end]))[0].strip("、")
    if len(own) + len(after) > _LITTLE or len(pieces) == 1:
        return f"{own}{_HOLE}{after}", False
    earlier = next((p for p in reversed(pieces[:-1]) if p.strip()), "")
    return f"{earlier[-_MOST:]}，{own}{_HOLE}{after}", True
