"""What each physical line of a file is: heading, marker, table row, document number, signature, date, text …"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from ingest.text import chinese_number, is_doc_number_line, tidy


class LineClass(Enum):
    """The classes that later steps tell apart."""

    BLANK = "blank"
    NOISE = "noise"
    TABLE = "table"
    DOC_NUMBER = "doc_number"
    DATE = "date"
    BODY = "body"
    ADDRESSEE = "addressee"
    AUTHOR = "author"
    ANNEX = "annex"
    MARKER = "marker"
    TEXT = "text"


class MarkerKind(Enum):
    """Numbering styles, outermost first; the value is the rank in the clause tree."""

    CHAPTER = 0  # 第一章
    SECTION = 1  # 第一节
    ARTICLE = 2  # 第一条
    HAN = 3  # 一、
    HAN_PAREN = 4  # （一）
    CATEGORY = 5  # 第一类：
    ARABIC = 6  # 1.
    ARABIC_PAREN = 7  # （1）
    CIRCLED = 8  # ①


@dataclass(frozen=True, slots=True)
class Marker:
    """A clause number at the start of a line."""

    kind: MarkerKind
    number: int
    label: str  # canonical spelling: 第八条, 一、, （一）, 1., （1）


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line. `text` is tidied; `heading` is the number of leading # (0 if none)."""

    number: int
    raw: str
    text: str
    cls: LineClass
    heading: int = 0
    bold: bool = False
    hard_break: bool = False
    marker: Marker | None = None
    rest: str = ""  # the text behind the marker


_HAN = "[一二三四五六七八九十百零〇两]"
_MARKERS: list[tuple[MarkerKind, re.Pattern[str]]] = [
    (MarkerKind.CHAPTER, re.compile(rf"^第({_HAN}{{1,4}})章(?=[\s　]|[\u4e00-\u9fff]|$)")),
    (MarkerKind.SECTION, re.compile(rf"^第({_HAN}{{1,4}})节(?=[\s　]|[\u4e00-\u9fff]|$)")),
    (MarkerKind.ARTICLE, re.compile(rf"^第({_HAN}{{1,5}}|\d{{1,3}})条")),
    (MarkerKind.CATEGORY, re.compile(rf"^第({_HAN}{{1,2}})类(?=[：:])")),
    (MarkerKind.HAN, re.compile(rf"^({_HAN}{{1,4}})[、．]")),
    (MarkerKind.HAN_PAREN, re.compile(rf"^[（(]\s*({_HAN}{{1,4}})\s*[）)]")),
    (MarkerKind.ARABIC, re.compile(r"^(\d{1,2})\s*[.．、](?!\d)")),
    (MarkerKind.ARABIC_PAREN, re.compile(r"^[（(]\s*(\d{1,2})\s*[）)]")),
    (MarkerKind.CIRCLED, re.compile(r"^([①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳])")),
]
_SPACED_ARTICLE = re.compile(r"^\s*第\S{1,5}条[\s\u3000]")
_ITEM_REFERENCE = re.compile(
    r"^(?:[、和及或至]\s*[（(]|[项款](?:[、，。所的规中至和或]|$))|^[一二三四五六七八九十]{1,3}、"
)
_CROSS_REFERENCE = re.compile(r"^(规定|所|的|至|、|和|及|或|中|之|第|款|项)")
_BODY_NAME = re.compile(
    r"(?:中共|国家税务总局)?(?:浙江省|杭州市|杭州|浙江)[\u4e00-\u9fff]{0,18}"
    r"(?:委员会|人民政府|办公厅|办公室|组织部|[\u4e00-\u9fff]厅|[\u4e00-\u9fff]局|领导小组|市委|省委)"
)
_BODY_SEAM = re.compile(r"(?=中共|国家税务总局|浙江省|杭州市)")
_SHORT_BODY = re.compile(r"市[\u4e00-\u9fff]{1,9}[局委办]")
_DATE_LINE = re.compile(r"^(?:19|20)\d\d年\d{1,2}月(?:\d{1,2}日)?(?:印发)?$")
_ADDRESSEE = re.compile(
    r"^(?:各区|各县|各市|市各|各有关|市直|经开区|省政府)(?:(?!条件|以下|下列)[^。；]){2,80}[：:]$"
)
_AUTHOR = re.compile(
    r"^[（(][\u4e00-\u9fff]{1,4}(?:[\s　、]*[\u4e00-\u9fff]{1,4}){0,2}(?:供稿|摄影|摄)?[）)]$"
)
_SPECIAL_LINES = [(LineClass.DATE, _DATE_LINE), (LineClass.ADDRESSEE, _ADDRESSEE)]
_ANNEX = re.compile(rf"^附\s*件\s*(\d{{1,2}}|{_HAN})?$|^附\s*件\s*(\d{{1,2}}|{_HAN})\s+(?=\S)")
_NOISE = re.compile(
    r"^(?:-{1,}|[—–－-]\s*\d{1,4}\s*[—–－-]|[—–_*=\s]+|[（(]此件.{0,10}公开发布[）)]|抄送[：:].*|!\[.*\]\(.*\)|#*\s*[A-Z][A-Z\s&,()]{4,})$"
)
_STRAY_WORD = re.compile(r"(?<=[\u4e00-\u9fff”》])\s*\b(and|with|angel|provide)\b\s*(?=[\u4e00-\u9fff“《])")
_STRAY_WORDS = {"and": "和", "with": "与", "angel": "天使", "provide": "提供"}


