"""The embedded composer: an answer made of gists and of the source's own sentences, without a language model."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from langchain_core.documents import Document

from assistant.companions import companion
from assistant.evidence import Verdict
from assistant.newer import newer_rule
from assistant.schema import Citation, Source, Statement, Validity
from assistant.sharing import shared
from assistant.sides import of_two, sides
from assistant.sums import (
    by_area,
    first_payment,
    for_each,
    in_bands,
    multiples,
    of_both,
    share_of_told,
    stepped,
    total,
    worked_out,
)
from assistant.table_figures import figures_apart
from assistant.tables import best_row, list_statement, words_wanted
from assistant.understanding import Understanding
from assistant.whole import LIST_KINDS, asks_for_all, asks_of_the_whole
from index.answers import answered_kinds
from index.query import content_terms
from index.search import Searcher
from index.store import StoredClause, StoredDocument
from index.tokens import terms
from index.validity import ValidityStatus, status_on
from ingest.text import chinese_date

# A sentence of the source is added to its gist if it brings so much of the question's weight that the gist lacks.
SUPPLEMENT_GAIN = 0.05
NEW = 0.05  # of the question's weight, that a further gist must bring
LACKED = 0.1  # for a piece of the source that has what a kind of question wants and the gist lacks
ROOM = 300  # characters of an answer that is no list
ADDED_ROOM = 160  # of pieces of the source that a gist leaves out
PIECE = 90  # characters of such a piece, about
LIST_ITEMS = 14
LEAD = 160  # characters of the words over a list, in which a condition for all items may stand
POOL = 6  # found clauses that sentences are taken from
POOL_RATIO = 0.8  # … if their score is at least this share of the best
SCORE_SPREAD = 6.0  # a score lower by so much is 1/e as near
OTHER_POLICY_RATIO = 0.97
RATIO_WEIGHT = 1.0
KIND_WEIGHTS = (0.5, 0.1)  # for having what the first and the second kind of the question want
ROW_CELLS = 6
QUOTE_ROOM = 600
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")
_TRANSITION = re.compile(r"未满|期满|已认定|已申请|已立项|已受理|已签订|原标准|继续执行|可选择按照|同时废止")
_DOCUMENT_WORD = re.compile(
    r"[这那]份|办法|政策|意见|文件|细则|通知|规定|计划|措施|方案|条例|新政|《|号文|文号"
)
_VALIDITY_WORD = re.compile(
    r"还(?:在|算)?|有效期?(?:到|至|限)?|失效|过期|到期|作废|废止|执行|施行|实施|生效|取消|还能用|还在用|算数|什么时候|何时|哪天|多久|几年|日期|时间|\d+年|\d+月|\d+日"
)
_TELLS_A_SUM = re.compile(r"[\d一二两三四五六七八九十百]\s*(?:多|余|来)?\s*个?(?:万|亿)")
# Results looked at for one from which a sum can be worked out, and how far behind the first it may be.
_WORKED_AT, _WORSE = 6, 3.0
_LIST_LOOKED_AT, _ITEMS_FOUND = 8, 2
_IN_ALL, _TOTAL = re.compile(r"总|一共|共|合计|加起来"), re.compile(r"总|合计|小计|共")
_BEGINS_WITH_NAME = re.compile(r"[^，。；：]{2,16}：")
_ISSUER = re.compile(r"^(?:中共)?杭州市[^《》]{1,24}?关于(?:印发)?")
_HOW_MANY = re.compile(r"之一|一项|一条|任[一意何]|同时|均[须应需要]|全部|[两二三]项以上")
_MEANS = re.compile(
    r"(?:什么|啥|哪个)意思|[是指](?:的是)?(?:什么|啥)|(?:什么|啥)(?:是|叫|样的?)|分别是(?:什么|哪)|算不算|怎么(?:界定|理解|定义|讲)|主要(?:干|做)|定义|概念|包括哪|哪几(?:类|种|个)|(?:做|干)(?:什么|啥|嘛)用|有(?:什么|啥)用|是(?:做|干)(?:什么|啥|嘛)|什么性质"
)
_DEFINES = re.compile(
    r"是指|即|系指|指的是|包括|分为|[（(][A-Za-z]{2,}[）)]|以下简称|目的是|旨在|用于|为[^，。；]{2,30}的[^，。；]{1,12}[，。；]"
)
_DEFINING = 0.5  # more of what is asked that a piece is taken for holding if it says what something is
# Of what is asked, that a defining piece must hold; of its own terms, that the gist lacks; units of an answer.
_MEANT, _UNSAID, _PIECES = 0.4, 0.3, 4
_LABEL = re.compile(
    r"^(?:第[一二三四五六七八九十百零]{1,5}条\s*|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、])"
)


@dataclass(slots=True)
class Draft:
    """Statements with the clauses they cite; numbering and validity come later."""

    statements: list[tuple[str, list[str]]]  # (text, clause ids)

    @property
    def clause_ids(self) -> list[str]:
        """The cited clauses in order of first use."""
        return list(dict.fromkeys(clause_id for _, ids in self.statements for clause_id in ids))


def compose(understanding: Understanding, verdict: Verdict, searcher: Searcher) -> Draft:
    """Choose the clauses that answer and put their content into statements, the most telling first."""
    kind = understanding.hints.kind
    documents = verdict.documents
    if kind == "validity" and _about_the_document(understanding, documents[0], searcher):
        validity = _validity_statement(understanding, documents, searcher)
        if validity:
            return Draft([validity])
    looked_up = _looked_up(understanding, documents, searcher) or figures_apart(
        understanding, documents, searcher
    )
    if looked_up:
        return Draft([looked_up])
    if of_two(understanding):
        compared = verdict.sides or sides(understanding, documents, searcher)
        if compared:
            said_of_each = [
                (_named(text, side[0], searcher) if _of_several(compared, understanding) else text, ids)
                for side in compared
                for text, ids in _from_clauses(understanding, side, searcher)
            ]
            said_of_each = _with_sums(understanding, said_of_each)
            if "compare" not in understanding.hints.kinds:
                said_of_each += _worked_out(understanding, said_of_each, searcher)
            return Draft(said_of_each)
    documents = _workable_first(understanding, documents, searcher)
    from_list = list_statement(understanding, documents, searcher)
    if from_list:
        return Draft([from_list])
    best = searcher.store.clause(documents[0].metadata["clause_id"])
    if best is None:
        return Draft([])
    listed = _list_statements(understanding, _whole_list(understanding, best, documents, searcher), searcher)
    if listed:
        return Draft(listed)
    statements = _with_lead(
        _from_clauses(understanding, _pool(understanding, documents, searcher), searcher), searcher
    )
    said = {clause_id for _, ids in statements for clause_id in ids}
    beside = companion(understanding, documents[0], verdict.found, searcher)
    if beside and not any(i.startswith(beside.document.metadata["clause_id"]) for i in said):
        further = _from_clauses(understanding, [beside.document], searcher)
        statements = [*further, *statements] if beside.asked_before else [*statements, *further]
    statements = _with_sums(understanding, statements)
    statements += _worked_out(understanding, statements, searcher)
    who_pays = shared(understanding, statements, searcher)
    if who_pays:
        statements = [statements[0], *(s for s in statements[1:] if s[1] != who_pays[1]), who_pays]
    newer = newer_rule(understanding, statements[0][1][0], searcher) if statements else None
    if newer and not said & set(newer[1]):
        statements.append(newer)
    return Draft(statements)


def _worked_out(
    understanding: Understanding, statements: Sequence[tuple[str, list[str]]], searcher: Searcher
) -> list[tuple[str, list[str]]]:
    """What the statements come to for the figure that the question tells: nothing, or one statement more."""
    worked = worked_out(understanding, list(dict.fromkeys(i for _, ids in statements for i in ids)), searcher)
    for work_out in (share_of_told, stepped, first_payment, by_area, for_each, in_bands, of_both):
        worked = worked or work_out(understanding, statements)
    return [worked] if worked else []


def _workable_first(
    understanding: Understanding, documents: list[Document], searcher: Searcher
) -> list[Document]:
    """The clauses found, that first from which the sum asked for can be worked out, where one hardly worse has none.

    Who tells a figure of their own and asks what it comes to means the clause with the steps or the rate.
    """
    if understanding.hints.kinds[:1] != ["amount"] or not _TELLS_A_SUM.search(understanding.question):
        return documents
    best = documents[0].metadata
    near = [
        d
        for d in documents[:_WORKED_AT]
        if d.metadata["document_id"] == best["document_id"] and best["score"] - d.metadata["score"] <= _WORSE
    ]
    for document in near:
        if _worked_out(understanding, _from_clauses(understanding, [document], searcher), searcher):
            return [document, *(d for d in documents if d is not document)]
    return documents


def _of_several(compared: list[list[Document]], understanding: Understanding) -> bool:
    """Whether sides of several documents stand below each other; in the table of a comparison heads name them."""
    documents = {side[0].metadata["document_id"] for side in compared}
    return len(documents) > 1 and "compare" not in understanding.hints.kinds


def _named(text: str, document: Document, searcher: Searcher) -> str:
    """A statement with its document's title, issuer left out, where it says none of its names."""
    about = searcher.documents[document.metadata["document_id"]]
    called = any(name in text for name in [about.title, *about.names]) or _BEGINS_WITH_NAME.match(text)
    return text if called else f"{_ISSUER.sub('', about.title)}：{text}"


