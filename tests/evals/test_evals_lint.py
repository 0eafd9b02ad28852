"""Each thing that can be wrong with a set is found, and the bundled sets have none of it."""

from collections import Counter
from collections.abc import Callable

import pytest

from assistant.service import Assistant
from evals.lint import lint
from evals.questions import NOT_AT_HAND, Question, load_questions
from evals.runner import Recorder
from index.home import Home

Maker = Callable[..., Question]


def problems(questions: list[Question], recorder: Recorder | None = None, whole: bool = False) -> list[str]:
    return [str(f) for f in lint(questions, recorder, whole=whole)]


def test_a_sound_question_passes(recorder: Recorder, make_question: Maker) -> None:
    assert problems([make_question()], recorder) == []


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"gold": {"any_of": [{"doc": "杭测〔2020〕7号", "clause": "九、", "file": "kites.txt", "lines": [90, 90]}]}}, "resolves to no clause"),
        ({"facts": [["21万元"]]}, "21万元 does not stand"),
        ({"validity": "in_force"}, "the index says expired"),
        ({"forbidden": ["20万元"]}, "which a fact asks for"),
        ({"facts": []}, "has no facts"),
    ],
)  # fmt: skip
def test_what_contradicts_the_documents_is_found(
    recorder: Recorder, make_question: Maker, changes: dict, complaint: str
) -> None:
    (found,) = problems([make_question(**changes)], recorder)
    assert complaint in found and found.startswith("k1: ")


def test_computed_facts_need_not_stand_in_the_clause(recorder: Recorder, make_question: Maker) -> None:
    assert problems([make_question(facts=[["40万元"]], computed=True)], recorder) == []


def test_twins_are_found(make_question: Maker) -> None:
    first = make_question(question="做纸鸢的企业每年最高能拿到多少补助呀")
    twin = make_question(id="k2", question="做纸鸢的企业每年最高能拿到多少补助")
    other = make_question(id="k3", question="放纸鸢的个人要交哪些材料")
    assert problems([first, twin, other]) == ["k2: asks nearly the same as k1"]
    talk = [{"role": "user", "content": "补助多少"}]
    same = [make_question(id=i, history=talk, question="那呢", kind="followup") for i in ("a", "b")]
    assert problems(same) == ["b: is the same conversation as a"]


def test_a_split_that_leaks_is_found(make_question: Maker) -> None:
    place = {"doc": "杭科资〔2020〕72号", "clause": "第一条", "file": "x.txt", "lines": [1, 1]}
    assert "belongs to regression" in problems([make_question(gold={"any_of": [place]})])[0]
    a = make_question()
    b = make_question(id="k2", split="regression", question="另外一个问题是什么")
    assert "rests on the same place as k1" in problems([a, b])[0]


def test_lack_of_cover_is_found(recorder: Recorder, make_question: Maker) -> None:
    found = problems([make_question()], recorder, whole=True)
    assert "no question of kind unsafe" in found
    assert "no question to decline for injection" in found
    assert any("everyday speech" in f for f in found)
    assert any("only 1 questions on" in f and "7号" in f for f in found)


def test_the_bundled_sets_are_sound_without_the_documents() -> None:
    assert problems(load_questions(), whole=True) == []


def test_the_bundled_sets_are_sound(assistant_corpus: Assistant) -> None:
    assert problems(load_questions(), Recorder(assistant_corpus), whole=True) == []


def test_the_bundled_sets_are_large_enough() -> None:
    questions = load_questions()
    sets = Counter(q.set_name for q in questions)
    assert len(questions) >= 500
    assert sets["policies"] >= 250 and sets["yearbooks"] >= 80 and sets["declined"] >= 100
    assert sets["conversations"] >= 40 and sets["eligibility"] >= 60
    verdicts = Counter(q.verdict for q in questions if q.verdict)
    assert min(verdicts.values()) >= 20
    for split in ("dev", "regression"):
        assert sum(q.split == split for q in questions) >= 300
    styles = Counter(q.style for q in questions)
    assert min(styles.values()) >= 50


def test_a_clause_of_which_only_the_gist_is_at_hand_is_known_by_its_name(
    knowledge_home: Home, make_question: Maker
) -> None:
    alone = Recorder(Assistant(knowledge_home))
    gold = {"doc": "杭科高〔2020〕71号", "clause": "三、", "file": NOT_AT_HAND, "lines": [1, 1]}
    asked = make_question(gold={"any_of": [gold]}, split="dev", facts=[["没有这样的话"]], validity="expired")
    found = {f.key for f in lint([asked], alone, whole=False)}
    assert "unresolved" not in found and "absent" in found
    gold["clause"] = "九十九、"
    wrong = make_question(gold={"any_of": [gold]}, split="dev", validity="expired")
    assert "unresolved" in {f.key for f in lint([wrong], alone, whole=False)}
