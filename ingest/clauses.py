"""A policy's blocks turned into its clauses: cover notice, introduction, numbered tree, closing words, annexes."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from ingest.lines import LineClass, Marker, MarkerKind, annex_label
from ingest.model import Clause, ClauseKind, SourceSpan
from ingest.paragraphs import Block, is_title
from ingest.tables import Table, parse_table, table_clauses
from ingest.text import CHINESE_NUMBERS, fold

NOTICE, INTRO, CLOSING = "印发通知", "引言", "文末"
_NOTICE_WORDS = re.compile(r"(?:印发|转发)给你们|现印发|现予(?:印发|转发)|现转发|现将")
_CLOSING_PARAGRAPH = re.compile(
    r"^(?:本|原|前发|此前|《|所涉)[^。]{0,220}?(?:起\s*(?:施行|实施|生效)|废止|负责解释|有效期|日(?:施行|实施))"
)
_ANNEX_LIST = re.compile(r"^附件[：:]")  # `附件：1. …` under a policy lists its annexes
_LAST_SECTION = re.compile(r"^(?:其[它他](?:事项)?|附则)$")
_SPECIAL = (LineClass.BODY, LineClass.DATE, LineClass.AUTHOR, LineClass.DOC_NUMBER)


@dataclass(slots=True)
class _Node:
    """A clause under construction."""

    path: str
    kind: ClauseKind
    marker: Marker | None
    heading: str
    parent: _Node | None
    paragraphs: list[Block] = field(default_factory=list)
    table: Table | None = None

    def rank(self) -> int:
        return self.marker.kind.value if self.marker else -1


@dataclass(slots=True)
class ClauseTree:
    """The clauses of a document in order, with what was found on the way."""

    clauses: list[Clause]
    cover: list[Block]
    tail: list[Block]
    attached_title: str
    warnings: list[str]
    front: list[Block]


def heading_of(rest: str) -> str:
    """The short heading behind a clause number, or "" when the text starts straight away.

    >>> heading_of("主要目标。到2022年，重点培育2500家左右")
    '主要目标'
    """
    if len(rest) <= 42 and not re.search(r"[。；;]", rest):
        return rest.rstrip("：:")
    first = re.split(r"[。：:]", rest, maxsplit=1)[0]
    return first if len(first) <= 26 and "，" not in first and len(first) < len(rest) - 1 else ""


def build_policy(blocks: list[Block], file: str) -> ClauseTree:
    """Clauses of one policy from the blocks behind its title.

    Args:
        blocks: the document's blocks without title and document numbers.
        file: name of the source file, for the spans.
    """
    builder = _Builder(file)
    first_numbered = next((i for i, b in enumerate(blocks) if b.marker), len(blocks))
    cover, attached, body_start = _read_cover(blocks[:first_numbered])
    notice = [b for b in cover if b.cls in (LineClass.ADDRESSEE, LineClass.TEXT)]
    is_notice = any(_NOTICE_WORDS.search(b.text) for b in notice)
    if notice and is_notice:
        builder.add_plain(NOTICE, "notice", notice)
    elif notice:
        builder.add_plain(INTRO, "intro", [b for b in notice if b.cls is LineClass.TEXT])
    tail: list[Block] = []
    for block in blocks[body_start:]:
        if block.cls in _SPECIAL:
            tail.append(block)
        else:
            builder.take(block)
    builder.split_closing()
    front = [
        b for b in [*cover, *blocks[:body_start], *tail] if b.cls is not LineClass.TEXT or b.text == attached
    ]
    return ClauseTree(builder.finish(), cover, tail, attached, builder.warnings, [*front, *builder.front])


def _read_cover(blocks: list[Block]) -> tuple[list[Block], str, int]:
    """The notice that carries a policy, the title of the policy it carries, and where the policy begins."""
    signed = next((i for i, b in enumerate(blocks) if b.cls in (LineClass.BODY, LineClass.DATE)), None)
    for i, block in enumerate(blocks):
        named = block.cls is LineClass.TEXT and is_title(block.text) and not _NOTICE_WORDS.search(block.text)
        if named and not block.text.startswith("附件"):
            return blocks[:i], block.text, i + 1
    if signed is not None:
        end = next((i for i in range(signed, len(blocks)) if blocks[i].cls not in _SPECIAL), len(blocks))
        return blocks[:end], "", end
    if blocks and blocks[0].cls is LineClass.ADDRESSEE:
        notice = [b for b in blocks if _NOTICE_WORDS.search(b.text)]
        if not notice:
            return [], "", 1
        end = blocks.index(notice[-1]) + 1
        return blocks[:end], "", end
    return [], "", 0


class _Builder:
    """Puts blocks into a tree of clauses, one after the other."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.nodes: list[_Node] = []
        self.stack: list[_Node] = []
        self.annex: _Node | None = None
        self.after_table: _Node | None = None  # what goes on behind a table is a piece of its own
        self.chapters: dict[int, list[str]] = {}
        self.chapter: list[str] = []
        self.tables = 0
        self.in_annex_list = False
        self.annex_names: dict[str, str] = {}  # folded name → label, from the list under the policy
        self.front: list[Block] = []
        self.warnings: list[str] = []
        self.numbers: dict[tuple[int, MarkerKind], int] = {}

    def add_plain(self, path: str, kind: ClauseKind, blocks: list[Block]) -> None:
        if blocks:
            self._append(_Node(path, kind, None, "", None, list(blocks)))

    def take(self, block: Block) -> None:
        if self._takes_annex_list(block):
            return
        if block.cls is LineClass.ANNEX:
            self._open_annex(block)
        elif block.cls is LineClass.TABLE:
            self._table(block)
        elif block.marker and block.marker.kind in (MarkerKind.CHAPTER, MarkerKind.SECTION):
            label = f"{block.marker.label} {block.rest}".strip()
            self.chapter = [label] if block.marker.kind is MarkerKind.CHAPTER else [*self.chapter[:1], label]
            self.stack = []
        elif block.marker:
            self._open_clause(block, block.marker)
        elif lost := self._lost_number(block):
            self.warnings.append(f"标题“{block.text}”（第{block.line_start}行）缺编号，按{lost.label}处理")
            self._open_clause(block, lost)
        else:
            self._continue(block)

    def _lost_number(self, block: Block) -> Marker | None:
        """The number that a closing section's heading (`其他`, `附则`) has lost, after sections 一、二、三、."""
        if not block.heading or not _LAST_SECTION.match(block.text) or self.annex:
            return None
        numbers = [n.marker.number for n in self.nodes if n.marker and n.marker.kind is MarkerKind.HAN]
        if not numbers or numbers[-1] + 1 >= 99:
            return None
        label = next(label for label, value in CHINESE_NUMBERS.items() if value == numbers[-1] + 1)
        return Marker(MarkerKind.HAN, numbers[-1] + 1, f"{label}、")

    def _takes_annex_list(self, block: Block) -> bool:
        """Whether a block belongs to the list of annexes under a policy (`附件：1.任务分解表`, `2.…`)."""
        text = _ANNEX_LIST.sub("", block.text) if _ANNEX_LIST.match(block.text) else None
        if text is None and not (
            self.in_annex_list and block.marker and block.marker.kind is MarkerKind.ARABIC
        ):
            self.in_annex_list = False
            return False
        self.in_annex_list = True
        for number, name in re.findall(
            r"(?:^|(?<=\s))(?:(\d{1,2})[.．、])?\s*([^\d\s][^；;]{3,60})", text or block.text
        ):
            self.annex_names[fold(name)] = f"附件{number}"
        self.front.append(block)
        return True

    def _append(self, node: _Node) -> None:
        taken = {n.path for n in self.nodes}
        if node.path in taken:
            copy = 2
            while f"{node.path}[{copy}]" in taken:
                copy += 1
            self.warnings.append(f"编号{node.path}重复")
            node.path = f"{node.path}[{copy}]"
        self.nodes.append(node)
        self.chapters[id(node)] = list(self.chapter)

    def _open_annex(self, block: Block) -> None:
        label, name = annex_label(block.text) or ("附件", "")
        self.stack, self.chapter = [], []
        self.annex = _Node(label, "clause", None, name, None, [block])
        self._append(self.annex)

    def _open_clause(self, block: Block, marker: Marker) -> None:
        while self.stack and self.stack[-1].rank() >= marker.kind.value:
            self.stack.pop()
        parent = self.stack[-1] if self.stack else self.annex
        key = (id(parent), marker.kind)
        expected = self.numbers.get(key, 0) + 1
        if marker.number != expected and not (marker.number == 1 or self._runs_on(marker)):
            self.warnings.append(f"编号不连续：{marker.label}前应为第{expected}项")
        self.numbers[key] = marker.number
        above = parent.path if parent else ""
        # 附件2 and 1. must not run together into 附件21.
        path = (
            f"{above}-{marker.label}"
            if above[-1:].isdigit() and marker.label[0].isdigit()
            else above + marker.label
        )
        node = _Node(path, "clause", marker, heading_of(block.rest), parent, [block])
        self._append(node)
        self.stack.append(node)

    def _runs_on(self, marker: Marker) -> bool:
        """Items often count on through the sections: （五） under 二、 follows （四） under 一、."""
        return any(
            node.marker and node.marker.kind is marker.kind and node.marker.number == marker.number - 1
            for node in self.nodes
        )

    def _continue(self, block: Block) -> None:
        label = self.annex_names.get(fold(block.text))
        target = self.stack[-1] if self.stack else self.annex
        if label and not (self.annex and (self.annex.path == label or not self.annex.heading)):
            # The annex's name stands there, but the line 附件2 above it is lost.
            self.stack, self.chapter = [], []
            self.annex = _Node(label, "clause", None, block.text, None, [block])
            self._append(self.annex)
        elif target and self.nodes[-1].kind == "table":
            rest = _Node(f"{target.path}（续）", "clause", None, "", target, [block])
            self._append(rest)
            self.after_table = rest
        elif self.after_table is not None and self.nodes[-1] is self.after_table:
            self.after_table.paragraphs.append(block)
        elif self.stack:
            self.stack[-1].paragraphs.append(block)
        elif self.annex:
            self.annex.paragraphs.append(block)
            if not self.annex.heading and len(block.text) <= 40:
                self.annex.heading = block.text
        elif self.nodes and self.nodes[-1].kind == "intro":
            self.nodes[-1].paragraphs.append(block)
        else:
            self._append(_Node(INTRO, "intro", None, "", None, [block]))

    def _table(self, block: Block) -> None:
        parent = self.stack[-1] if self.stack else self.annex
        above = next((n for n in reversed(self.nodes) if n.table), None)
        table = parse_table(block.lines, above.table if above and above.parent is parent else None)
        if not table.rows:
            return
        self.tables += 1
        path = f"{parent.path if parent else ''}表{self.tables}"
        self._append(_Node(path, "table", None, parent.heading if parent else "", parent, [block], table))

    def split_closing(self) -> None:
        """Move the unnumbered closing words out of the last numbered clause."""
        body = [n for n in self.nodes if n.kind == "clause" and not n.path.startswith("附件")]
        if not body or (body[-1].marker and body[-1].marker.kind is MarkerKind.ARTICLE):
            return
        last = body[-1]
        for i, block in enumerate(last.paragraphs):
            if i and _CLOSING_PARAGRAPH.match(block.text):
                closing = _Node(CLOSING, "closing", None, "", None, last.paragraphs[i:])
                last.paragraphs = last.paragraphs[:i]
                self.nodes.insert(self.nodes.index(last) + 1, closing)
                self.chapters[id(closing)] = []
                return

    def finish(self) -> list[Clause]:
        clauses: list[Clause] = []
        for node in self.nodes:
            crumbs = [*self.chapters.get(id(node), []), *_ancestors(node)]
            starts, ends = zip(*((b.line_start, b.line_end) for b in node.paragraphs), strict=True)
            span = SourceSpan(self.file, min(starts), max(ends))
            parent = node.parent.path if node.parent else None
            if node.table:
                clauses += table_clauses(node.table, node.path, node.heading, span, parent, tuple(crumbs))
                continue
            text = "\n".join(b.text for b in node.paragraphs)
            clauses.append(Clause(node.path, text, span, node.kind, node.heading, parent, tuple(crumbs)))
        return clauses


def _ancestors(node: _Node) -> list[str]:
    crumbs: list[str] = []
    parent = node.parent
    while parent is not None:
        label = parent.marker.label if parent.marker else parent.path
        crumbs.append(f"{label}{parent.heading}" if parent.heading else label)
        parent = parent.parent
    return crumbs[::-1]