def repair_words(text: str) -> str:
    """Put back Chinese words that the OCR engine translated (`科研机构 and 人员` → `科研机构和人员`)."""
    return _STRAY_WORD.sub(lambda match: _STRAY_WORDS[match.group(1)], text)


def read_marker(text: str, *, spaced: bool = False) -> tuple[Marker, str] | None:
    """The clause number at the start of a tidied line and the text behind it, or None.

    A cross-reference (`第八条规定的…`) is no marker: behind it follows a word that continues the sentence.

    Args:
        spaced: the printed line has a space behind the number, which no cross-reference has.
    """
    for kind, pattern in _MARKERS:
        match = pattern.match(text)
        if not match:
            continue
        rest = text[match.end() :]
        if kind is MarkerKind.CIRCLED:
            number: int | None = ord(match.group(1)) - ord("①") + 1
        else:
            number = chinese_number(match.group(1).replace("〇", "零"))
        if number is None:
            return None
        if kind in (MarkerKind.HAN, MarkerKind.HAN_PAREN, MarkerKind.ARABIC_PAREN) and _ITEM_REFERENCE.match(
            rest
        ):
            return None
        if kind is MarkerKind.ARTICLE and not spaced and _CROSS_REFERENCE.match(rest):
            return None
        return Marker(kind, number, _label(kind, match.group(1), number)), rest.lstrip(" 　.、．：:")
    return None


def _label(kind: MarkerKind, printed: str, number: int) -> str:
    match kind:
        case MarkerKind.CHAPTER:
            return f"第{printed}章"
        case MarkerKind.SECTION:
            return f"第{printed}节"
        case MarkerKind.ARTICLE:
            return f"第{printed}条"
        case MarkerKind.CATEGORY:
            return f"第{printed}类"
        case MarkerKind.HAN:
            return f"{printed}、"
        case MarkerKind.HAN_PAREN:
            return f"（{printed}）"
        case MarkerKind.ARABIC:
            return f"{number}."
        case MarkerKind.ARABIC_PAREN:
            return f"（{number}）"
        case MarkerKind.CIRCLED:
            return printed


def is_signature(text: str) -> bool:
    """Whether a line consists of names of public bodies alone (`杭州市科学技术局杭州市财政局`)."""
    if not 4 <= len(text) <= 120:
        return False
    return _all_names(_BODY_SEAM.split(text), _BODY_NAME) or _all_names(
        re.split(r"(?=市)", text), _SHORT_BODY
    )


def _all_names(pieces: list[str], name: re.Pattern[str]) -> bool:
    """Whether the pieces, two joined where one alone is none (`国家税务总局`+`杭州市税务局`), are all names."""
    pieces = [p for p in pieces if p]
    i = 0
    while i < len(pieces):
        if name.fullmatch(pieces[i]):
            i += 1
        elif i + 1 < len(pieces) and name.fullmatch(pieces[i] + pieces[i + 1]):
            i += 2
        else:
            return False
    return bool(pieces)


def annex_label(text: str) -> tuple[str, str] | None:
    """`附件 1 任务分解表` → ("附件1", "任务分解表"); None if the line opens no annex."""
    match = _ANNEX.match(text)
    if not match:
        return None
    number = match.group(1) or match.group(2) or ""
    return f"附件{number}", text[match.end() :].strip()


def classify(text: str) -> list[Line]:
    """Split a file's text into classified lines."""
    return [_classify_line(number, raw) for number, raw in enumerate(text.split("\n"), start=1)]


def _classify_line(number: int, raw: str) -> Line:
    raw = raw.rstrip("\r")
    hard_break = raw.endswith("  ") and bool(raw.strip())
    stripped = raw.strip()
    if not stripped:
        return Line(number, raw, "", LineClass.BLANK)
    if "\t" in raw.strip(" ") or re.match(r"^(?:- )?\|.*\|$", stripped):
        return Line(number, raw, stripped, LineClass.TABLE)
    heading = len(stripped) - len(stripped.lstrip("#"))
    body = stripped.lstrip("#").strip()
    # A list dash stands before items that OCR took for a Markdown list; the items keep their own numbers.
    body = re.sub(r"^[-•]\s+(?=\S)", "", body)
    bold = body.startswith("**") and body.endswith("**")
    body = re.sub(r"</?(?:b|p|br|i|u)\s*/?>", "", body.replace("**", ""))
    text = tidy(repair_words(body))
    if not text or _NOISE.match(stripped) or _NOISE.match(text):
        return Line(number, raw, text, LineClass.NOISE)
    cls, marker, rest = _class_of(text, body)
    if cls is LineClass.ANNEX:
        text = body  # the space behind the number tells where the annex's name begins
    elif marker and marker.kind is MarkerKind.ARTICLE:
        text = f"{marker.label} {rest}".strip()  # official print sets a space behind the number
    return Line(number, raw, text, cls, heading, bold, hard_break, marker, rest)


def _class_of(text: str, body: str) -> tuple[LineClass, Marker | None, str]:
    """Class of a tidied line, with its clause number and the text behind that for numbered clauses."""
    if is_doc_number_line(text):
        return LineClass.DOC_NUMBER, None, ""
    if is_signature(text):
        return LineClass.BODY, None, ""
    for cls, pattern in _SPECIAL_LINES:
        if pattern.match(text):
            return cls, None, ""
    if annex_label(body):
        return LineClass.ANNEX, None, ""
    marked = read_marker(text, spaced=bool(_SPACED_ARTICLE.match(body)))
    if marked:
        return LineClass.MARKER, *marked
    if _AUTHOR.match(text):
        return LineClass.AUTHOR, None, ""
    return LineClass.TEXT, None, ""
