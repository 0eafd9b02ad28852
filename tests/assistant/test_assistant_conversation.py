"""Conversations, comparisons, other readings, sums and verdicts, over the bundled knowledge files."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.comparing import comparison_table
from assistant.following import own_words_first
from assistant.retriever import ClauseRetriever
from assistant.schema import Answer, Citation, Source, Statement, Turn, Validity
from assistant.service import Assistant
from assistant.understanding import understand

DAY = date(2021, 6, 1)


def _talk(assistant: Assistant, *questions: str, day: date = DAY) -> list[Answer]:
    history: list[Turn] = []
    answers = []
    for question in questions:
        answers.append(assistant.ask(question, day, history))
        history += [
            Turn(role="user", content=question),
            Turn(role="assistant", content=answers[-1].answer),
        ]
    return answers


def test_what_is_asked_next_replaces_what_was_asked_before(assistant_knowledge: Assistant) -> None:
    _, amount, valid = _talk(assistant_knowledge, "雏鹰企业有什么条件", "那资助多少", "这个还有效吗")
    assert amount.citations[0].doc_number == "杭科高〔2020〕71号" and "20万元" in amount.answer
    assert "2022年12月31日" in valid.answer


def test_the_subject_is_kept_over_turns_that_do_not_name_it(assistant_knowledge: Assistant) -> None:
    answers = _talk(assistant_knowledge, "创新券一年最多领多少", "个人创客呢", "怎么兑现", "这个办法还有效吗")
    assert {a.citations[0].doc_number for a in answers} == {"杭科合〔2018〕8号"}
    assert "2018年7月1日" in answers[-1].answer


@pytest.mark.parametrize(
    "meant", ["不对，我问的是2018年那份意见里的", "我说的是2018年的那份", "不是，我指的是18年那个"]
)
def test_who_says_which_was_meant_is_answered_of_that_one(assistant_knowledge: Assistant, meant: str) -> None:
    answers = _talk(assistant_knowledge, "凤凰行动里企业在境内外直接上市给多少钱？", meant)
    assert answers[-1].status == "answered"
    assert answers[-1].citations[0].doc_number == "杭政〔2018〕14号"


def test_a_document_chosen_from_those_offered_is_asked_the_same(assistant_knowledge: Assistant) -> None:
    first, second = _talk(
        assistant_knowledge, "贷款贴息怎么申请", "《杭州市科技型初创企业培育工程实施意见(2018—2020)》（杭科高〔2018〕4号，2018年）"
    )  # fmt: skip
    assert first.clarify is not None and len(first.clarify.options) > 1
    assert first.citations[0].doc_number in first.clarify.options[0]
    assert second.citations[0].doc_number == "杭科高〔2018〕4号"
    assert "贴息" in second.answer and second.clarify is None


@pytest.mark.parametrize("question", ["杭科高〔2018〕4号的贷款贴息怎么申请", "2018年的贷款贴息怎么申请"])
def test_who_names_a_document_or_a_year_is_offered_no_other(
    assistant_knowledge: Assistant, question: str
) -> None:
    assert assistant_knowledge.ask(question, DAY).clarify is None


def test_a_sum_for_one_of_several_programmes_is_told_with_the_others_beside_it(
    assistant_knowledge: Assistant,
) -> None:
    answer = assistant_knowledge.ask("孵化器认定后一次性给多少", DAY)
    assert "50万元" in answer.answer and answer.clarify is not None
    other = next(o for o in answer.clarify.options if "国家级" in o)
    assert "100万元" in assistant_knowledge.ask(other, DAY).answer


@pytest.mark.parametrize(
    "question",
    [
        "雏鹰企业贷款贴息多少",
        "孵化器怎么申请认定",
        "我们是去年新认定的市级专业化孵化器，园区在余杭，一次性能给多少",
    ],
)
def test_who_says_which_programme_is_offered_no_other(assistant_knowledge: Assistant, question: str) -> None:
    assert assistant_knowledge.ask(question, DAY).clarify is None


@pytest.mark.parametrize(
    "meant", ["这不是换过一版了吗，照后面那版算", "我问的是后来出的那个", "按新的那版呢"]
)
def test_the_same_is_asked_of_the_version_that_came_after(assistant_knowledge: Assistant, meant: str) -> None:
    old, new = _talk(
        assistant_knowledge, "2018年的办法里，创客企业在众创空间最久能待多长", meant, day=date(2022, 3, 1)
    )
    assert old.citations[0].doc_number == "杭科高〔2018〕50号" and "18个月" in old.answer
    assert new.citations[0].doc_number == "杭科高〔2021〕90号" and "24个月" in new.answer


def test_whether_it_still_holds_is_said_where_the_clause_only_tells_the_term(
    assistant_knowledge: Assistant,
) -> None:
    *_, answer = _talk(
        assistant_knowledge,
        "金融支持实体经济的措施里，无抵押信用担保的费率是多少",
        "这份东西现在还管用吗",
        day=date(2026, 11, 20),
    )
    assert "2024年5月6日" in answer.answer and "失效" in answer.answer


def test_a_comparison_is_a_table_with_a_clause_for_each_side(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("科技企业孵化器和众创空间的区别是什么", date(2026, 11, 21))
    rows = [line for line in answer.answer.splitlines() if line.startswith("|")]
    assert [row.split("|")[1].strip() for row in rows] == ["项目", "---", "规定", "条款", "效力"]
    assert "[1]" in rows[2] and "[2]" in rows[2] and rows[4].count("已失效") == 2
    assert len({c.title for c in answer.citations}) == 2


def _cited(n: int, title: str, effective: str | None, text: str = "一") -> Citation:
    return Citation(
        n=n,
        clause_id=f"{title}#{text}、",
        title=title,
        doc_number="",
        clause=f"{text}、",
        breadcrumb=title,
        quote="…",
        verbatim=False,
        source=Source(file="f", line_start=1, line_end=1),
        validity=Validity(status="in_force", effective=effective),
    )


def test_the_older_side_stands_first_and_cells_hold_no_markup() -> None:
    statements = [Statement(text="新的|竖线\n换行", citations=[1]), Statement(text="旧的", citations=[2])]
    citations = [_cited(1, "新办法", "2021-01-01"), _cited(2, "旧办法", "2018-01-01")]
    table = comparison_table(statements, citations, lambda text: text.replace("|", "\\|"))
    head, _, said, *_ = table.splitlines()
    assert head.index("旧办法") < head.index("新办法")
    assert said.index("旧的") < said.index("新的") and "\\|竖线 换行" in said


def test_one_side_is_no_comparison() -> None:
    statements = [Statement(text="只有一边", citations=[1])]
    assert comparison_table(statements, [_cited(1, "办法", None)], str) == ""


def test_a_replaced_rule_is_answered_with_the_one_that_replaced_it(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("2018年众创空间认定和管理办法里，场地要多大", date(2022, 6, 1))
    numbers = [c.doc_number for c in answer.citations]
    assert numbers[0] == "杭科高〔2018〕50号" and "杭科高〔2021〕90号" in numbers
    assert "100平方米" in answer.answer and "500平方米" in answer.answer
    assert answer.answer.index("100平方米") < answer.answer.index("取代它的")


def test_a_number_that_no_document_has_is_said_to_be_missing(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("杭科高〔2019〕68号雏鹰企业资助多少", DAY)
    assert answer.status != "answered" or any("没有收录杭科高〔2019〕68号" in n for n in answer.notices)


@pytest.mark.parametrize(
    ("question", "sum_", "day"),
    [
        ("规上企业研发费比去年多了300万，能补多少", "300万元×20%=60万元", DAY),
        ("规上企业研发费比去年多了3000万，能补多少", "最高200万元", DAY),
        ("上市公司并购花了2亿，能补多少", "2亿元×5‰=100万元", date(2022, 6, 1)),  # a rule of December 2021
    ],
)
def test_a_sum_is_worked_out_with_its_cap(
    assistant_knowledge: Assistant, question: str, sum_: str, day: date
) -> None:
    answer = assistant_knowledge.ask(question, day)
    assert sum_ in answer.answer


def test_without_a_figure_nothing_is_worked_out(assistant_knowledge: Assistant) -> None:
    assert "按您说的数算" not in assistant_knowledge.ask("规上企业研发补助最多多少", DAY).answer


def test_a_condition_that_fails_decides(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask(
        "我们是杭州的规上企业，去年研发花了810万，今年1000万，研发补助能不能拿", DAY
    )
    assert answer.eligibility is not None and answer.eligibility["verdict"] == "not_eligible"
    assert "190万元" in answer.answer and "200万元" in answer.answer
    assert "杭科资〔2020〕72号#第八条（一）" in [c.clause_id for c in answer.citations]
    assert any("不是官方认定" in n for n in answer.notices)


@pytest.mark.parametrize("question", ["研发补助要什么条件", "创新券一年最多能领多少", "雏鹰企业怎么申请"])
def test_who_tells_nothing_of_themselves_gets_no_verdict(
    assistant_knowledge: Assistant, question: str
) -> None:
    assert assistant_knowledge.ask(question, DAY).eligibility is None


@pytest.mark.parametrize("question", ["量子券能领几张", "天琴计划给多少钱"])
def test_a_programme_that_nobody_knows_is_declined_by_name(
    assistant_knowledge: Assistant, question: str
) -> None:
    answer = assistant_knowledge.ask(question, DAY)
    assert answer.status == "not_covered" and question[:3] in answer.answer


def test_traditional_characters_are_read(assistant_knowledge: Assistant) -> None:
    plain = assistant_knowledge.ask("创新券一年最多能领多少", DAY)
    traditional = assistant_knowledge.ask("創新券一年最多能領多少", DAY)
    assert [c.clause_id for c in plain.citations] == [c.clause_id for c in traditional.citations]
    assert plain.answer == traditional.answer


def test_what_was_answered_before_does_not_answer_the_next_question(assistant_knowledge: Assistant) -> None:
    _, paid = _talk(assistant_knowledge, "入选市领军型创新团队能拿多少资助", "这笔钱是一次打给我们吗")
    assert paid.citations[0].clause in ("六、", "六、2.") and "70%" in paid.answer


def test_a_question_that_stands_alone_keeps_its_order(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    understood = understand("雏鹰企业有什么条件", DAY, [], searcher.analyser)
    found = ClauseRetriever(searcher=searcher).found(understood.hints)
    assert own_words_first(understood, found, searcher) == found
    assert own_words_first(understood, [], searcher) == []


@pytest.mark.parametrize(
    "question",
    [
        # A story that tells nothing of what the conditions ask for.
        "我爸在厂里当了三十年钳工，我妈老念叨他没个证太亏。听说2016年人才新政里高技能人才可以直接认定，这事一年办几回？",
        # Another document's programme.
        "我公司在滨江，规划里讲一核九星，滨江算不算在那个一核里头",
    ],
)
def test_no_verdict_where_none_is_asked_for(assistant_knowledge: Assistant, question: str) -> None:
    assert assistant_knowledge.ask(question, DAY).eligibility is None


def test_another_figure_is_worked_out_on_the_clause_answered_before(assistant_knowledge: Assistant) -> None:
    answers = _talk(
        assistant_knowledge, "上市公司做并购重组，新一轮凤凰行动补多少钱", "要是花了3个亿呢", day=date(2023, 1, 5)
    )  # fmt: skip
    assert "3亿元×5‰=150万元" in answers[-1].answer and "2000万元" in answers[-1].answer
    assert answers[-1].citations[0].clause == "三、（九）4."


def test_a_supposed_figure_without_figures_before_changes_no_order(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    history = [Turn(role="user", content="创新券怎么申领"), Turn(role="assistant", content="网上申领。")]
    understood = understand("要是买了80万的服务呢", DAY, history, searcher.analyser)
    found = ClauseRetriever(searcher=searcher).found(understood.hints)
    assert [d.id for d in own_words_first(understood, found, searcher)] == [d.id for d in found]


def test_the_same_is_asked_of_the_other_version(assistant_knowledge: Assistant) -> None:
    _, older = _talk(
        assistant_knowledge, "凤凰行动计划2021—2025那份，直接上市补多少", "18年那份给多少?", day=date(2026, 11, 22)
    )  # fmt: skip
    assert older.citations[0].doc_number == "杭政〔2018〕14号" and "150万元" in older.answer


@pytest.mark.parametrize("question", ["这文件还作数吗", "现在还能申请吗", "还管用吗"])
def test_whether_it_still_holds_is_answered_with_its_term(
    assistant_knowledge: Assistant, question: str
) -> None:
    _, valid = _talk(assistant_knowledge, "雏鹰企业有什么条件", question, day=date(2026, 11, 22))
    assert "2022年12月31日" in valid.answer and valid.citations[0].clause == "文末"


@pytest.mark.parametrize(
    "question",
    [
        "改成股份公司了，上个月拿到新执照，那三十万有我们的份吗？",
        "我们搞AI芯片底层攻关的，就想要两千万那一档，够得着吗？",
    ],
)
def test_one_case_clearly_asked_of_gets_an_open_verdict_where_no_clause_seems_to_answer(
    assistant_knowledge: Assistant, question: str
) -> None:
    answer = assistant_knowledge.ask(question, date(2020, 11, 5))
    assert answer.status == "answered" and answer.eligibility is not None
    assert answer.eligibility["verdict"] == "undetermined"


def test_a_case_of_another_city_gets_no_open_verdict(assistant_knowledge: Assistant) -> None:
    asked = "我们苏州的企业，改成股份公司了，上个月拿到新执照，苏州给不给我们钱？"
    assert assistant_knowledge.ask(asked, date(2020, 11, 5)).status == "not_covered"


def test_who_asks_whether_something_is_allowed_is_not_refused(assistant_knowledge: Assistant) -> None:
    asked = "我是研究所的研究员，本职工作没落下，另外和老同学开个公司，那边再拿一份钱，这样合规吗"
    assert assistant_knowledge.ask(asked, DAY).status != "refused"


def test_a_correction_that_names_another_subject_keeps_what_was_asked(assistant_knowledge: Assistant) -> None:
    _, answer = _talk(assistant_knowledge, "创投引导基金最多能占子基金几成", "不是，我问的是天使投资引导基金")
    assert answer.citations[0].doc_number == "杭科资〔2021〕3号" and "30%" in answer.answer


def test_what_was_asked_first_can_be_gone_back_to(assistant_knowledge: Assistant) -> None:
    *_, answer = _talk(
        assistant_knowledge,
        "雏鹰企业一次性给多少",
        "创新券一年最多领多少",
        "回到最开始那个，要成立几年才能申请",
    )
    assert answer.citations[0].doc_number == "杭科高〔2020〕71号" and "6年" in answer.answer


def test_a_follow_up_that_names_nothing_stays_with_the_documents_of_the_talk(
    assistant_knowledge: Assistant,
) -> None:
    asked = "评上市级新型研发机构有什么扶持"
    history = [
        Turn(role="user", content=asked),
        Turn(role="assistant", content="可用创新券，优先推荐申报省级。"),
    ]
    answer = assistant_knowledge.ask("一次性奖多少", date(2022, 6, 1), history)
    assert "50万元" not in answer.answer  # what an incubator gets


def test_the_clause_from_which_the_sum_can_be_worked_out_answers(assistant_knowledge: Assistant) -> None:
    asked = "我们支行是科技信贷专营机构，去年给科技型中小微企业放了6亿贷款，按贷款补助细则能补多少钱"
    answer = assistant_knowledge.ask(asked, DAY)
    assert answer.citations[0].clause == "二、1." and "80万元" in answer.answer


def test_the_clause_that_says_what_a_term_means_defines_it(assistant_corpus: Assistant) -> None:
    answer = assistant_corpus.ask("创新券办法里的“平台”是指什么", DAY)
    assert answer.citations[0].clause == "第八条"


def test_a_correction_that_goes_on_to_ask_is_answered(assistant_knowledge: Assistant) -> None:
    _, answer = _talk(
        assistant_knowledge,
        "天使引导基金说的初创期科技企业，职工人数上限是多少",
        "我问错了，应该是创业投资引导基金，那边人数线划在哪？",
    )
    assert answer.citations[0].doc_number == "杭政办函〔2019〕47号" and "500人" in answer.answer


@pytest.mark.parametrize("asked", ["刚立项的时候能到账多少", "立项后先到手多少"])
def test_the_first_payment_is_worked_out(assistant_knowledge: Assistant, asked: str) -> None:
    answer = assistant_knowledge.ask(f"团队入选领军型创新创业团队，市级补助定了300万，{asked}", DAY)
    assert "210万元" in answer.answer
