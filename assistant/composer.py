"""The embedded composer: an answer made of gists and of the source's own sentences, without a language model."""

from __future__ import annotations

import re
from dataclasses import dataclass

from langchain_core.documents import Document

from assistant.evidence import Verdict
from assistant.schema import Citation, Source, Statement, Validity
from assistant.understanding import Understanding
from index.answers import answered_kinds
from index.query import content_terms
from index.search import Searcher
from index.store import StoredClause, StoredDocument
from index.tokens import terms
from index.validity import ValidityStatus, status_on

ROOM = 220  # characters of an answer that is no list
LIST_ITEMS = 14
NEARLY_AS_GOOD = 0.92  # share of the best score from which a further clause is worth its place
ROW_CELLS = 6
QUOTE_ROOM = 600
_SENTENCE = re.compile(r"[^。！？\n]+[。！？]?")
_LIST_KINDS = {"list", "eligibility", "procedure", "materials"}
_LABEL = re.compile(r"^(?:第[一二三四五六七八九十百零]{1,5}条\s*|[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十\d]{1,3}[）)]|\d{1,2}[.．、])")


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
    if kind == "validity":
        validity = _validity_statement(understanding, documents, searcher)
        if validity:
            return Draft([validity])
    chosen = _choose(understanding, documents)
    statements: list[tuple[str, list[str]]] = []
    used = 0
    for position, document in enumerate(chosen):
        clause = searcher.store.clause(document.metadata["clause_id"])
        if clause is None:
            continue
        room = ROOM if position == 0 else ROOM - used
        if position and room < 40:
            break
        made = _state(understanding, clause, searcher, room, whole_list=position == 0)
        statements += made
        used += sum(len(text) for text, _ in made)
    return Draft(statements)


def _choose(understanding: Understanding, documents: list[Document]) -> list[Document]:
    """The first clause, and those that come close to it and add something."""
    best = documents[0]
    chosen = [best]
    compare = "compare" in understanding.hints.kinds
    for document in documents[1:]:
        if len(chosen) == 3:
            break
        ratio = document.metadata["score"] / best.metadata["score"] if best.metadata["score"] else 0
        if any(_related(document, other) for other in chosen):
            continue
        other_document = all(document.metadata["document_id"] != c.metadata["document_id"] for c in chosen)
        # A clause of another policy beside the right one confuses more than it helps, unless two are compared.
        if (compare and other_document and ratio >= 0.55) or (not other_document and ratio >= NEARLY_AS_GOOD):
            chosen.append(document)
    return chosen


def _related(one: Document, other: Document) -> bool:
    """Same clause, or one contains the other."""
    if one.metadata["document_id"] != other.metadata["document_id"]:
        return False
    a, b = one.metadata["clause"], other.metadata["clause"]
    return bool(a.startswith(b) or b.startswith(a))


def _state(
    understanding: Understanding, clause: StoredClause, searcher: Searcher, room: int, *, whole_list: bool
) -> list[tuple[str, list[str]]]:
    """One clause as statements: its gist; or, for a list, its items; or the sentences that carry the answer."""
    if clause.gist:
        return [(clause.gist, [clause.clause_id])]
    children = searcher.store.children(clause)
    wants_list = bool(_LIST_KINDS & set(understanding.hints.kinds))
    if children and whole_list and (wants_list or not _body(clause)):
        return _items(understanding, clause, children, searcher)
    if clause.kind == "row":
        return [(_row_text(understanding, clause, searcher), [clause.clause_id])]
    if clause.kind == "table":
        return _rows(understanding, clause, searcher)
    text = clause.text
    picked = pick_sentences(understanding, text, room)
    return [(picked, [clause.clause_id])] if picked else []


def _items(
    understanding: Understanding, clause: StoredClause, children: list[StoredClause], searcher: Searcher
) -> list[tuple[str, list[str]]]:
    """A container as its lead and items, each item with its own clause."""
    lead = _body(clause)
    out = [(pick_sentences(understanding, lead, 90), [clause.clause_id])] if lead else []
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


