"""Requests that are refused: help with cheating, and attempts to give the assistant orders. Learned weights over words."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from assistant.word_weights import WordWeights

BUNDLED = Path(__file__).with_name("refusals.json")
CLASSES = ("", "fraud", "orders")


@cache
def _model() -> WordWeights:
    return WordWeights.load(BUNDLED)


def refusal(text: str) -> tuple[str, float]:
    """The likeliest reason to refuse a question (`fraud`, `orders`), and how likely it is that there is any."""
    likely = _model().probabilities([text])[0]
    return CLASSES[1 + int(likely[1:].argmax())], float(1 - likely[0])
