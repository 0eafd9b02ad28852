"""Rules that had not been issued on the day that a question is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from langchain_core.documents import Document

from assistant.understanding import Understanding
from index.search import Searcher
from index.store import StoredDocument

_BY_TITLE = 0.8  # how surely a question names a document, from its title on


def issued_by_then(
    understanding: Understanding, found: Sequence[Document], searcher: Searcher
) -> list[Document]:
    """What was found without documents that were issued later than the question's day: nobody could rest on them yet.

    They stay where the question means them (by number, title, their year or one to come, by a name that only they
    have, or because the conversation is about them), and where nothing else was found.
    """
    day, years = understanding.as_of, understanding.hints.years
    later = {d.id for d in found if issued_later(_about(d, searcher), day)}
    named = [d for d in found if d.metadata["parts"]["document"] > 0]
    to_come = any(int(year) > day.year for year in years)
    if not later or to_come or (named and all(d.id in later for d in named)):
        return list(found)
    return [d for d in found if d.id not in later or _meant(d, years, searcher)] or list(found)


def _meant(document: Document, years: Sequence[str], searcher: Searcher) -> bool:
    parts = document.metadata["parts"]
    of_its_year = _issued(_about(document, searcher))[:4] in years
    return bool(parts["document"] >= _BY_TITLE or parts["before"] > 0 or of_its_year)


def _about(document: Document, searcher: Searcher) -> StoredDocument:
    return searcher.documents[document.metadata["document_id"]]


def issued_later(about: StoredDocument, day: date) -> bool:
    """Whether a document was issued, or where that is not printed came into force, after a day."""
    issued = _issued(about)
    return bool(issued) and issued > day.isoformat()[: len(issued)]


def _issued(about: StoredDocument) -> str:
    return str(about.listing["issued"] or about.listing["effective"] or "")