def _rows(understanding: Understanding, table: StoredClause, searcher: Searcher) -> list[tuple[str, list[str]]]:
    """A table as its rows: all of a short one when a list is asked for, else the rows that fit the question best."""
    rows = searcher.store.rows(table)
    if not rows:
        return [(_clip(table.text, ROOM), [table.clause_id])]
    if "list" in understanding.hints.kinds and len(rows) <= 40:
        names = "；".join("，".join(_cells(row.text)[:3]) for row in rows)
        return [(f"{_table_name(table, searcher)}（{len(rows)}项）：{names}", [table.clause_id])]
    wanted = _wanted(understanding)
    best = sorted(rows, key=lambda row: -len(wanted & set(terms(row.text))))[:1]
    return [(_row_text(understanding, row, searcher), [row.clause_id]) for row in best]


def _table_name(table: StoredClause, searcher: Searcher) -> str:
    return table.heading or searcher.documents[table.document_id].title


def _cells(text: str) -> list[str]:
    """The values of a row without its running number."""
    pairs = [part.partition("：") for part in text.split("；")]
    return [value if mark else name for name, mark, value in pairs if name not in ("序号", "No.") and (mark or not name.isdigit())]


def _row_text(understanding: Understanding, row: StoredClause, searcher: Searcher) -> str:
    """A table row in words: the table's name, what the row is about, and the columns that the question touches."""
    title = row.breadcrumb[-1] if row.breadcrumb else searcher.documents[row.document_id].title
    parts = [p for p in row.text.split("；") if not re.match(r"(?:序号：)?\d+$", p)]
    if len(parts) > ROW_CELLS:
        wanted = _wanted(understanding)
        subject = [p for p in parts[:3] if not re.search(r"：[-\d.,%]+$", p)]
        touched = [p for p in parts if p not in subject and wanted & set(terms(p.partition("：")[0]))]
        parts = [*subject, *(touched or [p for p in parts if p not in subject])][:ROW_CELLS]
    return f"{title}：{'；'.join(parts)}。"


def _wanted(understanding: Understanding) -> set[str]:
    """The terms of the question and of the official words for its everyday ones."""
    wanted = set(content_terms(understanding.search_text))
    for expansion in understanding.hints.expansions:
        wanted.update(terms(expansion.target))
    return wanted


def _strip(text: str) -> str:
    return _LABEL.sub("", text, count=1)


def pick_sentences(understanding: Understanding, text: str, room: int) -> str:
    """The sentences of a text that carry the answer, in their order, within `room` characters.

    Sentences count for the rare words that they share with the question and for having what the kind of
    question wants (figures for an amount). A text that fits is taken whole.
    """
    text = _strip(text.strip())
    if len(text) <= room:
        return text.replace("\n", " ")
    sentences = [s.strip() for s in _SENTENCE.findall(text) if s.strip()]
    wanted = _wanted(understanding)
    kinds = set(understanding.hints.kinds[:2])

    def weight(sentence: str) -> float:
        found = set(terms(sentence))
        fits = len(kinds & set(answered_kinds(sentence)))
        return len(wanted & found) / (4 + len(sentence) ** 0.5) + 0.12 * fits

    order = sorted(range(len(sentences)), key=lambda i: (-weight(sentences[i]), i))
    picked: list[int] = []
    used = 0
    for i in order:
        if picked and (used + len(sentences[i]) > room or weight(sentences[i]) < 0.5 * weight(sentences[order[0]])):
            continue
        picked.append(i)
        used += len(sentences[i])
        if used >= room:
            break
    return "".join(_focus(sentences[i], wanted, room) for i in sorted(picked))


def _focus(sentence: str, wanted: set[str], room: int) -> str:
    """A sentence longer than the room, cut at semicolons around its most telling parts."""
    if len(sentence) <= room:
        return sentence
    parts = [p for p in re.split(r"(?<=[；;])", sentence) if p]
    if len(parts) == 1:
        parts = [p for p in re.split(r"(?<=[，,])", sentence) if p]
    order = sorted(range(len(parts)), key=lambda i: (-len(wanted & set(terms(parts[i]))), i))
    kept: list[int] = []
    used = 0
    for i in order:
        if kept and used + len(parts[i]) > room:
            continue
        kept.append(i)
        used += len(parts[i])
    return "".join(parts[i] for i in sorted(kept)).rstrip("，,；;。") + "。"


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
    return validity_sentence(about, understanding, searcher), [clause.clause_id]


