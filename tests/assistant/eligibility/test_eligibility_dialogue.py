"""Asking for what is missing, taking answers, keeping the state as plain data."""

from __future__ import annotations

import json

import pytest
from solving import DAY, Applicant, solve

from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.conditions import leaves
from assistant.eligibility.dialogue import (
    DONT_KNOW,
    Dialogue,
    Question,
    answered,
    corrected,
    next_question,
    result,
)
from ingest.errors import HangceError
from ingest.knowledge import load_policies

PROGRAMMES = [programme.id for policy in load_policies() for programme in policy.programmes]


def said(question: Question, applicant: Applicant) -> str:
    if not question.fact:
        prose = question.key.partition("|")[2]
        return "是" if applicant.statements.get(prose, True) else "否"
    value = applicant.facts[question.fact]
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, set):
        return next(iter(value))
    return value if isinstance(value, str) else f"{value}"


@pytest.mark.parametrize("name", PROGRAMMES)
def test_a_dialogue_ends_with_a_verdict_within_as_many_questions_as_there_are_facts(
    name: str, catalogue: Catalogue
) -> None:
    entry = catalogue.entry(name)
    applicant = solve(entry, catalogue)
    assert applicant
    if any(isinstance(v, set) and len(v) > 1 for v in applicant.facts.values()):
        pytest.skip("this applicant holds several options at once")
    dialogue, asked = Dialogue(name), []
    dialogue.profile.sanctions = True  # ask about those as well
    while question := next_question(dialogue, catalogue, DAY):
        asked.append(question.key)
        dialogue = answered(dialogue, question, said(question, applicant), catalogue, DAY)
        assert len(asked) == len(set(asked))
    keys = {leaf.key for leaf in leaves(entry.tree)}
    assert len(asked) <= len(keys)
    outcome = result(dialogue, catalogue, DAY)
    if outcome.verdict == "undetermined":
        assert all(m.leaf.advance for m in outcome.missing)
    else:
        assert outcome.verdict == "eligible"


def test_not_knowing_is_an_answer_and_is_not_asked_again(catalogue: Catalogue) -> None:
    dialogue = Dialogue("young-eagle-2020")
    asked = []
    while question := next_question(dialogue, catalogue, DAY):
        asked.append(question.key)
        dialogue = answered(dialogue, question, DONT_KNOW, catalogue, DAY)
    assert len(asked) == len(set(asked)) > 5
    assert result(dialogue, catalogue, DAY).verdict == "undetermined"


def test_the_result_so_far_is_there_at_any_time(catalogue: Catalogue) -> None:
    dialogue = Dialogue("young-eagle-2020")
    assert result(dialogue, catalogue, DAY).verdict == "undetermined"
    question = Question("employees", "", [], "employees")
    dialogue = answered(dialogue, question, "不到10人", catalogue, DAY)
    assert result(dialogue, catalogue, DAY).verdict == "not_eligible"
    assert next_question(dialogue, catalogue, DAY) is None


def test_the_state_is_plain_data_and_comes_back_the_same(catalogue: Catalogue) -> None:
    dialogue = Dialogue("young-eagle-2020")
    for fact, words in [
        ("employees", "30多人"),
        ("sales_last_year", "不到3000万"),
        ("rnd_sales_ratio", "4.6%"),
    ]:
        dialogue = answered(dialogue, Question(fact, "", [], fact), words, catalogue, DAY)
    text = json.dumps(dialogue.to_json(), ensure_ascii=False)
    again = Dialogue.from_json(json.loads(text), catalogue, DAY)
    assert again == dialogue


@pytest.mark.parametrize(
    "data", [{}, {"facts": []}, {"facts": {"no_such_fact": {"value": 1}}}, {"facts": None}]
)
def test_a_state_that_is_none_is_refused(catalogue: Catalogue, data: dict[str, object]) -> None:
    with pytest.raises(HangceError):
        Dialogue.from_json(data, catalogue, DAY)


def test_an_answer_that_cannot_be_read_leaves_the_dialogue_as_it_was(catalogue: Catalogue) -> None:
    dialogue = Dialogue("young-eagle-2020")
    with pytest.raises(HangceError, match="employees"):
        answered(dialogue, Question("employees", "", [], "employees"), "很多", catalogue, DAY)
    assert not dialogue.profile.facts


def test_a_fact_can_be_corrected_and_forgotten(catalogue: Catalogue) -> None:
    dialogue = answered(
        Dialogue("young-eagle-2020"), Question("employees", "", [], "employees"), "8人", catalogue, DAY
    )
    assert (
        result(corrected(dialogue, "employees", "35人", catalogue, DAY), catalogue, DAY).verdict
        == "undetermined"
    )
    assert not corrected(dialogue, "employees", None, catalogue, DAY).profile.facts


def test_without_a_programme_the_fact_that_most_programmes_wait_for_comes_first(catalogue: Catalogue) -> None:
    question = next_question(Dialogue(), catalogue, DAY)
    assert question is not None and question.fact == "registered_in_hangzhou"
    assert question.options == ["是", "否", DONT_KNOW]


def test_choices_and_districts_come_as_buttons(catalogue: Catalogue) -> None:
    dialogue = Dialogue("student-2020-startup-grant-urban")
    seen = {}
    while question := next_question(dialogue, catalogue, DAY):
        seen[question.key] = question.options
        dialogue = answered(dialogue, question, DONT_KNOW, catalogue, DAY)
    assert "萧山区" in seen["district"]