def _from_clauses(
    understanding: Understanding, pool: list[Document], searcher: Searcher
) -> list[tuple[str, list[str]]]:
    """What some clauses say to the question, the first of them the best."""
    units = [unit for document in pool for unit in _clause_units(understanding, document, pool[0], searcher)]
    first_of: dict[tuple[str, str], Unit] = {}
    for unit in units:  # found best first; a row may come again through its table
        first_of.setdefault((unit.clause_id, unit.text), unit)
    unique = list(first_of.values())
    chosen = select(unique, understanding, searcher)
    if "definition" in understanding.hints.kinds[:1] or _MEANS.search(understanding.question):
        chosen = _with_definition(unique, chosen, understanding, searcher)
    return _join([unique[i] for i in chosen])


def _with_definition(
    units: list[Unit], chosen: list[int], understanding: Understanding, searcher: Searcher
) -> list[int]:
    """What was chosen, and the source's own words for what is asked, where the gist of the first clause is shorter.

    What is asked are the words of the question that not every sentence under the heading is about.
    """
    first = units[chosen[0]] if chosen else None
    if first is None or not first.gist:
        return chosen
    own = {i: set(terms(u.text)) for i, u in enumerate(units) if u.clause_id == first.clause_id and u.noted}
    held = set().union(*own.values())
    asked = {t: searcher.rarity(t) for t in words_wanted(understanding) if t in held}
    asked = {t: worth for t, worth in asked.items() if t not in set(terms(first.context))} or asked
    whole = (
        "definition" in understanding.hints.kinds[:1] and sum(len(units[i].text) for i in own) <= ADDED_ROOM
    )
    chosen = list(chosen)
    room = ADDED_ROOM - sum(len(units[i].text) for i in chosen if units[i].noted)
    while asked and len(chosen) < _PIECES:
        told = set().union(*(terms(units[i].text) for i in chosen))
        fitting = {}
        for i, said in own.items():
            text = units[i].text
            new = len(said - told) / len(said) if said else 0.0
            if i in chosen or new < _UNSAID or len(text) > room:
                continue
            share = sum(asked[t] for t in said & asked.keys()) / sum(asked.values())
            defines = bool(said & asked.keys()) and bool(_DEFINES.search(text))
            if share >= _MEANT or defines or whole:
                fitting[i] = share + _DEFINING * defines
        if not fitting:
            break
        best = max(fitting, key=lambda i: (fitting[i], -i))
        chosen.append(best)
        room -= len(units[best].text)
    return sorted(chosen)


