from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.corpus import ingest_folders, ingest_text
from ingest.errors import InputError
from ingest.model import Document
from ingest.readers import SourceText, read_file, read_text
from ingest.readers.numbering import spell
from ingest.readers.ocr import available

TITLE = "杭州市测试局关于印发《杭州市纸鸢补助办法》的通知"
COVER = [
    "杭测〔2031〕7号",
    "各有关单位：",
    "现将《杭州市纸鸢补助办法》印发给你们。",
    "杭州市测试局",
    "2031年3月1日",
]
ARTICLES = [
    "为了鼓励做纸鸢，让每一只纸鸢都有自己的名字和自己的天空，结合本市实际，制定本办法，各有关单位照此办理。",
    "企业按下表申请补助。",
    "本办法自2031年4月1日起施行，有效期三年。",
]
HEADER = [["序号", "名称", "金额（万元）", ""], ["", "", "首年", "次年"]]
ROWS = [["1", "沙燕", "12", "6"], ["2", "龙头", "20", "10"]]
PATHS = ["印发通知", "第一条", "第二条", "第二条表1", "第二条表1第1行", "第二条表1第2行", "第三条"]
ROW_TEXT = "序号：1；名称：沙燕；金额（万元） 首年：12；金额（万元） 次年：6"


def clauses(source: SourceText) -> dict[str, Any]:
    (document,) = ingest_text(source.text, "a", source.pages)
    return {c.path: c for c in document.clauses}


def only(path: Path) -> Document:
    result = ingest_folders([path.parent])
    assert not result.problems
    (document,) = result.documents
    return document


def check_policy(document: Document) -> None:
    found = {c.path: c for c in document.clauses}
    assert list(found) == PATHS
    assert document.doc_numbers == ["杭测〔2031〕7号"]
    assert (document.issued, document.effective, document.expires) == (
        "2031-03-01",
        "2031-04-01",
        "2034-04-01",
    )
    assert found["第一条"].text == f"第一条 {ARTICLES[0]}"
    assert found["第二条表1第1行"].text == ROW_TEXT


# --- PDF ---------------------------------------------------------------------------------------------------


def canvas_at(path: Path, **options: Any) -> Any:
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=A4, **options)
    canvas.setFont("STSong-Light", 12)
    return canvas


def draw_lines(canvas: Any, lines: list[str], x: float = 72, y: float = 760, step: float = 20) -> float:
    for line in lines:
        canvas.drawString(x, y, line)
        y -= step
    return y


def wrapped(text: str, width: int = 36) -> list[str]:
    """A paragraph as print sets it: the first line indented by two letters."""
    text = "　　" + text
    return [text[i : i + width] for i in range(0, len(text), width)]


def draw_table(canvas: Any, y: float, rules: bool = True) -> None:
    xs, height = [72, 120, 260, 340, 420], 22
    rows = HEADER + ROWS
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            merged_down = r == 0 and c < 2
            canvas.drawString(xs[c] + 6, y - r * height - 15 - (height / 2 if merged_down else 0), cell)
    if not rules:
        return
    bottom = y - height * len(rows)
    for r in range(len(rows) + 1):
        canvas.line(xs[2] if r == 1 else xs[0], y - r * height, xs[-1], y - r * height)
    for c, x in enumerate(xs):
        canvas.line(x, y - (height if c == 3 else 0), x, bottom)


def make_pdf(path: Path, **options: Any) -> Path:
    canvas = canvas_at(path, **options)
    canvas.drawCentredString(297, 780, TITLE)
    canvas.drawCentredString(297, 750, COVER[0])
    y = draw_lines(canvas, [COVER[1], *wrapped(COVER[2])], y=710)
    canvas.drawRightString(523, y - 10, COVER[3])
    canvas.drawRightString(523, y - 30, COVER[4])
    canvas.showPage()
    canvas.setFont("STSong-Light", 12)
    canvas.drawCentredString(297, 780, "杭州市纸鸢补助办法")
    y = draw_lines(canvas, [*wrapped(f"第一条　{ARTICLES[0]}"), *wrapped(f"第二条　{ARTICLES[1]}")], y=740)
    draw_table(canvas, y)
    canvas.showPage()
    canvas.setFont("STSong-Light", 12)
    draw_lines(canvas, wrapped(f"第三条　{ARTICLES[2]}"))
    canvas.save()
    return path


