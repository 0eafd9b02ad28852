"""Yearbook chapters, lists and plain files turned into clauses: 【…】 entries, sections, dated events, table rows."""

from __future__ import annotations

import re

from ingest.lines import LineClass
from ingest.model import Clause, ClauseKind, SourceSpan
from ingest.paragraphs import Block
from ingest.tables import Table, parse_table, table_clauses

_ENTRY = re.compile(r"^【([^】]{2,60})】\s*")
_EVENT = re.compile(r"^(\d{1,2}(?:\s*[-—－~至]\s*\d{1,2})?\s*日)\s*(?=\S)")
_MONTH = re.compile(r"^(\d{1,2})\s*月$")
_COUNT = re.compile(r"[（(]\s*\d+\s*[项家个名]\s*[）)]$")


def build_chapter(blocks: list[Block], file: str) -> list[Clause]:
    """Clauses of a narrative chapter.

    A heading opens a section, `【名称】` an entry in it, `8日 …` under a month's heading a dated event; other
    paragraphs belong to what is open. A name that recurs in the chapter is prefixed by its section.
    """
    maker = _Maker(file)
    for i, block in enumerate(blocks):
        entry = _ENTRY.match(block.text)
        event = _EVENT.match(block.text) if _MONTH.match(maker.section) else None
        if block.cls is LineClass.AUTHOR:
            continue
        if block.cls is LineClass.TABLE:
            maker.table(block)
        elif entry:
            maker.open(f"【{entry.group(1)}】", "entry", entry.group(1), block)
        elif block.heading:
            maker.open_section(block)
        elif event:
            day = re.sub(r"\s", "", event.group(1))
            maker.open(f"{maker.section}{day}", "entry", "", block)
        elif _is_caption(block, blocks[i + 1] if i + 1 < len(blocks) else None):
            maker.caption = block
        else:
            maker.paragraph(block)
    return maker.finish()


def build_list(blocks: list[Block], title: str, file: str) -> list[Clause]:
    """Clauses of a list or table in an annex: the rows, and per sub-heading the plain lines."""
    maker = _Maker(file)
    maker.list_title = title
    for block in blocks:
        if block.cls is LineClass.TABLE:
            maker.table(block)
        elif block.heading:
            maker.open_section(block)
        elif block.cls is not LineClass.AUTHOR:
            maker.paragraph(block)
    return maker.finish()


def _is_caption(block: Block, following: Block | None) -> bool:
    return (
        following is not None
        and following.cls is LineClass.TABLE
        and block.cls is LineClass.TEXT
        and len(block.text) <= 50
        and not block.text.endswith("。")
    )


class _Maker:
    """Collects clauses and settles their names at the end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.section = ""
        self.list_title = ""
        self.caption: Block | None = None
        self.items: list[
            tuple[str, ClauseKind, str, str, list[Block]]
        ] = []  # path, kind, heading, section, blocks
        self.tables: dict[int, Block] = {}
        self.parsed: tuple[str, Table | None] = ("", None)  # heading and content of the table before

    def open_section(self, block: Block) -> None:
        self.section = _COUNT.sub("", block.text).replace(" ", "")
        self.items.append((self.section, "entry", self.section, "", [block]))

    def open(self, path: str, kind: ClauseKind, heading: str, block: Block) -> None:
        self.items.append((path, kind, heading, self.section, [block]))

    def paragraph(self, block: Block) -> None:
        if not self.items:
            self.items.append(((self.list_title and "名单") or "引言", "entry", "", "", []))
        elif self.items[-1][1] == "table":
            path = self.section or "名单"
            self.items.append((f"{path}（续）", "entry", path, "", []))
        self.items[-1][4].append(block)

    def table(self, block: Block) -> None:
        name = self.caption.text if self.caption else (self.section or self.list_title or "表")
        blocks = [self.caption, block] if self.caption else [block]
        path = f"【{name}】" if self.caption else (f"{self.section}表" if self.section else "表")
        self.items.append((path, "table", name, self.section if self.caption else "", blocks))
        self.tables[len(self.items) - 1] = block
        self.caption = None

    def finish(self) -> list[Clause]:
        counts: dict[str, int] = {}
        for path, *_ in self.items:
            counts[path] = counts.get(path, 0) + 1
        taken: set[str] = set()
        clauses: list[Clause] = []
        for index, (name, kind, heading, section, blocks) in enumerate(self.items):
            path = (
                f"{section}{name}" if counts[name] > 1 and section and not name.startswith(section) else name
            )
            copy = 2
            unique = path
            while unique in taken:
                unique = f"{path}[{copy}]"
                copy += 1
            taken.add(unique)
            clauses += self._clauses(index, unique, kind, heading, section, blocks)
        return [c for c in clauses if c.text.strip()]

    def _clauses(
        self, index: int, path: str, kind: ClauseKind, heading: str, section: str, blocks: list[Block]
    ) -> list[Clause]:
        if not blocks:
            return []
        crumbs = (section,) if section else ()
        span = SourceSpan(self.file, blocks[0].line_start, blocks[-1].line_end)
        if index not in self.tables:
            paragraphs = [b for b in blocks if not (b.heading and not _ENTRY.match(b.text))]
            text = "\n".join(_ENTRY.sub("", b.text) if kind == "entry" else b.text for b in paragraphs)
            return [Clause(path, text, span, kind, heading, None, crumbs)] if paragraphs else []
        table = parse_table(self.tables[index].lines, self.parsed[1] if self.parsed[0] == heading else None)
        self.parsed = (heading, table)
        return table_clauses(table, path, heading, span, None, crumbs)
