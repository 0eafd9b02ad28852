"""What a chat model writes is shown only where the cited clauses bear it out."""

from __future__ import annotations

import re
import unicodedata

from ingest.text import doc_numbers, figures

_LIMIT = re.compile(
    r"最高|不超过|不高于|不多于|上限|封顶|最多|原则上|一般|以内|至多|不低于|不少于|至少|以上|以下"
)
_ENUMERATION = re.compile(r"第[一二三四五六七八九十百零\d]+条|[（(][一二三四五六七八九十\d]+[）)]|\[\d+\]")


def unsupported(statement: str, sources: list[str]) -> str:
    """Why a statement is not borne out by its sources, or "".

    Every figure with its unit and every document number must stand in a source (numerals normalised), and a
    figure that the source limits (最高, 不超过 …) must be limited in the statement too.
    """
    joined = "\n".join(sources)
    for number in doc_numbers(statement):
        if number not in doc_numbers(joined):
            return f"文号{number}不在所引条款里"
    said = _ENUMERATION.sub("", unicodedata.normalize("NFKC", statement))
    known = figures(joined)
    bare = {re.sub(r"[^\d.e+-]", "", f) for f in known}
    for figure in figures(said):
        value = re.sub(r"[^\d.e+-]", "", figure)
        if figure not in known and not (value == figure and value in bare):
            return f"数字{figure}不在所引条款里"
    if figures(said) and _limited_everywhere(said, joined) and not _LIMIT.search(said):
        return "原文的限定词（最高、不超过等）丢了"
    return ""


def _limited_everywhere(said: str, source: str) -> bool:
    """Some figure of the statement appears in the source only behind a limit word."""
    text = unicodedata.normalize("NFKC", source)
    for match in re.finditer(r"\d[\d,.]*\s*(?:万|亿)?元", said):
        spots = [
            m.start() for m in re.finditer(re.escape(match.group().replace(" ", "")), text.replace(" ", ""))
        ]
        compact = text.replace(" ", "")
        if spots and all(_LIMIT.search(compact[max(0, spot - 8) : spot]) for spot in spots):
            return True
    return False
