"""Learning to read facts by likeness: the weights, the thresholds, and what becomes a phrase."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pytest

from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.likeness import FEATURES, SILENT, YES, Guess, Likeness, phrases_of
from evals.scenarios import Scenario
from evals.train_likeness import (
    ENOUGH,
    LEARNED_FROM,
    LEAST,
    Case,
    Reading,
    Row,
    cases,
    fit,
    folds,
    learned,
    rows_of,
    threshold_for,
)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return Catalogue.bundled()


def scenario(number: int, sentence: str, programme: str = "young-eagle-2020", **more: Any) -> Scenario:
    return Scenario(
        id=f"t-{number}",
        programme=programme,
        as_of=date(2021, 6, 22),
        sentence=sentence,
        verdict="undetermined",
        others_met=True,
        **more,
    )


def case(catalogue: Catalogue, sentence: str, **more: Any) -> Case:
    return cases([scenario(1, sentence, **more)], catalogue)[0]


def guess(chance_like: float) -> Guess:
    features = [0.0] * len(FEATURES)
    features[FEATURES.index("dense")] = chance_like
    return Guess("owns_ip", YES, "专利是自家的", tuple(features))


def reading(chance: float, right: bool, hidden: bool, about: Case) -> Reading:
    return Reading(chance, right, hidden, True, about, guess(chance))


def test_the_sets_held_back_are_not_learned_from() -> None:
    assert not {"second", "sixth", "eighth"} & set(LEARNED_FROM)


def test_weights_tell_right_guesses_from_wrong_ones() -> None:
    rng = np.random.default_rng(5)
    rows = []
    for number in range(200):
        right = number % 2 == 0
        rows.append(
            Row(
                guess(0.7 + 0.2 * rng.random() if right else 0.5 * rng.random()),
                right,
                (str(number), "owns_ip", YES),
                1.0,
            )
        )
    reader = Likeness(Catalogue.bundled(), {}, fit(rows))
    assert reader.chance(guess(0.85)) > 0.9
    assert reader.chance(guess(0.1)) < 0.1
    assert np.array_equal(fit(rows), fit(rows))  # nothing is left to chance


def test_of_several_clauses_for_a_value_the_likeliest_counts() -> None:
    rows = []
    for number in range(60):
        bag = (str(number), "owns_ip", YES)
        right = number % 2 == 0
        rows += [Row(guess(0.9 if right else 0.4), right, bag, 1.0), Row(guess(0.05), right, bag, 1.0)]
    reader = Likeness(Catalogue.bundled(), {}, fit(rows))
    assert reader.chance(guess(0.9)) > 0.8 > 0.3 > reader.chance(guess(0.3))


def test_the_threshold_keeps_what_is_read_right_and_what_is_left_out_unread(catalogue: Catalogue) -> None:
    about = case(catalogue, "我们是杭州的企业。")
    good = [reading(0.99 - 0.0001 * n, True, False, about) for n in range(300)]
    assert threshold_for(good, "figure", 100) == pytest.approx(good[-1].chance)
    assert threshold_for(good, "yes", 100) >= LEAST["yes"]
    wrong = [reading(0.95 - 0.0001 * n, False, False, about) for n in range(60)]
    assert threshold_for([*good, *wrong], "figure", 100) > wrong[-1].chance
    left_out = [reading(0.97005, False, True, about)]
    assert threshold_for([*good, *left_out], "yes", 100) > 0.97005
    assert threshold_for(good[: ENOUGH - 1], "yes", 100) == 1.0  # too few to tell


def test_all_scenarios_of_a_document_are_in_one_fold(catalogue: Catalogue) -> None:
    some = cases(
        [
            scenario(n, "我们是杭州的企业。", p)
            for n, p in enumerate(("young-eagle-2020", "young-eagle-2020-loan-interest"))
        ],
        catalogue,
    )
    assert len(set(folds(some))) == 1


def test_what_a_pattern_read_rightly_becomes_a_phrase_and_what_it_read_wrongly_does_not(
    catalogue: Catalogue,
) -> None:
    right = case(catalogue, "研发费用单独建账，职工35人。", facts={"rnd_separate_accounts": True})
    assert learned([right], None)["rnd_separate_accounts"] == [("true", "研发费用单独建账")]
    wrong = case(catalogue, "研发费用单独建账，职工35人。", facts={"rnd_separate_accounts": False})
    assert "rnd_separate_accounts" not in learned([wrong], None)


def test_guesses_on_what_was_left_out_are_wrong_and_weigh_more(catalogue: Catalogue) -> None:
    about = case(
        catalogue,
        "账目规范，研发费用单独建账。",
        facts={"rnd_separate_accounts": True},
        missing=["registered_in_hangzhou"],
    )
    reader = Likeness(catalogue, phrases_of(), np.zeros(len(FEATURES) + 1))
    rows = rows_of(about, reader, ["has_bank_loan"])
    assert any(r.right and r.guess.fact == "rnd_separate_accounts" for r in rows)
    left_out = [r for r in rows if r.guess.fact == "registered_in_hangzhou"]
    assert not any(r.right for r in left_out)
    strange = [r for r in rows if r.guess.fact == "has_bank_loan"]
    assert not any(r.right for r in strange)
    assert all(r.guess.value != SILENT for r in rows)
