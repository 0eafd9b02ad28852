"""Whether a statement is borne out by the clauses it cites, without a judge: what can be checked must stand there.

Written apart from `assistant.verify` on purpose: a measure that shared its code would share its blind spots.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from assistant.schema import Citation
from evals.matching import comparable
from evals.records import FoundClause
from index.tokens import terms
from ingest.knowledge import load_vocabulary
from ingest.text import DOC_NUMBER, canonical, chinese_date, doc_numbers, fold

TERMS_NEEDED = 0.5  # of a statement's key terms, so much must stand in the cited clauses
_FIGURE = re.compile(r"\d+(?:\.\d+)?(?:%|‰)?")
_HAN = "零〇一二两三四五六七八九十百千万亿"
_LONE_NUMERAL = re.compile(rf"(?<![{_HAN}\d])[{_HAN}](?![{_HAN}])")
_NAME = re.compile(r"《([^》]{2,60})》|[“「『]([^”」』]{2,24})[”」』]")
_LABEL = re.compile(
    rf"第[{_HAN}\d]+[条款项章]|[（(][{_HAN}\d]+[）)]|(?:^|(?<=[；;。\n]))(?:\d+[.．](?!\d)|[{_HAN}\d]+、)"
)
_BODY = re.compile(
    r"市(?:委|政府|科技局|科委|财政局|经信局|经信委|人力社保局|发改委|商务局|金融办|市场监管局|税务局|教育局|农业农村局|"
    r"统计局|生态环境局|规划和自然资源局|建委|卫生健康委|投资促进局|科协|司法局|公安局)"
)


@dataclass(frozen=True, slots=True)
class Checkable:
    """What of a statement can be looked up: hard items must all be there, key terms in part."""

    hard: frozenset[str]
    terms: frozenset[str]


def checkable(statement: str) -> Checkable:
    """Figures, document numbers, names in marks and bodies of a statement; its official terms beside them."""
    numbers = doc_numbers(statement)
    names = {fold(a or b) for a, b in _NAME.findall(statement)}
    # 一 alone is mostly no figure: 一般, 统一, 一次性.
    digits = _LONE_NUMERAL.sub(" ", _LABEL.sub(" ", DOC_NUMBER.sub(" ", statement.replace("\\", ""))))
    plain = canonical(digits)
    hard = {fold(n) for n in numbers} | names | set(_BODY.findall(plain)) | set(_FIGURE.findall(plain))
    return Checkable(frozenset(hard), frozenset(t for t in _official_terms() if t in fold(statement)))


def supports(statement: Checkable, sources: list[str]) -> bool:
    """Whether the sources together bear the statement out."""
    joined = "\n".join(sources)
    folded, said = fold(joined), comparable(joined)
    figures = set(_FIGURE.findall(said))
    for item in statement.hard:
        # 20 stands in 2020, but not as a figure.
        if item not in figures if _FIGURE.fullmatch(item) else item not in folded:
            return False
    if not statement.terms:
        return True
    present = set(terms(joined))
    found = sum(1 for term in statement.terms if term in folded or set(terms(term)) <= present)
    return found >= TERMS_NEEDED * len(statement.terms)


def source_text(citation: Citation, clause: FoundClause | None, as_of: str) -> str:
    """What a citation brings to bear: its clause in full, its document's name, number and dates; and the day of asking."""
    dates = [chinese_date(day) for day in (citation.validity.effective, citation.validity.expires, as_of)]
    text = clause.text if clause else citation.quote
    return "\n".join([citation.title, citation.doc_number, citation.breadcrumb, *dates, text, citation.quote])


def alce(statements: list[tuple[Checkable, list[str]]]) -> tuple[float | None, float | None]:
    """Citation recall and precision of an answer in ALCE's sense (Gao et al. 2023), support decided by `supports`.

    Recall: share of statements that their citations jointly support; one without a citation is not supported.
    Precision: share of citations that are not idle; a citation is idle if it does not support the statement alone
    and the others support it without it, or if the statement is not supported at all.

    Args:
        statements: each statement with the texts of its citations.
    """
    supported = 0
    useful: list[bool] = []
    for statement, sources in statements:
        whole = bool(sources) and supports(statement, sources)
        supported += whole
        for number, source in enumerate(sources):
            others = sources[:number] + sources[number + 1 :]
            idle = not supports(statement, [source]) and bool(others) and supports(statement, others)
            useful.append(whole and not idle)
    recall = supported / len(statements) if statements else None
    return recall, (sum(useful) / len(useful) if useful else None)


@cache
def _official_terms() -> frozenset[str]:
    """The official terms of the vocabulary, folded; those of one character say nothing."""
    return frozenset(fold(t) for entry in load_vocabulary().terms for t in entry.official if len(t) > 1)
