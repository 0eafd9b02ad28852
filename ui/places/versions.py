"""The versions of a policy, and what a clause says otherwise than the version before."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from markupsafe import Markup

from index.store import Store, StoredClause, StoredDocument
from ingest.text import fold
from ui.render import escape

Change = tuple[Literal["same", "gone", "new"], str]
_ALIKE = 0.45  # share of their pairs of characters that two clauses have in common, at least
_SAME_PLACE = 0.1  # worth of the same number
_LONGEST = 4000  # characters that are compared
_UNIT = re.compile(r"\d[\d,.]*%?|[A-Za-z]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Compared:
    """A clause of the version before, and the changes from it."""

    clause: StoredClause
    document: StoredDocument
    changes: list[Change]

    @property
    def html(self) -> Markup:
        """The changes with `del` and `ins`."""
        tags = {"same": "{}", "gone": "<del>{}</del>", "new": "<ins>{}</ins>"}
        return Markup("".join(tags[kind].format(escape(text)) for kind, text in self.changes))


def versions(document: StoredDocument, documents: Mapping[str, StoredDocument]) -> list[StoredDocument]:
    """A document with those that it replaces and that replace it, at hand, the oldest first."""
    found = {document.document_id: document}
    waiting = [document]
    while waiting:
        listing = waiting.pop().listing
        for other in [*(listing.get("supersedes") or []), listing.get("superseded_by")]:
            if other in documents and other not in found:
                found[other] = documents[other]
                waiting.append(documents[other])
    return sorted(found.values(), key=lambda d: d.listing.get("effective") or d.listing.get("issued") or "")


def against_before(
    clause: StoredClause, document: StoredDocument, documents: Mapping[str, StoredDocument], store: Store
) -> Compared | None:
    """A clause held against the likest one of the version before; None if there is no such version, or none is like it."""
    before = [documents[i] for i in document.listing.get("supersedes") or [] if i in documents]
    best: tuple[float, StoredClause, StoredDocument] | None = None
    own = _pairs(clause.text or clause.gist)
    for older in before:
        for other in store.clauses_of(older.document_id):
            likeness = _likeness(own, _pairs(other.text or other.gist))
            likeness += _SAME_PLACE if other.path == clause.path and likeness else 0.0
            if likeness >= _ALIKE and (best is None or likeness > best[0]):
                best = (likeness, other, older)
    if best is None:
        return None
    _, other, older = best
    return Compared(other, older, changes(other.text or other.gist, clause.text or clause.gist))


def changes(before: str, after: str) -> list[Change]:
    """What has to go and what is new, figures and words in one piece."""
    one, two = (_UNIT.findall(text[:_LONGEST]) for text in (before, after))
    out: list[Change] = []
    for what, a, b, c, d in SequenceMatcher(None, one, two, autojunk=False).get_opcodes():
        if what == "equal":
            out.append(("same", "".join(one[a:b])))
            continue
        if a < b:
            out.append(("gone", "".join(one[a:b])))
        if c < d:
            out.append(("new", "".join(two[c:d])))
    return out


def _pairs(text: str) -> set[str]:
    plain = fold(text)
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


def _likeness(one: set[str], other: set[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0
