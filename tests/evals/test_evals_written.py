"""The training questions, and the weights that are learned from them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from pydantic import ValidationError

from assistant.courtesy import parts_of, tone_out
from assistant.service import Assistant
from evals.questions import load_questions
from evals.train_courtesy import examples as courtesy_examples
from evals.train_gate import Example, half_of, held_back, probabilities, report, train
from evals.train_own_case import examples as own_case_examples
from evals.train_refusals import examples
from evals.word_training import Example as Sentence
from evals.word_training import Task
from evals.written import WrittenQuestion, clause_of, written_questions
from index.ranker import RankingModel
from ingest.text import fold

OPTIONS = {"hidden": 4, "decay": 0.01, "epochs": 40, "members": 2}


def test_training_questions_are_none_of_those_that_are_measured() -> None:
    def pairs(text: str) -> set[str]:
        folded = fold(text)
        return {folded[i : i + 2] for i in range(len(folded) - 1)}

    measured = [pairs(q.question) for q in load_questions() if not q.history]
    for question in written_questions():
        own = pairs(question.q)
        near = max(len(own & other) / max(len(own | other), 1) for other in measured)
        assert near < 0.75, question.q


def test_answerable_ones_name_a_clause_of_the_knowledge_files(assistant_knowledge: Assistant) -> None:
    answerable = [q for q in written_questions() if not q.cause]
    assert len(answerable) > 300
    found = [clause_of(q, assistant_knowledge.searcher) for q in answerable]
    assert [q.q for q, clause in zip(answerable, found, strict=True) if clause is None] == []


@pytest.mark.parametrize(
    "data", [{"q": "问"}, {"q": "问", "doc": "甲"}, {"q": "问", "doc": "甲", "at": "一", "cause": "nonsense"}]
)
def test_a_question_has_a_clause_or_a_cause(data: dict[str, str]) -> None:
    with pytest.raises(ValidationError):
        WrittenQuestion(**data)  # type: ignore[arg-type]


def _example(seed: int, answered: Callable[[np.ndarray], bool]) -> Example:
    values = np.random.default_rng(seed).random(3)
    return Example(
        dict(zip(("telling", "noise", "constant"), [*values[:2].tolist(), 0.5], strict=True)),
        answered(values),
        str(seed),
        "dev",
        "",
    )


def test_the_gate_learns_what_tells() -> None:
    some = [_example(n, lambda v: bool(v[0] > 0.5)) for n in range(400)]
    model = train(some, **OPTIONS)  # type: ignore[arg-type]
    unseen = [_example(n, lambda v: bool(v[0] > 0.5)) for n in range(1000, 1100)]
    values = probabilities(model, unseen)
    assert np.mean([(p > 0.5) == e.answered for p, e in zip(values, unseen, strict=True)]) > 0.9
    again = RankingModel(model.to_dict())  # as it is written and read
    assert probabilities(again, unseen) == pytest.approx(values, abs=0.02)


def test_what_is_reported_is_of_questions_not_learned_from() -> None:
    coins = np.random.default_rng(0).random(200) > 0.5
    some = [_example(n, lambda v, n=n: bool(coins[n])) for n in range(200)]  # nothing tells
    values = held_back(some, OPTIONS)
    assert values.shape == (200,) and (values >= 0).all() and (values <= 1).all()
    assert abs(np.mean([(p > 0.5) == e.answered for p, e in zip(values, some, strict=True)]) - 0.5) < 0.15
    assert report(some, values).row_count == 2


def test_halves_are_stable_and_both_there() -> None:
    halves = [half_of(str(n)) for n in range(100)]
    assert halves == [half_of(str(n)) for n in range(100)]
    assert set(halves) == {0, 1}


def test_refusals_are_learned_without_the_measured_ones() -> None:
    some = examples()
    texts = {fold(example.text) for example in some}
    assert {example.label for example in some} == {0, 1, 2}
    assert not texts & {fold(q.question) for q in load_questions() if q.kind == "unsafe"}
    assert not texts & {fold(q.question) for q in load_questions((), "regression")}


def test_own_cases_are_learned_without_the_regression_questions() -> None:
    some = own_case_examples()
    texts = {fold(example.text) for example in some}
    assert {example.label for example in some} == {0, 1}
    assert not texts & {fold(q.question) for q in load_questions((), "regression")}


def test_what_is_said_around_is_learned_without_the_regression_questions() -> None:
    some = courtesy_examples()
    learned = {example.text for example in some}
    assert len(learned) == len(some) > 10_000 and {example.label for example in some} == {0, 1}
    regression = (part for q in load_questions((), "regression") for part in parts_of(tone_out(q.question)))
    # Short parts (请问, 一共多少) stand in many messages; long ones are somebody's question.
    assert not learned & {part for part in regression if len(part) > 20}


def test_weights_tell_what_they_have_learned() -> None:
    some = [Sentence(f"够不够格{i}", 1, "a") for i in range(6)] + [
        Sentence(f"有什么材料{i}", 0, "b") for i in range(6)
    ]
    task = Task(2, 1e-4, {})
    model, written = task.train(some)
    likely = model.probabilities(["够不够格", "有什么材料"])[:, 1]
    assert likely[0] > 0.5 > likely[1]
    assert set(written) == {"words", "weights", "bias"}
    unseen = task.held_back(some)
    assert unseen.shape == (12,) and unseen[:6].mean() > unseen[6:].mean()
