from __future__ import annotations

from pathlib import Path

import pytest

from ingest.errors import InputError
from ingest.knowledge import Condition, load_facts, load_policies, load_vocabulary

GOOD = """title: 杭州市纸鸢办法
doc_numbers: [杭测〔2020〕1号]
issued: 2020-01-02
expires: 2023-12
clauses:
  - at: 第一条
    gist: 做纸鸢的企业可以拿补助。
    asks: [做纸鸢有没有补助]
  - at: 第一条（一）
    gist: 每家企业最高20万元。
    asks: [最多拿多少]
programmes:
  - id: kite
    name: 纸鸢补助
    applicant: enterprise
    conditions: {all: [{fact: kites, at_least: 30, at: 第一条（一）}, {prose: 做得好, at: 第一条}]}
    benefit: {kind: grant, text: 最高20万元, cap: 200000, unit: CNY, at: 第一条（一）}
"""


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder


def test_a_good_file_becomes_a_document_of_gists(tmp_path: Path) -> None:
    (loaded,) = load_policies(write(tmp_path, a=GOOD))
    document = loaded.to_document()
    assert (document.document_id, document.verbatim, document.issued, document.expires) == (
        "杭测〔2020〕1号", False, "2020-01-02", "2023-12",
    )  # fmt: skip
    assert [(c.path, c.parent) for c in document.clauses] == [("第一条", None), ("第一条（一）", "第一条")]
    assert loaded.programmes[0].clause_paths() == ["第一条（一）", "第一条"]


@pytest.mark.parametrize(
    ("old", "new", "line", "field"),
    [
        ("gist: 每家企业最高20万元。", "gist: 少", 10, "clauses.1.gist"),
        ("asks: [最多拿多少]", "asks: []", 11, "clauses.1.asks"),
        ("asks: [做纸鸢有没有补助]", "frage: x", 6, "clauses.0.asks"),
        ("issued: 2020-01-02", "issued: gestern", 3, "issued"),
        ("applicant: enterprise", "applicant: kite", 15, "programmes.0.applicant"),
        ("id: kite", "id: Kite Programme", 13, "programmes.0.id"),
        ("title: 杭州市纸鸢办法", "titel: 杭州市纸鸢办法", 1, "title"),
        ("kind: grant", "kind: gift", 17, "programmes.0.benefit.0.kind"),
        ("at_least: 30", "at_leest: 30", 16, "programmes.0.conditions.all.0.at_leest"),
    ],
)
def test_schema_errors_name_file_line_and_field(
    tmp_path: Path, old: str, new: str, line: int, field: str
) -> None:
    with pytest.raises(InputError) as caught:
        load_policies(write(tmp_path, kaputt=GOOD.replace(old, new)))
    assert f"kaputt.yaml: line {line}, field {field}" in str(caught.value)


@pytest.mark.parametrize("text", ["title: [", "a: b: c", "\ttitle: x", "title: 'x"])
def test_broken_yaml_names_file_and_line(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"a\.yaml: line \d+: no valid YAML"):
        load_policies(write(tmp_path, a=text))


@pytest.mark.parametrize("text", ["", "- x", "null", "words"])
def test_yaml_that_is_no_mapping_is_an_input_error(tmp_path: Path, text: str) -> None:
    with pytest.raises(InputError, match=r"a\.yaml"):
        load_policies(write(tmp_path, a=text))


def test_a_file_in_another_encoding_is_an_input_error(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(GOOD.encode("gb18030"))
    with pytest.raises(InputError, match=r"a\.yaml"):
        load_policies(tmp_path)


def test_two_files_on_one_policy_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"b\.yaml: describes 杭测〔2020〕1号, as a\.yaml does"):
        load_policies(write(tmp_path, a=GOOD, b=GOOD.replace("id: kite", "id: other")))


def test_two_programmes_of_one_id_are_refused(tmp_path: Path) -> None:
    other = GOOD.replace("杭测〔2020〕1号", "杭测〔2020〕2号")
    with pytest.raises(InputError, match="programme id kite"):
        load_policies(write(tmp_path, a=GOOD, b=other))


def test_two_notes_on_one_clause_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="第一条"):
        load_policies(write(tmp_path, a=GOOD.replace("at: 第一条（一）\n    gist", "at: 第一条\n    gist")))


def test_conditions_nest() -> None:
    condition = Condition.model_validate(
        {"all": [{"any": [{"fact": "a", "is": True}, {"not": {"fact": "b", "is": True}}]},
                 {"at_least": {"n": 1, "of": [{"fact": "c", "at_most": 3}]}}]}
    )  # fmt: skip
    assert [leaf.fact for leaf in condition.leaves()] == ["a", "b", "c"]


def test_the_bundled_files_hold_together() -> None:
    facts, policies = load_facts(), load_policies()
    assert policies
    for policy in policies:
        paths = [note.at for note in policy.clauses]
        assert len(set(paths)) == len(paths)
        for programme in policy.programmes:
            assert set(programme.clause_paths()) <= set(paths), programme.id
            used = {leaf.fact for leaf in programme.conditions.leaves() if leaf.fact}
            used |= {b.of for b in programme.benefit if b.of}
            assert used <= set(facts), programme.id
    asks = [ask for policy in policies for note in policy.clauses for ask in note.asks]
    assert len(set(asks)) == len(asks)


def test_the_bundled_vocabulary_loads() -> None:
    vocabulary = load_vocabulary()
    assert {p.name for p in vocabulary.places} >= {"余杭区", "桐庐县", "建德市"}
    assert "宁波" in vocabulary.other_places
    assert not set(vocabulary.other_places) & {a for p in vocabulary.places for a in [p.name, *p.aliases]}