def test_a_pdf_gives_clauses_table_rows_and_pages(tmp_path: Path) -> None:
    document = only(make_pdf(tmp_path / "a.pdf"))
    check_policy(document)
    assert [c.span.page for c in document.clauses] == [1, 2, 2, 2, 2, 2, 3]
    assert document.span.page == 1


def test_a_line_that_breaks_at_the_end_of_a_page_is_healed(tmp_path: Path) -> None:
    canvas = canvas_at(tmp_path / "a.pdf")
    draw_lines(canvas, wrapped("第一条　做纸鸢的企业应当在本市登记注册，依法"), y=60)
    canvas.showPage()
    canvas.setFont("STSong-Light", 12)
    draw_lines(canvas, ["纳税。", *wrapped("第二条　本办法自2031年4月1日起施行。")])
    canvas.save()
    found = clauses(read_file(tmp_path / "a.pdf"))
    assert found["第一条"].text == "第一条 做纸鸢的企业应当在本市登记注册，依法纳税。"
    assert (found["第一条"].span.page, found["第二条"].span.page) == (1, 2)


def test_two_columns_are_read_one_after_the_other(tmp_path: Path) -> None:
    left = ["一、总体要求", "坚持慢慢造、用心造，让每一条木船都", "有自己的名字和自己的水道，不赶工、", "不凑数。",
            "二、扶持措施", "（一）造船补助。每条木船补助3万元，", "每家企业每年最多补助5条。"]  # fmt: skip
    right = ["（二）下水补助。每条木船补助1万元，", "下水后三个月内申请，逾期不再受理，", "由市测试局审核。", "三、附则",
             "本意见自2031年5月1日起施行，有效期", "至2033年12月31日。"]  # fmt: skip
    canvas = canvas_at(tmp_path / "a.pdf")
    canvas.drawCentredString(297, 790, "杭州市测试局关于支持造船的实施意见")
    draw_lines(canvas, left, x=72, y=750)
    draw_lines(canvas, right, x=312, y=746)
    canvas.save()
    found = clauses(read_file(tmp_path / "a.pdf"))
    assert list(found) == ["一、", "二、", "二、（一）", "二、（二）", "三、", "文末"]
    assert (
        found["二、（二）"].text
        == "（二）下水补助。每条木船补助1万元，下水后三个月内申请，逾期不再受理，由市测试局审核。"
    )


def test_headers_footers_and_page_numbers_go(tmp_path: Path) -> None:
    canvas = canvas_at(tmp_path / "a.pdf")
    for page in range(1, 6):
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(72, 805, f"杭州市纸鸢汇编 第{page}页 共5页")
        canvas.drawCentredString(297, 40, f"— {page} —" if page < 4 else str(page))
        number = "一二三四五"[page - 1]
        draw_lines(canvas, wrapped(f"第{number}条　第{page}只纸鸢补助{page * 7}万元。"))
        canvas.showPage()
    canvas.save()
    source = read_file(tmp_path / "a.pdf")
    written = [line for line in source.text.split("\n") if line]
    assert written == [f"第{'一二三四五'[i - 1]}条 第{i}只纸鸢补助{i * 7}万元。" for i in range(1, 6)]
    assert source.pages and len(source.pages) == len(source.text.split("\n"))
    assert [c.span.page for c in clauses(source).values()] == [1, 2, 3, 4, 5]


def test_a_table_without_rules_is_known_by_its_columns(tmp_path: Path) -> None:
    canvas = canvas_at(tmp_path / "a.pdf")
    for r, row in enumerate(
        [["序号", "名称", "金额"], *[[str(i), f"纸鸢{i}", str(i * 3)] for i in range(1, 5)]]
    ):
        for c, cell in enumerate(row):
            canvas.drawString(72 + c * 120, 700 - r * 20, cell)
    canvas.save()
    assert read_file(tmp_path / "a.pdf").text.split("\n")[:2] == ["序号\t名称\t金额", "1\t纸鸢1\t3"]


