"""Only what has changed is read again; corrections by hand; what belongs where; what points where."""

import json
from itertools import pairwise
from pathlib import Path

import pytest

import index.build
from index.build import QUALITY, build
from index.generation import Generation
from index.home import Home
from index.store import read_catalogue
from ingest.corpus import ingest_folders
from ingest.errors import InputError
from ingest.parse import ingest_text
from ingest.quality import account, check
from ingest.references import ReferenceResolver


def listed(home: Home) -> dict[str, dict]:
    return {d.listing["title"]: d.listing for d in read_catalogue(home.current())[0]}


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


def test_only_new_and_changed_files_are_read_again(home: Home, made_up_corpus: Path) -> None:
    assert build(home, [made_up_corpus]).read == 2
    (made_up_corpus / "third.txt").write_text(
        "关于放风筝的意见\n\n一、总则\n\n放风筝最高补助1万元。\n", encoding="utf-8"
    )
    assert build(home, [made_up_corpus]).read == 1
    kites = made_up_corpus / "kites.txt"
    kites.write_text(kites.read_text(encoding="utf-8").replace("20万元", "25万元"), encoding="utf-8")
    summary = build(home, [made_up_corpus])
    assert (summary.files, summary.read) == (3, 1)
    store = Generation(home).store
    assert "25万元" in store.clauses(["杭测〔2020〕7号#第三条"])[0].text


def test_a_moved_file_is_not_read_again_and_a_deleted_one_is_gone(home: Home, made_up_corpus: Path) -> None:
    build(home, [made_up_corpus])
    (made_up_corpus / "deeper").mkdir()
    (made_up_corpus / "kites.txt").rename(made_up_corpus / "deeper" / "kites.txt")
    (made_up_corpus / "boats.txt").unlink()
    summary = build(home, [made_up_corpus])
    assert (summary.files, summary.read) == (1, 0)
    assert "杭州市纸鸢补助办法" in listed(home)
    assert not any("造船" in title for title in listed(home))
    assert len(list((home.path / "cache").glob("*.json"))) == 1


def test_a_build_that_dies_leaves_the_old_index(
    home: Home, made_up_corpus: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    build(home, [made_up_corpus])
    before = home.current()
    (made_up_corpus / "boats.txt").unlink()

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(index.build, "write_catalogue", killed)
    with pytest.raises(KeyboardInterrupt):
        build(home, [made_up_corpus])
    assert home.current() == before
    assert any("造船" in title for title in listed(home))
    monkeypatch.undo()
    build(home, [made_up_corpus])
    assert not any("造船" in title for title in listed(home))


def test_a_damaged_cache_entry_is_read_again(home: Home, made_up_corpus: Path) -> None:
    build(home, [made_up_corpus])
    for path in (home.path / "cache").glob("*.json"):
        path.write_text("{", encoding="utf-8")
    (made_up_corpus / "boats.txt").unlink()
    assert build(home, [made_up_corpus]).read == 1


# --- corrections by hand ---


def test_a_correction_beside_the_file_sets_metadata_and_says_so(home: Home, made_up_corpus: Path) -> None:
    build(home, [made_up_corpus])
    correction = made_up_corpus / "kites.txt.meta.yaml"
    correction.write_text(
        "documents:\n  - number: 杭测〔2020〕7号\n    set: {expires: 2030-01-01}\n", encoding="utf-8"
    )
    assert build(home, [made_up_corpus]).read == 1
    kites = listed(home)["杭州市纸鸢补助办法"]
    assert kites["expires"] == "2030-01-01"
    assert any("kites.txt.meta.yaml" in w for w in kites["warnings"])


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("documents: [", "no valid YAML"),
        ("documents:\n  - line: 1\n    set: {colour: red}\n", "documents.0.set.colour"),
        ("documents:\n  - line: 9999\n    set: {title: x}\n", "line 9999 names 0 documents"),
    ],
)
def test_a_bad_correction_is_named_and_the_rest_is_read(
    made_up_corpus: Path, text: str, complaint: str
) -> None:
    (made_up_corpus / "kites.txt.meta.yaml").write_text(text, encoding="utf-8")
    result = ingest_folders([made_up_corpus])
    (problem,) = result.problems
    assert (
        isinstance(problem, InputError)
        and "kites.txt.meta.yaml" in str(problem)
        and complaint in str(problem)
    )
    assert [d.span.file for d in result.documents] == ["boats.txt"]


# --- what belongs where ---


def test_every_line_of_a_policy_has_its_place(policy_text: str) -> None:
    quality = account(policy_text, "kites.txt", ingest_text(policy_text, "kites.txt"))
    assert quality.orphans == [] and quality.accounted == 1.0
    assert quality.in_clauses + quality.front_matter == quality.characters


def test_text_that_belongs_to_nothing_is_reported(policy_text: str) -> None:
    documents = ingest_text(policy_text, "kites.txt")
    documents[0].clauses = [c for c in documents[0].clauses if c.path != "第三条"]
    quality = account(policy_text, "kites.txt", documents)
    assert [text for _, text in quality.orphans] == ["第三条每家企业最高补助20万元。"]
    assert quality.accounted < 1


def test_no_character_of_the_corpus_stands_in_two_clauses(corpus_dir: Path) -> None:
    lost = total = 0
    for path in sorted(corpus_dir.glob("0*.txt")):
        text = path.read_text(encoding="utf-8")
        documents = ingest_text(text, path.name)
        spans = sorted(
            (c.span.line_start, c.span.line_end) for d in documents for c in d.clauses if c.kind != "row"
        )
        assert all(a[1] < b[0] for a, b in pairwise(spans))
        quality = account(text, path.name, documents)
        total += quality.characters
        lost += sum(len(words) for _, words in quality.orphans)
    assert 1 - lost / total >= 0.995


