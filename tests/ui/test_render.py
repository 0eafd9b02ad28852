from datetime import date

import pytest

from assistant.schema import Answer, Citation, Clarify, Source, Statement, Validity
from assistant.service import ClauseView
from index.store import StoredClause, StoredDocument
from index.validity import status_on
from ingest.model import SourceSpan
from ui import render
from ui.places import answer as spoken
from ui.wording import Lang, say

PAYLOADS = [
    "<img src=x onerror=alert(1)>",
    "</div><script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "$$\\frac{1}{2}$$",
    "`code` **bold** _it_ ~~gone~~ # head | cell",
    "\" onclick=\"alert(1)' x='",
    "${document.title} {{value}}",
    "https://example.org/ &lt;b&gt;",
    "甲\n\n- 乙\n# 丙",
]


def clause(path: str, position: int, parent: str | None = None, text: str = "") -> StoredClause:
    return StoredClause(
        f"杭测〔2020〕1号#{path}", "杭测〔2020〕1号", position, path, "clause", f"{path}标题", parent, ["第一章"],
        text or f"{path} 正文{position}。", SourceSpan("a.txt", 10, 12, None), "", [], [],
    )  # fmt: skip


def view(
    text: str = "第二条 企业可以申请补助。最高十万元。", *, verbatim: bool = True, **listing: object
) -> ClauseView:
    facts = {
        "title": "测试办法",
        "doc_numbers": ["杭测〔2020〕1号"],
        "effective": "2020-01-01",
        "expires": "2022-12-31",
    }
    facts |= {"superseded_by": None, **listing}
    neighbours = [
        clause("第一条", 1), clause("第二条", 2, text=text), clause("第二条（一）", 3, "第二条"),
        clause("第二条（一）1.", 4, "第二条（一）"), clause("第三条", 5), clause("第四条", 6), clause("第五条", 7),
    ]  # fmt: skip
    document = StoredDocument("杭测〔2020〕1号", facts, verbatim=verbatim)
    return ClauseView(neighbours[1], text, neighbours, document, status_on(facts, date(2026, 11, 20)))


def citation(n: int = 1, quote: str = "最高十万元。", title: str = "测试办法") -> Citation:
    return Citation(
        n=n, clause_id="杭测〔2020〕1号#第二条", title=title, doc_number="杭测〔2020〕1号", clause="第二条",
        breadcrumb="测试办法 > 第二条", quote=quote, verbatim=True,
        source=Source(file="a.txt", line_start=10, line_end=12), validity=Validity(status="expired"),
    )  # fmt: skip


def answer(text: str, *, citations: list[Citation] | None = None, notices: list[str] | None = None) -> Answer:
    cited = [citation()] if citations is None else citations
    return Answer(
        id="abc", question="问", status="answered", answer=text, as_of="2026-11-20",
        statements=[Statement(text=text, citations=[c.n for c in cited])], citations=cited, notices=notices or [],
    )  # fmt: skip


def assert_harmless(html: str) -> None:
    for live in (
        "<img",
        "<script",
        "](",
        "$$",
        "`",
        "**",
        "_it_",
        "~~",
        "\n",
        ' onclick="',
        "://",
        "${",
        "{{",
    ):
        assert live not in html, live


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_from_anywhere_show_as_text(payload: str) -> None:
    assert_harmless(spoken.question_html(payload))
    assert_harmless(spoken.message_html(payload))
    hostile = answer(payload, citations=[citation(title=payload, quote=payload)], notices=[payload])
    hostile.citations[0].doc_number = payload
    hostile.clarify = Clarify(question=payload, options=[payload])
    # Of a model's Markdown only paragraphs, items, bold and known numbers mean anything.
    assert_harmless(spoken.answer_html(hostile))


@pytest.mark.parametrize("payload", PAYLOADS)
def test_payloads_in_a_clause_show_as_text(payload: str) -> None:
    html = render.panel_html(view(payload, title=payload, superseded_by=payload), citation(quote=payload))
    assert "<img" not in html
    assert "<script" not in html
    assert "${" not in html
    assert ' onclick="' not in html


def test_numbers_of_citations_become_links_and_others_stay_text() -> None:
    html = spoken.answer_html(answer("最高十万元。[1] 另见[2]，第\\[1\\]款"))
    assert html.count('class="hc-cite"') == 1
    assert html.count('class="hc-ref"') == 1
    assert "&#91;2&#93;" in html
    assert "第&#91;1&#93;款" in html


