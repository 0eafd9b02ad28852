"""What a chat model writes is shown only where the cited clauses bear it out."""

from __future__ import annotations

import re
import unicodedata

from index.tokens import terms
from ingest.text import DOC_NUMBER, arabic_numerals, doc_numbers, figures

_LIMIT = re.compile(
    r"最高|不超过|不高于|不多于|上限|封顶|最多|原则上|一般|以内|至多|不低于|不少于|至少|以上|以下"
)
_ENUMERATION = re.compile(r"第[一二三四五六七八九十百零\d]+条|[（(][一二三四五六七八九十\d]+[）)]|\[\d+\]")
_AMOUNT = re.compile(r"\d[\d,.]*(?:万|亿|千)?元|\d[\d.]*%")
_SENTENCE = re.compile(r"[^。；！？\n]+")
NEAR_ENOUGH = 0.6  # of the words that the best-fitting source sentence shares with the statement


def unsupported(statement: str, sources: list[str]) -> str:
    """Why a statement is not borne out by its sources, or "".

    Every figure with its unit and every document number must stand in a source (numerals normalised), each
    figure in a sentence that speaks of the same thing, and a figure that the source limits (最高, 不超过 …) must
    be limited in the statement too.
    """
    joined = "\n".join(sources)
    for number in doc_numbers(statement):
        if number not in doc_numbers(joined):
            return f"文号{number}不在所引条款里"
    said = _ENUMERATION.sub("", DOC_NUMBER.sub("", _normal(statement)))
    source = _normal(joined)
    known = figures(source)
    bare = {re.sub(r"[^\d.e+-]", "", f) for f in known}
    for figure in figures(said):
        value = re.sub(r"[^\d.e+-]", "", figure)
        if figure not in known and not (value == figure and value in bare):
            return f"数字{figure}不在所引条款里"
    for amount in _AMOUNT.findall(said):
        if not _in_fitting_sentence(amount, said, source):
            return f"数字{amount}在所引条款里说的是另一件事"
        if _always_limited(amount, source) and not _LIMIT.search(said):
            return "原文的限定词（最高、不超过等）丢了"
    return ""


def _normal(text: str) -> str:
    return re.sub(
        r"(?<=\d)[ ,](?=\d{3})|\s+(?=[%万亿千元])", "", arabic_numerals(unicodedata.normalize("NFKC", text))
    )


def _in_fitting_sentence(amount: str, said: str, source: str) -> bool:
    """Whether the figure stands in a source sentence about as close to the statement as the closest one."""
    words = set(terms(_AMOUNT.sub(" ", said)))
    best = holding = 0
    for sentence in _SENTENCE.findall(source):
        shared = len(words & set(terms(_AMOUNT.sub(" ", sentence))))
        best = max(best, shared)
        if figures(amount) & figures(sentence):
            holding = max(holding, shared)
    return holding >= NEAR_ENOUGH * best


def _always_limited(amount: str, source: str) -> bool:
    """Whether the figure appears in the source only behind a limit word."""
    spots = [m.start() for m in re.finditer(re.escape(amount), source)]
    return bool(spots) and all(_LIMIT.search(source[max(0, spot - 10) : spot]) for spot in spots)
