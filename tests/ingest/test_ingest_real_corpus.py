"""The real documents; every fact of the sheet was read off the files by hand, not off the program's output."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from ingest.corpus import Ingested, ingest_folders
from ingest.knowledge import PolicyFile, load_policies
from ingest.model import Document


class Sheet(NamedTuple):
    title: str
    numbers: list[str]
    issued: str
    effective: str | None
    expires: str | None
    articles: int  # articles, or top-level sections; annexes do not count
    repeals: list[str]


SHEETS = [
    Sheet("杭州市人民政府关于全面落实“凤凰行动”计划的实施意见", ["杭政〔2018〕14号"], "2018-03-22", "2018-04-23", "2020-12-31", 5, ["杭政〔2014〕39号"]),
    Sheet("杭州市众创空间认定和管理办法", ["杭科高〔2018〕50号", "杭财教会〔2018〕35号"], "2018-05-21", "2018-06-21", "2020-12-31", 4, []),
    Sheet("杭州市中小微企业研发费用投入财政补助资金管理办法", ["杭科计〔2018〕104号", "杭财教会〔2018〕101号"], "2018-07-06", "2018-09-01", "2021-09-01", 14, []),
    Sheet("杭州市人民政府关于推动创新创业高质量发展打造全国“双创”示范城的实施意见", ["杭政〔2019〕55号"], "2019-09-06", "2019-10-06", None, 4, []),
    Sheet("杭州市创业投资引导基金管理办法", ["杭政办函〔2019〕47号"], "2019-05-23", "2019-06-24", None, 6, ["杭政办函〔2010〕313号"]),
    Sheet("杭向未来·大学生创业创新三年行动计划(2020—2022年)", ["杭政办函〔2020〕11号"], "2020-04-14", "2020-05-15", "2023-05-15", 3, ["杭政办函〔2017〕122号"]),
    Sheet("杭州市深入推进经济高质量发展“凤凰行动”计划(2021—2025年)", ["杭政函〔2021〕94号"], "2021-12-31", "2022-01-31", "2025-12-31", 4, []),
    Sheet("杭州市人民政府办公厅关于加快生物医药产业高质量发展的若干意见", ["杭政办函〔2021〕39号"], "2021-07-23", "2021-08-23", "2025-12-31", 7, ["杭政办函〔2018〕66号"]),
    Sheet("杭州市科技创新券实施管理办法", ["杭科合〔2018〕8号", "杭财教会〔2018〕42号"], "2018-05-29", "2018-07-01", None, 17, ["杭科合〔2011〕277号", "杭科合〔2015〕57号"]),
    Sheet("杭州高新技术孵化成果转化园认定和管理办法", ["杭科高〔2020〕32号"], "2020-03-27", "2020-04-27", None, 18, []),
    Sheet("杭州市共性技术研发平台建设与运行管理暂行办法", ["杭科合〔2020〕61号"], "2020-07-03", "2020-08-04", None, 33, []),
    Sheet("杭州市科技成果转化资金管理办法", ["杭科合〔2020〕65号"], "2020-07-10", "2020-08-10", "2023-08-10", 7, ["杭科合〔2017〕172号", "杭科合〔2017〕183号"]),
    Sheet("杭州市“雏鹰计划”企业培育工程实施意见", ["杭科高〔2020〕71号"], "2020-07-03", "2020-08-03", "2022-12-31", 5, ["杭科高〔2019〕68号", "杭科高〔2019〕32号"]),
    Sheet("杭州市科技型企业研发费用投入财政补助资金管理办法", ["杭科资〔2020〕72号"], "2020-07-09", "2020-08-09", "2022-12-31", 16, []),
    Sheet("杭州市小微企业创业创新活动券管理办法", ["杭科高〔2020〕73号"], "2020-07-10", "2020-08-10", "2022-12-31", 11, []),
    Sheet("杭州市农业与社会发展科研资金管理办法", ["杭科农〔2020〕86号"], "2020-07-23", "2020-08-24", "2022-12-31", 6, ["杭科农〔2018〕132号", "杭财教会〔2018〕153号"]),
    Sheet("杭州市天使投资引导基金管理办法", ["杭科资〔2021〕3号"], "2021-06-15", "2021-07-20", "2024-07-20", 7, ["杭科计〔2016〕218号"]),
    Sheet("杭州市企业高新技术研究开发中心管理办法", ["杭科高〔2022〕39号"], "2022-04-20", "2022-05-22", "2027-12-31", 5, ["杭科高〔2019〕21号"]),
    Sheet("加快推进“一转四创”建设“互联网+”世界科技创新高地行动计划", ["浙政发〔2016〕24号"], "2016-08-03", None, None, 6, []),
    Sheet("杭州市落实省“315”科技创新体系建设工程2024年工作计划", ["杭科领办〔2024〕1号"], "2024-03-12", None, None, 3, []),
]  # fmt: skip


@pytest.fixture(scope="module")
def ingested(corpus_dir: Path) -> Ingested:
    return ingest_folders([corpus_dir])


@pytest.fixture(scope="module")
def by_id(ingested: Ingested) -> dict[str, Document]:
    return {d.document_id: d for d in ingested.documents}


def test_62_policies_of_which_59_are_distinct(ingested: Ingested) -> None:
    policies = [d for d in ingested.documents if d.kind in ("policy", "plan")]
    assert (len(policies), sum(not d.duplicate_of for d in policies)) == (62, 59)
    assert not ingested.problems


@pytest.mark.parametrize("sheet", SHEETS, ids=lambda sheet: sheet.numbers[0])
def test_facts_read_by_hand(sheet: Sheet, by_id: dict[str, Document]) -> None:
    document = by_id[sheet.numbers[0]]
    found = Sheet(
        document.title, document.doc_numbers, document.issued or "", document.effective, document.expires,
        document.articles, document.repeals,
    )  # fmt: skip
    assert found == sheet


def test_the_agricultural_funds_of_2018_are_replaced_by_those_of_2020(by_id: dict[str, Document]) -> None:
    assert by_id["杭科农〔2018〕132号"].superseded_by == "杭科农〔2020〕86号"
    assert by_id["杭科农〔2020〕86号"].supersedes == ["杭科农〔2018〕132号"]


def test_the_three_policies_printed_twice(ingested: Ingested) -> None:
    assert {d.duplicate_of for d in ingested.documents} - {None} == {
        "市委〔2018〕24号", "杭科合〔2018〕8号", "杭科计〔2018〕192号",
    }  # fmt: skip


def test_clause_ids_are_unique_and_their_words_stand_where_they_say(
    ingested: Ingested, corpus_dir: Path
) -> None:
    lines = {p.name: p.read_text(encoding="utf-8").split("\n") for p in corpus_dir.glob("*.txt")}
    ids = [d.clause_id(c) for d in ingested.documents for c in d.clauses]
    assert len(set(ids)) == len(ids)
    for document in ingested.documents:
        for clause in document.clauses:
            if clause.kind in ("table", "row"):
                continue
            printed = "".join(lines[clause.span.file][clause.span.line_start - 1 : clause.span.line_end])
            letters = {ch for ch in clause.text if "\u4e00" <= ch <= "\u9fff"}
            assert len(letters - set(printed)) <= 3, document.clause_id(
                clause
            )  # words that OCR had translated


@pytest.mark.parametrize("policy", load_policies(), ids=lambda policy: policy.document_id)
def test_every_path_of_the_knowledge_files_resolves(policy: PolicyFile, by_id: dict[str, Document]) -> None:
    paths = {c.path for c in by_id[policy.document_id].clauses}
    assert [note.at for note in policy.clauses if note.at not in paths] == []
    for programme in policy.programmes:
        assert set(programme.clause_paths()) <= paths


@pytest.mark.parametrize("policy", load_policies(), ids=lambda policy: policy.document_id)
def test_metadata_of_the_knowledge_files_agree_with_the_documents(
    policy: PolicyFile, by_id: dict[str, Document]
) -> None:
    document, noted = by_id[policy.document_id], policy.to_document()
    for name in ("title", "issuers", "level", "issued", "effective", "expires"):
        assert getattr(noted, name) == getattr(document, name), name
    assert set(noted.doc_numbers) <= set(document.doc_numbers)


def test_files_in_reverse_order_give_the_same_ids(
    corpus_dir: Path, by_id: dict[str, Document], tmp_path: Path
) -> None:
    for path in corpus_dir.glob("*.txt"):  # one folder per file, so that the order is ours
        (tmp_path / path.stem).mkdir()
        (tmp_path / path.stem / path.name).write_bytes(path.read_bytes())
    backwards = ingest_folders(sorted((p for p in tmp_path.iterdir()), reverse=True))
    assert {d.document_id: (d.title, len(d.clauses), d.duplicate_of) for d in backwards.documents} == {
        i: (d.title, len(d.clauses), d.duplicate_of) for i, d in by_id.items()
    }
