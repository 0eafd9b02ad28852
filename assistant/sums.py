"""Sums that a question asks for: a rate on the asker's own figure, with its cap, worked out and shown."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.understanding import Understanding
from index.search import Searcher
from ingest.errors import HangceError

_FIGURE = re.compile(r"[\d一二三四五六七八九十百两]\s*(?:多|余|来|几)?\s*(?:万|亿|千|百|元|块)")
_HOW_MUCH = re.compile(r"多少|几万|几成|几何|最高|上限|能(?:拿|领|补|给|得|报)|how much", re.IGNORECASE)


def worked_out(
    understanding: Understanding, clause_ids: Sequence[str], searcher: Searcher
) -> tuple[str, list[str]] | None:
    """What a benefit that rests on the cited clauses comes to for the figure in the question, with its clause.

    None where the question tells no figure of the kind that the benefit is a share of, or more than one programme's
    benefit would fit with another result.
    """
    asked = understanding.question
    if not _FIGURE.search(asked) or not _HOW_MUCH.search(asked):
        return None
    # Most questions end above; what follows reads all programmes on first use.
    from assistant.eligibility.benefit import benefits
    from assistant.eligibility.catalogue import catalogue_in
    from assistant.eligibility.profile import Profile
    from assistant.eligibility.reading import read_facts

    try:
        catalogue = catalogue_in(searcher.generation.folder)
    except HangceError:  # an index of an older version: the clause still says the rate
        return None
    sums: dict[str, str] = {}
    for entry in dict.fromkeys(e.programme.id for i in clause_ids[:1] for e in catalogue.on_clause(i)):
        programme = catalogue.entry(entry)
        parts = [*programme.programme.benefit, *(t for b in programme.programme.benefit for t in b.tiers)]
        bases = {part.of for part in parts if part.of and part.rate is not None}
        if not bases:
            continue
        wanted = bases | set(programme.facts)
        profile = Profile(read_facts([asked], catalogue, understanding.as_of, wanted))
        if not bases & set(profile.facts):
            continue
        for amount in benefits(programme, profile, understanding.as_of, catalogue):
            known = amount.amount is not None and amount.amount.exact is not None and "×" in amount.arithmetic
            if known and amount.clause_id in clause_ids:
                sums[amount.arithmetic] = amount.clause_id
    if len(sums) != 1:
        return None
    ((arithmetic, clause_id),) = sums.items()
    return f"按您说的数算：{arithmetic}。能不能拿到还要看是否符合条件。", [clause_id]