def test_watermarks_are_dropped_and_turned_pages_read(tmp_path: Path) -> None:
    canvas = canvas_at(tmp_path / "a.pdf")
    canvas.drawString(72, 700, "第一条　正文。")
    canvas.saveState()
    canvas.translate(200, 300)
    canvas.rotate(45)
    canvas.drawString(0, 0, "内部资料")
    canvas.restoreState()
    canvas.showPage()
    canvas.translate(500, 80)
    canvas.rotate(90)
    canvas.setFont("STSong-Light", 12)
    draw_lines(canvas, ["第二条　横着", "印的一页。"], x=0, y=100)
    canvas.save()
    assert [line for line in read_file(tmp_path / "a.pdf").text.split("\n") if line] == [
        "第一条 正文。",
        "第二条 横着",
        "印的一页。",
    ]


def test_locked_and_broken_pdfs_are_input_errors(tmp_path: Path) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption

    make_pdf(tmp_path / "zu.pdf", encrypt=StandardEncryption("geheim", canPrint=0))
    with pytest.raises(InputError, match="password"):
        read_file(tmp_path / "zu.pdf")
    raw = make_pdf(tmp_path / "a.pdf").read_bytes()
    (tmp_path / "kurz.pdf").write_bytes(raw[:300])
    with pytest.raises(InputError, match="broken or incomplete"):
        read_file(tmp_path / "kurz.pdf")
    (tmp_path / "falsch.pdf").write_text("第一条 这是文本。", encoding="utf-8")
    with pytest.raises(InputError):
        read_file(tmp_path / "falsch.pdf")


def test_too_many_pages_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ingest.readers.pdf

    make_pdf(tmp_path / "a.pdf")
    monkeypatch.setattr(ingest.readers.pdf, "MAX_PAGES", 2)
    with pytest.raises(InputError, match="3 pages"):
        read_file(tmp_path / "a.pdf")


def scanned_pdf(path: Path) -> Path:
    """A policy printed and scanned: a PDF of pictures."""
    import pypdfium2

    printed = pypdfium2.PdfDocument(make_pdf(path.with_name("printed.pdf")).read_bytes())
    pictures = [printed[i].render(scale=2).to_pil().convert("L") for i in range(len(printed))]
    path.with_name("printed.pdf").unlink()
    pictures[0].save(path, save_all=True, append_images=pictures[1:], resolution=144)
    pictures[2].save(path.with_suffix(".png"))
    return path


def test_scans_say_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import ingest.readers.ocr

    path = scanned_pdf(tmp_path / "scan.pdf")
    monkeypatch.setattr(ingest.readers.ocr, "available", lambda: False)
    for name in (path, path.with_suffix(".png")):
        with pytest.raises(InputError, match=r"hangce\[ocr\]"):
            read_file(name)


@pytest.mark.skipif(not available(), reason="the extra hangce[ocr] is not installed")
def test_scans_are_recognised(tmp_path: Path) -> None:
    path = scanned_pdf(tmp_path / "scan.pdf")
    found = clauses(read_file(path))
    assert found["第一条"].text.replace(" ", "") == f"第一条{ARTICLES[0]}"
    assert found["第三条"].span.page == 3
    assert "2031年4月1日" in read_file(path.with_suffix(".png")).text


# --- Word --------------------------------------------------------------------------------------------------

_NUMBERING = """<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
<w:abstractNum w:abstractNumId="90">
<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCountingThousand"/><w:suff w:val="space"/><w:lvlText w:val="第%1条"/></w:lvl>
<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:suff w:val="nothing"/><w:lvlText w:val="（%2）"/></w:lvl>
<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%3."/></w:lvl>
</w:abstractNum>
<w:abstractNum w:abstractNumId="91"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="chineseCounting"/><w:lvlText w:val="%1、"/></w:lvl></w:abstractNum>
<w:num w:numId="90"><w:abstractNumId w:val="90"/></w:num><w:num w:numId="91"><w:abstractNumId w:val="91"/></w:num>
<w:num w:numId="92"><w:abstractNumId w:val="91"/><w:lvlOverride w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride></w:num>
</w:numbering>"""


def word() -> Any:
    import docx
    from docx.oxml import parse_xml

    document = docx.Document()
    numbering = document.part.numbering_part.element
    for child in list(parse_xml(_NUMBERING)):
        if child.tag.endswith("abstractNum"):
            numbering.insert(0, child)
        else:
            numbering.append(child)
    return document


def numbered(document: Any, text: str, level: int = 0, num: int = 90) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    paragraph = document.add_paragraph(text)
    paragraph._p.get_or_add_pPr().append(
        parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{num}"/></w:numPr>')
    )


