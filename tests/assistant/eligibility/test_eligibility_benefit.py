"""What a programme gives, with its arithmetic; portfolios; explanations."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from solving import DAY, solve

from assistant.eligibility.benefit import Amount, benefits, stacking
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.engine import judge
from assistant.eligibility.explain import eligibility_json, explained, table
from assistant.eligibility.numbers import Range
from assistant.eligibility.portfolio import portfolio
from assistant.eligibility.profile import Known, Profile, profile_of
from assistant.eligibility.values import Options, Value, parse


def profile(catalogue: Catalogue, **facts: Any) -> Profile:
    values: dict[str, Value] = {
        n: parse(catalogue.facts[n], v, catalogue.regions, DAY) for n, v in facts.items()
    }
    return profile_of(values)


def main(catalogue: Catalogue, programme: str, **facts: Any) -> Amount:
    return benefits(catalogue.entry(programme), profile(catalogue, **facts), DAY, catalogue)[0]


def test_a_rate_of_a_base_below_the_cap(catalogue: Catalogue) -> None:
    amount = main(catalogue, "rnd-subsidy-2020-large", rnd_increase="190万", district="萧山")
    assert amount.to_json()["amount"] == 380_000
    assert amount.arithmetic == "190万元×20%=38万元，最高200万元"
    assert amount.clause_id == "杭科资〔2020〕72号#第八条（一）"
    assert amount.upper
    assert amount.shares == "萧山：市与当地1:3分担"


def test_a_rate_of_a_base_above_the_cap(catalogue: Catalogue) -> None:
    amount = main(catalogue, "rnd-subsidy-2020-large", rnd_increase="3000万", district="西湖")
    assert amount.to_json()["amount"] == 2_000_000
    assert amount.arithmetic == "3000万元×20%=600万元，最高200万元，按200万元算"
    assert amount.shares == "西湖：市与当地1:1分担"


def test_per_mille_is_exact(catalogue: Catalogue) -> None:
    amount = main(catalogue, "phoenix-2021-merger", acquisition_amount="9000万")
    assert amount.to_json()["amount"] == 450_000
    assert amount.arithmetic == "9000万元×5‰=45万元，最高2000万元"


def test_what_is_given_for_each_is_counted(catalogue: Catalogue) -> None:
    amount = main(catalogue, "incubator-2020-high-tech-bonus", high_tech_enterprises_incubated=4)
    assert amount.to_json()["amount"] == 600_000
    assert amount.arithmetic == "每项最高15万元×4家=60万元"
    one = main(catalogue, "incubator-2020-high-tech-bonus")
    assert one.to_json()["amount"] == 150_000
    assert one.arithmetic.startswith("每项最高15万元，按")


def test_only_the_part_beyond_a_share_of_sales_counts(catalogue: Catalogue) -> None:
    sums = {"sales_last_year": "1.2亿", "rnd_spending_last_year": "1500万"}
    amount = main(catalogue, "software-city-2018-rnd-large", **sums)
    assert amount.to_json()["amount"] == 1_500_000
    assert amount.arithmetic == "（1500万元-1.2亿元×10%）×50%=150万元，最高500万元"
    nothing = main(
        catalogue, "software-city-2018-rnd-large", sales_last_year="2亿", rnd_spending_last_year="1500万"
    )
    assert nothing.to_json()["amount"] == 0
    unknown = main(catalogue, "software-city-2018-rnd-large", rnd_spending_last_year="1500万")
    assert (unknown.amount, unknown.missing) == (None, ("sales_last_year",))


def test_only_the_part_beyond_an_amount_counts(catalogue: Catalogue) -> None:
    amount = main(catalogue, "software-city-2018-industrial-app", industrial_app_investment="1400万")
    assert amount.to_json()["amount"] == 1_200_000
    assert amount.arithmetic == "（1400万元-1000万元）×30%=120万元，最高300万元"


@pytest.mark.parametrize(("loans", "given"), [("3亿", 500_000), ("5.9亿", 700_000), ("40亿", 3_000_000)])
def test_full_steps_add_up_to_the_cap(catalogue: Catalogue, loans: str, given: int) -> None:
    amount = main(catalogue, "tech-bank-loans-2018-specialised", bank_tech_loan_total=loans)
    assert amount.to_json()["amount"] == given
    assert "每满1亿元加10万元" in amount.arithmetic


def test_benefits_that_one_gets_together_are_added(catalogue: Catalogue) -> None:
    total = main(catalogue, "science-envoy-2019-living", district="淳安")
    assert total.to_json()["amount"] == 5600
    assert total.arithmetic == "3600元+2000元=5600元"
    assert main(catalogue, "science-envoy-2019-living").missing == ("district",)


def test_a_rough_base_gives_a_rough_amount(catalogue: Catalogue) -> None:
    shown = main(catalogue, "rnd-subsidy-2020-large", rnd_increase="300多万").to_json()
    assert (shown["amount"], shown["between"]) == (None, [600_000, 800_000])
    capped = main(catalogue, "rnd-subsidy-2020-large", rnd_increase="超过2000万").to_json()
    assert capped["amount"] == 2_000_000


def test_a_missing_base_is_named_and_the_formula_shown(catalogue: Catalogue) -> None:
    amount = main(catalogue, "rnd-subsidy-2020-large")
    assert (amount.amount, amount.missing) == (None, ("rnd_increase",))
    assert "×20%" in amount.arithmetic and "最高200万元" in amount.arithmetic


@pytest.mark.parametrize(
    ("salary", "amount"),
    [("59.99万", None), ("60万", 300_000), ("79.9万", 399_500), ("80万", 480_000), ("200万", 600_000)],
)
def test_the_first_tier_that_holds_counts(catalogue: Catalogue, salary: str, amount: int | None) -> None:
    found = main(catalogue, "foreign-experts-115-salary", expert_annual_salary=salary)
    assert found.to_json()["amount"] == amount


def test_an_open_tier_is_not_guessed(catalogue: Catalogue) -> None:
    amount = main(catalogue, "results-transfer-2020-award-team")
    assert amount.amount is None
    assert amount.missing == ("science_award",)
    assert "最高500万元" in amount.arithmetic


def test_a_fixed_amount_and_a_range_between_floor_and_cap(catalogue: Catalogue) -> None:
    assert main(catalogue, "young-eagle-2020").to_json()["amount"] == 200_000
    between = main(catalogue, "student-2020-startup-grant-urban")
    assert (between.to_json()["amount"], between.upper) == (200_000, True)
    assert "5万元至20万元" in between.arithmetic


@given(st.decimals(0, 10**10, places=2))
def test_no_amount_exceeds_its_cap_or_is_written_with_noise(catalogue: Catalogue, base: Decimal) -> None:
    entry = catalogue.entry("rnd-subsidy-2020-large")
    amount = benefits(entry, profile_of({"rnd_increase": Range.of(base)}), DAY, catalogue)[0]
    assert amount.amount is not None and amount.amount.exact is not None
    assert amount.amount.exact == min(base * Decimal("0.2"), Decimal(2_000_000))
    assert "E" not in amount.arithmetic and "0000000" not in amount.arithmetic


def test_every_programme_states_its_benefits_with_clauses(catalogue: Catalogue) -> None:
    for entry in catalogue.entries():
        found = benefits(entry, Profile(), DAY, catalogue)
        assert len(found) == len(entry.programme.benefit)
        for amount in found:
            assert amount.clause_id.startswith(f"{entry.document_id}#")
            assert amount.text


# --- portfolio ---


def test_a_profile_is_sorted_into_eligible_nearly_open_and_expired(catalogue: Catalogue) -> None:
    entry = catalogue.entry("young-eagle-2020")
    applicant = solve(entry, catalogue)
    assert applicant
    known = applicant.profile(entry)
    found = portfolio(catalogue, known, date(2021, 6, 1))
    assert "young-eagle-2020" in [c.id for c in found.eligible]
    later = portfolio(catalogue, known, date(2026, 11, 20))
    assert "young-eagle-2020" in [c.id for c in later.expired]
    assert "young-eagle-2020" not in [c.id for c in later.eligible]
    known.facts["employees"] = Known(Range.of(9))
    short = portfolio(catalogue, known, date(2021, 6, 1))
    assert [c.distance for c in short.nearly if c.id == "young-eagle-2020"] == ["还差1人"]


def test_a_portfolio_keeps_to_an_applicant_and_a_district(catalogue: Catalogue) -> None:
    known = profile(catalogue, employees=35, national_high_tech_enterprise=True)
    for candidate in portfolio(catalogue, known, DAY, applicant="enterprise").open:
        assert candidate.outcome.entry.programme.applicant == "enterprise"
    assert len(portfolio(catalogue, known, DAY, district="萧山区").open) > 0


def test_what_is_worth_most_comes_first_and_is_not_added_up(catalogue: Catalogue) -> None:
    entries = [
        catalogue.entry(i) for i in ("rnd-subsidy-2020-large", "rnd-subsidy-2020-advanced-manufacturing")
    ]
    outcomes = [judge(e, Profile(), DAY, catalogue) for e in entries]
    small = Amount("", "", "grant", Range.of(1))
    large = Amount("", "", "grant", Range.of(2))
    stacks = stacking(outcomes, {entries[0].programme.id: small, entries[1].programme.id: large})
    assert [(s.best, s.displaced) for s in stacks] == [
        ("rnd-subsidy-2020-advanced-manufacturing", ("rnd-subsidy-2020-large",))
    ]


def test_nothing_is_listed_for_a_profile_that_says_nothing(catalogue: Catalogue) -> None:
    found = portfolio(catalogue, Profile(), DAY)
    assert not (found.eligible or found.nearly or found.open or found.expired)


# --- in words ---


def test_a_refusal_names_what_was_required_and_what_was_given(catalogue: Catalogue) -> None:
    entry = catalogue.entry("rnd-subsidy-2020-large")
    known = profile(catalogue, rnd_increase="190万")
    words = explained(judge(entry, known, date(2026, 11, 20), catalogue), catalogue)
    first, second = words.splitlines()[:2]
    assert first.startswith("按您说的情况，不符合") and "2022年12月31日失效" in first
    assert "不少于200万元" in second and "190万元" in second
    assert "不是官方认定" in words and "市科技局" in words


def test_an_open_verdict_says_what_is_missing_and_that_it_is_no_refusal(catalogue: Catalogue) -> None:
    entry = catalogue.entry("young-eagle-2020")
    words = explained(judge(entry, profile(catalogue, employees=35), DAY, catalogue), catalogue)
    assert words.startswith("还不能判断")
    assert "还要知道" in words and "不等于不符合" in words


def test_the_table_has_a_line_with_a_clause_for_every_condition(catalogue: Catalogue) -> None:
    for entry in catalogue.entries():
        outcome = judge(entry, Profile(), DAY, catalogue)
        lines = table(outcome, catalogue)
        assert len(lines) == len(outcome.conditions)
        assert all(line.condition and line.state for line in lines)


def test_the_json_keeps_to_the_contract(catalogue: Catalogue) -> None:
    entry = catalogue.entry("rnd-subsidy-2020-large")
    shown = eligibility_json(
        judge(entry, profile(catalogue, rnd_increase="190万"), date(2026, 11, 20), catalogue), catalogue
    )
    assert (shown["verdict"], shown["in_force"], shown["ended"]) == ("not_eligible", False, "2022-12-31")
    failed = [c for c in shown["conditions"] if c["state"] == "not_met"]
    assert [(c["required"], c["given"]) for c in failed] == [(">= 2000000 CNY", "1900000 CNY")]
    assert shown["facts_read"][0]["value"] == 1_900_000
    assert {"amount", "unit", "arithmetic", "clause_id"} <= shown["benefit"].keys()


def test_a_choice_is_shown_in_words(catalogue: Catalogue) -> None:
    known = profile_of({"scale_class": Options(frozenset({"规下/限下"}))})
    shown = eligibility_json(
        judge(catalogue.entry("rnd-subsidy-2020-large"), known, DAY, catalogue), catalogue
    )
    assert [c["given"] for c in shown["conditions"] if c["state"] == "not_met"] == ["规下/限下"]
