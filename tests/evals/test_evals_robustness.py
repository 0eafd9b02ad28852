"""Asking the same otherwise: the ways, and what is counted."""

from __future__ import annotations

import random
from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest

from evals import robustness
from evals.questions import Question
from evals.robustness import WAYS, measure
from index.query import clean_question
from index.sounds import syllable_table

ASKED = "科技创新券，一家企业最多领多少？"


def test_people_talk_before_or_behind_what_they_ask() -> None:
    said = {WAYS["said around"](ASKED, random.Random(n)) for n in range(20)}
    assert len(said) > 10 and all("科技创新券，一家企业最多领多少" in s and len(s) > len(ASKED) for s in said)


def test_one_character_in_fifteen_sounds_the_same() -> None:
    sounds = syllable_table()
    heard = WAYS["typed by sound"](ASKED, random.Random(3))
    apart = [(a, b) for a, b in zip(ASKED, heard, strict=True) if a != b]
    assert len(apart) == 1 and all(sounds[a] == sounds[b] for a, b in apart)
    assert WAYS["typed by sound"]("abc", random.Random(3)) == "abc"


def test_pauses_go_and_characters_change() -> None:
    assert WAYS["without pauses"](ASKED, random.Random(0)) == "科技创新券一家企业最多领多少"
    traditional = WAYS["traditional"](ASKED, random.Random(0))
    assert traditional != ASKED and clean_question(traditional) == clean_question(ASKED)


def _question(number: int, text: str, **more: Any) -> Question:
    return Question.model_validate(
        {"id": f"q{number}", "question": text, "kind": "amount", "split": "dev", "status": "answered",
         "as_of": "2021-01-01", "gold": {"any_of": [{"doc": "纸鸢", "clause": "一、", "file": "k.txt", "lines": [1, 1]}]}, "facts": [["20万元"]]} | more
    )  # fmt: skip


def test_only_what_was_right_before_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Answers only what is asked with a question mark, and never an odd question."""

    def ask(question: str, as_of: date) -> Any:
        answers = question.endswith("？") and "怪" not in question
        cited = [SimpleNamespace(citations=["纸鸢#一、"])] if answers else []
        return SimpleNamespace(status="answered" if answers else "not_covered", statements=cited)

    ways = {"as it was": lambda q, rng: q, "without pauses": WAYS["without pauses"]}
    monkeypatch.setattr(robustness, "WAYS", ways)
    asked = [_question(1, "纸鸢补多少？"), _question(2, "怪纸鸢补多少？"), _question(3, "纸鸢，补几何？")]
    kept = measure(SimpleNamespace(ask=ask), asked, 1)  # type: ignore[arg-type]
    assert kept["as it was"].answered == [True, True] and kept["as it was"].changed == []
    assert kept["without pauses"].answered == [False, False] == kept["without pauses"].cited
    assert kept["without pauses"].changed == ["纸鸢补多少", "纸鸢补几何"]