def _with_sums(
    understanding: Understanding, statements: list[tuple[str, list[str]]]
) -> list[tuple[str, list[str]]]:
    """Statements with what their multiples come to for the asker's figure, and their total where it is asked for."""
    each = multiples(understanding, statements)
    out = [(text + worked, ids) for (text, ids), worked in zip(statements, each, strict=True)]
    together = total(understanding, statements)
    return [*out, together] if together else out


def _with_lead(statements: list[tuple[str, list[str]]], searcher: Searcher) -> list[tuple[str, list[str]]]:
    """Items of one list with the words over them where those say whether all or one of them is meant."""
    clauses = searcher.store.clauses(list(dict.fromkeys(i for _, ids in statements for i in ids)))
    above = {(c.document_id, c.parent) for c in clauses}
    if len(clauses) < _ITEMS_FOUND or len(above) != 1 or not clauses[0].parent:
        return statements
    lead = searcher.store.clause(f"{clauses[0].document_id}#{clauses[0].parent}")
    if lead is None or not _HOW_MANY.search(_body(lead)):
        return statements
    return [(_clip(_body(lead), PIECE).rstrip("：:") + "：", [lead.clause_id]), *statements]


def _looked_up(
    understanding: Understanding, documents: list[Document], searcher: Searcher
) -> tuple[str, list[str]] | None:
    """The words of a clause asked for by its number, or of one paragraph (款) of it."""
    hints = understanding.hints
    wanted = [
        d
        for d in documents
        if d.metadata["clause"] in hints.clause_paths
        and (d.metadata["parts"]["document"] > 0 or hints.paragraph)
    ]
    clause = searcher.store.clause(wanted[0].metadata["clause_id"]) if wanted else None
    if clause is None:
        return None
    if hints.paragraph is None:
        return searcher.store.full_text(clause), [clause.clause_id]
    paragraphs = clause.text.split("\n")
    if hints.paragraph <= len(paragraphs):
        return paragraphs[hints.paragraph - 1], [clause.clause_id]
    only = f"{clause.path}只有{len(paragraphs)}款"
    items = searcher.store.children(clause)
    if hints.paragraph <= len(items):  # people say 款 for the items （一）（二） too
        item = items[hints.paragraph - 1]
        return f"{only}；它的第{hints.paragraph}项是：{searcher.store.full_text(item)}", [item.clause_id]
    return f"{only}。", [clause.clause_id]


