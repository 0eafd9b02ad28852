"""Questions to lists: is X on it and in which district, how many of a district are on it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from functools import lru_cache

from langchain_core.documents import Document

from assistant.understanding import Understanding
from index.query import content_terms
from index.search import Searcher
from index.store import StoredClause
from index.tokens import terms
from ingest.text import fold

# A full registered name only: to say that something is not on a list, one must know exactly what was asked for.
_ENTITY = re.compile(
    r"((?:(?!的)[\u4e00-\u9fffA-Za-z（）()·]){2,30}?(?:有限公司|有限责任公司|合伙企业|事务所))"
)
_MEMBERSHIP = re.compile(
    r"在不在|在.{0,12}(?:名单|里面|榜)|是不是|是.{0,30}吗|有没有|上榜|入选|属于?哪个?(?:区|县)|哪个(?:区|县)|查(?:一下|查)|算不算"
)
_COUNT = re.compile(r"多少家|几家|多少个|几个|多少项|一共|总共|共有|数量")
_WHICH = re.compile(
    r"哪些|哪几[家个所]|哪[一二两三四五六七八九十\d]+[家个所]|名单|都有谁|有谁|分别是(?:谁|哪)|都是(?:谁|哪)"
)
_AFTER_WHICH = re.compile(
    r"哪(?:些|[几一二两三四五六七八九十\d]+[家个所])(?!是|在|的|属|入|上)([\u3400-\u9fff]{2})"
)
_BEFORE_WHICH = re.compile(r"([\u3400-\u9fff]{2})(?:都|分别|各|一共|总共)?(?:有|是|包括)(?:哪|谁)")
_LISTED = (
    "名单名称企业公司单位机构里面上面当中名上单上单里杭州全市本市我市"  # what any list may be said to have
)
_PLACE_COLUMN = re.compile(r"区|地区|属地|所在地|辖区")
_KIND_COLUMN = re.compile(r"类别|级别|等级|类型")
_WHICH_LIST = re.compile(r"(?:什么|哪个|哪[一]?[份张])名单")
_OF_HOW_OR_WHEN = re.compile(
    r"几[月号日天]|哪[天年]|什么时候|多久|最[晚迟]|要不要|怎么|如何"
)  # asked beside a list
_NAMES = 10  # rows of a place that are named
_ROWS_LOOKED_AT = 20
_OF_ASKED = 0.5  # of the words asked, that a row of another table must have with its heads and title
_NEW = re.compile(r"新增|新认定|新培育|净增|新引进")
_IN_ALL = re.compile(r"累计|总数|总量|一共|总共")
_OF_LABEL = 0.34  # of the label of a row of a table by districts, that a question must say
_PLAIN_NUMBER = re.compile(r"[\d.,%‰]+$")
_UNIT = re.compile(r"[（(][^（）()]*[）)]$")
_SHARE = re.compile(r"比重|比例|占比|%")
_SHARE_ASKED = re.compile(
    r"比重|比例|占比|强度|占(?:GDP|地区生产|生产总值|[^，。；？?]{1,12}(?:多少|几|百分))|百分之|相当于"
)
_ALIKE = 0.5  # of the terms of a row's label, that the row with the share of it has
_CELLS = 3  # of a row that is named
_WHOLE = 30  # rows of a list that are named one by one
_NEAR = 5  # results among which a list must be
TITLE_SHARE = 0.5  # of a list's title, weighted by rarity, that a question must name


def list_statement(
    understanding: Understanding, documents: Sequence[Document], searcher: Searcher
) -> tuple[str, list[str]] | None:
    """A statement that answers from a whole list (text, clause ids), or None if the question is no such question.

    Args:
        understanding: the question.
        documents: what was found for it, best first.
        searcher: where the lists are.
    """
    if "compare" in understanding.hints.kinds:
        return None
    tables = _named_tables(understanding, searcher)
    entity = _ENTITY.search(understanding.question)
    if not entity:  # a list is meant only where it was also found
        near = {d.metadata["document_id"] for d in documents[:_NEAR]}
        tables = [table for table in tables if table.document_id in near]
    if entity and _MEMBERSHIP.search(understanding.question):
        return _membership(entity.group(1), tables, understanding, searcher)
    if not tables:
        return None
    if understanding.hints.places and (
        _COUNT.search(understanding.question) or _WHICH.search(understanding.question)
    ):
        which = _WHICH_LIST.search(understanding.question)
        return None if which else _count(tables[0], understanding, searcher)
    asked = understanding.question
    whole = _WHICH.search(asked) and not _MEMBERSHIP.search(asked) and not _OF_HOW_OR_WHEN.search(asked)
    if whole and _asks_for_rows(understanding, tables[0], searcher):
        return _names(tables[0], searcher)
    return None


def row_meant(
    understanding: Understanding, documents: Sequence[Document], searcher: Searcher
) -> Document | None:
    """The row that a question names by its label, where another was found before it; None if the first is as good.

    That is a row of the table found first; or, for a figure of a district, a row of another table whose heads speak of
    more of what is asked than the first result does.
    """
    if {"list", "compare"} & set(understanding.hints.kinds) or not documents:
        return None
    first = documents[0]
    rows = [d for d in documents[:_ROWS_LOOKED_AT] if d.metadata["parts"]["row"]]
    if share := _the_share(understanding, first, rows, searcher):
        return share
    labels = {id(d): _label_said(d, understanding, searcher) for d in rows}
    best = max(rows, key=lambda d: labels[id(d)], default=None)  # the first of several alike
    if best is None or best is first or not labels[id(best)]:
        return None
    if labels[id(best)] <= labels.get(id(first), 0):
        return None
    if best.metadata["document_id"] == first.metadata["document_id"]:
        return (_the_share(understanding, best, rows, searcher) or best) if _of_table(first) else None
    if "statistic" not in understanding.hints.kinds or not understanding.hints.places or _of_table(first):
        return None
    asked = [t for t in content_terms(understanding.hints.corrected) if not t[0].isdigit()]
    told = [set(terms(f"{d.metadata['title']} {d.page_content}")) for d in (best, first)]
    of_row, of_first = (sum(t in some for t in asked) for some in told)
    return best if of_row >= _OF_ASKED * len(asked) and of_row > of_first else None


def _the_share(
    understanding: Understanding, first: Document, rows: Sequence[Document], searcher: Searcher
) -> Document | None:
    """The row with the share that is asked for, where the first is that of the sum it is a share of."""
    label = _label(first, searcher)
    if not label or _SHARE.search(label) or not _SHARE_ASKED.search(_all_asked(understanding)):
        return None
    same = [d for d in rows if d.metadata["document_id"] == first.metadata["document_id"]]
    held = set(terms(_UNIT.sub("", label)))
    labels = {id(d): _label(d, searcher) for d in same}
    shares = [d for d in same if _SHARE.search(labels[id(d)])]
    alike = {id(d): len(held & set(terms(labels[id(d)]))) / len(held) for d in shares} if held else {}
    best = max(shares, key=lambda d: alike[id(d)], default=None)
    return best if best is not None and alike[id(best)] >= _ALIKE else None


def _label(document: Document, searcher: Searcher) -> str:
    """What a row of figures is about, with its unit; "" for what is no row."""
    clause = searcher.store.clause(document.metadata["clause_id"])
    return _row_label(clause) if clause and clause.kind == "row" else ""


def _row_label(row: StoredClause) -> str:
    told = [v for v in row.cells.values() if isinstance(v, str) and not _PLAIN_NUMBER.match(v)]
    return next((v for v in told if _UNIT.search(v)), "")


def _all_asked(understanding: Understanding) -> str:
    """The question, with what was asked before and is meant along."""
    hints = understanding.hints
    return hints.corrected + (hints.context if hints.leaning == 1 else "")


def words_wanted(understanding: Understanding) -> set[str]:
    """The terms of the question and of the official words for its everyday ones."""
    wanted = set(content_terms(understanding.search_text))
    for expansion in understanding.hints.expansions:
        wanted.update(terms(expansion.target))
    return wanted


def best_row(rows: Sequence[StoredClause], understanding: Understanding) -> StoredClause:
    """The row of a table that has most of the words wanted, the first of several alike.

    Where a share is asked for, that is a row of shares, if one has most of the words.
    """
    wanted = words_wanted(understanding)
    told = [len(wanted & set(terms(row.text))) for row in rows]
    best = max(range(len(rows)), key=lambda i: told[i])
    if _SHARE_ASKED.search(_all_asked(understanding)) and not _SHARE.search(_row_label(rows[best])):
        shares = [i for i, row in enumerate(rows) if _SHARE.search(_row_label(row))]
        likest = max(shares, key=lambda i: told[i], default=best)
        best = likest if told[likest] >= _ALIKE * told[best] else best
    return rows[best]


def without_other_rows(
    understanding: Understanding, documents: list[Document], searcher: Searcher
) -> list[Document]:
    """The results without tables and rows whose best row is on something else than what is asked.

    That is what there is in all by a year, where what was new in it is asked for; and, of a district's figures, a row
    whose label the question hardly says.
    """
    asked = understanding.hints.corrected
    of_new = bool(_NEW.search(asked)) and not _IN_ALL.search(asked)
    places = understanding.hints.places
    if not of_new and not places:
        return documents

    def of_another(document: Document) -> bool:
        clause = searcher.store.clause(document.metadata["clause_id"]) if _of_table(document) else None
        if clause is None:
            return False
        rows = searcher.store.rows(clause) if clause.kind == "table" else [clause]
        if not rows:
            return False
        row = best_row(rows, understanding)
        if of_new and _gives_a_stock(row, understanding):
            return True
        of_places = any(searcher.analyser.places_in(head) for head in row.cells)
        return bool(places) and of_places and _labelled(row, understanding) < _OF_LABEL

    return [document for document in documents if not of_another(document)]


def _gives_a_stock(row: StoredClause, understanding: Understanding) -> bool:
    cells = [value for head, value in row.cells.items() if any(y in head for y in understanding.hints.years)]
    return any(_IN_ALL.search(str(value)) for value in cells)


def _labelled(row: StoredClause, understanding: Understanding) -> float:
    """Share of the terms of a row's label that the question says, in the asker's words or official ones."""
    label = next((v for v in row.cells.values() if isinstance(v, str) and not _PLAIN_NUMBER.match(v)), "")
    wanted = words_wanted(understanding)
    held = terms(_UNIT.sub("", label))
    return sum(term in wanted for term in held) / len(held) if held else 1.0


def _of_table(document: Document) -> bool:
    return bool(document.metadata["parts"]["row"] or document.metadata["parts"]["table"])


def _label_said(document: Document, understanding: Understanding, searcher: Searcher) -> int:
    """How long the longest cell of a row is that the question has word for word, units left out; 0 for none.

    A cell that names a district is said by any of its names.
    """
    clause = searcher.store.clause(document.metadata["clause_id"])
    asked, places = fold(understanding.hints.corrected).replace("的", ""), understanding.hints.places
    longest = 0
    for value in clause.cells.values() if clause else ():
        if not isinstance(value, str) or value.isdigit():
            continue
        label = fold(_UNIT.sub("", value)).replace("的", "")
        here = places and any(place in places for place in searcher.analyser.places_in(value))
        if len(label) > 1 and (label in asked or here):
            longest = max(longest, len(label))
    return longest


def _named_tables(understanding: Understanding, searcher: Searcher) -> list[StoredClause]:
    """The lists that a question names, the one whose title it covers best first."""
    asked = set(content_terms(understanding.search_text))
    for expansion in understanding.hints.expansions:
        asked.update(terms(expansion.target))
    found: list[tuple[float, StoredClause]] = []
    for document in searcher.documents.values():
        if document.listing["kind"] != "table":
            continue
        years = re.findall(r"20\d\d", document.title)
        if understanding.hints.years and years and not set(years) & set(understanding.hints.years):
            continue
        title = _title_terms(document.title)
        if not title & asked:
            continue
        weights = {t: searcher.rarity(t) for t in title}
        share = sum(w for t, w in weights.items() if t in asked) / (sum(weights.values()) or 1.0)
        if share < TITLE_SHARE:
            continue
        tables = [c for c in searcher.store.clauses_of(document.document_id) if c.kind == "table"]
        found += [(share, table) for table in tables]
    return [table for _, table in sorted(found, key=lambda pair: -pair[0])]


@lru_cache(maxsize=4096)
def _title_terms(title: str) -> frozenset[str]:
    """The terms of a list's title that tell it from other lists."""
    return frozenset(terms(re.sub(r"20\d\d年?|名单|名称|杭州市|新认定|情况", " ", title)))


