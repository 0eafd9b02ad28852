from collections.abc import Callable
from pathlib import Path

from assistant.service import Assistant
from evals.leave_one_out import leave_one_out
from evals.questions import Question
from evals.records import load_left_out, save_left_out
from evals.report import Report, left_out_table
from evals.runner import Recorder


def test_without_its_clause_a_question_is_no_longer_answered_from_it(
    recorder: Recorder, make_question: Callable[..., Question]
) -> None:
    question = make_question()
    assistant = recorder.assistant
    assert "20万元" in assistant.ask(question.question, question.as_of).answer
    (one,) = leave_one_out(assistant, [question])
    assert one.id == "k1" and "20万元" not in one.answer
    assert not any("一、（一）" in i or i.endswith("#一、") for i in one.cited)
    assert (
        "20万元" in assistant.ask(question.question, question.as_of).answer
    )  # the assistant itself is as it was


def test_facts_that_stand_elsewhere_too_are_no_fault(
    recorder: Recorder, make_question: Callable[..., Question]
) -> None:
    elsewhere = make_question(
        facts=[["3万元"]], question="放纸鸢的个人每年最高补助多少"
    )  # gold names another clause
    assert leave_one_out(recorder.assistant, [elsewhere])[0].outcome == "elsewhere"


def test_only_what_a_clause_must_answer_is_asked(
    recorder: Recorder, make_question: Callable[..., Question]
) -> None:
    bare = {"gold": {}, "facts": [], "forbidden": [], "validity": None}
    kept_out = [
        make_question(id="a", kind="validity"),
        make_question(id="b", verdict="eligible"),
        make_question(id="c", kind="unanswerable", status="not_covered", cause="missing_detail", **bare),
    ]
    assert leave_one_out(recorder.assistant, kept_out) == []


def test_hidden_clauses_are_gone_from_search_and_store(recorder: Recorder) -> None:
    hidden = ["杭测〔2020〕7号#一、（一）", "杭测〔2020〕7号#一、"]
    blind: Assistant = recorder.assistant.without(hidden)
    assert blind.searcher.store.clause(hidden[0]) is None
    assert not {h.clause.clause_id for h in blind.searcher.search("做纸鸢的企业最高补助多少")} & set(hidden)
    assert recorder.assistant.searcher.store.clause(hidden[0]) is not None


def test_outcomes_are_kept_and_reported(
    recorder: Recorder, make_question: Callable[..., Question], tmp_path: Path
) -> None:
    found = leave_one_out(recorder.assistant, [make_question()])
    save_left_out(tmp_path, found)
    assert load_left_out(tmp_path) == found and load_left_out(tmp_path / "none") == []
    assert sum(int(line.split("|")[2]) for line in left_out_table(found)[2:]) == 1
    assert "抽掉依据再问" in Report([], {}, found).to_markdown()
