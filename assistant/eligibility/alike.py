"""What was said in words that no pattern foresaw, read by likeness (`likeness.json`, from `evals/train_likeness.py`)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.likely_figures import FIGURE_FEATURES, LikelyFigures
from assistant.eligibility.likely_statements import STATEMENT_FEATURES, LikelyStatements
from assistant.eligibility.likeness import FEATURES, MODEL, Likeness, merged, phrases_of
from assistant.eligibility.numbers import Range
from assistant.eligibility.profile import Known
from assistant.eligibility.values import Value
from assistant.eligibility.wording import Wording

PARTS = {"facts": FEATURES, "figures": FIGURE_FEATURES, "statements": STATEMENT_FEATURES}


@dataclass(slots=True)
class Alike:
    """The readers by likeness: of facts, of figures, and of statements without a fact."""

    facts: Likeness
    figures: LikelyFigures
    statements: LikelyStatements

    def read(
        self,
        wordings: Sequence[Wording],
        wanted: Sequence[str],
        read: Mapping[str, Known],
        fails: Callable[[str, Known], bool] = lambda _, __: False,
    ) -> dict[str, Known]:
        """The wanted facts that were not read yet, as far as the words tell them by likeness.

        A figure with which a condition `fails` has to be surer than others.
        """
        open_ = [name for name in wanted if name not in read]
        rough = [n for n in wanted if n in read and read[n].how and _rough(read[n].value)]
        figures = self.figures.read(wordings, [*open_, *rough], read, fails)
        return self.facts.read(wordings, open_, wanted) | figures


def _rough(value: Value) -> bool:
    """Whether a figure that was worked out is only known roughly, so that one said outright is better."""
    return isinstance(value, Range) and value.exact is None


_READERS: WeakKeyDictionary[Catalogue, Alike] = WeakKeyDictionary()


def alike_of(catalogue: Catalogue) -> Alike:
    """The trained readers over the written and the learned phrases, made once for a catalogue."""
    if catalogue not in _READERS:
        data = json.loads(MODEL.read_text(encoding="utf-8"))
        phrases = merged(phrases_of(), data["phrases"])
        weights = {
            part: np.array([data[part]["weights"][name] for name in (*names, "constant")])
            for part, names in PARTS.items()
        }
        facts = Likeness(catalogue, phrases, weights["facts"], data["facts"]["thresholds"])
        figures = LikelyFigures(facts, weights["figures"], data["figures"]["thresholds"]["figure"])
        statements = LikelyStatements(
            facts, weights["statements"], data["statements"]["thresholds"]["statement"]
        )
        _READERS[catalogue] = Alike(facts, figures, statements)
    return _READERS[catalogue]