def _membership(
    entity: str, tables: list[StoredClause], understanding: Understanding, searcher: Searcher
) -> tuple[str, list[str]] | None:
    name = re.sub(r"^(?:请问|问一下|查一下|查查|我想知道|那|这个|这家)", "", entity)
    if tables:
        for table in tables:
            row = _row_with(name, searcher.store.rows(table))
            if row:
                return f"{name}在《{_title(table, searcher)}》里：{_described(row)}。", [row.clause_id]
        table = tables[0]
        return f"《{_title(table, searcher)}》里没有{name}。", [table.clause_id]
    for hit in searcher.search(name, 10):
        if hit.clause.kind == "row" and _row_with(name, [hit.clause]):
            return f"{name}在《{_title(hit.clause, searcher)}》里：{_described(hit.clause)}。", [
                hit.clause.clause_id
            ]
    return None


def _row_with(name: str, rows: list[StoredClause]) -> StoredClause | None:
    wanted = fold(name)
    return next(
        (r for r in rows if any(isinstance(v, str) and fold(v) == wanted for v in r.cells.values())), None
    )


def _count(
    table: StoredClause, understanding: Understanding, searcher: Searcher
) -> tuple[str, list[str]] | None:
    rows = searcher.store.rows(table)
    column = _place_column(rows)
    if column is None:
        return None
    counts = []
    for place in understanding.hints.places:
        there = [r for r in rows if place in searcher.analyser.places_in(str(r.cells.get(column, "")))]
        names = "、".join(_name(r, column) for r in there) if len(there) <= _NAMES else ""
        counts.append(f"{place}{len(there)}家" + (f"（{names}）" if names else ""))
    return f"《{_title(table, searcher)}》共{len(rows)}行，按“{column}”一栏数，{'，'.join(counts)}。", [
        table.clause_id
    ]


