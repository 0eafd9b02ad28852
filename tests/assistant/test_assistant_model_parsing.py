from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.model_parsing import MOST_CHARACTERS, Drafting, StatementScanner, objects

ONE = '{"text": "最高20万元。", "clauses": ["K1"], "complete": true}'


def read(text: str, size: int = 1000) -> list[Drafting]:
    scanner = StatementScanner()
    out = [d for i in range(0, len(text), size) for d in scanner.feed(text[i : i + size])]
    return [*out, *scanner.close()]


@pytest.mark.parametrize(
    ("clauses", "labels"),
    [
        ('["K1", "K2"]', ("K1", "K2")),
        ('"K1、K2"', ("K1", "K2")),
        ("[1, 2]", ("K1", "K2")),
        ('"k３"', ("K3",)),
        ("[]", ()),
        ("null", ()),
        ('["第八条"]', ("第八条",)),
        ('["K1", "K1"]', ("K1",)),
    ],
)
def test_labels_are_read_however_they_are_written(clauses: str, labels: tuple[str, ...]) -> None:
    (drafting,) = read(f'{{"text": "a", "clauses": {clauses}}}')
    assert drafting.labels == labels


@pytest.mark.parametrize(
    "text",
    [
        "{" + ONE,
        '{"text": "断了' + "\n" + ONE,
        '{"x": {"y": 1}} ' + ONE,
        "格式是{text}：\n" + ONE,
        "｛“text”：“最高20万元。”，“clauses”：［“K1”］｝",
        ONE.replace("最高", "最\\u9ad8"),
    ],
    ids=["open brace", "broken line before", "other object", "braces in words", "full width", "escape"],
)
def test_a_statement_is_found_in_what_is_around_it(text: str) -> None:
    assert [(d.text, d.labels) for d in read(text)] == [("最高20万元。", ("K1",))]


def test_quotation_marks_and_braces_inside_a_statement_are_its_own() -> None:
    said = '叫“{雏鹰}”的企业，写作\\"K9\\"'
    assert read(f'{{"text": "{said}", "clauses": ["K1"]}}')[0].text == said.replace("\\", "")


def test_what_is_thought_aloud_is_passed_over() -> None:
    assert len(read(f"<think>{ONE}</think>{ONE}", 1)) == 1
    assert read(f"<think>{ONE}") == []


def test_completeness_is_true_unless_denied() -> None:
    said = [f'{{"text": "a", "clauses": [], "complete": {c}}}' for c in ("true", "false", '"x"')]
    assert [d.complete for d in read("\n".join(said))] == [True, False, True]


def test_an_object_that_never_ends_is_given_up() -> None:
    endless = '{"text": "' + "天" * (MOST_CHARACTERS + 5)
    assert [d.text for d in read(endless + '"}\n' + ONE)] == ["最高20万元。"]


@given(st.text(), st.integers(1, 9))
def test_any_text_is_read_without_an_error_and_the_same_in_any_pieces(text: str, size: int) -> None:
    assert read(text, size) == read(text)


@given(
    st.lists(st.tuples(st.text(min_size=1), st.lists(st.integers(1, 99), max_size=3)), max_size=4),
    st.integers(1, 5),
)
def test_statements_written_as_asked_are_read_back(said: list[tuple[str, list[int]]], size: int) -> None:
    text = "\n".join(
        json.dumps({"text": t, "clauses": [f"K{c}" for c in cs]}, ensure_ascii=False) for t, cs in said
    )
    expected = [" ".join(t.split()) for t, _ in said if t.strip()]
    if "<think>" not in text and "</think>" not in text:
        assert [d.text for d in read(text, size)] == expected


def test_other_objects_are_given_inner_ones_first() -> None:
    assert objects('{"a": {"b": 1}}') == [{"b": 1}, {"a": {"b": 1}}]
