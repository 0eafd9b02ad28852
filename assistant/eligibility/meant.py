"""Which programme a question is about: by the names in it, else by the clauses that were found for it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.eligibility.catalogue import Catalogue, Entry, plain_name

_YEAR = re.compile(r"20[12]\d(?=年?(?:的|版|年|[^\d]))")
_LOOKED_AT = 6  # found clauses
_MOST_SPECIFIC = 0.6


def programmes_meant(question: str, clause_ids: Sequence[str], catalogue: Catalogue) -> list[Entry]:
    """Programmes that the question may mean, likeliest first; none where neither names nor clauses point to one.

    A clause counts the more the earlier it was found; conditions count more than what else a programme refers to; a
    name in the question counts most, by how much of it stands there.
    """
    plain = plain_name(question)
    scores: dict[str, float] = {}
    for position, clause in enumerate(clause_ids[:_LOOKED_AT]):
        weight = 1 / (1 + position)
        for entry in catalogue.on_clause(clause):
            own = 1.0 if clause in entry.condition_clauses else 0.6
            scores[entry.programme.id] = scores.get(entry.programme.id, 0.0) + weight * own
    found_documents = {clause.split("#", 1)[0] for clause in clause_ids[:_LOOKED_AT]}
    named: dict[str, float] = {}
    for name, identifier in catalogue.names():
        share = _named(name, plain)
        if share:
            named[identifier] = max(named.get(identifier, 0.0), share)
    for identifier, share in named.items():
        entry = catalogue.entry(identifier)
        if identifier in scores or entry.document_id in found_documents:
            scores[identifier] = scores.get(identifier, 0.0) + 1.5 * share
        elif not scores:
            scores[identifier] = share
    order = list(scores)
    return [catalogue.entry(i) for i in sorted(order, key=lambda i: (-scores[i], order.index(i)))]


def _named(name: str, question: str) -> float:
    """How much of a name stands in a question: 1 for a whole long name, less for a short one; 0 if it does not."""
    if len(name) >= 3 and name in question:
        return min(1.0, 0.5 + len(name) / 16)
    return 0.0
