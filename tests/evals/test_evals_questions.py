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


def test_written_asks_and_questions_are_not_copies_of_each_other(knowledge_home: Home) -> None:
    store = Searcher(knowledge_home).store
    asks = {fold(ask) for d in store.documents() for c in store.clauses_of(d.document_id) for ask in c.asks}
    assert [q.id for q in load_questions() if fold(q.question) in asks] == []


def test_a_set_by_path_and_by_split(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(QUESTION, encoding="utf-8")
    (question,) = load_questions((path,), "dev")
    assert (question.id, question.set_name, question.answerable) == ("q1", "mine", True)
    assert load_questions((path,), "regression") == []


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (QUESTION.replace("lines: [25, 25]", "lines: [25, 3]"), "question q1): lines [25, 3]"),
        (QUESTION.replace("status: answered", "status: not_covered"), "gold clauses belong to answerable"),
        (QUESTION.replace("status: answered", "status: answered\n    cause: unsafe"), "a cause belongs to"),
        (QUESTION.replace("kind: amount", "kind: followup"), "a follow-up needs a history"),
        (QUESTION.replace("facts: [[20万元]]", "facts: [[]]"), "a fact needs at least one wording"),
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
