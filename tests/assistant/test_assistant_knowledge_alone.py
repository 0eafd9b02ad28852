"""A fresh installation without any documents: twenty policies, one question each, the right clause and figure."""

from datetime import date

import pytest

from assistant.service import Assistant

QUESTIONS = [
    ("115引智计划的重点项目一个能拿多少经费", "关于全面提升杭州市“115”引进国（境）外智力计划的实施意见", "四、（二）", "30万元"),
    ("评上软科学课题市里一般最多出多少钱", "杭科策〔2021〕93号", "三、（一）", "30万元"),
    ("我们孵化器刚认定成省级的，市里奖多少", "杭科高〔2020〕74号", "第十二条（三）", "50万元"),
    ("2021年众创空间办法考核拿了优秀，运营补贴多少", "杭科高〔2021〕90号", "三、（三）2.", "30万元"),
    ("共性技术研发平台买新设备补几成", "杭科合〔2020〕61号", "第二十三条", "50%"),
    ("2018年那个中小微研发补助规上企业封顶多少", "杭科计〔2018〕104号", "第七条（一）", "200万元"),
    ("科技型中小企业周转资金一笔最多借多少", "杭科计〔2018〕192号", "第六条", "2000万元"),
    ("科技信贷专营机构做到3亿贷款补多少", "杭科计〔2018〕193号", "二、1.", "50万元"),
    ("科技特派员项目一年给多少经费", "杭科农〔2019〕100号", "五、（二）3.", "10万元"),
    ("2020年农社一般项目最高给几万", "杭科农〔2020〕86号", "三、2.", "20万元"),
    ("规下的科技型企业2020年研发补助一家最多拿多少", "杭科资〔2020〕72号", "第八条（二）", "50万元"),
    ("雏鹰企业一次性资助给多少", "杭科高〔2020〕71号", "二、（一）1.", "20万元"),
    ("2018年凤凰行动里企业直接上市奖多少", "杭政〔2018〕14号", "三、（一）3.", "150万元"),
    ("软件名城政策开发工业APP超出部分按几成补", "杭政办函〔2018〕114号", "七、", "30%"),
    ("高企三年行动里首次申报国高企给多少申报费补助", "杭政办函〔2018〕64号", "二、（一）2.（1）", "20万元"),
    ("杭向未来计划的大学生杰出创业人才每人给多少钱", "杭政办函〔2020〕11号", "二、（三）11.", "50万元"),
    ("生物医药重大项目固投两个亿以上按最高百分之几支持", "杭政办函〔2021〕39号", "四、（十五）", "20%"),
    ("专精特新企业评上智能工厂一次补多少", "杭政办函〔2022〕29号", "二、（三）8.", "200万元"),
    ("2021年凤凰行动上市公司并购重组按千分之几补", "杭政函〔2021〕94号", "三、（九）4.", "5‰"),
    ("人工智能企业牵头制定国际标准给多少", "杭政函〔2019〕114号", "十一、", "100万元"),
]  # fmt: skip


def test_they_are_of_twenty_policies() -> None:
    assert len({document for _, document, _, _ in QUESTIONS}) == 20


@pytest.mark.parametrize(("question", "document", "path", "figure"), QUESTIONS, ids=[q[0] for q in QUESTIONS])
def test_the_right_clause_and_figure(
    assistant_knowledge: Assistant,
    question: str,
    document: str,
    path: str,
    figure: str,
) -> None:
    answer = assistant_knowledge.ask(question, date(2026, 11, 21))
    assert answer.status == "answered"
    cited = [c.clause_id for c in answer.citations]
    assert any(
        i.startswith(f"{document}#") and (i.endswith(path) or path.startswith(i.split("#")[1])) for i in cited
    )
    assert figure in answer.answer.replace("\\", "")
    assert not any(c.verbatim for c in answer.citations)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        (
            "我们做天使投资，实缴500万，5年以上创投经验的专职高管只有两位，按2021年的办法能和市天使引导基金合作吗",
            "不少于3名，您说的是2名",
        ),
        (
            "园区建筑面积6万平方米，能租给科技企业的是3万平方米，能评高新技术孵化成果转化园吗",
            "不少于2/3（66.67%）",
        ),
    ],
)
def test_a_failed_condition_is_counted_as_its_clause_counts(
    assistant_knowledge: Assistant, question: str, said: str
) -> None:
    answer = assistant_knowledge.ask(question, date(2024, 1, 5))
    assert answer.eligibility["verdict"] == "not_eligible"
    assert said in answer.answer
