"""Questions that can be meant in more than one way: the likeliest reading is answered, the others are offered."""

from __future__ import annotations

import re

from langchain_core.documents import Document

from assistant.schema import Citation, Clarify
from assistant.understanding import Understanding
from index.search import Searcher
from index.store import StoredDocument
from ingest.errors import HangceError
from ingest.text import fold

_LOOKED_AT = 8
_MOST_OPTIONS = 4
_SHORT = 30  # characters; who says more has said which
# In units of the ranking's score: a clause of another document that is no further behind may as well be meant.
# Chosen on short questions written for it, and on development questions, of which hardly any is offered another reading.
_AS_GOOD = 3.0
_BARE = 20  # characters: a programme, and that its sum is asked for
_LEFT = 2  # of them that may be neither
# What a question for a sum says beside the programme, when it does not say which of several.
_ASKED_BARELY = re.compile(
    r"请问|想问|问一下|咨询|杭州市?|市里|我们|一共|一般|大概|现在|目前|今年|每年|一年|每?个?月|每?次|一次性|一次|最高|最多|最少|能不能|可以|"
    r"多少|几万|几块|万元|奖励|补助|补贴|资助|资金|支持|扶持|享受|标准|额度|金额|力度|认定|牌子|批下来|评上|获得|通过|以?后|之后|"
    r"[能可给补奖拿领得有是的了到呢啊吗呀要钱元万啥新一？?，,。、（）()“”《》\s]"
)


def other_readings(
    understanding: Understanding, found: list[Document], citations: list[Citation], searcher: Searcher
) -> Clarify | None:
    """The documents that the question may mean besides the one answered from, that one first; None if it is plain.

    Args:
        understanding: the question; one that names a document, its number or a year is plain.
        found: the clauses for it, best first.
        citations: what was answered from.
        searcher: where the documents are.
    """
    hints = understanding.hints
    if hints.doc_numbers or hints.short_numbers or hints.titles or hints.years or hints.refers:
        return None
    if not citations or not found or len(hints.text) > _SHORT or {"compare", "statistic"} & set(hints.kinds):
        return None
    answered = searcher.documents[citations[0].clause_id.split("#", 1)[0]]
    if answered.listing["kind"] not in ("policy", "plan") or len({c.title for c in citations}) > 1:
        return None
    best = found[0].metadata["score"]
    options = [answered]
    for document in found[1:_LOOKED_AT]:
        other = searcher.documents[document.metadata["document_id"]]
        if other in options or other.listing["kind"] not in ("policy", "plan"):
            continue
        version = other.document_id in {*answered.listing["supersedes"], answered.listing["superseded_by"]}
        near = best - document.metadata["score"] <= _AS_GOOD and _on_topic(understanding, document, other)
        if version or near:
            options.append(other)
    if len(options) < 2:
        return None
    return Clarify(
        question="这个问题也可能指别的文件。以上按第一份回答，要看哪一份？",
        options=[_option(o) for o in options[:_MOST_OPTIONS]],
    )


def other_programmes(
    understanding: Understanding, citations: list[Citation], searcher: Searcher
) -> Clarify | None:
    """The other programmes of the document answered from that a question for a sum names as well; None if it says which.

    孵化器认定后给多少 is answered for one kind of incubator; the sums for the others stand in other clauses.
    """
    hints = understanding.hints
    if hints.kind != "amount" or hints.context or len(citations) != 1 or len(hints.text) > _BARE:
        return None
    said = fold(hints.corrected)
    named = [spelling for spellings in hints.topics for spelling in spellings if spelling in said]
    rest = _ASKED_BARELY.sub("", said)
    for spelling in sorted(named, key=len, reverse=True):
        rest = rest.replace(_ASKED_BARELY.sub("", spelling), "")
    if not named or len(rest) > _LEFT:
        return None
    from assistant.eligibility.catalogue import catalogue_in  # reads all programmes, when first needed

    try:
        catalogue = catalogue_in(searcher.generation.folder)
    except HangceError:  # an index of an older version
        return None
    document, _, path = citations[0].clause_id.partition("#")
    answered, others = False, []
    for entry in catalogue.entries():
        sums = {b.at for b in entry.programme.benefit if b.amount or b.cap or b.rate or b.tiers}
        if entry.document_id != document or not sums:
            continue
        answered = answered or path in sums
        if path not in sums and any(s in fold(name) for name in entry.names for s in named):
            others.append(f"{entry.programme.name}给多少钱")
    if not (answered and others):
        return None
    return Clarify(
        question="同一份文件里还有别的项目，金额不同。以上按其中一项回答，要看哪一项？",
        options=others[:_MOST_OPTIONS],
    )


def _on_topic(understanding: Understanding, document: Document, about: StoredDocument) -> bool:
    """Whether a clause, or its document's name, has a term that the question is about."""
    said = fold(" ".join([about.title, *about.names, document.page_content, document.metadata["gist"]]))
    return any(spelling in said for spellings in understanding.hints.topics for spelling in spellings)


def _option(about: StoredDocument) -> str:
    """A document in words that, said next, ask the question again of it."""
    year = (about.listing["issued"] or about.listing["effective"] or "")[:4]
    inside = "，".join(part for part in (about.number, f"{year}年" if year else "") if part)
    return f"《{about.title}》" + (f"（{inside}）" if inside else "")