def test_items_paragraphs_and_bold() -> None:
    html = spoken.body_html(answer("先说：\n\n- **甲**\n- 乙\n\n完。"))
    assert html == "<p>先说：</p><ul><li><strong>甲</strong></li><li>乙</li></ul><p>完。</p>"


def test_escaped_marks_are_shown_without_their_backslash() -> None:
    assert spoken.body_html(answer("R\\&D占\\*3%\\*")) == "<p>R&#38;D占&#42;3%&#42;</p>"


def test_notices_stand_apart_and_a_declined_answer_has_no_list() -> None:
    assert '<div class="hc-notices" role="note"><p>已经失效' in spoken.answer_html(
        answer("甲[1]", notices=["已经失效"])
    )
    assert "hc-refs" not in spoken.answer_html(answer("没有规定。", citations=[]))


def test_links_come_back_as_they_went() -> None:
    clause_id = "杭科资〔2020〕72号#第八条（一）/100% ~x"
    assert render.read_link(render.link("abc", 3, clause_id)) == ("abc", 3, clause_id)
    assert render.read_link(render.link("", None, clause_id)) == ("", None, clause_id)


@pytest.mark.parametrize(
    "address", ["", "#", "#clause=", "#clause=a/1/", "javascript:alert(1)", "#clause=a/9999/x"]
)
def test_other_addresses_are_not_ours(address: str) -> None:
    assert render.read_link(address) is None


def test_the_quoted_words_are_marked_whatever_the_spacing() -> None:
    assert render.highlight("第一条 可以 申请。\n最高十万元。", "可以申请。 最高十万元。") == (
        "第一条 <mark>可以 申请。<br>最高十万元。</mark>"
    )
    assert render.highlight("全部文字。", "全部文字。") == '<mark class="hc-whole">全部文字。</mark>'
    assert render.highlight("全部文字。", "别的") == "全部文字。"
    assert render.highlight("全部文字。", "") == "全部文字。"


def test_the_panel_says_what_the_clause_is_and_whether_it_holds() -> None:
    html = render.panel_html(view(), citation(), "abc")
    for words in (
        "测试办法",
        "杭测〔2020〕1号",
        "已失效",
        "2022-12-31",
        "a.txt",
        "第10–12行",
        "<mark>最高十万元。</mark>",
    ):
        assert words.replace(":", "&#58;") in html
    assert 'data-copy="《测试办法》（杭测〔2020〕1号）第二条：最高十万元。"' in html


@pytest.mark.parametrize(("lang", "prefix"), [("zh", ""), ("en", "/en")])
def test_the_panel_leads_to_the_clause_in_its_whole_document(lang: Lang, prefix: str) -> None:
    html = render.panel_html(view(), lang=lang)
    assert f'href="{render.in_document(view().clause.clause_id, lang)}" target="_blank"' in html
    assert render.in_document("甲〔2020〕1号#二、（一）", lang) == (
        f"{prefix}/documents/%E7%94%B2%E3%80%942020%E3%80%951%E5%8F%B7?at=%E4%BA%8C%E3%80%81%EF%BC%88%E4%B8%80%EF%BC%89#at"
    )


def test_neighbours_leave_out_what_the_clause_contains() -> None:
    html = render.panel_html(view())
    assert "<strong>第一条</strong>" in html
    assert "<strong>第三条</strong> 正文5。" in html
    assert "第二条（一）" not in html
    assert "第五条" not in html


def test_a_gist_is_called_one() -> None:
    html = render.panel_html(view(verbatim=False))
    assert say("zh", "gist_only") in html
    assert "第10" not in html
    assert (
        render.reference(view(verbatim=False), "甲。")
        == "《测试办法》（杭测〔2020〕1号）第二条：甲。（要点，非原文）"
    )


@pytest.mark.parametrize(
    ("listing", "word"),
    [
        ({"expires": "2030-01-01"}, "有效"),
        ({}, "已失效"),
        ({"superseded_by": "杭测〔2023〕2号"}, "已被取代"),
        ({"effective": "2027-01-01"}, "未生效"),
        ({"expires": None}, "未写明有效期"),
        ({"effective": None, "expires": None}, "无期限信息"),
    ],
)
def test_every_validity_has_its_word(listing: dict[str, object], word: str) -> None:
    assert f">{word}</span>" in render.panel_html(view(**listing))
