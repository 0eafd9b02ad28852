from pathlib import Path

import pytest

from evals.questions import bundled_sets, load_questions
from index.home import Home
from index.search import Searcher
from ingest.errors import InputError
from ingest.text import fold

QUESTION = """
name: made-up
questions:
  - id: q1
    question: 纸鸢补多少
    kind: amount
    split: dev
    status: answered
    as_of: 2026-01-01
    gold: {any_of: [{doc: 杭测〔2020〕7号, clause: 第三条, file: kites.txt, lines: [25, 25]}]}
    facts: [[20万元]]
"""


def test_bundled_sets_hold_enough_of_every_sort() -> None:
    questions = load_questions()
    assert len(questions) >= 60
    assert sum(q.status in ("not_covered", "out_of_scope") for q in questions) >= 12
    files = {gold.file[:3] for q in questions for gold in q.gold.clauses}
    assert files == {"000", "001", "002", "003", "004"}
    kinds = {q.kind for q in questions}
    assert kinds >= {"amount", "eligibility", "procedure", "validity", "list", "statistic"}
    assert {q.split for q in questions} == {"dev", "regression"}


def test_answerable_questions_have_gold_and_facts_and_the_others_none() -> None:
    for question in load_questions():
        assert bool(question.gold.clauses) == question.answerable, question.id
        assert bool(question.facts) == question.answerable, question.id


def test_no_two_questions_are_alike() -> None:
    seen = [fold(q.question) for q in load_questions()]
    assert len(set(seen)) == len(seen)


def test_no_policy_stands_in_both_splits() -> None:
    where: dict[str, set[str]] = {}
    for question in load_questions((Path("policies"),)):
        for gold in question.gold.clauses:
            where.setdefault(gold.doc, set()).add(question.split)
    compared = {gold.doc for q in load_questions() if q.kind == "compare" for gold in q.gold.clauses}
    assert [doc for doc, splits in where.items() if len(splits) > 1 and doc not in compared] == []


def test_written_asks_and_questions_are_not_copies_of_each_other(knowledge_home: Home) -> None:
    store = Searcher(knowledge_home).store
    asks = {fold(ask) for d in store.documents() for c in store.clauses_of(d.document_id) for ask in c.asks}
    assert [q.id for q in load_questions() if fold(q.question) in asks] == []


def test_facts_stand_in_the_gold_lines(corpus_dir: Path) -> None:
    """Each fact is really in the source, except for dates that follow by computation."""
    lines = {path.name: path.read_text(encoding="utf-8").split("\n") for path in corpus_dir.glob("*.txt")}
    missing = []
    for question in load_questions():
        text = fold(
            "".join("".join(lines[g.file][g.lines[0] - 1 : g.lines[1]]) for g in question.gold.clauses)
        )
        for alternatives in question.facts:
            if not question.computed and not any(fold(a) in text for a in alternatives):
                missing.append((question.id, alternatives))
    assert missing == []


def test_a_set_by_path_and_by_split(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(QUESTION, encoding="utf-8")
    (question,) = load_questions((path,), "dev")
    assert (question.id, question.set_name, question.answerable) == ("q1", "mine", True)
    assert load_questions((path,), "regression") == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (QUESTION.replace("kind: amount", "kind: size"), "questions.0.kind"),
        (QUESTION.replace("name: made-up", "name: [made-up"), "no valid YAML"),
        (QUESTION + QUESTION[QUESTION.index("  - id") :], "id q1 stands in"),
    ],
)
def test_a_bad_set_is_named(tmp_path: Path, text: str, complaint: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"bad\.yaml") as caught:
        load_questions((path,))
    assert complaint in str(caught.value)


def test_an_unknown_set_lists_the_bundled_ones() -> None:
    with pytest.raises(InputError, match=bundled_sets()[0].stem):
        load_questions((Path("no-such-set"),))