def add_table(document: Any) -> None:
    table = document.add_table(4, 4)
    for r, row in enumerate(HEADER + ROWS):
        for c, cell in enumerate(row):
            table.cell(r, c).text = cell
    for a, b in (((0, 2), (0, 3)), ((0, 0), (1, 0)), ((0, 1), (1, 1))):
        table.cell(*a).merge(table.cell(*b))


def make_docx(path: Path) -> Path:
    document = word()
    document.add_paragraph(TITLE, style="Title")
    for line in COVER:
        document.add_paragraph(line)
    document.add_heading("杭州市纸鸢补助办法", 1)
    numbered(document, ARTICLES[0])
    numbered(document, ARTICLES[1])
    add_table(document)
    numbered(document, ARTICLES[2])
    document.save(str(path))
    return path


def test_a_word_document_with_automatic_numbers_and_a_table(tmp_path: Path) -> None:
    document = only(make_docx(tmp_path / "a.docx"))
    check_policy(document)
    assert {c.span.page for c in document.clauses} == {None}


def test_word_counters_restart_and_run_on(tmp_path: Path) -> None:
    document = word()
    for text, level, num in [("甲", 0, 90), ("子", 1, 90), ("丑", 1, 90), ("寅", 2, 90), ("乙", 0, 90), ("卯", 1, 90),
                             ("丙", 0, 91), ("丁", 0, 91), ("戊", 0, 92), ("己", 0, 92)]:  # fmt: skip
        numbered(document, text, level, num)
    document.save(str(tmp_path / "a.docx"))
    assert [line for line in read_file(tmp_path / "a.docx").text.split("\n") if line] == [
        "第一条 甲", "（一）子", "（二）丑", "1. 寅", "第二条 乙", "（一）卯", "一、 丙", "二、 丁", "五、 戊", "六、 己"
    ]  # fmt: skip


def test_word_paragraphs_lose_tabs_and_keep_breaks_insertions_and_text_boxes(tmp_path: Path) -> None:
    from docx.oxml import parse_xml
    from docx.oxml.ns import nsdecls

    document = word()
    document.add_paragraph("甲\t乙\n丙")
    paragraph = document.add_paragraph("原有")
    for part in ("<w:ins {0}><w:r><w:t>新增</w:t></w:r></w:ins>", "<w:del {0}><w:r><w:delText>删去</w:delText></w:r></w:del>",
                 "<w:r {0}><w:pict><w:txbxContent><w:p><w:r><w:t>框内</w:t></w:r></w:p></w:txbxContent></w:pict></w:r>"):  # fmt: skip
        paragraph._p.append(parse_xml(part.format(nsdecls("w"))))
    document.save(str(tmp_path / "a.docx"))
    assert read_file(tmp_path / "a.docx").text == "甲 乙\n丙\n\n原有新增\n\n框内"


@pytest.mark.parametrize(
    ("number", "style", "spelt"),
    [(10, "chineseCounting", "十"), (12, "chineseCountingThousand", "十二"), (20, "chineseCounting", "二十"),
     (105, "taiwaneseCountingThousand", "一百零五"), (1010, "chineseCounting", "一千零一十"), (3, "chineseLegalSimplified", "叁"),
     (21, "ideographDigital", "二一"), (3, "decimalEnclosedCircleChinese", "③"), (28, "lowerLetter", "bb"), (9, "upperRoman", "IX"),
     (4, "decimal", "4"), (4, "decimalZero", "04"), (4, "bullet", "")],
)  # fmt: skip
def test_number_formats(number: int, style: str, spelt: str) -> None:
    assert spell(number, style) == spelt


