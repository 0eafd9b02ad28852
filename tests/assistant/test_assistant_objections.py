"""What speaks against a clause: another place, year, name or kind of detail than asked for."""

from __future__ import annotations

from datetime import date

import pytest
from langchain_core.documents import Document

from assistant.objections import (
    OF_NOTHING_ELSE,
    asked_word_for_word,
    figure_left_out,
    introduced_programme,
    invented_programme,
    invented_quoted,
    objections,
    other_place_asked,
    unknown_programme,
)
from assistant.retriever import ClauseRetriever
from assistant.service import Assistant
from assistant.understanding import Understanding, understand

DAY = date(2026, 11, 20)


def _understood(assistant: Assistant, question: str) -> Understanding:
    return understand(question, DAY, [], assistant.searcher.analyser)


def _first(assistant: Assistant, question: str) -> Document:
    return ClauseRetriever(searcher=assistant.searcher).found(_understood(assistant, question).hints)[0]


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("苏州的创新券最多领多少", "苏州"),
        ("我在杭州有家公司，想问宁波那边的孵化器奖多少", "宁波"),
        ("我们从绍兴迁到杭州，创新券能领吗", ""),
        ("公司以前在宁波，后来搬来滨江，雏鹰企业要什么条件", ""),
        ("杭州和宁波的创新券哪个多", ""),
        ("创新券最多领多少", ""),
        ("宁波的科技企业孵化器，漏了一年备案会怎么处理", "宁波"),
        ("请问嘉兴那边的创新券，一年最多领多少", "嘉兴"),
        ("上海的公司买了我们的科技成果，转化资金补多少", ""),
        ("深圳客户投了我们这家雏鹰企业，贷款贴息给多少", ""),
    ],
)
def test_a_place_elsewhere_counts_only_where_it_is_asked_about(
    assistant_knowledge: Assistant, question: str, place: str
) -> None:
    assert other_place_asked(_understood(assistant_knowledge, question)) == place


@pytest.mark.parametrize(
    ("question", "cause", "missing"),
    [
        ("苏州的创新券最多领多少", "place", "苏州"),
        ("创新券的咨询电话是多少", "contact", "电话"),
        ("创新券里说的“量子鲲鹏”是什么", "name", "量子鲲鹏"),
        ("2035年创新券最多领多少", "year", "2035"),
        ("杭州某某不存在科技有限公司拿了创新券多少钱", "receiver", "杭州某某不存在科技有限公司"),
        ("余杭区自己另外补多少创新券", "district", "余杭区"),
        ("创新券最多能收到多少", "receiver", None),
        ("公司被收购以后创新券还作数吗", "side", "并购"),
        ("创新券备案门槛", "rules", None),  # the clause gives some
        ("办事地址要交什么证明", "contact", None),
        ("创新券一年最多领多少，公司被收购以后还作数吗", "side", None),
    ],
)
def test_what_a_clause_lacks(
    assistant_knowledge: Assistant, question: str, cause: str, missing: str | None
) -> None:
    clause = _first(assistant_knowledge, "企业一年最多能申领多少创新券")
    found = objections(_understood(assistant_knowledge, question), clause, assistant_knowledge.searcher)
    assert found.get(cause) == missing


def test_a_plain_question_meets_no_objection(assistant_knowledge: Assistant) -> None:
    question = "企业一年最多能申领多少创新券"
    clause = _first(assistant_knowledge, question)
    assert objections(_understood(assistant_knowledge, question), clause, assistant_knowledge.searcher) == {}


def test_a_count_of_two_thousand_is_no_year(assistant_knowledge: Assistant) -> None:
    clause = _first(assistant_knowledge, "企业一年最多能申领多少创新券")
    about = {**clause.metadata, "gist": ""}
    counted = Document(page_content="共有2035件。", id=clause.id, metadata=about)
    asked = _understood(assistant_knowledge, "2035年有多少件")
    ended = _understood(assistant_knowledge, "2018年有多少件")
    assert "year" in objections(asked, counted, assistant_knowledge.searcher)
    assert "year" not in objections(
        ended, counted, assistant_knowledge.searcher
    )  # within the document's term


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("麒麟券怎么领", "麒麟券"),
        ("创新券怎么领", ""),
        ("什么计划能报", ""),
        ("那个科技券怎么换成钱", ""),  # an everyday word for a known one
    ],
)
def test_a_programme_that_no_document_knows(assistant_knowledge: Assistant, question: str, name: str) -> None:
    assert unknown_programme(question, assistant_knowledge.searcher) == name


