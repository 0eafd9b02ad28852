from __future__ import annotations

import pytest

from ingest.corpus import ingest_text
from ingest.metadata import clean_title, dates, issue_date, kind_of, level_of, repeals
from ingest.paragraphs import read_blocks


@pytest.mark.parametrize(
    ("text", "effective", "expires"),
    [
        ("本办法自2020年4月1日起施行，有效期至2022年12月31日。", "2020-04-01", "2022-12-31"),
        ("本办法自2020年4月1日起施行，有效期三年。", "2020-04-01", "2023-04-01"),
        ("本办法自2020年4月1日起施行，有效期为3年。", "2020-04-01", "2023-04-01"),
        ("本办法自2020年4月1日起实施，有效期限为两年。", "2020-04-01", "2022-04-01"),
        ("本办法自2020年2月29日起施行，有效期1年。", "2020-02-29", "2021-02-28"),
        ("本办法自2020年4月1日起生效，执行至2023年12月。", "2020-04-01", "2023-12"),
        ("本意见自2020年4月1日起施行，至2022年12月31日止。", "2020-04-01", "2022-12-31"),
        ("本办法自2020年4月1日起施行，有效期至2025年底。", "2020-04-01", "2025-12-31"),
        ("本办法自2020年4月1日起施行。", "2020-04-01", None),
        ("本办法自印发之日起施行，有效期二年。", "2019-06-05", "2021-06-05"),
        ("本办法自公布之日起施行。", "2019-06-05", None),
        ("船要造好。", None, None),
        ("本办法自2020年13月1日起施行。", None, None),
    ],
)
def test_effective_and_expiry_dates(text: str, effective: str | None, expires: str | None) -> None:
    assert dates("2019-06-05", text) == (effective, expires)


def test_the_last_statement_of_commencement_is_the_documents_own() -> None:
    text = "原办法自2011年1月1日起施行，有效期至2013年1月1日。本办法自2014年2月2日起施行。"
    assert dates(None, text)[0] == "2014-02-02"


def test_the_term_of_a_quoted_rule_is_not_the_documents_own() -> None:
    text = "原办法自2011年1月1日起施行，有效期至2013年1月1日。本办法自2014年2月2日起施行。"
    assert dates(None, text) == ("2014-02-02", None)


def test_a_term_from_an_unknown_day_has_no_end() -> None:
    assert dates(None, "本办法自印发之日起施行，有效期三年。") == (None, None)


def test_repeals_are_numbers_where_printed_else_titles() -> None:
    text = (
        "原《杭州市风筝办法》（杭测〔2016〕9号）和《杭州市小船办法》（杭测〔2015〕3号）同时废止。"
        "《杭州市旧船管理办法》自本办法施行之日起废止。"
    )
    assert repeals(text, []) == ["杭测〔2016〕9号", "杭测〔2015〕3号", "《杭州市旧船管理办法》"]


def test_a_document_does_not_repeal_itself() -> None:
    assert repeals("杭测〔2020〕7号施行后，杭测〔2016〕9号废止。", ["杭测〔2020〕7号"]) == ["杭测〔2016〕9号"]


def test_other_numbers_of_the_text_are_no_repeals() -> None:
    assert repeals("依据杭测〔2016〕9号制定。原办法废止。", []) == []


@pytest.mark.parametrize(
    ("printed", "attached", "title"),
    [
        ("杭州市测试局关于印发《杭州市纸鸢办法》的通知", "", "杭州市纸鸢办法"),
        ("杭州市测试局关于印发杭州市纸鸢办法的通知", "", "杭州市纸鸢办法"),
        ("杭州市测试局转发市船舶局关于纸鸢办法的通知", "", "市船舶局关于纸鸢办法"),
        ("杭州市测试局关于印发《杭州市纸鸢办法》的通知", "杭州市纸鸢办法（试行）", "杭州市纸鸢办法（试行）"),
        ("杭州市测试局关于印发《杭州市纸鸢办法》的通知", "纸鸢办法", "杭州市纸鸢办法"),
        ("杭州市测试局关于支持 造船的意见", "", "杭州市测试局关于支持造船的意见"),
    ],
)
def test_titles_are_those_of_the_policy_and_not_of_its_cover(printed: str, attached: str, title: str) -> None:
    assert clean_title(printed, attached) == title


@pytest.mark.parametrize(
    ("numbers", "bodies", "title", "level", "district"),
    [
        (["杭测〔2020〕7号"], ["杭州市财政局"], "杭州市纸鸢办法", "municipal", None),
        (["浙政发〔2020〕7号"], ["浙江省人民政府"], "浙江省纸鸢办法", "provincial", None),
        ([], ["杭州市人民政府", "浙江省教育厅"], "纸鸢办法", "municipal", None),
        ([], [], "余杭区纸鸢办法", "district", "余杭区"),
        ([], [], "杭州市余杭区纸鸢办法", "district", "余杭区"),
        (["国科发〔2020〕7号"], [], "纸鸢办法", "national", None),
        ([], [], "纸鸢二三事", None, None),
    ],
)
def test_levels(
    numbers: list[str], bodies: list[str], title: str, level: str | None, district: str | None
) -> None:
    assert level_of(numbers, bodies, title) == (level, district)


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("杭州市造船行动计划", "plan"),
        ("杭州市造船实施方案", "plan"),
        ("杭州市造船计划管理办法", "policy"),
        ("造船意见", "policy"),
    ],
)
def test_kinds(title: str, kind: str) -> None:
    assert kind_of(title) == kind


def test_the_day_of_issue_stands_under_the_cover_or_at_the_end() -> None:
    cover, tail = read_blocks("杭州市财政局\n2020年3月1日\n"), read_blocks("2021年4月2日\n2022年5月3日\n")
    assert issue_date(cover, tail) == "2020-03-01"
    assert issue_date([], tail) == "2022-05-03"
    assert issue_date([], []) is None


def test_metadata_of_a_whole_policy(policy_text: str) -> None:
    (document,) = ingest_text(policy_text, "a.txt")
    listing = document.to_listing()
    expected = {
        "title": "杭州市纸鸢补助办法",
        "doc_numbers": ["杭测〔2020〕7号"],
        "issuers": ["杭州市测试局"],
        "level": "municipal",
        "district": None,
        "kind": "policy",
        "issued": "2020-03-01",
        "effective": "2020-04-01",
        "expires": "2023-04-01",
        "repeals": ["杭测〔2016〕9号"],
        "superseded_by": None,
        "supersedes": [],
        "duplicate_of": None,
        "articles": 4,
        "clauses": 11,
        "warnings": [],
    }
    assert {name: listing[name] for name in expected} == expected
    assert listing["source"] == {"file": "a.txt", "line_start": 1, "line_end": 34}


def test_several_issuers_sign_in_order() -> None:
    text = "关于印发《杭州市纸鸢办法》的通知\n\n杭测〔2020〕7号\n\n各有关单位：\n\n现将办法印发给你们。\n\n杭 州 市 财 政 局\n杭 州 市 统 计 局\n\n2020年1月1日\n\n杭州市纸鸢办法\n\n第一条 甲。\n"
    assert ingest_text(text, "a.txt")[0].issuers == ["杭州市财政局", "杭州市统计局"]


def test_missing_dates_are_reported() -> None:
    (document,) = ingest_text("杭州市测试局关于支持造船的意见\n\n一、造船。\n\n二、划船。\n", "a.txt")
    assert any("施行日期" in w for w in document.warnings)
