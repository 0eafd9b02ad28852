"""Answers and clauses as HTML. Pure functions; every word from a document, a user or a model is escaped."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote

from assistant.schema import Answer, Citation
from assistant.service import ClauseView
from index.store import StoredClause
from index.validity import ValidityStatus

BADGES: dict[ValidityStatus, str] = {
    "in_force": "有效",
    "expired": "已失效",
    "superseded": "已被取代",
    "not_yet": "未生效",
    "open_ended": "未写明有效期",
    "unknown": "无期限信息",
}
GIST_ONLY = "要点（未收录原文）"
_LINK = "clause="
_TOKEN = re.compile(r"\\(?P<literal>[!-/:-@\[-`{-~])|\[(?P<number>\d{1,3})\]|\*\*(?P<bold>[^*\n]+)\*\*")
_NEARBY = 2
# What HTML, Markdown, formulas or templates (`${…}`, `{{…}}`) would take for more than text.
_SPECIAL = re.compile(r"[&<>\"'\\`*_\[\](){}#$~|:]")


class ClauseLink(NamedTuple):
    """What a click on a number asks for: the clause, and the answer and number it was cited under, if any."""

    answer_id: str
    n: int | None
    clause_id: str


def escape(text: str) -> str:
    """Text that shows as itself, whether a browser, a Markdown reader or a formula setter gets hold of it."""
    return re.sub(r"\r\n|\r|\n", "<br>", _SPECIAL.sub(_entity, text))


def link(answer_id: str, n: int | None, clause_id: str) -> str:
    """The address behind a citation or a neighbouring clause; `read_link` reads it back."""
    return f"#{_LINK}{quote(answer_id, safe='')}/{n or ''}/{quote(clause_id, safe='')}"


def read_link(address: str) -> ClauseLink | None:
    """A clicked address taken apart; None if it is none of ours."""
    match = re.fullmatch(rf"#{_LINK}([^/]*)/(\d{{0,3}})/([^/]+)", address.strip())
    if not match:
        return None
    return ClauseLink(unquote(match[1]), int(match[2]) if match[2] else None, unquote(match[3]))


# --- the conversation --------------------------------------------------------------------------------------


def question_html(question: str) -> str:
    """A question as it was typed."""
    return f'<div class="hc-question">{escape(question)}</div>'


def message_html(text: str, kind: str = "note") -> str:
    """A word from the page itself, e.g. about an unreadable date."""
    return f'<div class="hc-answer hc-{kind}"><p>{escape(text)}</p></div>'


def waiting_html() -> str:
    """Shown until the answer is there."""
    return '<div class="hc-answer hc-waiting"><p>正在查找条款…</p></div>'


def answer_html(answer: Answer) -> str:
    """An answer with its notices and its numbered citations; the numbers are links."""
    parts = [
        body_html(answer),
        _clarify_html(answer),
        _notices_html(answer.notices),
        _citations_html(answer),
    ]
    status = "said" if answer.citations else "declined"
    return f'<div class="hc-answer hc-{status}">{"".join(parts)}</div>'


def body_html(answer: Answer) -> str:
    """The text of an answer: paragraphs, `- ` items, bold, and `[n]` where n is one of its citations."""
    hrefs = {c.n: link(answer.id, c.n, c.clause_id) for c in answer.citations}
    blocks = []
    for block in re.split(r"\n\s*\n", answer.answer.strip()):
        lines = block.split("\n")
        if all(line.startswith("- ") for line in lines):
            items = "".join(f"<li>{_inline(line[2:], hrefs)}</li>" for line in lines)
            blocks.append(f"<ul>{items}</ul>")
        else:
            blocks.append(f"<p>{'<br>'.join(_inline(line, hrefs) for line in lines)}</p>")
    return "".join(blocks)


def _inline(text: str, hrefs: dict[int, str]) -> str:
    out, at = [], 0
    for match in _TOKEN.finditer(text):
        out.append(escape(text[at : match.start()]))
        out.append(_token(match, hrefs))
        at = match.end()
    return "".join(out) + escape(text[at:])


def _token(match: re.Match[str], hrefs: dict[int, str]) -> str:
    if match["literal"]:
        return escape(match["literal"])
    if match["bold"]:
        return f"<strong>{_inline(match['bold'], hrefs)}</strong>"
    n = int(match["number"])
    if n not in hrefs:
        return escape(match[0])
    return f'<a class="hc-cite" href="{hrefs[n]}" title="查看条款">{escape(match[0])}</a>'


def _clarify_html(answer: Answer) -> str:
    if not answer.clarify:
        return ""
    options = "".join(f"<li>{escape(option)}</li>" for option in answer.clarify.options)
    return f'<p>{escape(answer.clarify.question)}</p><ul class="hc-options">{options}</ul>'


def _notices_html(notices: Collection[str]) -> str:
    if not notices:
        return ""
    return f'<div class="hc-notices" role="note">{"".join(f"<p>{escape(n)}</p>" for n in notices)}</div>'


def _citations_html(answer: Answer) -> str:
    if not answer.citations:
        return ""
    rows = "".join(_citation_html(answer.id, c) for c in answer.citations)
    return f'<div class="hc-refs"><div class="hc-refs-head">依据</div>{rows}</div>'


def _citation_html(answer_id: str, citation: Citation) -> str:
    name = f"[{citation.n}] {citation.doc_number or citation.title} {citation.clause}"
    href = link(answer_id, citation.n, citation.clause_id)
    return (
        f'<div><a class="hc-ref" href="{href}">{escape(name)}</a>{badge_html(citation.validity.status)}</div>'
    )


def badge_html(status: ValidityStatus) -> str:
    """Validity in words; the colour only repeats them."""
    return f'<span class="hc-badge hc-{status.replace("_", "-")}">{BADGES[status]}</span>'


# --- the panel ---------------------------------------------------------------------------------------------


def empty_panel_html() -> str:
    """The panel before anything was clicked."""
    return (
        '<div class="hc-panel hc-panel-empty"><h2>条款</h2>'
        "<p>点击回答里的编号，这里会显示条款的文字、是否有效，以及前后的条款。</p></div>"
    )


def missing_panel_html() -> str:
    """The panel for a clause that the index does not hold (any more)."""
    return (
        '<div class="hc-panel hc-panel-empty"><h2>条款</h2>'
        "<p>没有找到这条条款，资料可能已经更新。请重新提问。</p></div>"
    )


def panel_html(view: ClauseView, citation: Citation | None = None, answer_id: str = "") -> str:
    """A clause with its document, validity, neighbours and source; the words of a citation are marked."""
    clause, document = view.clause, view.document
    before, after = _nearby(view)
    words = citation.quote if citation else view.text
    head = f"[{citation.n}] {clause.path}" if citation else clause.path
    return (
        '<article class="hc-panel" aria-label="条款">'
        '<div class="hc-panel-bar"><button type="button" class="hc-back">返回回答</button></div>'
        f'<h2 tabindex="-1">{escape(head)} {badge_html(view.validity)}</h2>'
        f'<p class="hc-title">{escape(document.title)}</p>'
        f"{_facts_html(view)}"
        f"{_neighbours_html(before, answer_id, '上文')}"
        f'<div class="hc-text">{highlight(view.text, citation.quote if citation else "")}</div>'
        f'<div class="hc-tools"><button type="button" class="hc-copy" data-copy="{_attribute(reference(view, words))}">复制引文</button>'
        '<span class="hc-copied" role="status"></span></div>'
        f"{_neighbours_html(after, answer_id, '下文')}"
        f'<p class="hc-source">{escape(source_line(view))}</p>'
        "</article>"
    )


def reference(view: ClauseView, words: str) -> str:
    """Words with where they stand, as one puts them into a letter; a gist must not pass for a quotation there."""
    number = f"（{view.document.number}）" if view.document.number else ""
    gist = "" if view.document.verbatim else "（要点，非原文）"
    return f"《{view.document.title}》{number}{view.clause.path}：{words}{gist}"


def source_line(view: ClauseView) -> str:
    """File and lines of a clause, or that only its gist is at hand."""
    span = view.clause.span
    if not view.document.verbatim:
        return f"{GIST_ONLY} · {span.file}"
    lines = f"{span.line_start}–{span.line_end}" if span.line_end > span.line_start else f"{span.line_start}"
    page = f" · 第{span.page}页" if span.page else ""
    return f"来源：{span.file} · 第{lines}行{page}"


def highlight(text: str, words: str) -> str:
    """The text with the quoted words marked, whatever the spacing; nothing is marked if they are not in it."""
    found = _find(text, words)
    if not found:
        return escape(text)
    start, end = found
    whole = ' class="hc-whole"' if not text[:start].strip() and not text[end:].strip() else ""
    return f"{escape(text[:start])}<mark{whole}>{escape(text[start:end])}</mark>{escape(text[end:])}"


def _find(text: str, words: str) -> tuple[int, int] | None:
    """Where the words stand in the text, white space aside."""
    places = [i for i, char in enumerate(text) if not char.isspace()]
    wanted = re.sub(r"\s+", "", words)
    at = "".join(text[i] for i in places).find(wanted) if wanted else -1
    return None if at < 0 else (places[at], places[at + len(wanted) - 1] + 1)


def _facts_html(view: ClauseView) -> str:
    listing = view.document.listing
    facts = [
        ("文号", "、".join(listing.get("doc_numbers") or [])),
        ("位置", " › ".join([*view.clause.breadcrumb, view.clause.heading]).strip(" ›")),
        ("施行", listing.get("effective")),
        ("有效期至", listing.get("expires")),
        ("被取代", listing.get("superseded_by")),
    ]
    rows = "".join(f"<dt>{name}</dt><dd>{escape(str(value))}</dd>" for name, value in facts if value)
    kind = "" if view.document.verbatim else f'<p class="hc-gist">{GIST_ONLY}，不是文件原话</p>'
    return f'<dl class="hc-facts">{rows}</dl>{kind}'


def _nearby(view: ClauseView) -> tuple[list[StoredClause], list[StoredClause]]:
    """The clauses next to one, those below it left out: their words are part of its own text."""
    below = {view.clause.path}
    after: list[StoredClause] = []
    for other in (n for n in view.neighbours if n.position > view.clause.position):
        if other.parent in below:
            below.add(other.path)
        else:
            after.append(other)
    before = [n for n in view.neighbours if n.position < view.clause.position]
    return before[-_NEARBY:], after[:_NEARBY]


def _neighbours_html(clauses: Iterable[StoredClause], answer_id: str, label: str) -> str:
    rows = "".join(
        f'<a class="hc-near" href="{link(answer_id, None, c.clause_id)}">'
        f"<strong>{escape(c.path)}</strong> {escape(_opening(c))}</a>"
        for c in clauses
    )
    return f'<nav class="hc-nearby" aria-label="{label}">{rows}</nav>' if rows else ""


def _opening(clause: StoredClause, room: int = 90) -> str:
    """The first words of a clause, without the path that stands before them already."""
    text = re.sub(r"\s+", " ", clause.text or clause.gist).strip()
    marker = next((m for i in range(len(clause.path)) if text.startswith(m := clause.path[i:])), "")
    text = text.removeprefix(marker).strip()
    return text if len(text) <= room else f"{text[:room]}…"


def _attribute(text: str) -> str:
    """Text for an HTML attribute, line breaks kept."""
    return _SPECIAL.sub(_entity, text).replace("\n", "&#10;")


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