def _asks_for_rows(understanding: Understanding, table: StoredClause, searcher: Searcher) -> bool:
    """Whether what is asked for ("哪些企业", "企业有哪些") is what a list lists, not something else about it."""
    heads = {column for row in searcher.store.rows(table)[:1] for column in row.cells}
    listed = f"{_title(table, searcher)}{''.join(heads)}{_LISTED}"
    asked = understanding.hints.corrected
    return all(noun in listed for noun in [*_AFTER_WHICH.findall(asked), *_BEFORE_WHICH.findall(asked)])


def _names(table: StoredClause, searcher: Searcher) -> tuple[str, list[str]] | None:
    """Every name of a list, or of a long one how many each district has; None for a table of figures."""
    rows = searcher.store.rows(table)
    if len(rows) < 2 or not _is_list(rows):
        return None
    column = _place_column(rows)
    names = ["，".join(_words(row)[:_CELLS]) for row in rows]
    head = f"《{_title(table, searcher)}》共{len(rows)}行"
    if len(rows) <= _WHOLE and all(names):
        return f"{head}：{'；'.join(names)}。", [table.clause_id]
    if column is None:
        return None
    places = Counter(str(row.cells.get(column, "")) for row in rows)
    by_place = "，".join(f"{place}{count}家" for place, count in places.most_common() if place)
    return f"{head}，按“{column}”一栏数：{by_place}。全部名称见所引名单。", [table.clause_id]


