"""Follow-ups that count: the first of what was listed in the last answer, the next clause after the one asked about."""

from __future__ import annotations

import re
from collections.abc import Sequence

from langchain_core.documents import Document

from assistant.finding import Finder
from assistant.schema import Turn, told_last
from index.query import clean_question
from index.search import Filters, Searcher
from ingest.text import chinese_number

_N = "[一二两三四五六七八九十1-9]"
_COUNTED = re.compile(
    rf"(?:(?:你|您)?(?:刚才|刚刚|上面|前面|之前)(?:所?[说讲列提]到?)?的?|[说讲列]的)?(?:那个?)?(?:第({_N})|(前|头|后|末)一)(?:种|类|个|项|点|样|档|条|块)(?![月年天人])"
    r"|(前者|后者)"
)
_ITEM = re.compile(
    r"(?:^|[：:，,；;。\s]|(?<=种)|(?<=类))(?:[一二三四五六七八九]是|第[一二三四五六七八九](?:[种类个项点档])?(?:[，,:：、]|是)|[①-⑨]|[(（][一二三四五六七八九1-9][)）]|[1-9][.、．](?!\d))"
)
_LINE = re.compile(r"^[-*]\s+", re.MULTILINE)
_OF_KINDS = re.compile(r"[分有][为成]?[两二三四五](?:种|类|档|块)[：:]([^。\n]+)")  # 分两类：甲（…）；乙。
_LONG = 60  # characters of an item that say which one it is
_CLAUSE = re.compile(rf"第({_N}{{1,3}})[条款项点]")
_WHOLE = 100  # clauses of a document
_NUMBER = re.compile(r"[（(第]?([一二三四五六七八九十]{1,3}|\d{1,2})[）).、条]$")


def named_for_counted(text: str, history: Sequence[Turn]) -> str:
    """A question with the item of the last answer in place of its number (刚才说的第一种); unchanged where there is none.

    >>> said = Turn(role="assistant", content="分两种：一是专营机构，给累进补助；二是非专营机构，给定额补助。")
    >>> named_for_counted("第二种封顶多少", [said])
    '非专营机构,给定额补助 封顶多少'
    """
    match = _COUNTED.search(text)
    items = _items(told_last(history)) if match else []
    if match is None or not items:
        return text
    number, side, other = match.groups()
    place = (chinese_number(number) or 0) - 1 if number else (-1 if (side or other)[0] in "后末" else 0)
    if not -1 <= place < len(items) or (number and place < 0):
        return text
    item = clean_question(items[place])[:_LONG].rstrip("；;。，, ")
    return f"{text[: match.start()]}{item} {text[match.end() :]}".strip()


def _items(said: str) -> list[str]:
    """The items of a list in an answer, in order; none where it lists nothing."""
    kinds = _OF_KINDS.search(said)
    for items in (_LINE.split(said)[1:], _ITEM.split(said)[1:], re.split("[；;]", kinds[1]) if kinds else []):
        if len(items) > 1:
            return [item.strip() for item in items if item.strip()]
    return []


def next_counted(text: str, context: str, found: list[Document], searcher: Searcher) -> list[Document]:
    """The clauses found, that with the number asked for first, where one beside it was asked for by number before.

    After 政策扶持那部分第五条, 第六条呢 means the sixth of the same part, whatever else has a sixth clause.
    """
    asked, before = _CLAUSE.search(text), _CLAUSE.findall(context)
    wanted = chinese_number(asked[1]) if asked else None
    known = chinese_number(before[-1]) if before else None
    if wanted is None or known is None:
        return found
    for document in found[:3]:
        clause = searcher.store.clause(document.metadata["clause_id"])
        if clause is None or not clause.parent or _number(clause.path) not in (known, wanted):
            continue
        above = searcher.store.clause(f"{clause.document_id}#{clause.parent}")
        beside = searcher.store.children(above) if above else []
        meant = next((c.clause_id for c in beside if _number(c.path) == wanted), "")
        if meant:
            first = _with_id(meant, found)
            if first is None:
                of_document = Finder(searcher, k=_WHOLE, filters=Filters(document=clause.document_id))
                first = _with_id(meant, of_document.found(searcher.analyser.hints(text)))
            return [first, *(d for d in found if d.id != first.id)] if first else found
    return found


def _with_id(clause_id: str, documents: Sequence[Document]) -> Document | None:
    return next((d for d in documents if d.metadata["clause_id"] == clause_id), None)


def _number(path: str) -> int | None:
    match = _NUMBER.search(path)
    return chinese_number(match[1]) if match else None
