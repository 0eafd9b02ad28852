"""Sets go to a table and back without loss; what staff type wrongly is named by row and column."""

import csv
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from openpyxl import Workbook, load_workbook

from assistant.schema import Turn
from evals.questions import Question, QuestionSet, bundled_sets, load_set
from evals.sheets import COLUMNS, export_set, import_set, read_question, read_questions, row_of, write_yaml
from ingest.errors import HangceError, InputError


def same(a: QuestionSet, b: QuestionSet) -> bool:
    return [q.model_dump() for q in a.questions] == [q.model_dump() for q in b.questions]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
@pytest.mark.parametrize("path", bundled_sets(), ids=lambda p: p.stem)
def test_every_bundled_set_survives_the_round_trip(path: Path, ending: str, tmp_path: Path) -> None:
    original = load_set(path)
    table = tmp_path / f"table.{ending}"
    export_set(original, table)
    back = import_set(table, original.name, original.description)
    assert same(original, back)
    write_yaml(back, tmp_path / "back.yaml")
    assert (tmp_path / "back.yaml").read_text(encoding="utf-8") == path.read_text(encoding="utf-8")


@given(st.text(st.characters(blacklist_categories=["Cs", "Cc", "Zl", "Zp", "Zs"]), min_size=1, max_size=30))
def test_any_words_survive_a_csv(tmp_path_factory: pytest.TempPathFactory, words: str) -> None:
    question = Question.model_validate(
        {"id": "q", "question": words, "kind": "unanswerable", "split": "dev", "status": "out_of_scope",
         "cause": "nonsense", "as_of": "2026-01-01"}
    )  # fmt: skip
    table = tmp_path_factory.mktemp("t") / "t.csv"
    export_set(QuestionSet(name="x", questions=[question]), table)
    assert import_set(table, "x").questions[0].question == words.strip()


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_no_cell_is_run_as_a_formula(
    make_question: Callable[..., Question], tmp_path: Path, ending: str
) -> None:
    original = QuestionSet(name="x", questions=[make_question(question="=1+1", facts=[["20万元"], ["+3%"]])])
    table = tmp_path / f"t.{ending}"
    export_set(original, table)
    if ending == "csv":
        with table.open(encoding="utf-8-sig") as handle:
            assert next(csv.DictReader(handle))["question"] == "'=1+1"
    else:
        assert load_workbook(table).worksheets[0]["B2"].data_type == "s"
    assert same(original, import_set(table, "x"))


def write_csv(path: Path, **cells: str) -> Path:
    row = {
        "id": "q1", "question": "问", "kind": "amount", "split": "dev", "status": "answered", "as_of": "2026-01-01",
        "gold": "杭测〔2020〕7号 # 第三条 @ kites.txt:3-4", "facts": "20万元 | 20万",
    } | cells  # fmt: skip
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(row))
        writer.writeheader()
        writer.writerow(row)
        handle.write(",,,\n")
    return path


@given(
    st.lists(
        st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\r"), max_size=20),
        max_size=3,
    )
)
@example([":", "1：2"])
def test_words_of_several_lines_survive_a_cell(words: list[str]) -> None:
    facts = [[w.strip() for w in words if w.strip()]]
    question = Question.model_validate(
        {"id": "q", "question": "问", "kind": "followup", "split": "dev", "status": "refused", "cause": "unsafe",
         "as_of": "2026-01-01", "history": [{"role": "user", "content": "先"}]}
    )  # fmt: skip
    question.facts = facts if facts[0] else []
    question.history = [Turn(role="user", content=w.strip()) for w in ["先", *words]]
    question.forbidden = facts[0]
    assert read_question(row_of(question), 2) == question


def test_every_fault_of_a_table_is_named_by_row_and_column() -> None:
    row = {
        "id": "q1",
        "question": "问",
        "kind": "size",
        "split": "dev",
        "status": "answered",
        "as_of": "soon",
    }
    twin = {
        **row,
        "kind": "amount",
        "as_of": "2026-01-01",
        "gold": "甲 # 乙 @ a.txt:9-3\n第三条",
        "cause": "rude",
    }
    questions, faults = read_questions([(2, row), (3, twin)])
    assert questions == []
    found = {(f.row, f.column, f.key) for f in faults}
    assert found == {
        (2, "kind", "choice"), (2, "as_of", "date"), (3, "gold", "gold"), (3, "cause", "choice"), (3, "id", "twice"),
    }  # fmt: skip
    alone = {
        "id": "q 1",
        "question": "",
        "kind": "amount",
        "split": "dev",
        "status": "answered",
        "as_of": "2026-01-01",
    }
    assert [(f.column, f.key) for f in read_questions([(2, alone)])[1]] == [
        ("id", "spaces"),
        ("question", "empty"),
    ]
    plain = {**alone, "id": "q", "question": "问"}
    assert str(read_questions([(2, plain)])[1][0]).startswith("row 2: column gold gold clauses belong")


def test_a_workbook_that_lies_about_its_size_is_read_no_further(
    make_question: Callable[..., Question], tmp_path: Path
) -> None:
    book = Workbook()
    book.active.append(COLUMNS)
    book.active.cell(row=1_000_000, column=16_000, value="x")
    book.save(tmp_path / "t.xlsx")
    with pytest.raises(InputError, match="holds no question"):
        import_set(tmp_path / "t.xlsx", "x")
    bomb = tmp_path / "b.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("xl/worksheets/sheet1.xml", b" " * (65 * 2**20))
    with pytest.raises(InputError, match="unpacked"):
        import_set(bomb, "x")


def test_what_staff_type_is_understood(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "t.csv", history="用户：有补助吗\n助手: 有。", computed="是", persona="hotline"
    )
    (question,) = import_set(path, "x").questions
    assert question.gold.any_of[0].lines == (3, 4) and question.facts == [["20万元", "20万"]]
    assert [t.role for t in question.history] == ["user", "assistant"] and question.computed


@pytest.mark.parametrize(
    ("cells", "complaint"),
    [
        ({"kind": "size"}, r"question q1\)"),
        ({"gold": "第三条"}, "row 2: column gold"),
        ({"history": "有补助吗"}, "row 2: column history"),
        ({"as_of": "soon"}, "as_of"),
        ({"gold": "甲 # 乙 @ a.txt:9-3"}, "no range"),
        ({"colour": "red"}, "unknown column colour"),
    ],
)
def test_a_wrong_cell_is_named(tmp_path: Path, cells: dict[str, str], complaint: str) -> None:
    with pytest.raises(InputError, match=complaint):
        import_set(write_csv(tmp_path / "t.csv", **cells), "x")


def test_files_that_are_no_tables_are_refused(tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"no workbook")
    (tmp_path / "gbk.csv").write_bytes("编号,问题".encode("gbk"))
    (tmp_path / "empty.csv").write_text("", encoding="utf-8")
    (tmp_path / "t.ods").write_bytes(b"")
    for name, complaint in (
        ("t.xlsx", "cannot be read"),
        ("gbk.csv", "UTF-8"),
        ("empty.csv", "no column id"),
        ("t.ods", "neither"),
    ):
        with pytest.raises(InputError, match=complaint):
            import_set(tmp_path / name, "x")
    with pytest.raises(HangceError, match="neither"):
        export_set(load_set(bundled_sets()[0]), tmp_path / "t.ods")
    assert "id" in COLUMNS
