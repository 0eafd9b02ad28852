"""Whether a text states a fact, and whether a found clause is the gold clause."""

from __future__ import annotations

import re
from functools import lru_cache

from evals.questions import GoldClause
from evals.records import FoundClause
from ingest.text import canonical, fold


@lru_cache(maxsize=20_000)
def comparable(text: str) -> str:
    """A text as facts are looked up in it: Markdown escapes out, every numeral in plain digits."""
    return canonical(text.replace("\\", ""))


_folded = lru_cache(maxsize=20_000)(fold)


def states(alternatives: list[str], text: str) -> bool:
    """Whether one of the wordings of a fact stands in a text; a number must not be part of a longer one."""
    said = comparable(text)
    return any(_stands(comparable(wording), said) for wording in alternatives)


_SUM = re.compile(r"\d+元")


def _stands(wanted: str, said: str) -> bool:
    before = r"(?<!\d)(?<!\d\.)" if wanted[:1].isdigit() else ""
    if _SUM.fullmatch(wanted):  # 硕士3万、博士5万元: the unit may stand once for several
        return (
            re.search(rf"{before}{re.escape(wanted[:-1])}(?:元|(?=[、，,;；。)）和及至到/-]|$))", said)
            is not None
        )
    after = r"(?!\d|\.\d)" if wanted[-1:].isdigit() else ""
    return bool(wanted) and re.search(before + re.escape(wanted) + after, said) is not None


def bears(clause: FoundClause, gold: GoldClause) -> bool:
    """Whether a clause is a gold clause, lies in it, or contains it: by source lines, else by document and path.

    By path where the clause comes from another file than the gold names: from a copy, or from a knowledge file
    that stands in for the document.
    """
    if clause.file == gold.file:
        return clause.lines[0] <= gold.lines[1] and clause.lines[1] >= gold.lines[0]
    if _folded(gold.doc) not in {_folded(name) for name in (*clause.doc_numbers, clause.title)}:
        return False
    return _within(clause.path, gold.clause) or _within(gold.clause, clause.path)


def _within(inner: str, outer: str) -> bool:
    return bool(outer) and inner.startswith(outer)