@pytest.mark.parametrize(
    ("question", "said", "left_out"),
    [
        ("转贷每笔要多少手续费", "平台按T+1方式转贷。", "具体金额"),
        ("转贷每笔要多少手续费", "每笔收200元。", ""),
        ("证书管几年", "办法自2020年4月27日起施行。", "资格的期限"),
        ("证书管几年", "有效期3年。", ""),
        ("证书管几年", "有效期至2025年。", ""),
        ("土地款能分几期付", "达标后可以分割。", "期数"),
        ("土地款能分几期付", "一次性缴清。", ""),
        ("年报备几号截止", "企业应当每年报备。", "申报的时间"),
        ("年报备几号截止", "每年3月底前报备。", ""),
        ("立项后第几个月做中期评估", "立项后拨付70%。", "第几个月"),
        ("公示多少天", "公示7个工作日。", ""),
        ("最多补多少", "不设上限，据实补助。", ""),
        ("哪几家单位承办", "由甲、乙承办。", ""),
        ("多少项目资助", "最高1亿元。", ""),
        ("创新券怎么领", "在平台上申领。", ""),
        ("2018年和2021年的创新券各补多少", "办法有两版。", "具体金额"),
        ("比较一下两版创新券补多少有什么区别", "办法有两版。", ""),
        ("第三条补多少", "符合条件的可以申报。", ""),
    ],
)
def test_an_answer_without_the_figure_asked_for_is_told_from_one_with_it(
    assistant_knowledge: Assistant, question: str, said: str, left_out: str
) -> None:
    assert figure_left_out(_understood(assistant_knowledge, question), [said]) == left_out


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("飞鱼创客贷的利率怎么贴", "飞鱼创客贷"),
        ("良渚英才码怎么申请", "良渚英才码"),
        ("量子券怎么领", "量子券"),
        ("创新券怎么领", ""),
        ("我们基金能申请吗", ""),
        ("项目编码是什么", ""),
        ("下个月贷款到期怎么办", ""),
        ("承担风险的是谁", ""),
    ],
)
def test_a_name_that_no_document_has_in_a_row_is_told(
    assistant_knowledge: Assistant, question: str, name: str
) -> None:
    assert invented_programme(question, assistant_knowledge.searcher) == name


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("除了雏鹰，杭州还有个“白鹭企业”认定吗", "白鹭企业"),
        ("“湖畔种子”怎么报", "湖畔种子"),
        ("“创新券”怎么领", ""),
        ("材料里说的“六样东西”是哪六样", ""),
        ("给从孵化器里“长大了搬出来”的公司办的园", ""),
        ("创新券怎么领", ""),
    ],
)
def test_a_quoted_name_that_no_document_has_is_told(
    assistant_knowledge: Assistant, question: str, name: str
) -> None:
    corrected = _understood(assistant_knowledge, question).hints.corrected
    assert invented_quoted(question, corrected, assistant_knowledge.searcher) == name


def test_last_years_counts_are_of_last_year(assistant_knowledge: Assistant) -> None:
    assert _understood(assistant_knowledge, "去年杭州新认定了多少家市级孵化器").hints.years == [
        str(DAY.year - 1)
    ]
    assert _understood(assistant_knowledge, "我们去年新认定了几家在孵企业").hints.years == []
    answer = assistant_knowledge.ask("去年杭州新认定了多少家市级孵化器", DAY)
    assert answer.status == "not_covered"


