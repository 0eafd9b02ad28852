"""Things that are asked for and that clauses mostly leave out."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.asked_things import SIDE_THINGS, THINGS
from assistant.service import Assistant

DAY = date(2022, 3, 1)


def _asked(question: str) -> list[str]:
    return [thing.called for thing in THINGS if thing.asked.search(question)]


@pytest.mark.parametrize(
    ("question", "called"),
    [
        ("证书掉了去哪里重新开一张", "证书的补办"),
        ("去年没评上，要停几年才可以再报", "再次申报的间隔"),
        ("这笔奖金要不要交个税", "个人所得税"),
        ("经费分成几笔给我们", "分几次拨付"),
        ("答辩那天到场的专家有几位", "专家的人数"),
        ("押金退的时候利息归谁", "利息的归属"),
        ("车间停车位谁来管", "停车"),
        ("材料交了以后多久能打到公司账上", "钱到账的时间"),
        ("这笔资金里单家机构最多能拿到多少", "单家的上限"),
        ("新集团的注册资本是多少亿", "注册资本的数额"),
        ("直播办的沙龙算不算一场活动", "线上活动的计算"),
        ("公示完了过几个工作日钱能打到账上", "钱到账的时间"),
        ("评价没过让整改，一共给我们几个月", "整改的期限"),
        ("区里几个工作日内要组织完评审", "评审的时限"),
        ("交上去审核要几个工作日", "审核的时限"),
        ("第三方做达标评估，评估费归企业出吗", "费用由谁出"),
        ("纸质的要交几份", "材料的份数"),
        ("申请表在哪里下载", "表格的下载"),
        ("名单在哪个网站公示", "公示的地方"),
        ("报这个要不要交钱", "申报是否收费"),
        ("能找代办公司帮我们报吗", "由他人代办"),
        ("评审那天评委都有谁", "评审专家是谁"),
        ("申报系统登不上去怎么办", "系统登不上"),
        ("材料要不要盖公章", "盖章或签字"),
        ("场地是二房东转租给我的，备案认不认", "转租的场地"),
        ("外包给别人做的研发能不能算进去", "外包"),
        ("大专毕业来上班给几千", "大专学历的标准"),
        ("D类人才每月补多少", "D类人才的标准"),
        ("产量为什么掉了一半", "变化的原因"),
        ("押金压了三年，这笔保证金的利息算给我们吗", "保证金的利息"),
        ("补助拿到手以后项目停了，要吐多少出来", "已得的钱要不要退"),
        ("先交满几个月的社保才能报", "要缴几个月社保"),
        ("三年期限从领证那天数，还是从备案那天数", "从哪一天起算"),
        ("人数看年底那天还是全年平均", "按哪个时点计"),
        ("跟租客的合同一次最长能签几年", "合同的年限"),
        ("一个人同时最多能挂几家的导师", "一人能兼几家"),
        ("双聘过来的教授算不算一个", "双聘或实习的人员"),
        ("托管费一年收百分之几", "托管费"),
        ("纸质券单张面额多少", "面额"),
        ("申请报告要写几页", "材料的篇幅"),
        ("这个机构一年评几批", "一年评几次"),
        ("借这笔钱要不要抵押", "抵押或保证"),
    ],
)
def test_what_is_asked_for_is_seen(question: str, called: str) -> None:
    assert called in _asked(question)


@pytest.mark.parametrize(
    "question",
    [
        "评审过了要公示几天",
        "要准备几份什么材料",
        "做软件外包的公司能不能进",
        "重大专项一共多少亿",
        "我在银行做利息核算，想问雏鹰企业一年给多少",  # told, not asked
        "公司没有停过工，能报孵化器吗",
        "丢了两个客户，今年营收降了，还能留在培育库吗",
        "企业所得税交了三百万，奖励多少",
        "他问我注册资本多少，我说五百万，能不能备案",
        "一家企业一年最多能领多少创新券",
    ],
)
def test_what_is_only_told_is_not(question: str) -> None:
    assert not _asked(question)


def test_a_thing_that_no_clause_holds_is_said_to_be_missing(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("雏鹰企业的证书丢了怎么补办", DAY)
    assert answer.status == "not_covered" and "证书的补办" in answer.answer


def test_a_story_before_the_question_does_not_hide_what_is_missing(assistant_knowledge: Assistant) -> None:
    story = (
        "我们公司是前年从西湖区搬到滨江的，路上丢了一箱东西，别的倒没什么要紧，就是雏鹰企业的那张证也在里面。"
    )
    answer = assistant_knowledge.ask(f"{story}想问这张证没了要去哪里重新开一张？", DAY)
    assert answer.status == "not_covered"


def test_a_thing_that_a_clause_holds_is_answered(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("领军型创新团队立项以后，资助资金分几次拨付", DAY)
    assert answer.status == "answered" and answer.citations[0].doc_number == "杭科策〔2018〕124号"


@pytest.mark.parametrize(
    ("called", "said", "held"),
    [
        ("评审的时限", "专家评审后，拟备案结果公示不少于5个工作日", False),
        ("评审的时限", "区里组织评审，结果报市里；公示5个工作日", False),
        ("审核的时限", "受理后5个工作日内审核", True),
        ("整改的期限", "3年为一个周期评价，不合格的限期整改", False),
        ("整改的期限", "不合格的整改1年，期满再评", True),
    ],
)
def test_days_must_be_those_of_the_step(called: str, said: str, held: bool) -> None:
    thing = next(thing for thing in THINGS if thing.called == called)
    assert bool(thing.held.search(said)) is held


@pytest.mark.parametrize(
    ("question", "called"),
    [
        ("中途换人的话，给的钱会不会扣掉一半", "扣减"),
        ("半年以后才补材料，可不可以", "半年的期限"),
        ("券没用完，明年能接着用吗", "第二年的情形"),
        ("公司被收购以后还作数吗", "并购"),
        ("奖金是打到对公账户还是个人卡", "付款的方式"),
        ("申报晚了两天还收吗", "逾期的处理"),
        ("会计说先按含税的算，对不对呢，是不是要算进去", "是否含税"),
        ("我们租了个位子，奖励给多少", ""),
        ("我妈退休了，想问补贴给多少", ""),
    ],
)
def test_what_is_asked_on_the_side(question: str, called: str) -> None:
    found = [thing.called for thing in SIDE_THINGS if thing.asked.search(question)]
    assert (called in found) if called else not found
