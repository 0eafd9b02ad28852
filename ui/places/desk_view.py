"""What the hotline's desk shows: results, a clause with words to read out and its versions, recent notes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from assistant.eligibility.benefit import benefits
from assistant.eligibility.catalogue import Catalogue, Entry
from assistant.eligibility.engine import judge
from assistant.eligibility.explain import benefit_words
from assistant.eligibility.profile import Profile
from assistant.service import ClauseView
from index.search import Filters, Hit, Searcher
from index.validity import ValidityStatus, status_on
from ingest.text import chinese_date
from ui.places.check_view import programme_html
from ui.places.frame import Here, part
from ui.places.versions import against_before, versions
from ui.render import copy_html, panel_html
from ui.storage.models import CallNote
from ui.wording import say

CLAUSES, PROGRAMMES = 20, 5
_LOOKED_AT = 6  # clauses whose programmes are offered
_READ_OUT, _SHOWN = 260, 110  # characters
_RELATED = 6


@dataclass(frozen=True, slots=True)
class Found:
    """What a search gave."""

    hits: list[Hit]
    programmes: list[Entry]


def find(words: str, filters: Filters, searcher: Searcher, catalogue: Catalogue | None) -> Found:
    """Clauses, and programmes that have the words in their names or rest on the first clauses."""
    hits = searcher.search(words, CLAUSES, filters) if words else []
    if catalogue is None or not words:
        return Found(hits, [])
    named = [catalogue.entry(body["id"]) for body in catalogue.listed(words)]
    resting = [e for hit in hits[:_LOOKED_AT] for e in catalogue.on_clause(hit.clause.clause_id)]
    chosen: dict[str, Entry] = {}
    for entry in [*named, *resting]:
        document = searcher.documents.get(entry.document_id)
        if document is not None and filters.meets(document):
            chosen.setdefault(entry.programme.id, entry)
    return Found(hits, list(chosen.values())[:PROGRAMMES])


def results_html(at: Here, found: Found, day: date, milliseconds: float) -> str:
    """The list of results, to be gone through with the arrow keys."""
    programmes = [
        {
            "id": entry.programme.id,
            "name": entry.programme.name,
            "document": entry.listing["title"],
            "validity": status_on(entry.listing, day),
        }
        for entry in found.programmes
    ]
    clauses = [
        {
            "id": hit.clause.clause_id,
            "path": hit.clause.path,
            "number": hit.document.number,
            "title": hit.document.title,
            "text": _short(hit.clause.gist or hit.passage, _SHOWN),
            "validity": status_on(hit.document.listing, day),
        }
        for hit in found.hits
    ]
    values = {"programmes": programmes, "clauses": clauses, "ms": round(milliseconds)}
    return part("desk_results.html", at, values)


def clause_html(at: Here, view: ClauseView, searcher: Searcher, day: date) -> str:
    """A clause: what to read out, its words, related questions, versions and changes."""
    script = script_of(view, day)
    asks = [*view.clause.asks, *(a for n in view.neighbours if n is not view.clause for a in n.asks[:1])]
    chain = [
        {
            "id": document.document_id,
            "title": document.title,
            "number": document.number,
            "effective": document.listing.get("effective"),
            "expires": document.listing.get("expires"),
            "validity": status_on(document.listing, day),
            "here": document.document_id == view.document.document_id,
        }
        for document in versions(view.document, searcher.documents)
    ]
    values = {
        "script": script,
        "copy": Markup(copy_html(script, say(at.lang, "copy_script"), at.lang)),
        "panel": Markup(panel_html(view, lang=at.lang)),
        "asks": list(dict.fromkeys(asks))[:_RELATED],
        "chain": chain if len(chain) > 1 else [],
        "compared": against_before(view.clause, view.document, searcher.documents, searcher.store),
        "has_before": bool(view.document.listing.get("supersedes")),
    }
    return part("desk_clause.html", at, values)


def programme_detail_html(at: Here, entry: Entry, catalogue: Catalogue, day: date) -> str:
    """A programme with what to read out about it."""
    outcome = judge(entry, Profile(), day, catalogue)
    given = benefits(entry, Profile(), day, catalogue)
    apply = entry.programme.apply
    number = f"（{entry.listing['doc_numbers'][0]}）" if entry.listing["doc_numbers"] else ""
    parts = [
        f"“{entry.programme.name}”写在《{entry.listing['title']}》{number}里",
        benefit_words(given[0]).rstrip("。") if given else "",
        _whole_sentences(apply.how, _READ_OUT).rstrip("。；") if apply else "",
        f"主管部门是{apply.department}" if apply and apply.department else "",
    ]
    script = "。".join(p for p in parts if p) + "。" + _holds(outcome.validity, entry.listing, day)
    values = {"script": script, "copy": Markup(copy_html(script, say(at.lang, "copy_script"), at.lang))}
    return part("desk_script.html", at, values) + programme_html(at, outcome, catalogue)


def notes_html(at: Here, notes: Sequence[CallNote]) -> str:
    """Somebody's last notes."""
    return part("desk_notes.html", at, {"notes": notes})


def script_of(view: ClauseView, day: date) -> str:
    """What can be read out to a caller, in Chinese whatever the page's language: rule, clause, and whether it holds."""
    document, clause = view.document, view.clause
    number = f"（{document.number}）" if document.number else ""
    words = _whole_sentences(clause.gist or view.text, _READ_OUT).rstrip("。；;，")
    said = f"根据《{document.title}》{number}{clause.path}，{words}。"
    return said + _holds(view.validity, document.listing, day)


def _holds(validity: ValidityStatus, listing: dict[str, Any], day: date) -> str:
    if validity == "expired":
        ended = chinese_date(listing["expires"])
        return (
            f"要提醒您，这份文件有效期到{ended}，现在已经失效，不能再据此申报，请以主管部门最新的通知为准。"
        )
    if validity == "superseded":
        return "要提醒您，这份文件已经被新的文件取代，请以新的文件为准。"
    if validity == "not_yet":
        return f"要提醒您，这份文件从{chinese_date(listing['effective'])}起施行，现在还没有生效。"
    if validity == "open_ended":
        return "文件没有写明有效期，办理前请再向主管部门核实。"
    if validity == "in_force" and listing.get("expires"):
        return f"这份文件目前有效，有效期到{chinese_date(listing['expires'])}。"
    return ""


def _whole_sentences(text: str, room: int) -> str:
    """As many whole sentences as there is room for; of a single long one, its beginning."""
    plain = re.sub(r"\s+", " ", text).strip()
    ends = [m.end() for m in re.finditer(r"[。；！？]", plain) if m.end() <= room]
    return plain if len(plain) <= room else plain[: ends[-1]] if ends else _short(plain, room)


def _short(text: str, room: int) -> str:
    plain = re.sub(r"\s+", " ", text).strip()
    return plain if len(plain) <= room else f"{plain[:room]}…"
