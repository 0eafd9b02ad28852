"""A conversation as a Markdown text or a Word document, with every citation and its validity."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from datetime import date

from assistant.schema import Answer, Citation
from ui.wording import Lang, say

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
MARKDOWN = "text/markdown;charset=utf-8"
_MARKS = re.compile(r"([\\`*_\[\]<>#|~])")
_ESCAPED = re.compile(r"\\([!-/:-@\[-`{-~])")
# What a Word document cannot hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def markdown(answers: Sequence[Answer], lang: Lang = "zh") -> str:
    """The conversation as Markdown; words of users and documents are escaped."""
    parts = [f"# {say(lang, 'title')}", _made(answers, lang)]
    for answer in answers:
        parts += [f"## {say(lang, 'asked')}：{_escaped(answer.question)}", answer.answer]
        parts += [f"> {_escaped(notice)}" for notice in answer.notices]
        if answer.citations:
            lines = [f"- {_escaped(_reference(c, lang))}\n  > {_escaped(c.quote)}" for c in answer.citations]
            parts += [f"**{say(lang, 'basis')}**", "\n".join(lines)]
    return "\n\n".join([*parts, f"*{say(lang, 'not_official')}*"]) + "\n"


def word(answers: Sequence[Answer], lang: Lang = "zh") -> bytes:
    """The conversation as a Word document."""
    from docx import Document

    document = Document()
    document.core_properties.title = say(lang, "title")
    document.core_properties.author = say(lang, "brand")
    document.add_heading(say(lang, "title"), 0)
    document.add_paragraph(_plain(_made(answers, lang)))
    for answer in answers:
        document.add_heading(_plain(f"{say(lang, 'asked')}：{answer.question}"), 1)
        for block in re.split(r"\n\s*\n", answer.answer.strip()):
            _add_block(document, block)
        for notice in answer.notices:
            document.add_paragraph(_plain(notice), style="Intense Quote")
        if answer.citations:
            document.add_heading(say(lang, "basis"), 2)
        for citation in answer.citations:
            document.add_paragraph(_plain(_reference(citation, lang)))
            document.add_paragraph(_plain(citation.quote), style="Quote")
    document.add_paragraph(say(lang, "not_official"))
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def _add_block(document: object, block: str) -> None:
    lines = block.split("\n")
    if len(lines) > 2 and all(line.startswith("|") for line in lines):
        rows = [_cells(line) for line in [lines[0], *lines[2:]]]
        table = document.add_table(len(rows), max(map(len, rows)), "Table Grid")  # type: ignore[attr-defined]
        for row, cells in zip(table.rows, rows, strict=True):
            for cell, words in zip(row.cells, cells, strict=False):
                cell.text = words
        return
    for line in lines:
        style = "List Bullet" if line.startswith("- ") else None
        document.add_paragraph(_unmarked(line.removeprefix("- ")), style)  # type: ignore[attr-defined]


def _cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|").removesuffix("|")
    return [_unmarked(cell.strip()) for cell in re.split(r"(?<!\\)\|", inner)]


def _unmarked(text: str) -> str:
    """Markdown of an answer as plain words."""
    return _plain(_ESCAPED.sub(r"\1", re.sub(r"\*\*([^*\n]+)\*\*", r"\1", text)))


def _plain(text: str) -> str:
    return _CONTROL.sub("", text)


def _escaped(text: str) -> str:
    return _MARKS.sub(r"\\\1", re.sub(r"\s+", " ", text)).strip()


def _made(answers: Sequence[Answer], lang: Lang) -> str:
    day = answers[-1].as_of if answers else date.today().isoformat()
    return f"{say(lang, 'as_of')} {day}"


def _reference(citation: Citation, lang: Lang) -> str:
    kind = "" if citation.verbatim else f"；{say(lang, 'gist_only')}"
    return (
        f"[{citation.n}] 《{citation.title}》{citation.doc_number} {citation.clause}"
        f"（{say(lang, citation.validity.status)}{kind}）"
    )