def test_another_city_is_declined_and_not_refused(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("我表哥公司在深圳南山，他们那边的科技创新券一年最多能领多少？", DAY)
    assert answer.status == "not_covered" and "深圳" in answer.answer


@pytest.mark.parametrize(
    ("question", "only_of_nothing_else"),
    [
        ("雏鹰企业的概念验证券怎么领", "概念验证券"),
        ("进初创企业培育工程先交的诚信保证金找谁退", "诚信保证金"),
        ("创新型产业用地的履约保证金交几成", ""),
        ("雏鹰企业能不能用创新券", ""),
    ],
)
def test_a_suffix_that_little_else_has_tells_an_invented_name_beside_known_ones(
    assistant_knowledge: Assistant, question: str, only_of_nothing_else: str
) -> None:
    name = invented_programme(question, assistant_knowledge.searcher, OF_NOTHING_ELSE)
    assert name.endswith(only_of_nothing_else[-4:]) if only_of_nothing_else else name == ""


def test_the_year_of_a_documents_name_is_not_the_one_asked_about(assistant_knowledge: Assistant) -> None:
    question = "315那份2024年工作计划里，2026年的研发投入目标定的是百分之几？"
    answer = assistant_knowledge.ask(question, DAY)
    assert answer.status == "not_covered" and "2026" in answer.answer


def test_a_share_is_no_sum_where_the_clause_is_noted_to_have_none(assistant_knowledge: Assistant) -> None:
    clause = _first(assistant_knowledge, "企业一年最多能申领多少创新券")
    text = "占比超过60%的再给予财政支持。"
    noted = Document(
        page_content=text, id=clause.id, metadata={**clause.metadata, "gist": "再给财政支持，没写金额。"}
    )
    plain = Document(page_content=text, id=clause.id, metadata={**clause.metadata, "gist": ""})
    asked = _understood(assistant_knowledge, "占比过了六成再给多少钱")
    assert "figure" in objections(asked, noted, assistant_knowledge.searcher)
    assert "figure" not in objections(asked, plain, assistant_knowledge.searcher)


def test_who_holds_an_office_by_name_is_not_told_by_another_office(assistant_knowledge: Assistant) -> None:
    clause = _first(assistant_knowledge, "企业一年最多能申领多少创新券")
    about = {**clause.metadata, "gist": ""}
    office = Document(page_content="由市政府常务副市长任主任。", id=clause.id, metadata=about)
    named = Document(page_content="由副市长张三李任主任。", id=clause.id, metadata=about)
    asked = _understood(assistant_knowledge, "管委会主任叫什么名字")
    assert objections(asked, office, assistant_knowledge.searcher).get("figure") == "姓名"
    assert "figure" not in objections(asked, named, assistant_knowledge.searcher)


@pytest.mark.parametrize(
    ("question", "text", "missing"),
    [
        ("交上去以后多久能批下来", "连续补3年。", "办理的时间"),
        ("交上去以后多久能批下来", "收到材料后10个工作日内审核。", None),
        ("补助几天能到账", "每年3月兑付一次，5个工作日内拨付。", None),
        ("试点定在哪几个县", "指导淳安实施科技专项，派遣80人次。", "所在的区县"),
        ("试点定在哪几个县", "在淳安、建德、桐庐试点。", None),
        ("培训班的学费自己要出多少", "设三个班，由导师辅导。", "学费"),
        ("那几年搬来的公司给多少", "一次性奖励200万元。", None),
        (
            "网上几号截止",
            "本办法自2020年8月3日起施行，有效期至2022年12月31日，杭科高〔2019〕67号废止。",
            "申报的时间",
        ),
        ("网上几号截止", "每年6月30日前报送。", None),
        ("这个称号管几年", "每两年评一次，看前两年的业绩。", "资格的期限"),
        ("这个称号管几年", "资格有效期3年。", None),
        ("选出的是哪20家", "到2022年，扶持20家以上，共有企业、院所和空间三类。", "各家的名称"),
        ("导师一年要讲几堂课", "创业导师2名以上，并开展辅导。", "课时"),
        ("技术交易额至少要做到多少万才够格", "看前两年的技术交易额，给20万元经费。", "最低的数"),
        ("技术交易额至少要做到多少万才够格", "前两年技术交易额不低于500万元。", None),
        ("归哪个处室管", "由市科技局负责，处理日常事务。", "处室的名称"),
    ],
)
def test_details_that_a_clause_lacks_or_has(
    assistant_knowledge: Assistant, question: str, text: str, missing: str | None
) -> None:
    clause = _first(assistant_knowledge, "企业一年最多能申领多少创新券")
    said = Document(page_content=text, id=clause.id, metadata={**clause.metadata, "gist": ""})
    found = objections(_understood(assistant_knowledge, question), said, assistant_knowledge.searcher)
    assert found.get("figure") == missing


def test_a_window_asked_for_must_be_told(assistant_knowledge: Assistant) -> None:
    clause = _first(assistant_knowledge, "企业一年最多能申领多少创新券")
    asked = _understood(assistant_knowledge, "要去哪个窗口申请")
    about = {**clause.metadata, "gist": ""}
    with_one = Document(page_content="到行政服务中心的综合窗口申请。", id=clause.id, metadata=about)
    without = Document(page_content="向主管部门申请。", id=clause.id, metadata=about)
    assert "contact" not in objections(asked, with_one, assistant_knowledge.searcher)
    assert "contact" in objections(asked, without, assistant_knowledge.searcher)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("听说有个飞鸟归朝安家计划，一次给六十万，找谁办", "飞鸟归朝安家计划"),
        ("杭州有个叫雏鹰计划的，给多少钱", ""),
        ("有个企业想要的补贴，找谁", ""),
    ],
)
def test_a_programme_told_of_by_name_that_no_document_has(
    assistant_knowledge: Assistant, question: str, name: str
) -> None:
    assert introduced_programme(question, assistant_knowledge.searcher) == name


