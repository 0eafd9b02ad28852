"""What the chat takes for granted, what it never does, and how that is named."""

from __future__ import annotations

from datetime import date

import pytest
from solving import DAY as SOLVED
from solving import solve

from assistant.eligibility.asked import Terms, judged
from assistant.eligibility.assuming import assume
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.conditions import leaves
from assistant.eligibility.engine import Judge, Outcome
from assistant.eligibility.engine import judge as judge_strictly
from assistant.eligibility.explain import explained
from assistant.eligibility.given import judge_given, profile_given
from assistant.eligibility.logic import State
from assistant.eligibility.profile import Profile

EAGLE = (
    "公司2018年3月在滨江注册，是企业法人，去年销售收入2600万元，职工30人，其中科技人员占30%，研发投入占6%，单独建账，"
    "有两项Ⅱ类知识产权，近一年没有安全质量事故，没有环境违法和失信"
)


def judge(catalogue: Catalogue, terms: Terms, programme: str, words: str, day: date | None = None) -> Outcome:
    return judged([words], catalogue.entry(programme), day or date(2021, 6, 22), catalogue, terms.statements)


def test_judgements_still_to_come_do_not_keep_a_verdict_back_and_are_named(
    catalogue: Catalogue, terms: Terms
) -> None:
    outcome = judge(catalogue, terms, "young-eagle-2020", EAGLE)
    assert outcome.verdict == "eligible"
    text = explained(outcome, catalogue)
    assert "要由主管部门评定，这里按达到算" in text
    assert "具有良好的成长性" in text


@pytest.mark.parametrize(
    "gone", ["职工30人，", "单独建账，", "有两项Ⅱ类知识产权，", "去年销售收入2600万元，"]
)
def test_a_fact_that_is_not_told_stays_missing(catalogue: Catalogue, terms: Terms, gone: str) -> None:
    outcome = judge(catalogue, terms, "young-eagle-2020", EAGLE.replace(gone, ""))
    assert outcome.verdict == "undetermined"


@pytest.mark.parametrize(
    "against",
    ["不过成长性谈不上好", "最近成长性很差，业务下滑", "成长性不太好", "没什么成长性"],
)
def test_what_is_said_against_a_judgement_keeps_it_open(
    catalogue: Catalogue, terms: Terms, against: str
) -> None:
    assert judge(catalogue, terms, "young-eagle-2020", f"{EAGLE}，{against}").verdict == "undetermined"


def test_a_negation_elsewhere_says_nothing_against_a_judgement(catalogue: Catalogue, terms: Terms) -> None:
    outcome = judge(catalogue, terms, "young-eagle-2020", f"{EAGLE}，今年还没报过别的项目")
    assert outcome.verdict == "eligible"


def test_judgements_are_not_taken_for_granted_where_little_else_was_told(
    catalogue: Catalogue, terms: Terms
) -> None:
    outcome = judge(catalogue, terms, "innovation-complex-2018", "我们是一家综合体，在杭州")
    assert outcome.verdict == "undetermined"
    assert not any(
        leaf.appraised and leaf.key in outcome.profile.assumed for leaf in leaves(outcome.entry.tree)
    )


def test_typed_facts_stay_strict(catalogue: Catalogue) -> None:
    told = judged(
        [EAGLE],
        catalogue.entry("young-eagle-2020"),
        date(2021, 6, 22),
        catalogue,
        Terms(catalogue).statements,
    )
    profile = profile_given({}, catalogue, date(2021, 6, 22))
    profile.facts.update(told.profile.facts)
    outcome = judge_given(told.entry, profile, date(2021, 6, 22), catalogue)
    assert outcome.verdict == "undetermined"