def _closing_clause(about: StoredDocument, searcher: Searcher) -> StoredClause | None:
    stating = [
        c
        for c in searcher.store.clauses_of(about.document_id)
        if c.kind != "row" and "validity" in answered_kinds(f"{c.text} {c.gist}") and re.search(r"施行|实施|生效|有效期", c.text + c.gist)
    ]
    dated = [c for c in stating if re.search(r"起\s*(?:施行|实施|生效)|日(?:施行|实施)|生效|有效期至|执行至", c.text + c.gist)]
    return (dated or stating or [None])[-1]


def validity_sentence(about: StoredDocument, understanding: Understanding, searcher: Searcher) -> str:
    """`《…》自…起施行，有效期至…，到…已经失效。`"""
    listing, day = about.listing, understanding.as_of
    name = f"《{about.title}》" + (f"（{about.number}）" if about.number else "")
    start = f"自{listing['effective']}起施行" if listing["effective"] else "原文没有印出施行的具体日期"
    term = f"有效期至{listing['expires']}" if listing["expires"] else "原文没有写明有效期"
    outcome = {
        "in_force": f"按{day}判断仍在有效期内",
        "expired": f"按{day}判断已经过期失效",
        "not_yet": f"按{day}判断还没有开始施行",
        "superseded": f"已被{_replacement(about, searcher)}废止取代",
        "open_ended": "收录的文件里也没有看到废止它的规定，是否仍在执行请向发文部门核实",
        "unknown": "是否仍在执行请向发文部门核实",
    }[status_on(listing, day)]
    return f"{name}{start}，{term}，{outcome}。"


def _replacement(about: StoredDocument, searcher: Searcher) -> str:
    newer = searcher.documents.get(about.listing["superseded_by"] or "")
    return f"《{newer.title}》（{newer.number}）" if newer else "后来的文件"


# --- citations ---------------------------------------------------------------------------------------------


def cite(draft: Draft, understanding: Understanding, searcher: Searcher) -> tuple[list[Statement], list[Citation]]:
    """Number the cited clauses and attach quote, source and validity to each."""
    numbers = {clause_id: n for n, clause_id in enumerate(draft.clause_ids, start=1)}
    clauses = {c.clause_id: c for c in searcher.store.clauses(numbers)}
    statements = [Statement(text=text, citations=[numbers[i] for i in ids]) for text, ids in draft.statements]
    said = {n: " ".join(s.text for s in statements if n in s.citations) for n in numbers.values()}
    return statements, [citation(clauses[i], n, said[n], understanding, searcher) for i, n in numbers.items()]


def citation(clause: StoredClause, n: int, said: str, understanding: Understanding, searcher: Searcher) -> Citation:
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
        breadcrumb=" > ".join([about.title, *clause.breadcrumb] + ([clause.heading] if clause.heading else [])),
        quote=_quote(full, said),
        verbatim=about.verbatim,
        source=Source(**clause.span.to_dict()),
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
    seen: set[tuple[str, ValidityStatus]] = set()
    for cited in citations:
        about = searcher.documents[cited.clause_id.split("#", 1)[0]]
        status = cited.validity.status
        if (about.document_id, status) in seen or about.listing["kind"] not in ("policy", "plan"):
            continue
        seen.add((about.document_id, status))
        name = f"《{about.title}》" + (f"（{about.number}）" if about.number else "")
        if status == "expired":
            out.append(f"注意：{name}有效期至{cited.validity.expires}，按{understanding.as_of}判断已经失效，不能再据此申报；请向主管部门核实现行政策。")
        elif status == "superseded":
            out.append(f"注意：{name}已被{_replacement(about, searcher)}取代，请以新文件为准。")
        elif status == "not_yet":
            out.append(f"注意：{name}自{cited.validity.effective}起施行，按{understanding.as_of}判断尚未生效。")
        elif status == "open_ended":
            out.append(f"{name}没有写明有效期，办理前请向发文部门核实是否仍在执行。")
    if any(not c.verbatim for c in citations):
        out.append("没有收录原文的条款，引文是编者写的要点，不是文件原话。")
    return out
