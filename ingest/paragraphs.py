"""Physical lines joined into blocks: page breaks in mid-sentence healed, table rows gathered."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.lines import Line, LineClass, Marker, MarkerKind, classify

_TERMINAL = tuple("。！？；：!?;:")
_SOFT_TERMINAL = tuple("”」）)》】]］")
_ENTRY = re.compile(r"^【[^】]{2,60}】")
_TITLE_END = (
    r"(?:意见|办法|通知|细则|方案|计划|政策|措施|规定|决定|规划|规程|制度|目录|指南|公告)"
    r"(?:[（(][^（）()]{1,24}[）)])?[》”]?(?:的通知)?"
)
_TITLE = re.compile(rf"^[^。；！？]{{4,110}}{_TITLE_END}$")
_FULL_TITLE = re.compile(
    rf"^(?:中共|国家税务总局)?(?:浙江省|杭州市|杭州|浙江)[^。；！？，,]{{0,90}}?(?:关于|印发|转发)[^。；！？]{{2,110}}{_TITLE_END}$"
)
_TITLE_TAIL = re.compile(rf"^(?:关于|印发|转发)[^。；！？]{{2,110}}{_TITLE_END}$")
# `行，有效期至…`, `发展。`: a line that starts with the rest of a phrase
_BROKEN_WORD = re.compile(r"^(?:[\u4e00-\u9fff]{0,4}[。；;）)]|[\u4e00-\u9fff]?[，,、])")
_CAPTION_CREDIT = re.compile(r"供稿|摄影|摄[）)]$")


def is_title(text: str) -> bool:
    """Whether a line could be the title of a policy (`…管理办法`, `…的实施意见`)."""
    return bool(_TITLE.match(text))


def is_full_title(text: str) -> bool:
    """Whether a line is a title that names its issuer (`杭州市人民政府关于…的通知`)."""
    return bool(_FULL_TITLE.match(text))


def is_title_tail(text: str) -> bool:
    """Whether a line is a title whose issuers stand on the line before (`关于印发…的通知`)."""
    return bool(_TITLE_TAIL.match(text))


@dataclass(slots=True)
class Block:
    """A paragraph, a table or a special line. `lines` are the physical lines that it is made of."""

    cls: LineClass
    text: str
    lines: list[Line] = field(default_factory=list)
    heading: int = 0
    bold: bool = False
    marker: Marker | None = None
    rest: str = ""

    @property
    def line_start(self) -> int:
        """First physical line, 1-based."""
        return min(line.number for line in self.lines)

    @property
    def line_end(self) -> int:
        """Last physical line, 1-based."""
        return max(line.number for line in self.lines)

    @property
    def is_entry(self) -> bool:
        """Whether this opens a yearbook entry `【名称】 …`."""
        return bool(_ENTRY.match(self.text))


def read_blocks(text: str) -> list[Block]:
    """Classify and join the lines of a whole file."""
    return join(_move_formulas(_drop_interruptions(classify(text))))


def _drop_interruptions(lines: list[Line]) -> list[Line]:
    """Turn into noise what interrupts paragraphs: a photo's caption and credit, the rest of a list of recipients."""
    out = list(lines)
    for i, line in enumerate(lines):
        if line.text.startswith("抄送") and not line.text.endswith("。"):
            following = next(
                (j for j in range(i + 1, len(lines)) if lines[j].cls is not LineClass.BLANK), None
            )
            if following is not None and lines[following].cls is LineClass.TEXT:
                rest = lines[following]
                out[following] = Line(rest.number, rest.raw, rest.text, LineClass.NOISE)
        if line.cls is LineClass.AUTHOR and _CAPTION_CREDIT.search(line.text):
            previous = next((j for j in range(i - 1, -1, -1) if lines[j].cls is not LineClass.BLANK), None)
            if (
                previous is not None
                and lines[previous].cls is LineClass.TEXT
                and not lines[previous].text.endswith("。")
            ):
                caption = lines[previous]
                out[previous] = Line(caption.number, caption.raw, caption.text, LineClass.NOISE)
            out[i] = Line(line.number, line.raw, line.text, LineClass.NOISE)
    return out