def replaced(raw: bytes, member: str, change: Callable[[bytes], bytes]) -> bytes:
    """A zip with one member changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for info in old.infolist():
            new.writestr(info.filename, change(old.read(info)) if info.filename == member else old.read(info))
    return out.getvalue()


def test_external_entities_are_not_opened(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("秘密内容", encoding="utf-8")
    raw = make_docx(tmp_path / "a.docx").read_bytes()
    doctype = f'<!DOCTYPE x [<!ENTITY e SYSTEM "{(tmp_path / "secret.txt").as_uri()}">]>'.encode()

    def plant(xml: bytes) -> bytes:
        declaration, _, rest = xml.partition(b"?>")
        return declaration + b"?>" + doctype + rest.replace("企业按下表".encode(), b"&e;", 1)

    (tmp_path / "b.docx").write_bytes(replaced(raw, "word/document.xml", plant))
    try:
        assert "秘密" not in read_file(tmp_path / "b.docx").text
    except InputError as error:
        assert "秘密" not in str(error)


# --- web pages ---------------------------------------------------------------------------------------------

HTML = f"""<!DOCTYPE html><html><head><meta charset="gb2312"><title>纸鸢-杭州市测试局</title>
<meta name="ArticleTitle" content="{TITLE}"><style>p {{color: red}}</style></head><body>
<div class="nav"><a href="/">首页</a><a href="/a">要闻</a></div><ul><li><a>政务公开</a><li><a>办事服务</a><li><a>互动交流</a></ul>
<table><tr><td><div id="zoom">{"".join(f"<p>{line}</p>" for line in COVER)}<script>alert(1)</script><!-- 评论 -->
<p align="center">杭州市纸鸢补助办法</p><p>　　第一条　{ARTICLES[0]}</p><p>　　第二条　{ARTICLES[1]}</p><p style="display: none">隐藏</p>
<table><tr><th rowspan="2">序号</th><th rowspan=2>名称</th><th colspan="2">金额（万元）</th></tr><tr><th>首年</th><th>次年</th></tr>
{"".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in ROWS)}</table>
<p>　　第三条　{ARTICLES[2]}</p></div></td></tr></table><div class="footer">版权所有</div></body></html>"""


def test_a_web_page_without_what_stands_around_it(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_bytes(HTML.encode("gb18030"))
    check_policy(only(tmp_path / "a.html"))
    text = read_file(tmp_path / "a.html").text
    assert text.startswith(f"# {TITLE}\n")
    for word_ in ("首页", "政务公开", "版权", "alert", "隐藏", "评论", "color"):
        assert word_ not in text


def test_spanned_cells_are_spread(tmp_path: Path) -> None:
    rows = "<tr><th>年度<th>名称<th>金额</tr><tr><td rowspan=2>2031<td>沙燕<td rowspan=2>5</tr><tr><td>龙头</tr><tr><td>2032<td colspan=2>未评</tr>"
    (tmp_path / "a.html").write_text(
        f"<html><body><h2>名单</h2><table>{rows}</table></body></html>", encoding="utf-8"
    )
    assert (
        read_file(tmp_path / "a.html").text
        == "## 名单\n\n年度\t名称\t金额\n2031\t沙燕\t5\n2031\t龙头\t5\n2032\t未评\t未评"
    )


def test_absurd_spans_and_depths_are_input_errors(tmp_path: Path) -> None:
    wide = "<td colspan=999999 rowspan=999999>甲</td>" * 9
    (tmp_path / "breit.html").write_text(
        f"<html><table>{('<tr>' + wide + '</tr>') * 900}</table>", encoding="utf-8"
    )
    (tmp_path / "tief.html").write_text("<html>" + "<div>" * 50_000 + "甲", encoding="utf-8")
    with pytest.raises(InputError, match="too large"):
        read_file(tmp_path / "breit.html")
    with pytest.raises(InputError, match="too deeply"):
        read_file(tmp_path / "tief.html")


# --- spreadsheets ------------------------------------------------------------------------------------------


def make_xlsx(path: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["2031年杭州市纸鸢补助名单"])
    for row in (["序号", "名称", "金额（万元）", "比例"], [1, "沙燕", 12.50, 0.2], [2, "龙\n头", 7, 0.125]):
        sheet.append(row)
    sheet["D3"].number_format, sheet["D4"].number_format = "0%", "0.0%"
    boats = book.create_sheet("木船")
    for name in ("名称", "沙船", "漕船"):
        boats.append([name])
    book.create_sheet("草稿").sheet_state = "hidden"
    book.save(path)
    return path


def test_a_workbook_gives_headings_and_rows(tmp_path: Path) -> None:
    document = only(make_xlsx(tmp_path / "名单.xlsx"))
    assert document.title == "2031年杭州市纸鸢补助名单"
    assert document.warnings == ["隐藏的工作表未读入"]
    rows = [c.text for c in document.clauses if c.kind == "row"]
    assert rows == ["序号：1；名称：沙燕；金额（万元）：12.5；比例：20%", "序号：2；名称：龙 头；金额（万元）：7；比例：12.5%".replace(" ", ""),
                    "名称：沙船", "名称：漕船"]  # fmt: skip
    assert "# 木船" in read_file(tmp_path / "名单.xlsx").text


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_csv_lines_keep_their_numbers(tmp_path: Path, encoding: str, delimiter: str) -> None:
    with (tmp_path / "名单.csv").open("w", encoding=encoding, newline="") as handle:
        csv.writer(handle, delimiter=delimiter).writerows(
            [["序号", "名称", "金额"], [], ["1", "东风社,一厂;二厂", "12"], ["2", "西风社", "7"]]
        )
    document = only(tmp_path / "名单.csv")
    rows = [c for c in document.clauses if c.kind == "row"]
    assert [(r.text, r.span.line_start) for r in rows] == [
        ("序号：1；名称：东风社,一厂;二厂；金额：12", 3),
        ("序号：2；名称：西风社；金额：7", 4),
    ]
    assert document.title == "名单"


def test_too_wide_a_sheet_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(",".join(["甲"] * 501), encoding="utf-8")
    with pytest.raises(InputError, match="too large"):
        read_file(tmp_path / "a.csv")


# --- plain text, dispatch, bad files -----------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig", "utf-16"])
def test_plain_text_is_as_it_was(tmp_path: Path, encoding: str) -> None:
    table = "\n".join("\t".join(row) for row in HEADER + ROWS)
    articles = [f"第{n}条　{text}" for n, text in zip("一二三", ARTICLES, strict=True)]
    text = "\n\n".join([TITLE, *COVER, "杭州市纸鸢补助办法", *articles[:2], table, articles[2]])
    (tmp_path / "a.txt").write_bytes(text.encode(encoding))
    check_policy(only(tmp_path / "a.txt"))
    assert read_file(tmp_path / "a.txt") == SourceText(text)
    assert read_text(tmp_path / "a.txt") == text


@pytest.mark.parametrize("maker", [make_pdf, make_docx, make_xlsx])
def test_content_goes_before_the_name(tmp_path: Path, maker: Callable[[Path], Path]) -> None:
    suffix = maker.__name__.removeprefix("make_")
    right = maker(tmp_path / f"a.{suffix}")
    wrong = tmp_path / "a.txt"
    wrong.write_bytes(right.read_bytes())
    assert read_file(wrong).text == read_file(right).text


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [("a.doc", OLE, "另存为 docx"), ("a.wps", OLE, "另存为 docx"), ("a.et", OLE, "另存为 xlsx"), ("a.xls", OLE, "另存为 xlsx"),
     ("a.ppt", OLE, "pdf"), ("a.docx", OLE + "EncryptedPackage".encode("utf-16-le"), "password"), ("a.txt", OLE, "另存为 docx"),
     ("a.rtf", b"{\\rtf1 x}", "另存为 docx"), ("a.ofd", zipped("OFD.xml"), "pdf"), ("a.pptx", zipped("ppt/presentation.xml"), "pdf"),
     ("a.odt", zipped("content.xml"), "另存为 docx"), ("a.zip", zipped("a.txt"), "解压"), ("a.docx", zipped("a.txt"), "fetch"),
     ("a.rar", b"Rar!\x1a\x07\x00xx", "解压"), ("a.gz", b"\x1f\x8b\x08xx", "解压"), ("~$a.docx", b"x", "remove"),
     ("a.exe", b"MZ", "save it"), ("ohne", b"x", "save it"), ("a.docx", "纯文本".encode(), "fetch"), ("a.pdf", b"", "remove it"),
     ("a.docx", b"", "remove it"), ("a.html", b" \n", "remove it")],
)  # fmt: skip
def test_other_formats_are_refused_with_a_way_on(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=r"^[^\n]+$") as caught:
        read_file(tmp_path / name)
    assert said in caught.value.remedy + caught.value.problem
    assert caught.value.source == name


@pytest.mark.parametrize("maker", [make_docx, make_xlsx])
def test_cut_off_office_files_are_refused(tmp_path: Path, maker: Callable[[Path], Path]) -> None:
    path = maker(tmp_path / f"a.{maker.__name__.removeprefix('make_')}")
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(InputError, match="broken"):
        read_file(path)


def test_zip_bombs_are_refused(tmp_path: Path) -> None:
    raw = make_docx(tmp_path / "a.docx").read_bytes()
    bomb = replaced(raw, "word/document.xml", lambda xml: xml + b" " * (30 * 2**20))
    (tmp_path / "b.docx").write_bytes(bomb)
    with pytest.raises(InputError, match="zip bomb"):
        read_file(tmp_path / "b.docx")


def test_huge_files_are_refused_before_they_are_read(tmp_path: Path) -> None:
    with (tmp_path / "a.pdf").open("wb") as handle:
        handle.truncate(200 * 2**20 + 1)
    with pytest.raises(InputError, match="larger than 200 MiB"):
        read_file(tmp_path / "a.pdf")


def test_a_picture_named_txt_is_seen_through(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + b"\xff\x00\xfe" * 50)
    with pytest.raises(InputError, match="picture"):
        read_file(tmp_path / "a.txt")


def test_one_bad_file_leaves_the_others(tmp_path: Path) -> None:
    make_pdf(tmp_path / "gut.pdf")
    (tmp_path / "alt.doc").write_bytes(OLE)
    (tmp_path / "kaputt.docx").write_bytes(b"PK\x03\x04xx")
    result = ingest_folders([tmp_path])
    assert [d.span.file for d in result.documents] == ["gut.pdf"]
    assert {p.source for p in result.problems} == {"alt.doc", "kaputt.docx"}


@pytest.fixture(scope="module")
def good_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    folder = tmp_path_factory.mktemp("good")
    made = {".pdf": make_pdf, ".docx": make_docx, ".xlsx": make_xlsx}
    files = {suffix: make(folder / f"a{suffix}").read_bytes() for suffix, make in made.items()}
    return files | {
        ".html": HTML.encode(),
        ".csv": "序号,名称\n1,甲\n".encode(),
        ".txt": ARTICLES[0].encode(),
    }


def check_reads_or_refuses(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    try:
        source = read_file(path)
    except InputError as error:
        assert error.source == path.name and "\n" not in str(error)
    else:
        assert source.pages is None or len(source.pages) == source.text.count("\n") + 1
        source.text.encode("utf-8")


_HEADS = st.sampled_from([b"", b"", b"%PDF-1.7\n", b"PK\x03\x04", b"PK\x05\x06", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"BM", b"<html>",
                          b"GIF89a", b"II*\x00", b"\xff\xfe", b"\xef\xbb\xbf"])  # fmt: skip


@pytest.mark.parametrize(
    "suffix", [".pdf", ".docx", ".xlsx", ".html", ".csv", ".txt", ".png", ".bmp", ".doc", ".zip", ""]
)
@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(head=_HEADS, rest=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path: Path, suffix: str, head: bytes, rest: bytes) -> None:
    check_reads_or_refuses(tmp_path / f"a{suffix}", head + rest)


@pytest.mark.parametrize("suffix", [".pdf", ".docx", ".xlsx", ".html", ".csv", ".txt"])
@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_damaged_files_are_read_or_refused(
    tmp_path: Path, suffix: str, good_files: dict[str, bytes], data: st.DataObject
) -> None:
    raw = bytearray(good_files[suffix])
    for _ in range(data.draw(st.integers(1, 8))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 12))] = data.draw(st.binary(max_size=12))
        raw = raw or bytearray(b"x")
    check_reads_or_refuses(tmp_path / f"a{suffix}", bytes(raw))


@pytest.mark.parametrize(
    ("suffix", "member"),
    [(".docx", "word/document.xml"), (".docx", "word/numbering.xml"), (".xlsx", "xl/worksheets/sheet1.xml")],
)
@settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(data=st.data())
def test_damaged_parts_are_read_or_refused(
    tmp_path: Path, suffix: str, member: str, good_files: dict[str, bytes], data: st.DataObject
) -> None:
    def damage(xml: bytes) -> bytes:
        at = data.draw(st.integers(0, len(xml)))
        return xml[:at] + data.draw(st.binary(max_size=9)) + xml[at + data.draw(st.integers(0, 30)) :]

    check_reads_or_refuses(tmp_path / f"a{suffix}", replaced(good_files[suffix], member, damage))
