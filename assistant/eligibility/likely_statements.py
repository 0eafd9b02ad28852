"""Statements without a fact that were said in other words: each part held against the clauses by likeness.

A statement counts as said only where every part of it has a clause that is like it; what that means was learned
(`evals/train_likeness.py`) from statements of the programmes that scenarios are about, against those of others.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assistant.eligibility.conditions import Leaf
from assistant.eligibility.confirming import Statements, covered, plain_words, stated_parts
from assistant.eligibility.likeness import Likeness, chance_of, negated, parts, product, spoken
from assistant.eligibility.stated_figures import named_figure
from assistant.eligibility.wording import Wording

STATEMENT_FEATURES = (
    "terms", "worst_terms", "dense", "worst_dense", "product", "covered", "held", "worst_held", "explained",
    "pieces", "length", "clauses",
)  # fmt: skip
# A rank is claimed by its own word or not at all: who came back from abroad is not yet 高层次.
_RANK = re.compile(r"高层次|高端|国家级|省级|市级|特别重大|重大|领军|顶尖")
_FORM = re.compile(r"^(?:级别|类别|项目|企业|单位)?(?:是|为|属于?|属)|(?:的)?(?:要求|条件|规定)$")


@dataclass(slots=True)
class LikelyStatements:
    """Which statements were said; `weights` are those of `STATEMENT_FEATURES` and, last, the constant."""

    likeness: Likeness
    weights: NDArray[np.float64]
    threshold: float
    _known: dict[str, tuple[list[str], NDArray[np.float32], NDArray[np.float32]]] = field(
        default_factory=dict
    )

    def said(self, wordings: Sequence[Wording], open_: Sequence[Leaf], statements: Statements) -> set[str]:
        """The keys of the statements that the words say."""
        some = [leaf for leaf in open_ if readable(leaf)]
        rated = self.features(wordings, [leaf.prose for leaf in some], statements)
        return {
            leaf.key
            for leaf, features in zip(some, rated, strict=True)
            if features is not None and chance_of(self.weights, features) >= self.threshold
        }

    def features(
        self, wordings: Sequence[Wording], proses: Sequence[str], statements: Statements
    ) -> list[tuple[float, ...] | None]:
        """For each statement the features of `STATEMENT_FEATURES`; None where nothing was said, or the other way round."""
        clauses = spoken(wordings)
        if not clauses:
            return [None] * len(proses)
        texts = [plain_words(c.text) for c in clauses]
        dense, terms = self.likeness.vectors(texts)
        told = [parts(text) for text in texts]
        everything = frozenset().union(*told)
        turned = np.array([negated(c.text) for c in clauses])
        whole = [c for wording in wordings for c in wording.clauses]
        return [self._of(p, terms, dense, told, everything, turned, whole, statements) for p in proses]

    def _of(
        self,
        prose: str,
        terms: NDArray[np.float32],
        dense: NDArray[np.float32],
        told: Sequence[frozenset[str]],
        everything: frozenset[str],
        turned: NDArray[np.bool_],
        whole: Sequence[str],
        statements: Statements,
    ) -> tuple[float, ...] | None:
        pieces, own_terms, own_dense = self._pieces(prose)
        if not pieces:
            return None
        ranks = set(_RANK.findall(prose))
        if ranks and not ranks & set(_RANK.findall("".join(whole))):
            return None
        rarity = self.likeness.rarity

        def weight(some: frozenset[str]) -> float:
            return sum(rarity.get(p, 4.0) for p in some)

        by_terms, by_dense = product(terms, own_terms), product(dense, own_dense)
        both = by_terms + by_dense
        at = both.argmax(axis=0)
        columns = np.arange(len(pieces))
        best_terms, best_dense = by_terms[at, columns], by_dense[at, columns]
        held = [weight(parts(p) & everything) / (weight(parts(p)) or 1.0) for p in pieces]
        explained = [
            weight(told[a] & parts(p)) / (weight(told[a]) or 1.0) for a, p in zip(at, pieces, strict=True)
        ]
        if any(bool(turned[a]) != negated(p) for a, p in zip(at, pieces, strict=True)):
            return None
        return (
            float(best_terms.mean()),
            float(best_terms.min()),
            float(best_dense.mean()),
            float(best_dense.min()),
            float((best_terms * np.maximum(best_dense, 0)).mean()),
            covered(statements.of(prose), whole)[0],
            float(np.mean(held)),
            min(held),
            float(np.mean(explained)),
            math.log(len(pieces)),
            math.log(len(prose)),
            math.log(len(told)),
        )

    def _pieces(self, prose: str) -> tuple[list[str], NDArray[np.float32], NDArray[np.float32]]:
        if prose not in self._known:
            pieces = [_FORM.sub("", plain_words(p)) for p in stated_parts(prose)]
            pieces = [p for p in pieces if parts(p)]
            dense, terms = self.likeness.vectors(pieces)
            self._known[prose] = pieces, terms, dense
        return self._known[prose]


def readable(leaf: Leaf) -> bool:
    """Whether a statement may be read by likeness: none that excludes, that would stand in for a fact, or names a bound."""
    out_of_the_way = leaf.negated or leaf.advance or leaf.beside or leaf.special or leaf.unsaid is not None
    return bool(leaf.prose) and not out_of_the_way and not named_figure(leaf.prose)
