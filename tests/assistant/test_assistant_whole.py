"""Bare questions: who asks for conditions, papers or steps as such gets the list, not one of its items."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.schema import Turn
from assistant.service import Assistant
from assistant.understanding import understand
from assistant.whole import asks_for_all, asks_of_the_whole
from index.build import build
from index.home import Home

DAY = date(2026, 11, 24)
EAGLE = "杭科高〔2020〕71号"


@pytest.mark.parametrize(
    ("question", "paths"),
    [
        ("申请雏鹰计划要什么条件", ["三、1.", "三、2.", "三、3.", "三、4.", "三、5.", "三、6."]),
        ("雏鹰计划条件", ["三、1.", "三、2.", "三、3.", "三、4.", "三、5.", "三、6."]),
        ("雏鹰计划怎么申请", ["四、（一）", "四、（二）", "四、（三）", "四、（四）"]),
        ("雏鹰企业要交什么材料", ["四、（一）1.", "四、（一）2.", "四、（一）3.", "四、（一）4."]),
        ("雏鹰计划有什么好处", ["二、（一）", "二、（二）", "二、（三）"]),
    ],
)
def test_all_items_are_told(assistant_knowledge: Assistant, question: str, paths: list[str]) -> None:
    cited = {citation.clause_id for citation in assistant_knowledge.ask(question, DAY).citations}
    assert {f"{EAGLE}#{path}" for path in paths} <= cited


def test_a_detail_is_answered_by_its_item(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("申请雏鹰企业，职工最少要几个人", DAY)
    assert [citation.clause_id for citation in answer.citations] == [f"{EAGLE}#三、3."]


def test_a_list_within_a_chapter_of_other_things_is_found(assistant_knowledge: Assistant) -> None:
    question = "依照2021年的众创空间管理办法，市级众创空间备案依次要经过哪些环节？"
    cited = [citation.clause_id for citation in assistant_knowledge.ask(question, DAY).citations]
    assert cited
    assert all(i.startswith("杭科高〔2021〕90号#三、（一）") for i in cited)


@pytest.mark.parametrize(
    ("question", "clause", "whole"),
    [
        ("雏鹰计划要什么条件", f"{EAGLE}#三、", True),
        ("雏鹰计划对销售额有什么要求", f"{EAGLE}#三、", False),  # a detail of one item
        ("雏鹰计划要什么条件", f"{EAGLE}#三、2.", False),  # no list
        ("雏鹰计划要什么条件", f"{EAGLE}#二、", False),  # a list of something else
        ("雏鹰计划补多少钱", f"{EAGLE}#三、", False),
    ],
)
def test_the_whole_is_asked_for_where_nothing_but_its_names_is_said(
    assistant_knowledge: Assistant, question: str, clause: str, whole: bool
) -> None:
    searcher = assistant_knowledge.searcher
    held = searcher.store.clause(clause)
    assert held is not None
    assert asks_of_the_whole(understand(question, DAY, [], searcher.analyser), held, searcher) == whole


def test_steps_are_asked_for_of_a_list_of_steps(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    asked = understand("2021年众创空间备案有哪几步", DAY, [], searcher.analyser)
    steps, daily = (searcher.store.clause(f"杭科高〔2021〕90号#三、（{n}）") for n in "一二")
    assert steps is not None
    assert daily is not None
    assert asks_for_all(asked, steps, searcher)
    assert not asks_for_all(asked, daily, searcher)


@pytest.mark.parametrize("question", ["那材料呢", "申报材料呢？", "材料要求"])
def test_the_papers_of_what_was_talked_about(assistant_knowledge: Assistant, question: str) -> None:
    history = [
        Turn(role="user", content="科技型初创企业培育工程，我这家能报不"),
        Turn(role="assistant", content="要看注册成立5年以内、研发投入占5%以上、年销售额3000万元以下等。"),
    ]
    answer = assistant_knowledge.ask(question, DAY, history)
    assert [citation.clause_id for citation in answer.citations] == ["杭科高〔2018〕4号#五、1."]


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("瞪羚企业条件", "申报条件"),
        ("技能大师工作室条件", "申报条件"),
        ("技能大师工作室怎么申请", "申报办法"),
        ("大师工作室给多少钱", "补助标准"),
    ],
)
def test_plans_and_yearbooks_give_no_rules(
    assistant_knowledge: Assistant, question: str, missing: str
) -> None:
    answer = assistant_knowledge.ask(question, DAY)
    assert answer.status == "not_covered"
    assert missing in answer.answer


@pytest.mark.parametrize(
    ("question", "clause"),
    [
        ("高新技术企业奖励多少", "杭政办函〔2018〕64号#二、（一）2.（2）"),
        ("上市奖励", "杭政函〔2021〕94号#三、（九）2."),
    ],
)
def test_a_grants_name_is_answered_by_its_policy(
    assistant_knowledge: Assistant, question: str, clause: str
) -> None:
    citations = assistant_knowledge.ask(question, DAY).citations
    assert citations[0].clause_id == clause


KITES = """杭州市木鸢产业扶持办法
杭测〔2025〕7号
第一条 为扶持木鸢产业，制定本办法。
第二条 申报企业应当具备下列条件：
（一）在杭州市注册；
（二）有三名以上匠人；
（三）场地不小于五十平方米；
（四）会放风筝。
第三条 符合条件的企业，每家补助20万元。
第四条 申报时提交申请表、营业执照复印件。
"""


@pytest.fixture(scope="module")
def kites(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    """An assistant with a document that nobody has noted anything on."""
    folder = tmp_path_factory.mktemp("kites")
    (folder / "corpus").mkdir()
    (folder / "corpus" / "kites.txt").write_text(KITES, encoding="utf-8")
    build(Home(folder / "home"), [folder / "corpus"])
    return Assistant(Home(folder / "home"))


@pytest.mark.parametrize(
    ("question", "clauses"),
    [
        ("木鸢企业要什么条件", [f"第二条（{n}）" for n in "一二三四"]),
        ("木鸢企业补助", ["第三条"]),
        ("木鸢企业要交什么材料", ["第四条"]),
    ],
)
def test_documents_without_notes_are_asked_alike(kites: Assistant, question: str, clauses: list[str]) -> None:
    assert [citation.clause for citation in kites.ask(question, DAY).citations] == clauses
