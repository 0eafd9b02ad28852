"""Every number of a report moves when the fault that it should see is planted, and the others stay."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from assistant.service import Assistant
from evals.metrics import Score, score
from evals.questions import Question
from evals.report import Report, summarise
from index.build import build
from index.home import Home

DAY = date(2021, 1, 1)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("kites")
    text = (
        "关于支持纸鸢的若干意见\n\n一、补助标准\n\n（一）做纸鸢的企业最高补助20万元。\n\n（二）放纸鸢的个人最高补助3万元。\n\n"
        "二、附则\n\n本意见自2020年4月1日起施行，有效期至2022年12月31日。\n"
    )
    (folder / "kites.txt").write_text(text, encoding="utf-8")
    home = Home(tmp_path_factory.mktemp("home"))
    build(home, [folder])
    return Assistant(home)


@pytest.fixture
def question() -> Question:
    gold = {"doc": "关于支持纸鸢的若干意见", "clause": "一、（一）", "file": "kites.txt", "lines": [5, 5]}
    return Question.model_validate(
        {
            "id": "k1", "question": "做纸鸢的企业最高补助多少", "kind": "amount", "split": "dev", "status": "answered",
            "as_of": DAY, "gold": {"any_of": [gold]}, "facts": [["20万元", "20万"]], "forbidden": ["30万元"],
        }
    )  # fmt: skip


def scored(assistant: Assistant, question: Question, **changes: object) -> Score:
    searcher = assistant.searcher
    answer = assistant.ask(question.question, question.as_of).model_copy(update=changes)
    return score(question, answer, searcher.search(question.question), searcher.store, searcher.documents)


def test_a_right_answer_is_right_in_every_number(assistant: Assistant, question: Question) -> None:
    result = scored(assistant, question)
    assert (result.rank, result.facts, result.forbidden, result.gold_cited, result.right) == (
        1,
        [True],
        [],
        True,
        True,
    )


def test_a_changed_figure_loses_the_fact_and_meets_the_forbidden_one(
    assistant: Assistant, question: Question
) -> None:
    answer = assistant.ask(question.question, DAY).answer.replace("20万元", "30万元")
    result = scored(assistant, question, answer=answer)
    assert (result.facts, result.forbidden, result.gold_cited) == ([False], ["30万元"], True)
    assert not result.right


def test_part_of_a_longer_number_is_no_fact(assistant: Assistant, question: Question) -> None:
    answer = assistant.ask(question.question, DAY).answer.replace("20万元", "120万元")
    assert scored(assistant, question, answer=answer).facts == [False]


def test_dropped_citations_lower_citation_recall_alone(assistant: Assistant, question: Question) -> None:
    result = scored(assistant, question, citations=[])
    assert (result.facts, result.gold_cited, result.cited_right) == ([True], False, 0)


def test_a_wrong_decline_is_seen(assistant: Assistant, question: Question) -> None:
    result = scored(assistant, question, status="not_covered", citations=[])
    assert result.declined and not result.right
    assert summarise([result])["declined_wrongly"] == 1.0


def test_answering_what_should_be_declined_is_seen(assistant: Assistant, question: Question) -> None:
    bare = question.model_copy(
        update={"status": "not_covered", "facts": [], "gold": question.gold.model_copy(update={"any_of": []})}
    )
    result = scored(assistant, bare)
    assert not result.right
    assert summarise([result])["declined_rightly"] == 0.0


def test_a_missing_notice_is_seen(assistant: Assistant, question: Question) -> None:
    late = question.model_copy(update={"as_of": date(2023, 1, 1)})
    assert scored(assistant, late).expired_flagged is True
    assert scored(assistant, late, notices=[]).expired_flagged is False
    assert scored(assistant, question).expired_flagged is None


def test_a_shuffled_ranking_lowers_the_rank_alone(assistant: Assistant, question: Question) -> None:
    searcher = assistant.searcher
    hits = searcher.search(question.question)
    gold = next(h for h in hits if h.clause.path == "一、（一）")
    others = [h for h in hits if not h.clause.path.startswith("一、")]
    shuffled = [replace(h, rank=i) for i, h in enumerate([*others, gold], start=1)]
    answer = assistant.ask(question.question, DAY)
    result = score(question, answer, shuffled, searcher.store, searcher.documents)
    assert result.rank == len(others) + 1
    assert result.facts == [True] and result.gold_cited


def test_the_report_is_written_whole(assistant: Assistant, question: Question, tmp_path: Path) -> None:
    report = Report(
        [scored(assistant, question), scored(assistant, question, answer="错", citations=[])], {"commit": "x"}
    )
    report.write(tmp_path / "run")
    text = (tmp_path / "run" / "report.md").read_text(encoding="utf-8")
    assert "2 题：答对 0.50" in text and "k1" in text
    assert sorted(p.name for p in (tmp_path / "run").iterdir()) == ["report.json", "report.md"]