def _words(row: StoredClause) -> list[str]:
    """What a row says in words."""
    return [v for v in row.cells.values() if isinstance(v, str) and not v.isdigit()]


def _is_list(rows: Sequence[StoredClause]) -> bool:
    """Whether rows tell who is on a list, not how much of something there is."""
    values = [v for row in rows for v in row.cells.values()]
    return sum(isinstance(v, str) and not v.replace(".", "").isdigit() for v in values) > len(values) / 2


def _place_column(rows: Sequence[StoredClause]) -> str | None:
    """The column that tells the district of a row."""
    return next(
        (c for r in rows[:3] for c, v in r.cells.items() if _PLACE_COLUMN.search(c) and isinstance(v, str)),
        None,
    )


def _name(row: StoredClause, place_column: str) -> str:
    """What a row is about: its longest words, with what it says of their kind."""
    words = {
        c: v for c, v in row.cells.items() if isinstance(v, str) and c != place_column and not v.isdigit()
    }
    name = max(words, key=lambda c: len(words[c]), default="")
    kinds = [v for c, v in words.items() if c != name and _KIND_COLUMN.search(c)]
    return words.get(name, "") + (f"，{kinds[0]}" if kinds else "")


def _title(clause: StoredClause, searcher: Searcher) -> str:
    return searcher.documents[clause.document_id].title


def _described(row: StoredClause) -> str:
    def shown(value: str | float) -> str:
        return value if isinstance(value, str) else f"{value:g}"

    return "，".join(f"{column}{shown(value)}" for column, value in row.cells.items())
