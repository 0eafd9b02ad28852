"""Web pages: the text of the document without what the site puts around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ingest.errors import InputError
from ingest.readers.grid import MAX_CELLS, Cell, table_lines
from ingest.readers.plain import MAX_BYTES
from ingest.readers.source import SourceText, Writer, one_line
from ingest.text import fold

_UNSEEN = {
    "script", "style", "noscript", "template", "iframe", "object", "embed", "svg", "canvas", "video", "audio", "map",
    "form", "button", "select", "input", "textarea", "nav", "aside", "footer", "head", "dialog", "menu",
}  # fmt: skip
_ROLES = {
    "navigation",
    "banner",
    "contentinfo",
    "search",
    "complementary",
    "menu",
    "menubar",
    "toolbar",
    "dialog",
}
_AROUND = re.compile(
    r"(?:^|[-_\s])(?:nav|navbar|navigation|menu|breadcrumbs?|crumbs?|footer|sidebar|share|sharing|toolbar|comments?|"
    r"pagination|pager|copyright|related|banner|advert|ads|qrcode|weizhi|dqwz|fenxiang)(?:$|[-_\s])",
    re.I,
)
# Where government sites and the usual editors put the document itself.
_MAIN = ("#UCAP-CONTENT", ".TRS_Editor", "#zoom", ".pages_content", "article", "main", "[role=main]")
_BLOCKS = {
    "p", "div", "section", "article", "main", "header", "ul", "ol", "li", "dl", "dt", "dd", "table", "blockquote", "pre",
    "h1", "h2", "h3", "h4", "h5", "h6", "center", "figure", "figcaption", "address", "fieldset", "details", "summary",
    "tr", "td", "th", "tbody", "thead", "tfoot", "caption", "hr", "body", "html",
}  # fmt: skip
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]+)", re.I)
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.I)
_SPACE = re.compile(r"[ \t\r\n\f]+")
_MAX_DEPTH = 250


def read_html(path: Path, raw: bytes) -> SourceText:
    """The main text of a web page, its headings and tables; nothing that it refers to is loaded."""
    import warnings

    from bs4 import BeautifulSoup

    if len(raw) > MAX_BYTES:
        raise InputError(path.name, f"larger than {MAX_BYTES // 2**20} MiB", "split it into smaller files")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # bs4 takes some contents for a file name or XML and says so
        soup = BeautifulSoup(_decode(raw), "lxml")
    _check_depth(path.name, soup)
    title = _title(soup)
    _strip(soup)
    main = _main(soup)
    writer = Writer()
    _Reader(path.name, writer).read(main)
    source = writer.finish()
    if title and fold(title) not in fold(source.text[:5000]):
        source.text = f"# {title}\n\n{source.text}" if source.text else ""
    return source


def _decode(raw: bytes) -> str:
    """By byte order mark, else UTF-8 if it is that, else what the page declares, else GB18030."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16", "replace")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    declared = _CHARSET.search(raw[:4096])
    name = declared.group(1).decode("ascii", "ignore").lower() if declared else ""
    # Pages that say GB2312 use the letters of its successors; and few other names can be trusted.
    encoding = name if name in ("big5", "utf-8", "utf8") else "gb18030"
    return raw.decode(encoding, "replace")


def _check_depth(name: str, soup: Any) -> None:
    """No page needs hundreds of levels, and every step below costs time and stack by the level."""
    depths: dict[int, int] = {id(soup): 0}
    for tag in soup.find_all(True):
        depth = depths[id(tag)] = depths[id(tag.parent)] + 1
        if depth > _MAX_DEPTH:
            raise InputError(name, "elements nested too deeply", "save the page again as .docx or .txt")


def _title(soup: Any) -> str:
    """The document's title as the page declares it: the sites' own field, else the only first-level heading."""
    meta = soup.find("meta", attrs={"name": re.compile("^ArticleTitle$", re.I)})
    if meta and meta.get("content"):
        return one_line(str(meta["content"]))
    headings = soup.find_all("h1")
    return one_line(headings[0].get_text("")) if len(headings) == 1 else ""


