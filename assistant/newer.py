"""What the document that replaced an older one says on the same question."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.evidence import judge
from assistant.finding import Finder
from assistant.understanding import Understanding
from index.search import Filters, Searcher
from index.validity import status_on
from ingest.text import DOC_NUMBER

# So likely the newer document must answer before it is quoted beside the older one: of development questions below, half
# are told of something else there.
_CLEARLY = 0.4
_NAMED = re.compile(
    r"《[^》]+》|(?:(?:19|20)\d\d|[12]\d)年?(?:版|那版|的)?|老版|旧版|原来的?|以前的?|之前的?"
)


def newer_rule(
    understanding: Understanding, clause_id: str, searcher: Searcher
) -> tuple[str, list[str]] | None:
    """A statement from the document that has replaced a cited clause's, None where it has not or does not say.

    A comparison has both already.
    """
    about = searcher.documents[clause_id.split("#", 1)[0]]
    newer = searcher.documents.get(about.listing["superseded_by"] or "")
    if newer is None or status_on(about.listing, understanding.as_of) != "superseded":
        return None
    if {"compare", "validity"} & set(understanding.hints.kinds):
        return None
    text = _NAMED.sub(" ", DOC_NUMBER.sub(" ", understanding.search_text))
    asked = replace(understanding, question=text, search_text=text, hints=searcher.analyser.hints(text))
    retriever = Finder(searcher, k=5, filters=Filters(document=newer.document_id))
    verdict = judge(asked, retriever.found(asked.hints), searcher)
    if not verdict.documents or verdict.likely < _CLEARLY or not verdict.documents[0].metadata["gist"]:
        return None
    best = verdict.documents[0]
    return f"取代它的{newer.number or f'《{newer.title}》'}规定：{best.metadata['gist']}", [
        best.metadata["clause_id"]
    ]
