"""The engine over all programmes of the knowledge files, and over conditions made up for one point each."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solving import DAY, Applicant, bound_of, candidates, holds, solve, step

from assistant.eligibility.catalogue import Catalogue, Entry
from assistant.eligibility.conditions import leaves
from assistant.eligibility.engine import Judge, judge
from assistant.eligibility.logic import State, at_least, every, opposite, some
from assistant.eligibility.numbers import Range
from assistant.eligibility.profile import Known, Profile
from assistant.eligibility.values import Options
from ingest.knowledge import load_policies

PROGRAMMES = [programme.id for policy in load_policies() for programme in policy.programmes]
STATES = st.sampled_from(list(State))


@pytest.fixture(scope="module")
def solved(catalogue: Catalogue) -> dict[str, Applicant]:
    found = {entry.programme.id: solve(entry, catalogue) for entry in catalogue.entries()}
    return {name: applicant for name, applicant in found.items() if applicant}


# --- logic ---


@given(st.lists(STATES))
def test_conjunction_and_disjunction_mirror_each_other(states: list[State]) -> None:
    assert some(states) == opposite(every(opposite(s) for s in states))


@given(st.lists(STATES, min_size=1), st.integers(0, 5))
def test_learning_an_unknown_never_contradicts_what_was_decided(states: list[State], n: int) -> None:
    for combine in (every, some, lambda found: at_least(n, found)):
        before = combine(states)
        for place, state in enumerate(states):
            if state is State.UNKNOWN and before is not State.UNKNOWN:
                for learnt in (State.MET, State.NOT_MET):
                    assert combine([*states[:place], learnt, *states[place + 1 :]]) == before


def test_at_least_n_decides_as_soon_as_it_can() -> None:
    met, not_met, unknown = State.MET, State.NOT_MET, State.UNKNOWN
    assert at_least(2, [met, met, unknown]) is met
    assert at_least(2, [not_met, not_met, unknown]) is not_met
    assert at_least(2, [met, not_met, unknown]) is unknown


# --- all programmes ---


def test_every_programme_has_an_applicant_who_is_eligible(
    catalogue: Catalogue, solved: dict[str, Applicant]
) -> None:
    missing = set(catalogue.ids) - set(solved)
    assert not missing
    for name, applicant in solved.items():
        entry = catalogue.entry(name)
        outcome = judge(entry, applicant.profile(entry), DAY, catalogue)
        assert outcome.verdict == "eligible", (
            name,
            [c.text for c in outcome.conditions if c.state is not State.MET],
        )


@pytest.mark.parametrize("name", PROGRAMMES)
def test_every_threshold_holds_just_under_at_and_just_over_it(name: str, catalogue: Catalogue) -> None:
    entry = catalogue.entry(name)
    for leaf in entry.programme.conditions.leaves():
        bound = bound_of(leaf) if leaf.fact else None
        if bound is None or leaf.fact is None:
            continue
        applicant = solve(entry, catalogue, through=leaf) or solve(entry, catalogue)
        assert applicant is not None
        fact = catalogue.facts[leaf.fact]
        for value in (bound - step(fact), bound, bound + step(fact)):
            changed = applicant.having(leaf.fact, value)
            expected = "eligible" if holds(entry.programme.conditions, changed) else "not_eligible"
            outcome = judge(entry, changed.profile(entry), DAY, catalogue)
            assert outcome.verdict == expected, (name, leaf.fact, value)
            if expected == "not_eligible":
                assert leaf.fact in {test.fact for c in outcome.failed for test in c.deciding}


@pytest.mark.parametrize("name", PROGRAMMES)
def test_every_yes_or_no_choice_and_statement_decides_when_it_alone_is_changed(
    name: str, catalogue: Catalogue, solved: dict[str, Applicant]
) -> None:
    entry, applicant = catalogue.entry(name), solved[name]
    conditions = entry.programme.conditions
    for leaf in conditions.leaves():
        if leaf.prose:
            now = applicant.statements.get(leaf.prose, True)
            changes = [Applicant(applicant.facts, {**applicant.statements, leaf.prose: not now})]
        else:
            fact = catalogue.facts[leaf.fact or ""]
            if fact.type not in ("boolean", "choice", "region"):
                continue
            changes = [applicant.having(fact.id, value) for value in candidates(fact, entry)]
        for changed in changes:
            expected = "eligible" if holds(conditions, changed) else "not_eligible"
            outcome = judge(entry, changed.profile(entry), DAY, catalogue)
            assert outcome.verdict == expected, (name, leaf.fact or leaf.prose)
            assert bool(outcome.failed) is (expected == "not_eligible")


@pytest.mark.parametrize("name", PROGRAMMES)
def test_validity_stands_beside_the_verdict_on_every_date_of_the_document(
    name: str, catalogue: Catalogue, solved: dict[str, Applicant]
) -> None:
    entry = catalogue.entry(name)
    profile = solved[name].profile(entry)
    listing = entry.listing
    day = timedelta(days=1)
    if listing["effective"] and len(listing["effective"]) == 10:
        start = date.fromisoformat(listing["effective"])
        assert judge(entry, profile, start - day, catalogue).validity == "not_yet"
        assert judge(entry, profile, start, catalogue).in_force
    if listing["expires"] and len(listing["expires"]) == 10 and not listing["superseded_by"]:
        end = date.fromisoformat(listing["expires"])
        assert judge(entry, profile, end, catalogue).in_force
        after = judge(entry, profile, end + day, catalogue)
        assert (after.in_force, after.validity, after.ended) == (False, "expired", listing["expires"])
        assert after.verdict == "eligible"
    if listing["superseded_on"]:
        taken_over = date.fromisoformat(listing["superseded_on"])
        assert not judge(entry, profile, taken_over, catalogue).in_force


@pytest.mark.parametrize("name", PROGRAMMES)
def test_learning_facts_one_by_one_never_turns_a_condition_round(
    name: str, catalogue: Catalogue, solved: dict[str, Applicant]
) -> None:
    entry = catalogue.entry(name)
    whole = solved[name].profile(entry)
    order = list(whole.facts.items())
    random.Random(name).shuffle(order)
    known = Profile(sanctions=True)  # nothing is taken for granted here
    before = [c.state for c in judge(entry, known, DAY, catalogue).conditions]
    for fact, value in order:
        known.facts[fact] = value
        states = [c.state for c in judge(entry, known, DAY, catalogue).conditions]
        for old, new in zip(before, states, strict=True):
            assert old is State.UNKNOWN or old is new
        before = states


@pytest.mark.parametrize("name", PROGRAMMES[::3])
def test_the_order_of_facts_does_not_matter(
    name: str, catalogue: Catalogue, solved: dict[str, Applicant]
) -> None:
    entry = catalogue.entry(name)
    profile = solved[name].profile(entry)
    half = dict(list(profile.facts.items())[::2])
    there = judge(entry, Profile(dict(half)), DAY, catalogue)
    back = judge(entry, Profile(dict(reversed(half.items()))), DAY, catalogue)
    assert [c.state for c in there.conditions] == [c.state for c in back.conditions]
    assert [m.leaf.key for m in there.missing] == [m.leaf.key for m in back.missing]


def test_nobody_is_eligible_for_anything_without_saying_something(catalogue: Catalogue) -> None:
    for entry in catalogue.entries():
        if list(leaves(entry.tree)):
            assert judge(entry, Profile(), DAY, catalogue).verdict != "eligible", entry.programme.id


# --- one point each ---


def test_a_rank_that_nobody_can_know_keeps_the_verdict_open_and_is_named_last(catalogue: Catalogue) -> None:
    entry = catalogue.entry("rnd-subsidy-2020-large")
    applicant = solve(entry, catalogue)
    assert applicant
    profile = applicant.profile(entry)
    del profile.facts["rnd_increase_rank"]
    profile.all_else = True
    outcome = judge(entry, profile, DAY, catalogue)
    assert outcome.verdict == "undetermined"
    assert [m.leaf.fact for m in outcome.missing] == ["rnd_increase_rank"]
    assert outcome.missing[0].leaf.advance


def test_a_rough_figure_decides_only_where_it_lies_on_one_side(catalogue: Catalogue) -> None:
    entry = catalogue.entry("young-eagle-2020")
    applicant = solve(entry, catalogue)
    assert applicant
    profile = applicant.profile(entry)
    expected = {(8, 12): "undetermined", (10, 12): "eligible", (5, 9): "not_eligible"}
    for (low, high), verdict in expected.items():
        profile.facts["employees"] = Known(Range(Range.of(low).low, Range.of(high).high), "")
        assert judge(entry, profile, DAY, catalogue).verdict == verdict


def test_the_failing_test_of_an_alternative_is_that_of_the_applicants_own_branch(
    catalogue: Catalogue,
) -> None:
    entry = catalogue.entry("young-eagle-2020")
    applicant = solve(entry, catalogue)
    assert applicant
    small = applicant.having("sales_last_year", Range.of(28_000_000).low).having(
        "rnd_sales_ratio", Range.of("0.046").low
    )
    outcome = judge(entry, small.profile(entry), DAY, catalogue)
    assert [leaf.required for c in outcome.failed for leaf in c.deciding] == [">= 0.05"]


def test_a_sanction_of_which_nothing_is_said_is_taken_not_to_exist_and_named(catalogue: Catalogue) -> None:
    entry = catalogue.entry("key-rnd-2020-enterprise")
    applicant = solve(entry, catalogue)
    assert applicant
    entry = catalogue.entry("young-eagle-2020")
    applicant = solve(entry, catalogue)
    assert applicant
    profile = applicant.profile(entry)
    sanctions = {leaf.key for leaf in leaves(entry.tree) if leaf.unsaid is not None}
    assert sanctions
    profile.denied -= sanctions
    outcome = judge(entry, profile, DAY, catalogue)
    assert outcome.verdict == "eligible"
    assert sum(c.assumed for c in outcome.conditions) == len(sanctions)
    profile.sanctions = True
    assert judge(entry, profile, DAY, catalogue).verdict == "undetermined"


def test_options_that_may_not_be_all_do_not_exclude(catalogue: Catalogue) -> None:
    entry = catalogue.entry("incubatee-2020")
    judging = Judge(catalogue, Profile({"industry_field": Known(Options(frozenset({"环保"}), False))}), DAY)
    field = next(leaf for leaf in leaves(entry.tree) if leaf.fact == "industry_field")
    assert judging.leaf(field) is State.UNKNOWN
    judging = Judge(catalogue, Profile({"industry_field": Known(Options(frozenset({"环保"})))}), DAY)
    assert judging.leaf(field) is State.NOT_MET


def test_an_entry_names_the_clauses_of_its_own_document(catalogue: Catalogue) -> None:
    entry: Entry = catalogue.entry("rnd-subsidy-2020-large")
    assert "杭科资〔2020〕72号#第八条（一）" in entry.condition_clauses
