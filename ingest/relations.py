"""How documents stand to each other: their ids, copies of one document, and which replaces which."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import date
from pathlib import Path

from ingest.model import Clause, Document
from ingest.text import figures, fold

_COMMON_WORDS = re.compile(
    r"中共杭州市委办公厅|中共杭州市委|杭州市人民政府办公厅|杭州市人民政府|浙江省人民政府|杭州市|关于|进一步|加快|深入|推进|促进|推动|全面|落实|完善|"
    r"实施|高质量|发展|若干|意见|政策|管理|暂行|办法|细则|方案|计划|行动|通知|项目|资金|建设|工程|认定|支持|创新|和|的|与|"
    r"[（(].*?[）)]|[“”《》、，]|20\d\d|年"
)
_FORM = re.compile(r"办法|细则|意见|政策|措施|计划|方案")
_NAME = re.compile(r"“([^”]{2,12})”")
ALIKE = 0.6  # share of two-character pieces that two titles have in common to be versions of one programme
SAME_TEXT = 0.6  # likeness from which two texts of one title are copies
YEAR_APART = 300  # days: what comes out together is a set, not a succession


def relate(
    documents: list[Document], clauses_of: Callable[[Document], list[Clause]] = lambda d: d.clauses
) -> None:
    """Give every document its id, and link copies and successors; ids do not depend on the order of reading.

    Args:
        documents: all documents of the corpus.
        clauses_of: gives a document's clauses where they are not held in memory.
    """
    groups: dict[str, list[Document]] = {}
    numbered: dict[str, list[Document]] = {}
    for document in documents:
        if document.doc_numbers:
            numbered.setdefault(_title_key(document), []).append(document)
    for document in documents:
        base = _base_id(document)
        if not document.doc_numbers:
            # A copy without its number (a compendium leaves it out) is known by title and content.
            twins = sorted(
                numbered.get(_title_key(document), []),
                key=lambda d: (-_likeness(clauses_of(d), clauses_of(document)), d.doc_numbers[0]),
            )
            if twins and _likeness(clauses_of(twins[0]), clauses_of(document)) >= SAME_TEXT:
                base = _base_id(twins[0])
        groups.setdefault(base, []).append(document)
    taken: set[str] = set()
    for base, group in groups.items():
        # The copy with the fewest blemishes is the one to cite, then the one least chopped by page breaks.
        group.sort(
            key=lambda d: (
                len(d.warnings),
                d.span.line_end - d.span.line_start,
                d.span.file,
                d.span.line_start,
            )
        )
        first = group[0]
        for i, document in enumerate(group):
            document.document_id = base if i == 0 else _free(f"{base}@{_place(document)}", taken)
            taken.add(document.document_id)
            document.duplicate_of = None
            if i and _same_document(first, document, clauses_of):
                document.duplicate_of = base
                compare_copies(first, document, clauses_of)
                first.doc_numbers += [n for n in document.doc_numbers if n not in first.doc_numbers]
    link_versions(documents)


def _same_document(one: Document, other: Document, clauses_of: Callable[[Document], list[Clause]]) -> bool:
    """Copies share a number, or, without numbers, most of their text: lists of two years may share a title."""
    if set(one.doc_numbers) & set(other.doc_numbers):
        return True
    if one.kind == "table":  # lists of one sort are alike in everything but their entries
        a, b = ({fold(c.text) for c in clauses_of(d)} for d in (one, other))
        return bool(a | b) and len(a & b) / len(a | b) >= SAME_TEXT
    return _likeness(clauses_of(one), clauses_of(other)) >= SAME_TEXT


def _likeness(one: list[Clause], other: list[Clause]) -> float:
    """Share of two-character pieces that two documents have in common."""
    a, b = ({c.text[i : i + 2] for c in clauses for i in range(len(c.text) - 1)} for clauses in (one, other))
    return len(a & b) / len(a | b) if a or b else 1.0


def _title_key(document: Document) -> str:
    return re.sub(r"[^\w]", "", fold(document.title))


def _base_id(document: Document) -> str:
    # `#` parts document and clause in a clause id.
    return (document.doc_numbers[0] if document.doc_numbers else document.title).replace("#", "＃")


def _free(wanted: str, taken: set[str]) -> str:
    """The id itself, or with a number where a file of the same name stands in another folder."""
    number, free = 2, wanted
    while free in taken:
        free, number = f"{wanted}-{number}", number + 1
    return free


def _place(document: Document) -> str:
    stem = Path(document.span.file).stem
    return f"{stem.split('_')[0]}-{hashlib.sha256(stem.encode()).hexdigest()[:4]}:{document.span.line_start}"


def link_versions(documents: list[Document]) -> None:
    """Link each document to the one that repeals it by number or title, or that renews the same programme."""
    current = [d for d in documents if not d.duplicate_of]
    by_number = {n: d for d in current for n in d.doc_numbers}
    by_title = {fold(d.title): d for d in current}
    for newer in current:
        for repealed in newer.repeals:
            older = by_number.get(repealed) or by_title.get(fold(repealed.strip("《》")))
            if older is not None and older is not newer:
                _supersede(older, newer, "repealed")
    policies = [d for d in current if d.kind in ("policy", "plan") and d.issued and len(d.issued) == 10]
    for newer in sorted(policies, key=lambda d: d.issued or ""):
        for older in policies:
            if older.superseded_by is None and _renews(newer, older):
                _supersede(older, newer, "newer_version")


def _supersede(older: Document, newer: Document, evidence: str) -> None:
    if older.document_id in newer.supersedes:
        return
    older.superseded_by = newer.document_id
    older.superseded_on = newer.effective or newer.issued
    older.superseded_evidence = evidence
    newer.supersedes.append(older.document_id)


def _renews(newer: Document, older: Document) -> bool:
    """Whether two titles name the same programme in the same form, the second issued well after the first."""
    if not newer.issued or not older.issued or newer.level != older.level or newer.district != older.district:
        return False
    if (date.fromisoformat(newer.issued) - date.fromisoformat(older.issued)).days < YEAR_APART:
        return False
    names = set(_NAME.findall(newer.title)) & set(_NAME.findall(older.title))
    if names and all(len(_pieces(d.title)) <= 6 for d in (newer, older)):
        return True
    a, b = _pieces(newer.title), _pieces(older.title)
    same_form = bool(set(_FORM.findall(newer.title)) & set(_FORM.findall(older.title)))
    return bool(a and b) and same_form and len(a & b) / len(a | b) >= ALIKE


def _pieces(title: str) -> set[str]:
    core = _COMMON_WORDS.sub("", title)
    return {core[i : i + 2] for i in range(len(core) - 1)}


def compare_copies(
    one: Document, other: Document, clauses_of: Callable[[Document], list[Clause]] = lambda d: d.clauses
) -> None:
    """Note on both copies of a document where their figures differ; neither is corrected."""
    texts = {c.path: c.text for c in clauses_of(other) if c.kind != "row"}
    for clause in clauses_of(one):
        if clause.kind == "row" or clause.path not in texts:
            continue
        here, there = figures(clause.text), figures(texts[clause.path])
        if here != there:
            ours, theirs = "、".join(sorted(here - there)) or "无", "、".join(sorted(there - here)) or "无"
            one.warnings.append(
                f"与另一份副本（{other.span.file}）在{clause.path}的数字不同：此处{ours}，彼处{theirs}"
            )
            other.warnings.append(
                f"与另一份副本（{one.span.file}）在{clause.path}的数字不同：此处{theirs}，彼处{ours}"
            )
