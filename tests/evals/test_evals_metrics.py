"""Every measure falls when the fault that it should see is planted, and no other one does."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from assistant.schema import Statement
from evals.matching import bears, states
from evals.metrics import METRICS, Score, score
from evals.questions import GoldClause, Question
from evals.records import FoundClause, Record
from evals.runner import Recorder

TWO = {
    "all_of": [
        {"doc": "杭测〔2020〕7号", "file": "kites.txt", "clause": "一、（一）", "lines": [7, 7]},
        {"doc": "杭测〔2020〕7号", "file": "kites.txt", "clause": "一、（二）", "lines": [9, 9]},
    ]
}
FIGURES = {"facts", "facts_all", "no_forbidden", "support_recall", "support_precision", "right"}
RANKING = {"r@1", "rr", "ndcg@10"}


@pytest.fixture
def case(recorder: Recorder, make_question: Callable[..., Question]) -> tuple[Question, Record]:
    """A question on two clauses with a flawless answer, each statement with its own citation."""
    question = make_question(
        question="做纸鸢的企业和放纸鸢的个人各最高补助多少",
        gold=TWO,
        facts=[["20万元"], ["3万元"]],
        verdict="eligible",
    )
    record = recorder.record(question)
    first = recorder.record(make_question(question="做纸鸢的企业最高补助多少")).answer
    second = recorder.record(make_question(question="放纸鸢的个人每年最高补助多少")).answer
    texts = ["做纸鸢的企业最高补助20万元，由市科技局受理。", "放纸鸢的个人每年最高补助3万元。"]
    answer = first.model_copy(
        update={
            "status": "answered",
            "answer": "".join(texts),
            "statements": [Statement(text=t, citations=[n]) for n, t in enumerate(texts, start=1)],
            "citations": [first.citations[0], second.citations[0].model_copy(update={"n": 2})],
            "eligibility": {"verdict": "eligible"},
        }
    )
    clauses = recorder.assistant.searcher.store.clauses(
        ["杭测〔2020〕7号#一、（一）", "杭测〔2020〕7号#一、（二）"]
    )
    found = [c.clause_id for c in clauses]
    described = {c.clause_id: recorder.describe(c) for c in clauses}
    return question, replace(record, answer=answer, found=found, clauses=record.clauses | described)


def changed(question: Question, before: Record, after: Record, asked: Question | None = None) -> set[str]:
    """The measures that fall; one that no longer applies counts as unmoved."""
    first, second = score(question, before).values, score(asked or question, after).values
    assert not [m for m in METRICS if first[m] is not None and second[m] is not None and second[m] > first[m]]  # type: ignore[operator]
    return {m for m in METRICS if first[m] is not None and second[m] is not None and second[m] < first[m]}  # type: ignore[operator]


def test_a_flawless_answer_is_right_in_every_measure(case: tuple[Question, Record]) -> None:
    values = score(*case).values
    applicable = {m: v for m, v in values.items() if v is not None}
    # At depth 1 no more than one of two clauses can be found.
    assert {m for m, v in applicable.items() if v != 1.0} == {"r@1"}
    assert set(METRICS) - set(applicable) == {"declined", "cause"}


def test_a_dropped_citation(case: tuple[Question, Record]) -> None:
    question, record = case
    first, second = record.answer.statements
    answer = record.answer.model_copy(
        update={
            "citations": record.answer.citations[:1],
            "statements": [first, second.model_copy(update={"citations": []})],
        }
    )
    assert changed(question, record, replace(record, answer=answer)) == {
        "citation_recall",
        "support_recall",
        "right",
    }


def test_a_changed_figure(case: tuple[Question, Record]) -> None:
    question, record = case
    first, second = record.answer.statements
    answer = record.answer.model_copy(
        update={
            "answer": record.answer.answer.replace("20万元", "30万元"),
            "statements": [first.model_copy(update={"text": first.text.replace("20万元", "30万元")}), second],
        }
    )
    assert changed(question, record, replace(record, answer=answer)) == FIGURES
    assert score(question, replace(record, answer=answer)).forbidden == ["30万元"]


def test_a_citation_swapped_for_another_document(case: tuple[Question, Record], recorder: Recorder) -> None:
    question, record = case
    boat = recorder.assistant.searcher.store.clauses(["杭测〔2021〕3号#一、（一）"])[0]
    swapped = record.answer.citations[1].model_copy(update={"clause_id": boat.clause_id, "quote": boat.text})
    answer = record.answer.model_copy(update={"citations": [record.answer.citations[0], swapped]})
    after = replace(record, answer=answer, clauses=record.clauses | {boat.clause_id: recorder.describe(boat)})
    assert changed(question, record, after) == {
        "citation_recall",
        "citation_precision",
        "support_recall",
        "support_precision",
        "right",
    }


def test_a_version_taken_for_valid(case: tuple[Question, Record]) -> None:
    question, record = case
    valid = [
        c.model_copy(update={"validity": c.validity.model_copy(update={"status": "in_force"})})
        for c in record.answer.citations
    ]
    answer = record.answer.model_copy(update={"citations": valid})
    assert changed(question, record, replace(record, answer=answer)) == {"validity", "right"}


def test_a_dropped_notice(case: tuple[Question, Record]) -> None:
    question, record = case
    answer = record.answer.model_copy(update={"notices": []})
    assert changed(question, record, replace(record, answer=answer)) == {"validity", "right"}
    running = question.model_copy(update={"validity": "in_force"})
    assert changed(question, record, record, running) == {"validity", "right"}


def test_an_idle_citation(case: tuple[Question, Record], recorder: Recorder) -> None:
    question, record = case
    boat = recorder.assistant.searcher.store.clauses(["杭测〔2021〕3号#一、（一）"])[0]
    idle = record.answer.citations[0].model_copy(
        update={"n": 3, "clause_id": boat.clause_id, "quote": boat.text, "title": "", "breadcrumb": ""}
    )
    first, second = record.answer.statements
    answer = record.answer.model_copy(
        update={
            "citations": [*record.answer.citations, idle],
            "statements": [first.model_copy(update={"citations": [1, 3]}), second],
        }
    )
    after = replace(record, answer=answer, clauses=record.clauses | {boat.clause_id: recorder.describe(boat)})
    assert changed(question, record, after) == {"citation_precision", "support_precision"}


def test_a_shuffled_ranking(case: tuple[Question, Record], recorder: Recorder) -> None:
    question, record = case
    boats = [recorder.describe(c) for c in recorder.assistant.searcher.store.clauses_of("杭测〔2021〕3号")]
    known = replace(record, clauses=record.clauses | {b.clause_id: b for b in boats})
    others = [b.clause_id for b in boats[:4]]
    late = replace(known, found=[*others, *record.found])
    assert changed(question, record, late) == {*RANKING, "r@5", "span_recall@5", "span_precision@5"}
    assert score(question, late).rank == 6
    never = replace(known, found=others)
    assert changed(question, record, never) == {*RANKING, "r@5", "r@10", "span_recall@5", "span_precision@5"}


def test_a_clause_that_bears_two_units_counts_for_both(
    recorder: Recorder, make_question: Callable[..., Question]
) -> None:
    unit = TWO["all_of"][0]
    question = make_question(question="做纸鸢的企业最高补助多少", gold={"all_of": [unit, unit]})
    record = recorder.record(question)
    result = score(question, record)
    assert result.rank == 1
    assert {result.values[m] for m in ("r@1", "r@5", "rr", "ndcg@10")} == {1.0}
    nothing = score(question, replace(record, found=[]))
    assert (nothing.rank, nothing.values["r@1"], nothing.values["rr"]) == (None, 0.0, 0.0)


@pytest.mark.parametrize(
    ("expected", "given", "fallen"),
    [
        ("eligible", "not_eligible", {"verdict", "right"}),
        ("not_eligible", "eligible", {"verdict", "right", "safe"}),
        ("undetermined", "eligible", {"verdict", "right", "safe"}),
        ("eligible", "", {"verdict", "right"}),
    ],
)
def test_a_flipped_verdict(
    case: tuple[Question, Record], expected: str, given: str, fallen: set[str]
) -> None:
    question, record = case
    question = question.model_copy(update={"verdict": expected})
    right = replace(record, answer=record.answer.model_copy(update={"eligibility": {"verdict": expected}}))
    wrong = replace(
        record, answer=record.answer.model_copy(update={"eligibility": {"verdict": given} if given else None})
    )
    assert changed(question, right, wrong) == fallen


def test_a_wrong_decline(case: tuple[Question, Record]) -> None:
    question, record = case
    answer = record.answer.model_copy(
        update={
            "status": "not_covered",
            "citations": [],
            "statements": [],
            "answer": "没有。",
            "eligibility": None,
        }
    )
    fallen = {"answered", "facts", "facts_all", "citation_recall", "verdict", "right"}
    assert changed(question, record, replace(record, answer=answer)) == fallen


def test_answering_what_should_be_declined(
    case: tuple[Question, Record], make_question: Callable[..., Question]
) -> None:
    bare = make_question(
        status="not_covered",
        cause="missing_detail",
        kind="unanswerable",
        gold={},
        facts=[],
        forbidden=[],
        validity=None,
    )
    record = case[1]
    declined = replace(
        record, gold_chars=[], answer=record.answer.model_copy(update={"status": "not_covered"})
    )
    assert score(bare, declined).right
    assert changed(bare, declined, replace(record, gold_chars=[])) == {"declined", "cause", "right"}
    refused = replace(declined, answer=record.answer.model_copy(update={"status": "refused"}))
    assert changed(bare, declined, refused) == {"cause"}


def test_nonsense_may_be_declined_in_several_ways(
    make_question: Callable[..., Question], case: tuple[Question, Record]
) -> None:
    bare = make_question(
        status="out_of_scope",
        cause="nonsense",
        kind="unanswerable",
        gold={},
        facts=[],
        forbidden=[],
        validity=None,
    )
    for status in ("out_of_scope", "clarify", "error"):
        record = replace(case[1], gold_chars=[], answer=case[1].answer.model_copy(update={"status": status}))
        assert score(bare, record).values["cause"] == 1.0


@pytest.mark.parametrize(
    ("fact", "text", "stated"),
    [
        ("20万元", "最高二十万元", True),
        ("20万元", "最高 200,000 元", True),
        ("20万元", "最高120万元", False),
        ("20万元", "最高20.5万元", False),
        ("3年", "2023年", False),
        ("2022-12-31", "有效期至2022年12月31日", True),
        ("百分之二十", "按 20％ 补", True),
        ("1.5亿元", "15000万元", True),
        ("市科技局", "由市科 技局受理", True),
        ("2%", "2‰", False),
    ],
)
def test_facts_are_found_in_any_spelling_and_not_inside_other_numbers(
    fact: str, text: str, stated: bool
) -> None:
    assert states([fact], text) is stated


def found_clause(**changes: object) -> FoundClause:
    given = {
        "clause_id": "x", "title": "《甲》", "doc_numbers": ("杭测〔2020〕7号",), "path": "一、（一）", "breadcrumb": "",
        "text": "", "file": "a.txt", "lines": (5, 9),
    }  # fmt: skip
    return FoundClause(**(given | changes))  # type: ignore[arg-type]


def test_gold_is_known_by_its_place_or_by_document_and_path() -> None:
    gold = GoldClause(doc="杭测〔2020〕7号", clause="一、", file="a.txt", lines=(9, 12))
    assert bears(found_clause(), gold)
    assert not bears(found_clause(lines=(1, 8)), gold)
    assert bears(found_clause(file="knowledge.yaml", lines=(0, 0)), gold)
    assert not bears(found_clause(file="knowledge.yaml", path="二、"), gold)
    assert not bears(found_clause(file="copy.txt", doc_numbers=("杭测〔2016〕9号",)), gold)


def test_dangers_are_named(make_score: Callable[..., Score]) -> None:
    harmless = make_score(1, 1.0)
    assert harmless.dangerous == []
    harmful = make_score(
        2, 0.0, forbidden=["30万元"], values=harmless.values | {"safe": 0.0, "validity": 0.0}
    )
    assert len(harmful.dangerous) == 3