def _move_formulas(lines: list[Line]) -> list[Line]:
    """Put formulas that cut a sentence in two, with the labels over them, behind the rest of the sentence."""
    out = list(lines)
    written = [i for i, line in enumerate(out) if line.cls is not LineClass.BLANK]
    for position, i in enumerate(written):
        opening = out[i]
        if opening.cls not in (LineClass.TEXT, LineClass.MARKER) or not opening.text.endswith(tuple("，,、")):
            continue
        run: list[int] = []
        for j in written[position + 1 :]:
            is_label = out[j].cls is LineClass.TEXT and out[j].text.endswith(("：", ":"))
            if not (is_label or out[j].text.startswith("$$")):
                break
            run.append(j)
        after = position + 1 + len(run)
        if not any(out[j].text.startswith("$$") for j in run) or after >= len(written):
            continue
        places = written[position + 1 : after + 1]
        rest = out[places[-1]]
        if rest.cls is LineClass.TEXT and not rest.heading:
            for place, line in zip(places, [rest, *(out[j] for j in run)], strict=True):
                out[place] = line
    return out


def join(lines: Iterable[Line]) -> list[Block]:
    """Join classified lines into blocks.

    A text line goes on with the paragraph before it when that one stops in mid-sentence, whether the break
    is a line end or a page break; a table goes on over blank lines.
    """
    blocks: list[Block] = []
    open_block: Block | None = None  # the block that the next line may continue
    blank_between = False
    for line in lines:
        if line.cls is LineClass.BLANK:
            blank_between = True
            continue
        if line.cls is LineClass.NOISE:
            continue
        if open_block is not None and _continues(open_block, line, blank_between):
            open_block.lines.append(line)
            if line.cls is not LineClass.TABLE:
                glue = " " if _needs_space(open_block.text, line.text) else ""
                open_block.text += glue + line.text
                open_block.rest += glue + line.text
        else:
            open_block = Block(
                line.cls, line.text, [line], line.heading, line.bold, line.marker, line.rest or line.text
            )
            blocks.append(open_block)
        blank_between = False
    return blocks


def _needs_space(left: str, right: str) -> bool:
    return left[-1:].isascii() and left[-1:].isalnum() and right[:1].isascii() and right[:1].isalpha()


def _continues(block: Block, line: Line, blank_between: bool) -> bool:
    if block.cls is LineClass.TABLE or line.cls is LineClass.TABLE:
        return block.cls is line.cls is LineClass.TABLE
    if block.cls not in (LineClass.TEXT, LineClass.MARKER) or line.cls is not LineClass.TEXT:
        return False
    if block.text.count("《") > block.text.count("》"):
        return True
    last = block.lines[-1]
    if line.heading or last.hard_break or _ENTRY.match(line.text):
        return False
    if line.bold or (block.bold and blank_between and not _ENTRY.match(block.text)):
        return False
    if block.heading and blank_between and not _ENTRY.match(block.text) and len(block.text) <= 40:
        return False
    if block.text.endswith(_TERMINAL):
        return False
    if not blank_between:
        return True
    if _BROKEN_WORD.match(line.text):
        return True
    if block.text.endswith(_SOFT_TERMINAL) and not line.text.startswith(tuple("，、。；的和与及等")):
        return False
    if is_title(block.text) or is_full_title(line.text) or is_title_tail(line.text):
        return False
    return not (block.marker and _is_bare_heading(block.marker, block.rest))


def _is_bare_heading(marker: Marker, rest: str) -> bool:
    """A numbered heading stands alone on its line: `一、指导思想`; a broken item has run further or has a full stop."""
    if marker.kind in (MarkerKind.ARABIC, MarkerKind.ARABIC_PAREN, MarkerKind.ARTICLE, MarkerKind.CIRCLED):
        return len(rest) <= 24 and not re.search(r"[，。；：,;:]", rest)
    return len(rest) <= 42 and not re.search(r"[。；：;:]", rest)
