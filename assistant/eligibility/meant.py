"""Which programme a question is about: by the names in it, else by the clauses that were found for it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from assistant.eligibility.catalogue import Catalogue, Entry, plain_name
from assistant.eligibility.wording import worded

_LOOKED_AT = 6  # found clauses
_NAMED = 0.75  # share of a name's terms that must stand in the question
_WORD = 2  # characters
_NOT = "非未不"
_IN_PART = 0.3  # in what is asked
_BY_PARENT, _BY_YEAR = 0.7, 0.5
_YEAR_OF_DOCUMENT = re.compile(
    r"(20[12]\d)年?(?:版|那个|的那个|的)?[^，。；]{0,12}?(?:办法|政策|意见|措施|细则|通知|计划|规定|行动)"
)
_DOCUMENT = re.compile(
    r"(?:按照?|根据|依据|照|对照)[^，。；]{1,24}?(?:细则|办法|政策|意见|措施|通知|规定|计划)(?:里的?)?"
)
_BY_NAME_ALONE = 0.8  # where nothing of its document was found
_BY_NAME, _BY_WISH, _BY_CONDITION, _BY_OTHER = 1.5, 1.0, 1.0, 0.6


class Names:
    """The names of all programmes, with the weight of every term: the fewer programmes it names, the heavier."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._names = [(identifier, _terms(name), name) for name, identifier in catalogue.names()]
        holders: dict[str, set[str]] = {}
        for identifier, terms, _ in self._names:
            for term in terms:
                holders.setdefault(term, set()).add(identifier)
        total = len(catalogue)
        weight = {term: math.log((total + 1) / len(who)) for term, who in holders.items()}
        self._totals = [sum(weight[t] for t in terms) for _, terms, _ in self._names]
        self._holding: dict[str, list[tuple[int, float]]] = {}  # term → names with it, and its weight
        for place, (_, terms, _) in enumerate(self._names):
            for term in terms:
                self._holding.setdefault(term, []).append((place, weight[term]))

    def said(self, words: str, least: float = _NAMED) -> dict[str, float]:
        """Programme id → how much of one of its names stands in some words, from `least` to 1; long names count more."""
        held: dict[int, float] = {}
        for term in _terms(plain_name(words)):
            for place, weight in self._holding.get(term, ()):
                held[place] = held.get(place, 0.0) + weight
        found: dict[str, float] = {}
        for place, weight in held.items():
            identifier, terms, name = self._names[place]
            share = weight / self._totals[place] if self._totals[place] else 0.0
            if share < least or (name[0] in _NOT and name[:2] not in words):
                continue  # 非科技信贷专营机构 is not what 科技信贷专营机构 means
            found[identifier] = max(found.get(identifier, 0.0), share * (1 - 1 / (1 + len(terms))))
        return found


def _terms(text: str) -> frozenset[str]:
    return frozenset(text[i : i + _WORD] for i in range(len(text) - _WORD + 1))


def programmes_meant(
    question: str, clause_ids: Sequence[str], catalogue: Catalogue, names: Names
) -> list[tuple[Entry, float]]:
    """Programmes that the question may mean with a score, likeliest first; none where nothing points to one.

    A clause counts the more the earlier it was found, as a condition more than as anything else that a programme refers
    to; a clause above a condition counts too. What a question names as the document (按…办法) names no programme. A name in the question counts too, most for a document that was found, and once more in what is asked for.
    """
    scores: dict[str, float] = {}
    whole = "".join(worded(question).all)
    question = _DOCUMENT.sub("", question)
    for position, clause in enumerate(clause_ids[:_LOOKED_AT]):
        for entry in catalogue.on_clause(clause):
            own = _BY_CONDITION if clause in entry.condition_clauses else _BY_OTHER
            scores[entry.programme.id] = scores.get(entry.programme.id, 0.0) + own / (1 + position)
        for entry in catalogue.under_clause(clause):
            scores[entry.programme.id] = scores.get(entry.programme.id, 0.0) + _BY_PARENT / (1 + position)
    documents = {clause.split("#", 1)[0] for clause in clause_ids[:_LOOKED_AT]}
    for identifier, share in names.said(question).items():
        found = identifier in scores or catalogue.entry(identifier).document_id in documents
        weight = _BY_NAME if found or not documents else _BY_NAME_ALONE
        scores[identifier] = scores.get(identifier, 0.0) + weight * share
    for identifier, share in names.said(worded(question).asked, _IN_PART).items():
        if identifier in scores:
            scores[identifier] += _BY_WISH * share
    years = {int(year) for year in _YEAR_OF_DOCUMENT.findall(whole)}
    for identifier in scores if years else ():
        scores[identifier] += _BY_YEAR if years & _years(catalogue.entry(identifier)) else -_BY_YEAR
    order = sorted(scores, key=lambda i: -scores[i])
    return [(catalogue.entry(i), scores[i]) for i in order]


def _years(entry: Entry) -> set[int]:
    """The years by which a document is known: of its number, and of its issue."""
    known = " ".join(
        [*entry.listing.get("doc_numbers", []), entry.listing.get("issued") or "", entry.programme.name]
    )
    return {int(year) for year in re.findall(r"20[012]\d", known)}
