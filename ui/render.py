"""Clauses as HTML, and how any words become HTML. Pure functions; every word from elsewhere is escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import NamedTuple
from urllib.parse import quote, unquote

from assistant.schema import Citation
from assistant.service import ClauseView
from index.store import StoredClause
from index.validity import ValidityStatus
from ui.wording import Lang, say

_LINK = "clause="
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


def attribute(text: str) -> str:
    """Text for an HTML attribute, line breaks kept."""
    return _SPECIAL.sub(_entity, text).replace("\n", "&#10;")


def link(answer_id: str, n: int | None, clause_id: str) -> str:
    """The address behind a citation or a neighbouring clause; `read_link` reads it back."""
    return f"#{_LINK}{quote(answer_id, safe='')}/{n or ''}/{quote(clause_id, safe='')}"


def read_link(address: str) -> ClauseLink | None:
    """A clicked address taken apart; None if it is none of ours."""
    match = re.fullmatch(rf"#{_LINK}([^/]*)/(\d{{0,3}})/([^/]+)", address.strip())
    if not match:
        return None
    return ClauseLink(unquote(match[1]), int(match[2]) if match[2] else None, unquote(match[3]))


def in_document(clause_id: str, lang: Lang = "zh") -> str:
    """The address at which a clause stands marked among all clauses of its document."""
    document_id, _, path = clause_id.partition("#")
    prefix = "" if lang == "zh" else f"/{lang}"
    return f"{prefix}/documents/{quote(document_id, safe='')}?at={quote(path, safe='')}#at"


def badge_html(status: ValidityStatus, lang: Lang = "zh") -> str:
    """Validity in words; the colour only repeats them."""
    return f'<span class="hc-badge hc-{status.replace("_", "-")}">{say(lang, status)}</span>'


# --- the panel ---------------------------------------------------------------------------------------------


def empty_panel_html(lang: Lang = "zh") -> str:
    """The panel before anything was clicked."""
    return _bare_panel(lang, "panel_empty")


def missing_panel_html(lang: Lang = "zh") -> str:
    """The panel for a clause that the index does not hold (any more)."""
    return _bare_panel(lang, "panel_missing")


def _bare_panel(lang: Lang, key: str) -> str:
    title = say(lang, "panel_title")
    return f'<div class="hc-panel hc-panel-empty"><h2>{title}</h2><p>{say(lang, key)}</p></div>'


def panel_html(
    view: ClauseView, citation: Citation | None = None, answer_id: str = "", lang: Lang = "zh"
) -> str:
    """A clause with its document, validity, neighbours and source; the words of a citation are marked."""
    clause, document = view.clause, view.document
    before, after = _nearby(view)
    words = citation.quote if citation else view.text
    head = f"[{citation.n}] {clause.path}" if citation else clause.path
    return (
        f'<article class="hc-panel" aria-label="{say(lang, "panel_title")}">'
        f'<div class="hc-panel-bar"><button type="button" class="hc-back">{say(lang, "back")}</button></div>'
        f'<h2 tabindex="-1">{escape(head)} {badge_html(view.validity, lang)}</h2>'
        f'<p class="hc-title">{escape(document.title)}</p>'
        f"{_facts_html(view, lang)}"
        f"{_neighbours_html(before, answer_id, say(lang, 'before'))}"
        f'<div class="hc-text">{highlight(view.text, citation.quote if citation else "")}</div>'
        f"{copy_html(reference(view, words), say(lang, 'copy_quote'), lang, _whole_html(view, lang))}"
        f"{_neighbours_html(after, answer_id, say(lang, 'after'))}"
        f'<p class="hc-source">{escape(source_line(view, lang))}</p>'
        "</article>"
    )


def _whole_html(view: ClauseView, lang: Lang) -> str:
    address = in_document(view.clause.clause_id, lang)
    return (
        f'<a class="hc-whole-text" href="{address}" target="_blank" rel="noopener">{say(lang, "in_full")}</a>'
    )


def copy_html(words: str, label: str, lang: Lang = "zh", beside: str = "") -> str:
    """A button that copies words, what else stands beside it, and where it says that it did."""
    told = f'data-done="{say(lang, "copied")}" data-refused="{say(lang, "copy_refused")}"'
    return (
        f'<div class="hc-tools"><button type="button" class="hc-copy" data-copy="{attribute(words)}" {told}>'
        f'{label}</button>{beside}<span class="hc-copied" role="status"></span></div>'
    )


def reference(view: ClauseView, words: str) -> str:
    """Words with where they stand, as one puts them into a letter; a gist must not pass for a quotation there."""
    number = f"（{view.document.number}）" if view.document.number else ""
    gist = "" if view.document.verbatim else "（要点，非原文）"
    return f"《{view.document.title}》{number}{view.clause.path}：{words}{gist}"


def source_line(view: ClauseView, lang: Lang = "zh") -> str:
    """File and lines of a clause, or that only its gist is at hand."""
    span = view.clause.span
    if not view.document.verbatim:
        return f"{say(lang, 'gist_only')} · {span.file}"
    lines = f"{span.line_start}–{span.line_end}" if span.line_end > span.line_start else f"{span.line_start}"
    if lang == "en":
        return f"Source: {span.file} · line {lines}" + (f" · page {span.page}" if span.page else "")
    return f"来源：{span.file} · 第{lines}行" + (f" · 第{span.page}页" if span.page else "")


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


def _facts_html(view: ClauseView, lang: Lang) -> str:
    listing = view.document.listing
    facts = [
        ("number", "、".join(listing.get("doc_numbers") or [])),
        ("where", " › ".join([*view.clause.breadcrumb, view.clause.heading]).strip(" ›")),
        ("effective", listing.get("effective")),
        ("expires", listing.get("expires")),
        ("replaced_by", listing.get("superseded_by")),
    ]
    rows = "".join(f"<dt>{say(lang, key)}</dt><dd>{escape(str(value))}</dd>" for key, value in facts if value)
    gist = f"{say(lang, 'gist_only')}，{say(lang, 'gist_is_no_quote')}"
    kind = "" if view.document.verbatim else f'<p class="hc-gist">{gist}</p>'
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


def _entity(match: re.Match[str]) -> str:
    return f"&#{ord(match[0])};"
