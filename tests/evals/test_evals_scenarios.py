"""Eligibility held against scenarios written from the documents."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from assistant.eligibility.catalogue import Catalogue
from evals.scenarios import Scenario, load, measure, score, shares, typed
from ingest.errors import InputError

CATALOGUE = Catalogue.bundled()
SCENARIOS = load()


def test_the_set_is_as_large_and_even_as_it_must_be() -> None:
    verdicts = Counter(s.verdict for s in SCENARIOS)
    assert len(SCENARIOS) >= 150 and len({s.programme for s in SCENARIOS}) >= 45
    assert max(verdicts.values()) - min(verdicts.values()) <= 0.1 * len(SCENARIOS)
    assert set(verdicts) == {"eligible", "not_eligible", "undetermined"}


def test_scenarios_name_programmes_and_facts_that_there_are() -> None:
    for scenario in SCENARIOS:
        CATALOGUE.entry(scenario.programme)
        assert set(scenario.facts) <= set(CATALOGUE.facts), scenario.id
        assert set(scenario.missing) <= set(CATALOGUE.facts) - set(scenario.facts), scenario.id
        assert (scenario.failed is not None) == (scenario.verdict == "not_eligible"), scenario.id
        assert bool(scenario.missing) == (scenario.verdict == "undetermined"), scenario.id


def test_nobody_is_told_that_they_qualify_from_a_sentence_though_they_do_not() -> None:
    scores = measure(SCENARIOS, CATALOGUE, sentences=True)
    assert [s.scenario.id for s in scores if s.told_eligible] == []


def test_verdicts_from_typed_facts_are_mostly_right() -> None:
    held = shares(measure(SCENARIOS, CATALOGUE))
    for name, least in (("verdict", 0.9), ("failed condition named", 0.9), ("missing fact asked for", 0.9)):
        right, of = held[name]
        assert right / of >= least, name


def test_a_wrong_expectation_is_noticed() -> None:
    scenario = next(s for s in SCENARIOS if s.verdict == "not_eligible")
    turned = scenario.model_copy(update={"verdict": "eligible"})
    assert score(scenario, typed(scenario, CATALOGUE), CATALOGUE).right
    assert not score(turned, typed(turned, CATALOGUE), CATALOGUE).right


@pytest.mark.parametrize(
    "text",
    [
        "scenarios: 3",
        "nothing: []",
        ": : :",
        "scenarios:\n- {id: a}",
        "scenarios:\n- {id: a, programme: p, as_of: 2021-01-01, sentence: s, verdict: maybe}",
    ],
)
def test_a_file_that_is_no_set_of_scenarios_is_named(tmp_path: Path, text: str) -> None:
    path = tmp_path / "set.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"set\.yaml"):
        load([path])


def test_an_id_may_stand_once(tmp_path: Path) -> None:
    line = "- {id: a, programme: p, as_of: 2021-01-01, sentence: s, verdict: eligible}\n"
    path = tmp_path / "set.yaml"
    path.write_text("scenarios:\n" + line * 2, encoding="utf-8")
    with pytest.raises(InputError, match="twice"):
        load([path])


def test_a_scenario_knows_what_it_may_say() -> None:
    with pytest.raises(ValueError, match="extra"):
        Scenario.model_validate(
            {
                "id": "a",
                "programme": "p",
                "as_of": "2021-01-01",
                "sentence": "s",
                "verdict": "eligible",
                "x": 1,
            }
        )


def test_what_would_do_in_place_of_a_missing_fact_is_not_taken_to_be_met() -> None:
    (scenario,) = (s for s in SCENARIOS if s.id == "se-056")
    assert scenario.others_met and scenario.missing == ["main_operations_in_hangzhou"]
    assert typed(scenario, CATALOGUE).verdict == "undetermined"
    told = scenario.model_copy(update={"missing": []})  # nothing is missing: one of the two ways is met
    assert typed(told, CATALOGUE).verdict == "eligible"