def test_what_would_stand_in_for_a_fact_is_taken_not_to_hold_and_named(
    catalogue: Catalogue, terms: Terms
) -> None:
    words = (
        "我们公司在杭州注册，独立法人，农社一般项目做水稻种植，不是育种，项目在杭州实施，做四年，单独建账，财务制度健全，"
        "没有未结题的同类项目，没拿过别的市级资助"
    )
    outcome = judge(catalogue, terms, "agri-social-2020-general-enterprise", words)
    assert outcome.verdict == "not_eligible"
    assert {leaf.fact for c in outcome.failed for leaf in c.deciding} >= {"project_duration_years"}
    assert "以上按没有下列情形计" in explained(outcome, catalogue)


def test_a_case_out_of_the_ordinary_counts_where_it_is_mentioned(catalogue: Catalogue, terms: Terms) -> None:
    words = (
        "我们在杭州的市级专业科技创新服务平台在建设期内，年度考核合格，合同指标按期完成，自筹买设备1200万元"
    )
    programme, day = "platform-voucher-new-professional", date(2019, 11, 14)
    assert judge(catalogue, terms, programme, words, day).verdict == "eligible"
    mentioned = f"{words}，平台是2018年7月1日施行前已认定的平台"
    assert judge(catalogue, terms, programme, mentioned, day).verdict != "eligible"


def test_every_branch_that_fails_is_counted_with_its_negations(catalogue: Catalogue, terms: Terms) -> None:
    words = "杭州的软件公司，国高企，有独立的研发机构，专职研发14人，科研场地300平方米，设备原值130万元，研发单独建账"
    outcome = judge(catalogue, terms, "rnd-centre-2022", words, date(2022, 7, 10))
    assert outcome.verdict == "not_eligible"
    assert "rnd_full_time_staff" in {leaf.fact for c in outcome.failed for leaf in c.deciding}


def test_one_of_several_sizes_meets_what_takes_them_all(catalogue: Catalogue, terms: Terms) -> None:
    words = "我们是杭州的中小企业，国家级专精特新小巨人，首次认定"
    outcome = judge(catalogue, terms, "specialised-2022-award", words, date(2023, 3, 1))
    assert outcome.verdict == "eligible"
    small = judge(catalogue, terms, "small-firms-2018-growth-star", "我们是杭州的中小企业，规下，不是个体户")
    assert small.verdict == "undetermined"
    assert [m.leaf.fact for m in small.missing] == ["enterprise_size"]


def test_a_condition_that_facts_meet_rests_on_nothing_else(catalogue: Catalogue, terms: Terms) -> None:
    words = "我们是杭州的软件公司，工商税务都在杭州，独立法人，开发的行业通用工业APP总投资1400万元"
    outcome = judge(catalogue, terms, "software-city-2018-industrial-app", words, date(2020, 3, 1))
    field = next(c for c in outcome.conditions if "所属产业领域" in c.text)
    assert field.state is State.MET
    assert not field.assumed


def test_no_assumption_makes_up_for_a_fact_in_any_programme(catalogue: Catalogue) -> None:
    """With all else told, each fact without which the document says no more stays missing in the chat too."""
    for entry in catalogue.entries():
        applicant = solve(entry, catalogue)
        assert applicant is not None
        full = applicant.profile(entry)
        for fact in full.facts:
            strict = Profile({n: k for n, k in full.facts.items() if n != fact}, full.confirmed, full.denied)
            if judge_strictly(entry, strict, SOLVED, catalogue).verdict == "eligible":
                continue
            told = Profile(dict(strict.facts))
            assume(told, entry, Judge(catalogue, told, SOLVED), SOLVED, "")
            assert judge_strictly(entry, told, SOLVED, catalogue).verdict != "eligible", (
                entry.programme.id,
                fact,
            )


def test_what_has_been_done_already_is_never_taken_to_come_later(catalogue: Catalogue) -> None:
    done = [leaf for e in catalogue.entries() for leaf in leaves(e.tree) if leaf.prose.startswith("已")]
    assert done
    assert [leaf.prose for leaf in done if leaf.procedure] == []