@dataclass(frozen=True, slots=True)
class Unit:
    """Something that can be said: a sentence, a gist or a table row, with its clause and how well that was found."""

    text: str
    clause_id: str
    context: str
    ratio: float  # nearness of the clause's score to the best
    gist: bool = False  # what a person wrote to say the whole clause
    noted: bool = False  # a sentence of a clause that has a gist


def nearness(score: float, best: float) -> float:
    """How near a clause's score comes to the best, 1 for as good; scores of the ranking have no zero to divide by."""
    return math.exp(min(score - best, 0.0) / SCORE_SPREAD)


def _pool(understanding: Understanding, documents: list[Document], searcher: Searcher) -> list[Document]:
    """The clauses worth taking sentences from: those found nearly as well as the first.

    A clause of another policy beside the right one confuses more than it helps, unless two are compared.
    """
    best = documents[0].metadata
    if best["parts"]["row"] and best["score"] < max(d.metadata["score"] for d in documents):
        return documents[:1]  # put first for what it is the row of
    compare = "compare" in understanding.hints.kinds
    replaced = () if compare else searcher.documents[best["document_id"]].listing["supersedes"]
    pool = []
    for document in documents[:POOL]:
        if document.metadata["document_id"] in replaced:
            continue  # its figures beside those that replaced them would only be taken for them
        ratio = nearness(document.metadata["score"], best["score"])
        same = document.metadata["document_id"] == best["document_id"]
        if ratio >= (POOL_RATIO if same or compare else OTHER_POLICY_RATIO):
            pool.append(document)
    return pool


def _clause_units(
    understanding: Understanding, document: Document, best: Document, searcher: Searcher
) -> list[Unit]:
    """What one found clause and the clauses below it can say."""
    clause = searcher.store.clause(document.metadata["clause_id"])
    if clause is None:
        return []
    ratio = nearness(document.metadata["score"], best.metadata["score"])
    title = searcher.documents[clause.document_id].title
    context = " ".join([title, *clause.breadcrumb, clause.heading])
    if clause.kind == "row":
        said = [(_row_text(understanding, clause, searcher), clause.clause_id)]
    elif clause.kind == "table":
        said = [(text, ids[0]) for text, ids in _rows(understanding, clause, searcher)]
    else:
        verbatim = searcher.documents[clause.document_id].verbatim
        parts = _subtree(clause, searcher)
        return [unit for part in parts for unit in _part_units(part, context, ratio, verbatim)]
    return [Unit(text, clause_id, context, ratio) for text, clause_id in said]


def _part_units(part: StoredClause, context: str, ratio: float, verbatim: bool) -> list[Unit]:
    """A clause's gist, and its own sentences for what the gist leaves out; without a gist, its sentences."""
    if part.gist and not verbatim:
        return [Unit(part.gist, part.clause_id, context, ratio, gist=True)]
    sentences = [s.strip() for s in _SENTENCE.findall(_body(part) or _strip(part.text)) if s.strip()]
    if part.gist:  # what is added to it may be a piece of a sentence
        sentences = [piece for sentence in sentences for piece in _pieces(sentence)]
    gist = [Unit(part.gist, part.clause_id, context, ratio, gist=True)] if part.gist else []
    return [*gist, *(Unit(s, part.clause_id, context, ratio, noted=bool(gist)) for s in sentences)]


def _pieces(sentence: str) -> list[str]:
    """A long sentence cut at semicolons, and what is still long at commas, into pieces of some length."""
    out: list[str] = []
    for part in re.findall(r"[^；;]+[；;]?", sentence):
        piece = ""
        for clause in re.findall(r"[^，,]+[，,]?", part) if len(part) > PIECE else [part]:
            if piece and len(piece) + len(clause) > PIECE:
                out.append(piece)
                piece = ""
            piece += clause
        out.append(piece)
    return [piece.strip("，,；; ") for piece in out if piece.strip("，,；; ")]


def _join(units: list[Unit]) -> list[tuple[str, list[str]]]:
    """Chosen units as statements, those of one clause joined."""
    out: list[tuple[str, list[str]]] = []
    for unit in units:
        if out and out[-1][1] == [unit.clause_id]:
            glue = "" if out[-1][0].endswith(("。", "！", "？", "：")) else "；"
            out[-1] = (out[-1][0] + glue + unit.text, out[-1][1])
        else:
            out.append((unit.text, [unit.clause_id]))
    return [(text.rstrip("；;"), ids) for text, ids in out]