def test_the_report_names_gaps_conflicts_and_lost_dates(home: Home, made_up_corpus: Path) -> None:
    kites = (made_up_corpus / "kites.txt").read_text(encoding="utf-8")
    (made_up_corpus / "copy.txt").write_text(
        kites.replace("最高补助20万元", "最高补助2万元"), encoding="utf-8"
    )
    (made_up_corpus / "gap.txt").write_text(
        "杭州市鼓乐管理办法\n\n第一条 打鼓有补助。\n\n第四条 吹笛有补助，占3000%。\n", encoding="utf-8"
    )
    build(home, [made_up_corpus])
    report = json.loads((home.current() / QUALITY).read_text(encoding="utf-8"))
    findings = {d["document_id"]: " ".join(d["findings"]) for d in report["documents"]}
    assert "编号不连续" in findings["杭州市鼓乐管理办法"] and "3000%" in findings["杭州市鼓乐管理办法"]
    assert "没有读到成文日期" in findings["杭州市鼓乐管理办法"]
    copies = [text for document_id, text in findings.items() if document_id.startswith("杭测〔2020〕7号")]
    assert len(copies) == 2 and all("在第三条的数字不同" in text for text in copies)


def test_dates_that_cannot_be_are_noted(policy_text: str) -> None:
    (document,) = ingest_text(policy_text.replace("有效期三年", "有效期至2019年1月1日"), "kites.txt")
    assert any("早于施行日" in finding for finding in check(document))


# --- what points where ---


@pytest.fixture
def resolver() -> ReferenceResolver:
    return ReferenceResolver(
        {"杭测〔2016〕9号": "杭测〔2016〕9号"},
        {"杭州市风筝补助办法": "杭测〔2016〕9号"},
        {"A#第二条", "A#第二条（一）", "A#第三条", "A#三、", "杭测〔2016〕9号#第五条"}.__contains__,
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("第三条 按第二条（一）办理。", {"第二条（一）": "A#第二条（一）"}),
        ("按照本办法第二条第（一）项办理。", {"本办法第二条第（一）": "A#第二条（一）"}),
        ("按第二条（九）办理。", {"第二条（九）": "A#第二条"}),
        ("按第九条办理。", {"第九条": ""}),
        ("依据杭测〔2016〕9号。", {"杭测〔2016〕9号": "杭测〔2016〕9号"}),
        ("依据国测〔2011〕1号。", {"国测〔2011〕1号": ""}),
        ("《杭州市风筝补助办法》第五条废止。", {"《杭州市风筝补助办法》": "杭测〔2016〕9号", "《杭州市风筝补助办法》第五条": "杭测〔2016〕9号#第五条"}),
        ("第三条 没有别的。", {}),
    ],
)  # fmt: skip
def test_references_resolve(resolver: ReferenceResolver, text: str, expected: dict[str, str]) -> None:
    assert {r.words: r.target for r in resolver.find(text, "A", "第三条")} == expected


def test_a_formula_in_mid_sentence_stands_behind_it() -> None:
    text = "关于算账的意见\n\n一、办法\n\n1. 在同等条件下，\n\n甲区：\n\n$$a = b$$\n\n先算甲区的账。\n\n2. 再算乙区。\n"
    clauses = {c.path: c.text for c in ingest_text(text, "x.txt")[0].clauses}
    assert clauses["一、1."].startswith("1.在同等条件下，先算甲区的账。")
    assert "$$a = b$$" in clauses["一、1."]


def test_a_table_that_goes_on_after_an_interruption_keeps_its_header() -> None:
    text = (
        "# 造物年鉴2020\n\n# 1 概述\n\n这一年平平常常。\n\n# 2 附 录\n\n## 纸鸢名单\n\n序号\t名称\t数量\n1\t沙燕\t12\n\n"
        "（续上页的说明文字。）\n\n2\t龙头\t1,700\n"
    )
    document = next(d for d in ingest_text(text, "x.txt") if d.kind == "table")
    rows = [c.cells for c in document.clauses if c.kind == "row"]
    assert rows == [
        {"序号": 1.0, "名称": "沙燕", "数量": 12.0},
        {"序号": 2.0, "名称": "龙头", "数量": 1700.0},
    ]


def test_characters_of_a_span_are_the_printed_passage(policy_text: str) -> None:
    (document,) = ingest_text(policy_text, "kites.txt")
    lines = policy_text.split("\n")
    for clause in document.clauses:
        span = clause.span
        assert policy_text[span.char_start : span.char_end] == "\n".join(
            lines[span.line_start - 1 : span.line_end]
        )
    third = next(c for c in document.clauses if c.path == "第三条")
    assert policy_text[third.span.char_start : third.span.char_end] == "第三条 每家企业最高补助20万元。"


def test_spans_keep_their_characters_through_cache_and_store(home: Home, made_up_corpus: Path) -> None:
    for _ in range(2):
        build(home, [made_up_corpus])
        (made_up_corpus / "more.txt").write_text("关于读书的意见\n\n一、多读书。\n", encoding="utf-8")
    text = (made_up_corpus / "kites.txt").read_text(encoding="utf-8")
    (clause,) = Generation(home).store.clauses(["杭测〔2020〕7号#第三条"])
    assert text[clause.span.char_start : clause.span.char_end] == "第三条 每家企业最高补助20万元。"