def _strip(soup: Any) -> None:
    """Take out scripts, forms, navigation and hidden parts."""
    from bs4.element import PreformattedString

    for text in soup.find_all(string=lambda s: isinstance(s, PreformattedString)):
        text.extract()  # comments, declarations
    for tag in soup.find_all(True):
        if tag.decomposed or tag.name in ("html", "body"):
            continue
        marks = " ".join(
            [*tag.get_attribute_list("class"), str(tag.get("id") or "")]
            if tag.get("class")
            else [str(tag.get("id") or "")]
        )
        hidden = tag.has_attr("hidden") or _HIDDEN.search(str(tag.get("style") or ""))
        if tag.name in _UNSEEN - {"head"} or tag.get("role") in _ROLES or hidden or _around(tag, marks):
            tag.decompose()


def _around(tag: Any, marks: str) -> bool:
    """Whether class or id say that this is no part of the text; a whole page of text is never dropped for its name."""
    return bool(marks.strip() and _AROUND.search(marks)) and len(tag.get_text()) < 3000


def _main(soup: Any) -> Any:
    body = soup.body or soup
    whole = len(body.get_text())
    for selector in _MAIN:
        found = max(soup.select(selector), key=lambda t: len(t.get_text()), default=None)
        if found is not None and len(found.get_text()) > 0.3 * whole:
            return found
    for tag in body.find_all(["ul", "ol", "div", "p", "td", "dl"]):
        if not tag.decomposed and _is_link_list(tag):
            tag.decompose()
    return body


def _is_link_list(tag: Any) -> bool:
    links = tag.find_all("a")
    if len(links) < 3:
        return False
    text = re.sub(r"\s+", "", tag.get_text())
    linked = sum(len(re.sub(r"\s+", "", a.get_text())) for a in links)
    return linked > 0.7 * len(text) and "。" not in text


class _Reader:
    """Walks the tree and writes paragraphs; inline pieces gather until a block begins or ends."""

    def __init__(self, name: str, writer: Writer) -> None:
        self.name = name
        self.writer = writer
        self.pieces: list[str] = []

    def read(self, root: Any) -> None:
        self._walk(root)
        self._flush()

    def _walk(self, node: Any) -> None:
        for child in list(node.children):
            name = getattr(child, "name", None)
            if name is None:
                self.pieces.append(_SPACE.sub(" ", str(child)))
            elif name == "br":
                self.pieces.append("\n")
            elif re.fullmatch(r"h[1-6]", name):
                self._flush()
                self.writer.heading(child.get_text(" " if child.find("br") else ""), int(name[1]))
            elif name == "table" and _is_data(child):
                self._flush()
                self._table(child)
            elif name in _BLOCKS:
                self._flush()
                self._walk(child)
                self._flush()
            elif name != "head":
                self._walk(child)

    def _flush(self) -> None:
        text = "".join(self.pieces)
        self.pieces = []
        # One <br> may stand in mid-sentence (`paragraphs` heals that); two of them end a paragraph.
        for part in re.split(r"\n[ \u3000\xa0]*\n", text):
            self.writer.lines([one_line(line) for line in part.split("\n")])

    def _table(self, table: Any) -> None:
        if table.caption:
            self.writer.paragraph(table.caption.get_text(" "))
        captions, lines = table_lines(self.name, _cells(self.name, table))
        for caption in captions:
            self.writer.paragraph(caption)
        self.writer.lines(lines)


def _is_data(table: Any) -> bool:
    """Whether a table holds data; old sites lay out whole pages with tables."""
    if table.find("table") or table.find(re.compile("^h[1-6]$")):
        return False
    widths = [len(row.find_all(["td", "th"])) for row in table.find_all("tr")]
    return max(widths, default=0) > 1 and all(len(c.get_text()) < 3000 for c in table.find_all(["td", "th"]))


def _cells(name: str, table: Any) -> Iterator[Cell]:
    """Cells at their places; what rows above reach down to is skipped, as browsers do."""
    rows = table.find_all("tr")
    taken: dict[int, int] = {}  # column → first row that is free again
    total = 0
    for r, row in enumerate(rows):
        column = 0
        for cell in row.find_all(["td", "th"]):
            while taken.get(column, 0) > r:
                column += 1
            columns = _span(cell.get("colspan"), 1000)
            height = min(_span(cell.get("rowspan"), 65_534), len(rows) - r)
            total += columns * height
            if total > MAX_CELLS:
                raise InputError(name, "a table is too large", "split the table")
            for c in range(column, column + columns):
                taken[c] = r + height
            yield Cell(r, column, cell.get_text(" "), height, columns)
            column += columns


def _span(value: Any, most: int) -> int:
    text = str(value or "").strip()
    return max(1, min(int(text), most)) if re.fullmatch(r"\d{1,6}", text) else 1