def _whole_list(
    understanding: Understanding, best: StoredClause, documents: list[Document], searcher: Searcher
) -> StoredClause:
    """The list that the best clause is an item of, where all of it is asked for: without a word on this item alone, or
    with several of its items found."""
    above = searcher.store.clause(f"{best.document_id}#{best.parent}") if best.parent else None
    if above is None or not LIST_KINDS & set(understanding.hints.kinds[:1]):
        return best
    if asks_of_the_whole(understanding, above, searcher):
        return above
    if asks_of_the_whole(understanding, best, searcher) or not asks_for_all(understanding, above, searcher):
        return best
    items = {child.clause_id for child in searcher.store.children(above)}
    found = sum(d.metadata["clause_id"] in items for d in documents[:_LIST_LOOKED_AT])
    return above if found >= _ITEMS_FOUND else best


def _list_statements(
    understanding: Understanding, clause: StoredClause, searcher: Searcher
) -> list[tuple[str, list[str]]]:
    """The items of a container when a list of them is asked for, else nothing."""
    if clause.kind in ("row", "table") or not LIST_KINDS & set(understanding.hints.kinds[:1]):
        return []
    children = searcher.store.children(clause)
    return _items(understanding, clause, children, searcher) if children else []


def _subtree(clause: StoredClause, searcher: Searcher) -> list[StoredClause]:
    below = [
        c
        for child in searcher.store.children(clause)
        if child.kind != "table"
        for c in _subtree(child, searcher)
    ]
    return [clause, *below]


