from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.corpus import ingest_text, relate
from ingest.errors import InputError
from ingest.model import Document

# Pieces that mean something to the parser, so that random texts reach its depths.
_PIECES = st.sampled_from(
    ["第一章 总则", "第一条 甲。", "第二条", "一、甲", "（一）乙。", "1. 丙", "（2）丁", "①戊", "第一类：己",
     "杭州市测试局关于印发《杭州市纸鸢办法》的通知", "杭州市纸鸢办法", "关于造船的实施意见", "杭测〔2020〕7号", "杭测〔2020〕7号 杭试〔2020〕8号",
     "杭州市财政局", "杭州市财政局文件", "2020年3月1日", "各有关单位：", "现将办法印发给你们。", "附件 1 表", "附件", "附件：1. 表", "甲\t乙", "序号\t名称\n1\t甲",
     "| 甲 | 乙 |", "|---|---|", "# 1 概述", "# 2 附录", "# 2 政策", "## 名单", "## 1月", "8日 开工。", "【概况】 好。", "【概况】", "（张三 摄）", "# 杭州年鉴2031",
     "本办法自2020年4月1日起施行，有效期三年。", "杭测〔2016〕9号同时废止。", "船要好", "船要好。", "《半个书名", "**粗**", "---", "", " ", "行末  ", "拱墅区" * 11]
)  # fmt: skip
_TEXTS = st.one_of(st.text(), st.lists(st.one_of(_PIECES, st.text(max_size=12)), max_size=16).map("\n".join),
                   st.lists(_PIECES, max_size=16).map("\n\n".join))  # fmt: skip


def _read(text: str) -> list[Document]:
    try:
        return ingest_text(text, "a.txt")
    except InputError as error:
        assert error.source == "a.txt"
        return []


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_TEXTS)
def test_any_text_gives_documents_or_an_input_error(text: str) -> None:
    last = text.count("\n") + 1
    for document in _read(text):
        paths = [c.path for c in document.clauses]
        assert paths and len(set(paths)) == len(paths)
        assert 1 <= document.span.line_start <= document.span.line_end <= last
        for clause in document.clauses:
            assert 1 <= clause.span.line_start <= clause.span.line_end <= last
            assert clause.span.file == "a.txt"


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(_TEXTS)
def test_reading_twice_gives_the_same(text: str) -> None:
    assert _read(text) == _read(text)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(_PIECES, min_size=1, max_size=16).map("\n\n".join))
def test_document_ids_are_unique(text: str) -> None:
    documents = _read(f"纸鸢二三事的开头\n\n{text}")
    relate(documents)
    ids = [d.document_id for d in documents]
    assert all(ids) and len(set(ids)) == len(ids)


def test_every_document_has_a_title_and_an_id() -> None:
    documents = _read("第一条 甲。\n\n# 造船\n\n# 划船\n\n# 歇船\n\n船要下水，人要上船。")
    relate(documents)
    assert all(d.title and d.document_id for d in documents)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.sampled_from(
            [
                "第一条 造船要用12根木头。",
                "第二条 船要下水。",
                "（一）新船3条。",
                "（二）旧船4条。",
                "船身一定要做得很长。",
            ]
        ),
        min_size=1,
        max_size=10,
    )
)
def test_no_words_are_lost(lines: list[str]) -> None:
    (document,) = _read("杭州市测试局关于造船的意见\n\n" + "\n\n".join(lines))
    kept = "\n".join(c.text for c in document.clauses)
    for line in lines:
        assert kept.count(line) == lines.count(line)