def test_the_year_of_ones_own_case_is_not_the_one_asked_about(assistant_knowledge: Assistant) -> None:
    day = date(2022, 3, 1)
    own = "我们是2016年认定的众创空间，今年考核优秀，那三十万还能不能拿"
    of_a_year = "2016年众创空间考核优秀的给多少"
    searcher = assistant_knowledge.searcher
    for question, against in ((own, False), (of_a_year, True)):
        understood = understand(question, day, [], searcher.analyser)
        clause = next(
            d
            for d in ClauseRetriever(searcher=searcher).found(understood.hints)
            if d.metadata["doc_number"] == "杭科高〔2021〕90号" and "2016" not in d.page_content
        )
        assert ("year" in objections(understood, clause, searcher)) == against


@pytest.mark.parametrize(
    ("question", "thing", "missed"),
    [
        ("孵化器园区停车怎么收费", "停车", True),
        ("特派员的意外保险由谁来买", "保险", True),
        ("市级孵化器的租金上限是多少", "租金", True),
        ("参股的子基金每年能收百分之几的管理费", "管理费", False),  # other clauses have it
        ("创新型产业用地的房子出租，租金上限是多少", "租金", False),
    ],
)
def test_a_thing_that_no_result_speaks_of_is_missed(
    assistant_knowledge: Assistant, question: str, thing: str, missed: bool
) -> None:
    searcher = assistant_knowledge.searcher
    understood = _understood(assistant_knowledge, question)
    first = ClauseRetriever(searcher=searcher).found(understood.hints)[0]
    assert (objections(understood, first, searcher).get("figure") == thing) == missed


def test_what_was_reached_in_the_end_stands_in_no_plan(assistant_knowledge: Assistant) -> None:
    clause = _first(assistant_knowledge, "2024年315计划各区要新增多少高企")
    searcher = assistant_knowledge.searcher
    assert "thing" in objections(_understood(assistant_knowledge, "年底实际完成了多少家"), clause, searcher)
    assert "thing" not in objections(_understood(assistant_knowledge, "要完成多少家"), clause, searcher)


@pytest.mark.parametrize(
    ("question", "objection"),
    [
        ("雏鹰企业认定，区里的电画是多少", "contact"),  # 电话
        ("雏鹰企业评审考几芬算过", "figure"),  # 几分
    ],
)
def test_a_detail_asked_for_with_a_slip_is_missed_all_the_same(
    assistant_knowledge: Assistant, question: str, objection: str
) -> None:
    understood = _understood(assistant_knowledge, question)
    first = _first(assistant_knowledge, question)
    assert objection in objections(understood, first, assistant_knowledge.searcher)


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("重点实验室条件", "申报条件"),
        ("重点实验室怎么申报", "申报办法"),
        ("重点实验室申报材料", "申请材料"),
        ("重点实验室有几家", None),
        ("2018年重点实验室条件", None),  # what the yearbook tells of its year
    ],
)
def test_a_list_of_a_yearbook_gives_no_rules(
    assistant_knowledge: Assistant, question: str, missing: str | None
) -> None:
    listed = _first(assistant_knowledge, "在杭国家级重点实验室名单")
    assert listed.metadata["document_id"] == "在杭重点实验室名单"
    found = objections(_understood(assistant_knowledge, question), listed, assistant_knowledge.searcher)
    assert found.get("rules") == missing


@pytest.mark.parametrize("question", ["创新券报销比例是多少", "创新券 报销比例，是多少？"])
def test_nothing_speaks_against_a_clause_for_which_the_question_was_written(
    assistant_knowledge: Assistant, question: str
) -> None:
    """The clause says that no share is printed, so that the figure asked for is missing but the question answered."""
    first = _first(assistant_knowledge, question)
    asked = _understood(assistant_knowledge, question)
    assert asked_word_for_word(asked, first)
    assert objections(asked, first, assistant_knowledge.searcher) == {}
    assert assistant_knowledge.ask(question, DAY).status == "answered"


def test_a_question_like_a_written_one_is_not_that_one(assistant_knowledge: Assistant) -> None:
    asked = _understood(assistant_knowledge, "创新券报销比例能到多少")
    first = _first(assistant_knowledge, "创新券报销比例是多少")
    assert not asked_word_for_word(asked, first)
