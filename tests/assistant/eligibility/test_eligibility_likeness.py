"""Facts, figures and statements in words that no pattern foresaw."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.eligibility.alike import PARTS, alike_of
from assistant.eligibility.asked import Terms, judged
from assistant.eligibility.assigning import figures_in
from assistant.eligibility.catalogue import Catalogue
from assistant.eligibility.conditions import leaves
from assistant.eligibility.likely_figures import SURER, around_figure
from assistant.eligibility.likely_statements import readable
from assistant.eligibility.likeness import (
    SILENT,
    Likeness,
    negated,
    phrases_of,
    product,
    spoken,
)
from assistant.eligibility.numbers import Range
from assistant.eligibility.values import NUMERIC, Options
from assistant.eligibility.wording import worded

DAY = date(2021, 6, 22)


def read(catalogue: Catalogue, words: str, *facts: str) -> dict[str, object]:
    """What the readers by likeness find among some facts, no pattern helping."""
    found = alike_of(catalogue).read([worded(words)], facts, {})
    return {name: known.value for name, known in found.items()}


# --- facts ---


@pytest.mark.parametrize(
    ("fact", "words", "value"),
    [
        ("sound_accounting", "账目规矩，会计制度没毛病。", True),
        ("owns_ip", "专利是我们自家的，管理也规范。", True),
        ("rnd_separate_accounts", "研发账是单独立着的，团队稳定。", True),
        ("rnd_separate_accounts", "研发费没有单独建账，团队稳定。", False),
        ("young_eagle_annual_filing", "年报备案上半年已经按时交了。", True),
        ("deal_between_related_parties", "买卖双方没有任何关联，合同也签了。", False),
        ("good_credit_record", "我们信用一直没问题，材料也齐全。", True),
    ],
)
def test_a_clause_like_a_known_phrase_is_read(
    catalogue: Catalogue, fact: str, words: str, value: bool
) -> None:
    assert read(catalogue, words, fact) == {fact: value}


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        ("sound_accounting", "会计制度正准备健全起来，我们打算明年规范账目。"),  # a plan
        ("sound_accounting", "我们财务制度健全吗？"),  # asked
        (
            "young_eagle_in_cultivation_period",
            "我们是去年认定的雏鹰企业，现在缺钱。",
        ),  # speaks of it, settles nothing
        ("registered_in_hangzhou", "我们是独立法人公司，注册手续齐全。"),  # no place of ours
        ("has_bank_loan", "我们的产品很受欢迎，团队也稳定。"),
        ("industrialised_in_hangzhou", "公司在钱塘注册，独立法人，做医疗器械。"),  # says another fact
    ],
)
def test_what_does_not_say_it_leaves_it_open(catalogue: Catalogue, fact: str, words: str) -> None:
    assert read(catalogue, words, fact, "registered_in_hangzhou", "young_eagle").get(fact) is None


def test_a_level_needs_its_own_word(catalogue: Catalogue) -> None:
    assert read(catalogue, "我们工厂今年评上绿色工厂了，大家很高兴。", "manufacturing_title") == {}


def test_a_plan_is_no_clause_and_neighbours_are_joined() -> None:
    clauses = spoken([worded("账目规范，信用良好，打算明年上市。")])
    assert [c.text for c in clauses if not c.joined] == ["账目规范", "信用良好"]
    assert [c.text for c in clauses if c.joined] == ["账目规范，信用良好"]


@pytest.mark.parametrize(
    ("words", "denied"),
    [
        ("没有失信", True),
        ("信用没有问题", False),
        ("信用没问题", False),
        ("收入不低于500万", False),
        ("未上市", True),
    ],
)
def test_set_phrases_with_a_no_in_them_deny_nothing(words: str, denied: bool) -> None:
    assert negated(words) is denied


# --- figures ---


@pytest.mark.parametrize(
    ("facts", "words", "value"),
    [
        (("paid_in_capital", "sales_last_year"), "股东的钱实际打进来三百二十万。", Decimal(3_200_000)),
        (("venture_investment", "loan_amount"), "上个月风投的钱到账了，八百万整。", Decimal(8_000_000)),
        (("tech_staff_share", "rnd_sales_ratio"), "研发岗位占全员31%，队伍稳定。", Decimal("0.31")),
        (("loan_self_raised_share",), "自己凑了150万元，即15%，别的都行。", Decimal("0.15")),
    ],
)
def test_a_figure_goes_to_the_fact_its_clause_is_like(
    catalogue: Catalogue, facts: tuple[str, ...], words: str, value: Decimal
) -> None:
    found = read(catalogue, words, *facts)
    assert set(found) == {facts[0]}
    assert found[facts[0]] == Range.of(value)


def test_a_figure_that_is_given_away_or_read_already_is_nobodys(catalogue: Catalogue) -> None:
    assert read(catalogue, "听说有一百万奖励，我们很想要。", "project_annual_tax") == {}
    readers = alike_of(catalogue)
    words = [worded("职工三十五人，都交社保。")]
    told = readers.figures.read(words, ["employees"], {})
    assert set(told) == {"employees"}
    assert readers.figures.read(words, ["research_staff"], told) == {}


def test_a_figure_said_outright_is_better_than_one_worked_out_roughly(
    catalogue: Catalogue, terms: Terms
) -> None:
    words = "工商税务都在杭州，独立法人。去年研发花了500万，主营收入约6667万，占比7.5%。够条件吗？"
    entry = catalogue.entry("software-city-2018-rnd")
    outcome = judged([words], entry, date(2019, 3, 1), catalogue, terms.statements)
    assert outcome.profile.value("rnd_sales_ratio") == Range.of("0.075")


def test_a_hole_stands_in_a_figures_place() -> None:
    wording = worded("投了空间里四个项目，最少的一个投了十五万。")
    figures = figures_in(wording)
    around = [around_figure(wording, f, figures)[0] for f in figures]
    assert "投了空间里#项目" in around
    assert "最少的一个投了#" in around


# --- statements ---


def test_a_statement_in_other_words_is_confirmed_and_denied_ones_are_not(
    catalogue: Catalogue, terms: Terms
) -> None:
    prose = "自主研发能力较强，科研管理制度健全"
    leaf = next(
        x for entry in catalogue.entries() for x in leaves(entry.tree) if x.prose == prose and readable(x)
    )
    readers = alike_of(catalogue)

    def said(words: str) -> bool:
        return leaf.key in readers.statements.said([worded(words)], [leaf], terms.statements)

    assert said("我们自主研发的能力比较强，科研管理制度也健全。")
    assert not said("我们自主研发的能力比较强，科研管理制度还不健全。")
    assert not said("我们在余杭开了一家面馆，生意很好。")
    assert not said("")


def test_no_exclusion_rank_or_bound_is_read_by_likeness(catalogue: Catalogue) -> None:
    every = [leaf for entry in catalogue.entries() for leaf in leaves(entry.tree) if leaf.prose]
    assert any(readable(leaf) for leaf in every)
    assert not any(readable(leaf) for leaf in every if leaf.negated or leaf.advance or leaf.beside)


# --- the whole ---


def test_facts_read_by_likeness_show_their_words_and_decide(catalogue: Catalogue, terms: Terms) -> None:
    words = "前年评上的雏鹰企业，三年培育期还剩一年。今年银行批了我们1500万贷款并且已经放款，年报备案上半年按时交了。贷款贴息我们可以申请吧？"
    entry = catalogue.entry("young-eagle-2020-loan-interest")
    outcome = judged([words], entry, date(2021, 9, 1), catalogue, terms.statements)
    assert outcome.verdict == "eligible"
    assert outcome.profile.facts["young_eagle_annual_filing"].words in words
    told = words.replace("，年报备案上半年按时交了", "")
    assert judged([told], entry, date(2021, 9, 1), catalogue, terms.statements).verdict == "undetermined"


@pytest.mark.parametrize(
    ("words", "verdict"),
    [
        ("杭州注册，没上市；去年卖了7200万，不过我们是国家高新技术企业，证还有效。", True),
        ("杭州注册，没上市；去年卖了7200万，我们不是国家高新技术企业。", False),
    ],
)
def test_a_but_is_no_denial(catalogue: Catalogue, terms: Terms, words: str, verdict: bool) -> None:
    entry = catalogue.entry("venture-fund-2019-startup")
    outcome = judged([words], entry, date(2020, 3, 1), catalogue, terms.statements)
    assert outcome.profile.value("national_high_tech_enterprise") is verdict


def test_what_is_asked_about_tells_nothing() -> None:
    asked = worded("新政策里股改加辅导那200万补助，我们现在够条件申请了吗？")
    assert asked.told == ()
    assert worded("报告：我们拿了研发补助，还能再报吗？").told


def test_an_unwritten_place_does_not_stand_in_the_way_unless_another_was_named(
    catalogue: Catalogue, terms: Terms
) -> None:
    entry = catalogue.entry("civil-military-2018-production-licence")
    words = "本单位今年重新审批拿到了武器装备科研生产许可证，属二类单位。奖多少？"
    outcome = judged([words], entry, date(2019, 3, 1), catalogue, terms.statements)
    assert outcome.verdict == "eligible"
    assert any(c.assumed and "注册地" in c.text for c in outcome.conditions)
    elsewhere = words.replace("本单位", "本单位在上海，")
    assert judged([elsewhere], entry, date(2019, 3, 1), catalogue, terms.statements).verdict == "undetermined"


def test_phrases_are_of_facts_and_options_that_exist(catalogue: Catalogue) -> None:
    for name, some in phrases_of().items():
        fact = catalogue.facts[name]
        for value, words in some:
            assert words.strip() == words and words
            if fact.type == "boolean":
                assert value in ("true", "false", SILENT), (name, value)
            elif fact.type in NUMERIC:
                assert value == "", (name, value)
                assert "#" in words, (name, words)
            else:
                assert value in (*fact.options, SILENT), (name, value)


def test_weights_are_there_for_every_feature(catalogue: Catalogue) -> None:
    readers = alike_of(catalogue)
    assert readers is alike_of(catalogue)
    lengths = [len(p.weights) for p in (readers.facts, readers.figures, readers.statements)]
    assert lengths == [len(names) + 1 for names in PARTS.values()]


def test_products_in_steps_are_the_same() -> None:
    rng = np.random.default_rng(3)
    a, b = rng.random((70, 512), np.float32), rng.random((40, 512), np.float32)
    assert np.allclose(product(a, b), a @ b.T, atol=1e-4)


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=120))
def test_whatever_is_said_is_read_without_failing_and_only_what_was_asked_for(text: str) -> None:
    catalogue = _CATALOGUE
    wanted = ["sound_accounting", "employees", "listing_stage", "rnd_sales_ratio", "registered_in_hangzhou"]
    found = alike_of(catalogue).read([worded(text)], wanted, {})
    assert set(found) <= set(wanted)
    for name, known in found.items():
        kind = catalogue.facts[name].type
        assert isinstance(known.value, bool if kind == "boolean" else Options if kind == "choice" else Range)
        assert known.words


def test_a_figure_that_would_fail_a_condition_has_to_be_surer(catalogue: Catalogue) -> None:
    reader = alike_of(catalogue).figures
    words, name = [worded("孵化基金备着300万元，团队稳定。")], "seed_fund_size"
    sure = max(reader.chance(g) for g in reader.guesses(words[0], [name], figures_in(words[0])))
    assert reader.read(words, [name], {}, lambda *_: False).keys() == (
        {name} if sure >= reader.threshold else set()
    )
    assert reader.read(words, [name], {}, lambda *_: True).keys() == ({name} if sure >= SURER else set())
    doubtful = replace(
        reader, weights=reader.weights * 0 + np.eye(len(reader.weights))[-1]
    )  # 0.73 for anything
    assert name in doubtful.read(words, [name], {})
    assert doubtful.read(words, [name], {}, lambda *_: True) == {}


def test_a_reader_without_thresholds_reads_nothing(catalogue: Catalogue) -> None:
    shy = Likeness(catalogue, phrases_of(), alike_of(catalogue).facts.weights)
    assert shy.read([worded("财务制度健全。")], ["sound_accounting"], ["sound_accounting"]) == {}


_CATALOGUE = Catalogue.bundled()
