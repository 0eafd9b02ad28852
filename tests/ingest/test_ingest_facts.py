"""What people read from the sources by hand, document by document, against what the parser reads."""

import re
from pathlib import Path

import pytest
import yaml

from ingest.corpus import ingest_folders
from ingest.model import Document
from ingest.text import fold

SHEETS = sorted((Path(__file__).parent / "facts").glob("*.yaml"))
FACTS = [fact for sheet in SHEETS for fact in yaml.safe_load(sheet.read_text(encoding="utf-8"))["documents"]]


@pytest.fixture(scope="module")
def documents(corpus_dir: Path) -> list[Document]:
    return ingest_folders([corpus_dir]).documents


def plain(text: str | None) -> str:
    return re.sub(r"[^\w]", "", fold(text or ""))


def read(fact: dict, documents: list[Document]) -> Document:
    """The document that covers most of the lines of a fact."""
    start, end = fact["lines"]

    def shared(document: Document) -> int:
        return min(document.span.line_end, end) - max(document.span.line_start, start)

    return max((d for d in documents if d.span.file == fact["file"]), key=shared)


def test_the_sheets_hold_every_policy() -> None:
    assert len(FACTS) == 62
    assert sum(len(fact.get("paths") or {}) >= 10 for fact in FACTS) >= 20


@pytest.mark.parametrize("fact", FACTS, ids=lambda f: f"{f['file'][:3]}:{f['lines'][0]}")
def test_metadata(fact: dict, documents: list[Document]) -> None:
    document = read(fact, documents)
    given = {
        "title": plain(document.title),
        "issuers": sorted(document.issuers),
        "level": document.level,
        "issued": document.issued,
        "effective": document.effective,
        "expires": document.expires,
        "repeals": sorted(plain(r) for r in document.repeals),
        "lines": [document.span.line_start, document.span.line_end],
        "articles": document.articles,
    }
    expected = {
        "title": plain(fact["title"]),
        "issuers": sorted(fact["issuers"]),
        "level": fact["level"],
        **{name: str(fact[name]) if fact[name] else None for name in ("issued", "effective", "expires")},
        "repeals": sorted(plain(r) for r in fact["repeals"] or []),
        "lines": fact["lines"],
        "articles": fact["articles"],
    }
    assert given == expected
    # A copy that prints no number takes its twin's.
    assert sorted(document.doc_numbers) == sorted(fact["doc_numbers"]) or not fact["doc_numbers"]


@pytest.mark.parametrize(
    "fact", [f for f in FACTS if f.get("paths")], ids=lambda f: f"{f['file'][:3]}:{f['lines'][0]}"
)
def test_clauses_begin_as_printed(fact: dict, documents: list[Document]) -> None:
    clauses = {c.path: c.text for c in read(fact, documents).clauses}
    for path, words in fact["paths"].items():
        assert path in clauses
        assert plain(words) in plain(clauses[path])[: len(plain(words)) + 25], path