def _items(
    understanding: Understanding, clause: StoredClause, children: list[StoredClause], searcher: Searcher
) -> list[tuple[str, list[str]]]:
    """A container as its lead and items, each item with its own clause."""
    lead = _body(clause)
    out = [(_clip(lead, LEAD), [clause.clause_id])] if lead else []
    if len(children) > LIST_ITEMS:
        names = "；".join(c.heading or _clip(_strip(c.text), 24) for c in children)
        return [*out, (names, [clause.clause_id])]
    room = max(60, 480 // len(children))
    for child in children:
        text = child.gist or _clip(_strip(searcher.store.full_text(child)).replace("\n", " "), room)
        out.append((text, [child.clause_id]))
    return out


def _body(clause: StoredClause) -> str:
    """A clause's own text without number and heading."""
    text = _strip(clause.text)
    if clause.heading and text.startswith(clause.heading):
        text = text[len(clause.heading) :].lstrip("。：:\n ")
    return text


def _rows(
    understanding: Understanding, table: StoredClause, searcher: Searcher
) -> list[tuple[str, list[str]]]:
    """A table as its rows: all of a short one when a list is asked for, else the rows that fit the question best."""
    rows = searcher.store.rows(table)
    if not rows:
        return [(_clip(table.text, ROOM), [table.clause_id])]
    if "list" in understanding.hints.kinds and len(rows) <= 40:
        names = "；".join("，".join(_cells(row.text)[:3]) for row in rows)
        return [(f"{_table_name(table, searcher)}（{len(rows)}项）：{names}", [table.clause_id])]
    best = best_row(rows, understanding)
    return [(_row_text(understanding, best, searcher), [best.clause_id])]


def _table_name(table: StoredClause, searcher: Searcher) -> str:
    return table.heading or searcher.documents[table.document_id].title


def _cells(text: str) -> list[str]:
    """The values of a row without its running number."""
    pairs = [part.partition("：") for part in text.split("；")]
    return [
        value if mark else name
        for name, mark, value in pairs
        if name not in ("序号", "No.") and (mark or not name.isdigit())
    ]


def _row_text(understanding: Understanding, row: StoredClause, searcher: Searcher) -> str:
    """A table row in words: the table's name, what the row is about, and the columns that the question touches."""
    title = row.breadcrumb[-1] if row.breadcrumb else searcher.documents[row.document_id].title
    parts = [p for p in row.text.split("；") if not re.match(r"(?:序号：)?\d+$", p)]
    if len(parts) > ROW_CELLS:
        wanted = words_wanted(understanding)
        subject = [p for p in parts[:3] if not re.search(r"：[-\d.,%]+$", p)]
        in_all = bool(_IN_ALL.search(understanding.question))
        rest = [p for p in parts if p not in subject]
        heads = [p.partition("：")[0] for p in rest]
        told = [len(wanted & set(terms(head))) for head in heads]
        told = [n + (n > 0 and in_all and bool(_TOTAL.search(h))) for n, h in zip(told, heads, strict=True)]
        touched = [i for i, n in enumerate(told) if n] or list(range(len(rest)))
        best = sorted(touched, key=lambda i: -told[i])[: max(ROW_CELLS - len(subject), 1)]
        parts = [*subject, *(rest[i] for i in sorted(best))]
    return f"{title}：{'；'.join(parts)}。"


def _strip(text: str) -> str:
    return _LABEL.sub("", text, count=1)


def select(units: list[Unit], understanding: Understanding, searcher: Searcher) -> list[int]:
    """Which units to say, in reading order, within the room of an answer.

    Greedy: each next unit is the one that adds most of the question's words not yet covered, weighted by rarity,
    that has what the kind of question wants (figures for an amount), and whose clause was found well. Words that
    the clause's own heading already says count little: all its sentences are about them. For a list, every unit
    that is as good as the first is an item.
    """
    alone = len({u.clause_id for u in units}) == 1 and not any(u.gist for u in units[1:])
    if (
        alone
        and len(units) <= 4
        and sum(len(u.text) for u in units) <= ROOM
        and not any(u.noted for u in units)
    ):
        return list(range(len(units)))
    wanted = {t: searcher.rarity(t) for t in words_wanted(understanding)}
    found, weights = [], []
    for unit in units:
        said = set(terms(unit.context))
        found.append(set(terms(unit.text)) & set(wanted))
        weights.append({t: wanted[t] * (0.2 if t in said else 1.0) for t in found[-1]})
    total = sum(w for t, w in wanted.items() if searcher.knows(t)) or 1.0
    fits = [_fit(u.text, understanding.hints.kinds) for u in units]
    listing = understanding.hints.kind == "list"
    # Items of a list repeat its words, and of a figure the documents may print more than one.
    repeated = 1.0 if listing else (0.8 if understanding.hints.kind == "statistic" else 0.0)
    elsewhere = 0.65 if understanding.hints.kind == "statistic" else 0.85
    room = ROOM * 2 if listing else ROOM
    covered: set[str] = set()
    chosen: list[int] = []
    told: set[str] = set()  # kinds of question that what was chosen can answer
    passed: set[int] = set()
    used = added = 0
    first_gain = 0.0

    def _adds(i: int) -> bool:
        """Whether a gist speaks of something asked that nothing chosen and no heading does."""
        return sum(w for t, w in weights[i].items() if t not in covered) / total >= NEW

    def fits_in(unit: Unit) -> bool:
        return added + len(unit.text) <= ADDED_ROOM if unit.noted else used + len(unit.text) <= room

    while len(chosen) < (LIST_ITEMS if listing else 5):
        gains = {
            i: sum(w * (repeated if t in covered else 1.0) for t, w in weights[i].items()) / total
            + (_lacked(unit.text, understanding.hints.kinds, told) if unit.noted else fits[i])
            + RATIO_WEIGHT * (unit.ratio - 1)
            - 0.0006 * len(unit.text)
            for i, unit in enumerate(units)
            if i not in chosen
            and i not in passed
            and (not chosen or fits_in(unit))
            and (chosen or not unit.noted)
            and not (chosen and unit.gist and not listing and not _adds(i))
        }
        if not gains:
            break
        best = max(gains, key=lambda i: (gains[i], -i))
        if not chosen and units[0].gist and not listing:  # of the clause found first, which says it whole
            best = 0
        here = any(units[best].clause_id.startswith(units[i].clause_id) for i in chosen)
        needed = 0.7 if listing else (0.4 if here else elsewhere)
        enough = gains[best] >= (SUPPLEMENT_GAIN if units[best].noted else needed * first_gain)
        if chosen and not enough:
            passed.add(best)
            if units[best].noted:
                continue
            break
        first_gain = first_gain or gains[best]
        # A clause that fits is said whole: what one of its sentences grants, the next may limit.
        whole = [i for i, u in enumerate(units) if u.clause_id == units[best].clause_id and i not in chosen]
        said_by_gist = units[best].gist or units[best].noted
        fits_whole = (
            not listing and not said_by_gist and sum(len(units[i].text) for i in whole) <= room - used
        )
        if units[best].noted:  # a piece of another clause alone says less than the gist of that clause
            best = next(
                (
                    i
                    for i, u in enumerate(units)
                    if u.gist and u.clause_id == units[best].clause_id and i not in chosen and fits_in(u)
                ),
                best,
            )
        for i in whole if fits_whole else [best]:
            chosen.append(i)
            covered |= found[i]
            told |= set(answered_kinds(units[i].text))
            added += len(units[i].text) * units[i].noted
            used += len(units[i].text) * (not units[i].noted)
    return sorted(chosen)


def _fit(text: str, kinds: list[str]) -> float:
    """How far a text has what the kinds of the question want, the first kind before all."""
    found = answered_kinds(text)
    return sum(weight for kind, weight in zip(kinds, KIND_WEIGHTS, strict=False) if kind in found)


def _lacked(text: str, kinds: list[str], told: set[str]) -> float:
    """What a piece of the source is worth for having what the question wants and the gist does not."""
    return LACKED if (set(kinds) & set(answered_kinds(text))) - told else 0.0


def _clip(text: str, room: int) -> str:
    """Cut at a natural end within the room; what is cut shows as an ellipsis."""
    if len(text) <= room:
        return text.rstrip("；;")
    cut = max(text.rfind(mark, 0, room) for mark in "。；，;,")
    return text[: cut if cut > room // 2 else room].rstrip("，；,;。") + "……"


# --- validity ----------------------------------------------------------------------------------------------


def _validity_statement(
    understanding: Understanding, documents: list[Document], searcher: Searcher
) -> tuple[str, list[str]] | None:
    """Whether the document asked about is in force, from its dates, resting on the clause that states them."""
    about = searcher.documents[documents[0].metadata["document_id"]]
    if about.listing["kind"] not in ("policy", "plan"):
        return None
    clause = _closing_clause(about, searcher)
    if clause is None:
        return None
    sentence = validity_sentence(about, understanding, searcher)
    # What becomes of those already recognised or applied is part of the answer to "is it still valid".
    rest = [s.strip() for s in _SENTENCE.findall(clause.gist or clause.text) if _TRANSITION.search(s)]
    return sentence + "".join(r for r in rest if len(r) <= 140), [clause.clause_id]


def _about_the_document(understanding: Understanding, best: Document, searcher: Searcher) -> bool:
    """Whether "still valid" asks about the document, not about a voucher or title that it gives out.

    It does when the question speaks of a document (办法, 文件 …) or of nothing but its name; it does not when a
    written question of a clause on something else fits.
    """
    clause = searcher.store.clause(best.metadata["clause_id"])
    if clause and clause.kinds and "validity" not in clause.kinds and best.metadata["parts"]["ask"] > 0:
        return False
    if _DOCUMENT_WORD.search(understanding.question):
        return True
    about = searcher.documents[best.metadata["document_id"]]
    named = set(terms(" ".join([about.title, *about.names])))
    rest = _VALIDITY_WORD.sub(" ", understanding.question)
    return not set(content_terms(rest)) - named


def _closing_clause(about: StoredDocument, searcher: Searcher) -> StoredClause | None:
    stating = [
        c
        for c in searcher.store.clauses_of(about.document_id)
        if c.kind != "row"
        and "validity" in answered_kinds(f"{c.text} {c.gist}")
        and re.search(r"施行|实施|生效|有效期", c.text + c.gist)
    ]
    dated = [
        c
        for c in stating
        if re.search(r"起\s*(?:施行|实施|生效)|日(?:施行|实施)|生效|有效期至|执行至", c.text + c.gist)
    ]
    return next(reversed(dated or stating), None)


def validity_sentence(about: StoredDocument, understanding: Understanding, searcher: Searcher) -> str:
    """`《…》自…起施行，有效期至…，到…已经失效。`"""
    listing, day = about.listing, understanding.as_of
    name = f"《{about.title}》" + (f"（{about.number}）" if about.number else "")
    start = (
        f"自{chinese_date(listing['effective'])}起施行"
        if listing["effective"]
        else "原文没有印出施行的具体日期"
    )
    term = f"有效期至{chinese_date(listing['expires'])}" if listing["expires"] else "原文没有写明有效期"
    today = chinese_date(day.isoformat())
    outcome = {
        "in_force": f"按{today}判断仍在有效期内",
        "expired": f"按{today}判断已经过期失效",
        "not_yet": f"按{today}判断还没有开始施行",
        "superseded": f"已被{_replacement(about, searcher)}废止取代",
        "open_ended": "收录的文件里也没有看到废止它的规定，是否仍在执行请向发文部门核实",
        "unknown": "是否仍在执行请向发文部门核实",
    }[status_on(listing, day)]
    return f"{name}{start}，{term}，{outcome}。"


def _replacement(about: StoredDocument, searcher: Searcher) -> str:
    newer = searcher.documents.get(about.listing["superseded_by"] or "")
    return f"《{newer.title}》（{newer.number}）" if newer else "后来的文件"


# --- citations ---------------------------------------------------------------------------------------------


def cite(
    draft: Draft, understanding: Understanding, searcher: Searcher
) -> tuple[list[Statement], list[Citation]]:
    """Number the cited clauses and attach quote, source and validity to each."""
    numbers = {clause_id: n for n, clause_id in enumerate(draft.clause_ids, start=1)}
    clauses = {c.clause_id: c for c in searcher.store.clauses(numbers)}
    statements = [Statement(text=text, citations=[numbers[i] for i in ids]) for text, ids in draft.statements]
    said = {n: " ".join(s.text for s in statements if n in s.citations) for n in numbers.values()}
    return statements, [citation(clauses[i], n, said[n], understanding, searcher) for i, n in numbers.items()]


def citation(
    clause: StoredClause, n: int, said: str, understanding: Understanding, searcher: Searcher
) -> Citation:
    """A clause as a citation; a long one is quoted around the sentences that the statement takes up."""
    about = searcher.documents[clause.document_id]
    listing = about.listing
    full = searcher.store.full_text(clause) if clause.kind != "table" else clause.text
    return Citation(
        n=n,
        clause_id=clause.clause_id,
        title=about.title,
        doc_number=about.number,
        clause=clause.path,
        breadcrumb=" > ".join(
            [about.title, *clause.breadcrumb] + ([clause.heading] if clause.heading else [])
        ),
        quote=_quote(full, said),
        verbatim=about.verbatim,
        source=Source(**searcher.store.full_span(clause).to_dict()),
        validity=Validity(
            status=status_on(listing, understanding.as_of),
            effective=listing["effective"],
            expires=listing["expires"],
            superseded_by=listing["superseded_by"],
        ),
    )


def _quote(text: str, said: str) -> str:
    """A run of whole sentences, as they stand, that covers most of what was said."""
    if len(text) <= QUOTE_ROOM:
        return text
    sentences = [m.span() for m in re.finditer(r"[^。！？\n]+[。！？]?\n*", text)]
    wanted = set(terms(said))
    shared = [len(wanted & set(terms(text[a:b]))) for a, b in sentences]
    best_run, best_value = (0, 1), -1
    for i in range(len(sentences)):
        j = i
        while j < len(sentences) and sentences[j][1] - sentences[i][0] <= QUOTE_ROOM:
            j += 1
        value = sum(shared[i : max(j, i + 1)])
        if value > best_value:
            best_run, best_value = (i, max(j, i + 1)), value
    return text[sentences[best_run[0]][0] : sentences[best_run[1] - 1][1]].strip()


# --- notices -----------------------------------------------------------------------------------------------


def notices(citations: list[Citation], understanding: Understanding, searcher: Searcher) -> list[str]:
    """What the reader must know beside the answer: expired, replaced, not yet in force, no term stated, gist only."""
    out: list[str] = []
    today = chinese_date(understanding.as_of.isoformat())
    seen: set[tuple[str, ValidityStatus]] = set()
    for cited in citations:
        about = searcher.documents[cited.clause_id.split("#", 1)[0]]
        status = cited.validity.status
        if (about.document_id, status) in seen or about.listing["kind"] not in ("policy", "plan"):
            continue
        seen.add((about.document_id, status))
        name = f"《{about.title}》" + (f"（{about.number}）" if about.number else "")
        if status == "expired":
            out.append(
                f"注意：{name}有效期至{chinese_date(cited.validity.expires)}，按{today}判断已经失效，不能再据此申报；请向主管部门核实现行政策。"
            )
        elif status == "superseded":
            out.append(f"注意：{name}已被{_replacement(about, searcher)}取代，请以新文件为准。")
        elif status == "not_yet":
            out.append(
                f"注意：{name}自{chinese_date(cited.validity.effective)}起施行，按{today}判断尚未生效。"
            )
        elif status == "open_ended":
            out.append(f"{name}没有写明有效期，办理前请向发文部门核实是否仍在执行。")
    for cited in citations:
        about = searcher.documents[cited.clause_id.split("#", 1)[0]]
        out += [f"注意：{w}" for w in about.listing["warnings"] if f"在{cited.clause}的数字不同" in w]
    for number in understanding.hints.doc_numbers:
        if citations and not any(number in d.listing["doc_numbers"] for d in searcher.documents.values()):
            out.append(
                f"没有收录{number}本身，以上按{citations[0].doc_number or f'《{citations[0].title}》'}回答。"
            )
    held = " ".join(f"{c.title}{c.doc_number}{c.validity.effective}" for c in citations)
    years = [y for y in understanding.hints.years if y not in held]
    if "compare" in understanding.hints.kinds and years and len({c.title for c in citations}) == 1:
        out.append(f"收录的文件里没有找到{'、'.join(years)}年的同一项规定，只能说明上面这一份。")
    if any(not c.verbatim for c in citations):
        out.append("没有收录原文的条款，引文是编者写的要点，不是文件原话。")
    return out
