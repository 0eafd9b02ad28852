"""A question asked for an earlier day is answered by the rules of that day, not by those that came later."""

from __future__ import annotations

from datetime import date

import pytest

from assistant.english import declined
from assistant.evidence import Verdict
from assistant.finding import Finder
from assistant.on_the_day import issued_by_then, issued_later
from assistant.service import Assistant
from assistant.understanding import understand

OLD, NEW = "杭科高〔2018〕50号", "杭科高〔2021〕90号"
QUESTION = "市级众创空间取消资格以后几年内不能再报"


def _documents(assistant: Assistant, question: str, day: date) -> set[str]:
    found = assistant.ask(question, day).citations
    return {citation.clause_id.split("#")[0] for citation in found}


@pytest.mark.parametrize(
    ("day", "document", "other"), [(date(2019, 3, 20), OLD, NEW), (date(2026, 11, 24), NEW, OLD)]
)
def test_the_version_of_the_day_answers(
    assistant_knowledge: Assistant, day: date, document: str, other: str
) -> None:
    documents = _documents(assistant_knowledge, QUESTION, day)
    assert document in documents
    assert other not in documents


@pytest.mark.parametrize(
    "question",
    ["杭科高〔2021〕90号里众创空间取消资格以后几年内不能再报", "2021年的众创空间办法取消资格几年不能再报"],
)
def test_a_later_rule_that_is_named_is_told(assistant_knowledge: Assistant, question: str) -> None:
    answer = assistant_knowledge.ask(question, date(2019, 3, 20))
    assert {citation.clause_id.split("#")[0] for citation in answer.citations} == {NEW}
    assert any("尚未生效" in notice for notice in answer.notices)


def test_a_name_that_only_a_later_rule_has_is_told(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    asked = understand("雏鹰企业一次性资助给多少", date(2019, 3, 20), [], searcher.analyser)
    found = Finder(searcher).found(asked.hints)
    assert issued_by_then(asked, found, searcher) == found


def test_only_what_was_issued_by_then_is_kept(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    for day in (date(2019, 3, 20), date(2026, 11, 24)):
        asked = understand(QUESTION, day, [], searcher.analyser)
        found = Finder(searcher).found(asked.hints)
        kept = issued_by_then(asked, found, searcher)
        later = [d for d in found if issued_later(searcher.documents[d.metadata["document_id"]], day)]
        assert bool(later) == (day.year == 2019)
        assert [d.id for d in kept] == [d.id for d in found if d not in later]


def test_a_day_before_all_rules_leaves_what_was_found(assistant_knowledge: Assistant) -> None:
    searcher = assistant_knowledge.searcher
    asked = understand(QUESTION, date(2001, 1, 1), [], searcher.analyser)
    rules = [d for d in Finder(searcher).found(asked.hints) if d.metadata["document_id"] in (OLD, NEW)]
    assert rules
    assert issued_by_then(asked, rules, searcher) == rules


@pytest.mark.parametrize(
    ("day", "later"), [(date(2018, 5, 20), True), (date(2018, 12, 31), False), (date(2026, 1, 1), False)]
)
def test_issued_later(assistant_knowledge: Assistant, day: date, later: bool) -> None:
    assert issued_later(assistant_knowledge.searcher.documents[OLD], day) == later


def test_what_only_a_later_rule_says_is_told_with_its_clause(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("软科学怎么拨款", date(2021, 6, 1))
    assert answer.status == "not_covered"
    assert answer.answer.startswith("到2021年6月1日，收录的文件里还没有能回答这个问题的规定")
    assert "杭科策〔2021〕93号" in answer.answer.splitlines()[0]
    assert {citation.validity.status for citation in answer.citations} == {"not_yet"}
    assert any("尚未生效" in notice for notice in answer.notices)
    assert assistant_knowledge.ask("软科学怎么拨款", date(2022, 6, 1)).status == "answered"


def test_what_no_rule_says_is_not_told_of_a_later_one(assistant_knowledge: Assistant) -> None:
    answer = assistant_knowledge.ask("软科学项目评审专家的电话是多少", date(2021, 6, 1))
    assert answer.status == "not_covered"
    assert "后来印发" not in answer.answer


def test_the_later_rule_is_told_in_english_too() -> None:
    assert declined(Verdict(cause="later"), date(2021, 6, 1)).startswith("On 1 June 2021 nothing held here")
