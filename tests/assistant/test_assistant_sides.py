"""Questions that ask for two things."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from assistant.objections import contact_asked
from assistant.retriever import ClauseRetriever
from assistant.service import Assistant
from assistant.sides import _schemes, of_two, sides
from assistant.sums import (
    by_area,
    first_payment,
    for_each,
    in_bands,
    multiples,
    of_both,
    share_of_told,
    stepped,
    total,
)
from assistant.understanding import Understanding, understand

DAY = date(2026, 11, 20)


def _understood(assistant: Assistant, question: str) -> Understanding:
    return understand(question, DAY, [], assistant.searcher.analyser)


@pytest.mark.parametrize(
    ("question", "two"),
    [
        ("新旧办法有什么区别", True),
        ("企业和创客各领多少", True),
        ("余杭和萧山谁更多", True),
        ("企业一年最多领多少", False),
        ("创新券怎么申请", False),
    ],
)
def test_whether_two_things_are_asked_for(assistant_knowledge: Assistant, question: str, two: bool) -> None:
    assert of_two(_understood(assistant_knowledge, question)) == two


@pytest.mark.parametrize(
    ("question", "left", "right"),
    [
        ("2018年专利授权，余杭区和萧山区哪个多", ("余杭",), ("萧山",)),
        ("2018年办法跟2021年办法有什么区别", ("2018",), ("2021",)),
        ("专业化孵化器和标准化孵化器的场地要求有什么不同", ("专业化",), ("标准化",)),
        ("初创企业销售额多少以下；雏鹰企业销售额多少以下", ("初创",), ("雏鹰",)),
    ],
)
def test_each_side_is_put_without_the_other(
    assistant_knowledge: Assistant, question: str, left: tuple[str], right: tuple[str]
) -> None:
    _, variants = next(_schemes(_understood(assistant_knowledge, question), assistant_knowledge.searcher))
    first, second = sorted(variants, key=lambda v: left[0] not in v)
    assert left[0] in first and left[0] not in second
    assert right[0] in second and right[0] not in first


def test_both_sides_of_a_comparison_are_answered(assistant_knowledge: Assistant) -> None:
    question = "2018年的众创空间认定办法跟2021年的众创空间管理办法，场地要求有什么区别"
    understood = _understood(assistant_knowledge, question)
    found = ClauseRetriever(searcher=assistant_knowledge.searcher).found(understood.hints)
    two = sides(understood, found, assistant_knowledge.searcher)
    assert {side[0].metadata["document_id"] for side in two} == {"杭科高〔2018〕50号", "杭科高〔2021〕90号"}
    cited = {c.doc_number for c in assistant_knowledge.ask(question, DAY).citations}
    assert cited == {"杭科高〔2018〕50号", "杭科高〔2021〕90号"}


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        (
            "申报科技型初创企业培育工程与申报“雏鹰计划”，对企业销售额的上限分别是多少",
            {"杭科高〔2018〕4号", "杭科高〔2020〕71号"},
        ),
        (
            "找天使引导基金和找创投引导基金，基金最小各要募到多大",
            {"杭科资〔2021〕3号", "杭政办函〔2019〕47号"},
        ),
    ],
)
def test_two_programmes_asked_about_at_once_are_answered_one_by_one(
    assistant_knowledge: Assistant, question: str, numbers: set[str]
) -> None:
    answer = assistant_knowledge.ask(question, DAY)
    assert answer.status == "answered"
    assert numbers <= {c.doc_number for c in answer.citations}


def test_one_programme_that_nobody_knows_is_not_made_up_for_by_the_other(
    assistant_knowledge: Assistant,
) -> None:
    answer = assistant_knowledge.ask("量子券和星河券的额度分别是多少", DAY)
    assert answer.status == "not_covered"


@pytest.mark.parametrize(
    ("question", "contact"),
    [
        ("市科技局的电话是多少", True),
        ("青年人才举荐委员会在哪里办公", True),
        ("申报系统的网址", True),
        ("服务专员的名单和联系方式应报送哪个部门", False),
        ("注册地址就在那个众创空间里，可以入驻吗", False),
        ("租办公的地方能补多少", False),
    ],
)
def test_whether_a_way_to_somebody_is_asked_for(question: str, contact: bool) -> None:
    assert bool(contact_asked(question)) == contact


def test_fixed_sums_are_added_where_a_total_is_asked_for(assistant_knowledge: Assistant) -> None:
    understood = _understood(assistant_knowledge, "两步一共能拿多少")
    both = [("股改一次性补助200万元。", ["a"]), ("上市一次性补助0.03亿元。", ["b"])]
    assert total(understood, both) == ("两项都符合时合计：200万元+0.03亿元=500万元。", ["a", "b"])
    assert total(understood, [("补助20%，最高200万元到300万元。", ["a"]), both[1]]) is None
    assert total(_understood(assistant_knowledge, "两步各能拿多少"), both) is None


def test_a_multiple_is_worked_out_for_the_one_figure_told(assistant_knowledge: Assistant) -> None:
    understood = _understood(assistant_knowledge, "引导基金出了2000万元，至少要投多少")
    assert multiples(understood, [("不低于出资额的1.5倍。", ["a"]), ("满三年。", ["b"])]) == [
        "按您说的2000万元×1.5=3000万元。",
        "",
    ]
    two = _understood(assistant_knowledge, "出了2000万元和300万元，至少要投多少")
    assert multiples(two, [("不低于出资额的1.5倍。", ["a"])]) == [""]


@pytest.mark.parametrize(
    ("question", "said", "worked"),
    [
        (
            "实际花掉160万，最多补多少",
            "每项不超过实际费用50%，最高100万元。",
            "160万元×50%=80万元，最高100万元",
        ),
        ("总地价8000万，保证金要交多少", "交不低于总地价30%的履约保证金。", "不低于8000万元×30%=2400万元"),
        # A condition, two rates, another base, tiers, no sum: nothing is worked out.
        ("销售收入2000万，最多补多少", "研发费用占销售收入不低于5%的，补助20万元。", ""),
        ("实际花掉160万，补多少", "按实际费用50%补助，初创的60%。", ""),
        ("注册资本160万，补多少", "按实际费用50%补助。", ""),
        ("直接费用400万，间接费用多少", "不超过直接费用：200万元以下部分25%。", ""),
        ("实际花了不少，补多少", "按实际费用50%补助。", ""),
    ],
)
def test_the_one_rate_is_taken_of_the_one_sum_that_it_is_a_share_of(
    assistant_knowledge: Assistant, question: str, said: str, worked: str
) -> None:
    understood = understand(question, DAY, [], assistant_knowledge.searcher.analyser)
    out = share_of_told(understood, [(said, ["a"])])
    assert (out is not None) == bool(worked)
    assert out is None or (worked in out[0] and out[1] == ["a"])


_BANK = "专营机构的贷款总额达到3亿元补50万元，余额每增加1亿元加10万元（按整位数算），单个机构最高300万元。"

_EACH = "每培育一家国家高企，给孵化器最高不超过15万元。"
_BANDS = "不超过直接费用扣除设备购置费后的比例：200万元以下部分25%，200万元（含）至500万元部分20%，500万元（含）以上部分15%。"
_BY_PLACE = "生活补助每人每年3600元；往返交通费市区每人1000元，县（市）每人2000元。"


@pytest.mark.parametrize(
    ("work_out", "question", "said", "worked"),
    [
        (stepped, "贷款总额正好5个亿，能补多少", _BANK, "50万元+2×10万元=70万元"),
        (stepped, "贷款总额8.6亿，能补多少", _BANK, "50万元+5×10万元=100万元"),
        (stepped, "贷款总额40亿，能补多少", _BANK, "=420万元，最高300万元"),
        (stepped, "贷款总额2亿，能补多少", _BANK, ""),
        (stepped, "去年3亿，今年5亿，能补多少", _BANK, ""),
        (stepped, "研发花了5亿", "按实际费用50%补助。", ""),
        (
            first_payment,
            "批了400万，先到手多少",
            "立项后先拨补助总额的70%，验收后再拨30%。",
            "×70%=280万元，其余120万元",
        ),
        (first_payment, "批了400万，一共多少", "立项后先拨补助总额的70%，验收后再拨30%。", ""),
        (first_payment, "批了400万，先到手多少", "验收通过后一次拨付。", ""),
        (
            by_area,
            "20亩地固定资产投资至少多少",
            "固定资产投资不低于500万元/亩，税收不低于50万元/亩。",
            "500万元/亩×20亩=1亿元",
        ),
        (by_area, "3亩地每年税收要多少", "税收收入不低于50万元/亩。", ""),  # too short a word to be sure
        (by_area, "固定资产投资至少多少", "固定资产投资不低于500万元/亩。", ""),
        (for_each, "有4家评上了国家高企，总共最多补多少", _EACH, "4家×15万元=最高60万元"),
        (for_each, "第4家评上了国家高企，补多少", _EACH, ""),
        (for_each, "有4家在孵、2家毕业，补多少", _EACH, ""),
        (for_each, "有4家，补多少", "每培育一家最高15万元，累计最高不超过45万元。", ""),
        (in_bands, "直接费用还剩300万，间接费用顶格多少", _BANDS, "200万元×25%+100万元×20%=70万元"),
        (in_bands, "直接花的钱400万，里面100万是买设备，最多能列多少", _BANDS, "=70万元"),
        (
            in_bands,
            "直接花的钱600万，里面50万是买设备，最多能列多少",
            _BANDS,
            "200万元×25%+300万元×20%+50万元×15%",
        ),
        (in_bands, "直接费用300万，间接费用多少", _BANDS, ""),  # with what was bought or without is not told
        (of_both, "派到淳安，两样加起来多少", _BY_PLACE, "3600元+2000元=5600元"),
        (of_both, "派到余杭，两样加起来多少", _BY_PLACE, "3600元+1000元=4600元"),
        (of_both, "两样加起来多少", _BY_PLACE, ""),
        (of_both, "派到淳安，一年多少", _BY_PLACE, ""),
    ],
)
def test_sums_that_a_clause_sets_in_steps_shares_and_per_mu(
    assistant_knowledge: Assistant, work_out: Callable[..., Any], question: str, said: str, worked: str
) -> None:
    understood = understand(question, DAY, [], assistant_knowledge.searcher.analyser)
    out = work_out(understood, [(said, ["a"])])
    assert (out is not None) == bool(worked)
    assert out is None or (worked in out[0] and out[1] == ["a"])
