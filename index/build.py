"""Build a generation of the index from documents and knowledge files."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from index.answers import answered_kinds
from index.dense import DenseIndex
from index.encoder import BUNDLED, BUNDLED_FOLDER, Encoder, load_encoder
from index.home import FORMAT, Home
from index.lexical import LexicalIndex
from index.passages import Passage, passages
from index.store import Store
from ingest.cache import FileCache
from ingest.corpus import corpus_files
from ingest.errors import HangceError, InputError
from ingest.knowledge import ClauseNote, PolicyFile, knowledge_folder, load_policies
from ingest.model import Document
from ingest.overrides import override_path
from ingest.references import ReferenceResolver
from ingest.relations import link_versions
from ingest.shelf import Shelf

Progress = Callable[[str, int, int], None]  # (stage, done, total)
STORE, VECTORS, ASK_VECTORS, QUALITY = "store.sqlite", "passages.faiss", "asks.faiss", "quality.json"
FIELDS = ("body", "title", "notes", "asks")


@dataclass(slots=True)
class BuildSummary:
    """What a build did, for the closing lines of `hangce build`."""

    files: int = 0
    read: int = 0  # files read anew; the others were known from the build before
    documents: int = 0
    policies: int = 0
    clauses: int = 0
    passages: int = 0
    asks: int = 0
    knowledge_files: int = 0
    unmatched: list[str] = field(default_factory=list)
    problems: list[InputError] = field(default_factory=list)
    unchanged: bool = False
    seconds: float = 0.0
    generation: str = ""


def build(
    home: Home,
    corpus: Iterable[Path] = (),
    *,
    knowledge: Path | None = None,
    encoder: str = BUNDLED,
    progress: Progress = lambda stage, done, total: None,
) -> BuildSummary:
    """Ingest, index and publish; readers keep the old generation until the new one is complete.

    When nothing that goes in has changed since the current generation was built, that one is kept.

    Raises:
        HangceError: a folder or knowledge file is unusable, or the home cannot be written to.
    """
    started = time.perf_counter()
    folders = [Path(f) for f in corpus]
    progress("读取文件", 0, 0)
    fingerprint = _fingerprint(folders, knowledge or knowledge_folder(), encoder)
    current = _current_manifest(home)
    if current and current.get("fingerprint") == fingerprint:
        known = {k: v for k, v in current["summary"].items() if k != "problems"}
        problems = [InputError(**p) for p in current["summary"]["problems"]]
        return BuildSummary(**known, problems=problems, unchanged=True, seconds=time.perf_counter() - started)
    policies = load_policies(knowledge)
    model = load_encoder(encoder)
    folder = home.new_generation()
    shelf = Shelf(FileCache(home.path / "cache"))
    shelf.fill(folders, lambda name: progress(f"读取 {name}", 0, 0))
    documents, notes, unmatched = _merge(shelf, policies)
    store = Store(folder / STORE, create=True)
    pieces, asks = _write_store(store, shelf, documents, notes, policies, progress)
    store.close()
    _write_indexes(folder, documents, notes, pieces, asks, model, progress)
    (folder / QUALITY).write_text(json.dumps(shelf.quality_report(), ensure_ascii=False), encoding="utf-8")
    summary = BuildSummary(
        files=shelf.files,
        read=shelf.read,
        documents=len(documents),
        policies=sum(d.kind in ("policy", "plan") for d in documents),
        clauses=sum(d.to_listing()["clauses"] for d in documents),
        passages=len(pieces),
        asks=len(asks),
        knowledge_files=len(policies),
        unmatched=unmatched,
        problems=shelf.problems,
        generation=folder.name,
    )
    counted = {
        name: getattr(summary, name)
        for name in BuildSummary.__dataclass_fields__
        if name not in ("problems", "unchanged", "seconds")
    }
    problems_data = [{"source": p.source, "problem": p.problem, "remedy": p.remedy} for p in shelf.problems]
    home.publish(
        folder,
        {
            "fingerprint": fingerprint,
            "encoder": model.name,
            "summary": counted | {"problems": problems_data},
        },
    )
    shelf.cache.forget_unused()
    summary.seconds = time.perf_counter() - started
    progress("完成", 1, 1)
    return summary


def _fingerprint(folders: list[Path], knowledge: Path, encoder: str) -> str:
    """Changes when a file, a knowledge file, the encoder or the code that reads them changes."""
    digest = hashlib.sha256(f"{FORMAT} {encoder}".encode())
    code = [
        p
        for package in ("ingest", "index")
        for p in sorted((Path(__file__).parents[1] / package).rglob("*.py"))
    ]
    encoder_files = sorted(p for p in BUNDLED_FOLDER.glob("*") if p.is_file()) if encoder == BUNDLED else []
    files = [
        p for path in corpus_files(folders) for p in (path, override_path(path)) if p == path or p.exists()
    ]
    for path in [*files, *sorted(knowledge.glob("*.yaml")), *encoder_files, *code]:
        digest.update(path.name.encode())
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"no file")
        except OSError:
            digest.update(b"unreadable")
    return digest.hexdigest()


def _current_manifest(home: Home) -> dict[str, Any] | None:
    """The manifest of the current generation, or None: whatever is wrong with it, a new one will replace it."""
    try:
        manifest = home.manifest(home.current())
        return manifest if isinstance(manifest["summary"]["problems"], list) else None
    except (HangceError, KeyError, TypeError):
        return None


def _merge(
    shelf: Shelf, policies: list[PolicyFile]
) -> tuple[list[Document], dict[tuple[str, str], ClauseNote], list[str]]:
    """Documents with knowledge beside them: notes annotate ingested clauses, or stand in for missing documents."""
    documents = list(shelf.documents)
    by_id = {d.document_id: d for d in documents}
    notes: dict[tuple[str, str], ClauseNote] = {}
    unmatched: list[str] = []
    for policy in policies:
        document = by_id.get(policy.document_id)
        if document is None:
            document = policy.to_document()
            documents.append(document)
        else:
            document.names = policy.names
        paths = {c.path for c in shelf.clauses(document)}
        unmatched += [f"{policy.file}: {note.at}" for note in policy.clauses if note.at not in paths]
        for copy in [document, *(d for d in shelf.documents if d.duplicate_of == document.document_id)]:
            known = {c.path for c in shelf.clauses(copy)}
            notes |= {(copy.document_id, note.at): note for note in policy.clauses if note.at in known}
    if len(documents) > len(shelf.documents):
        link_versions(documents)
    return documents, notes, unmatched


def _write_store(
    store: Store,
    shelf: Shelf,
    documents: list[Document],
    notes: dict[tuple[str, str], ClauseNote],
    policies: list[PolicyFile],
    progress: Progress,
) -> tuple[list[Passage], list[tuple[str, str]]]:
    """Write documents, clauses and programmes; gives back what is to be indexed."""
    pieces: list[Passage] = []
    asks: list[tuple[str, str]] = []  # (clause id, question)
    resolver = _resolver(shelf, documents)
    for position, document in enumerate(documents):
        progress("切分条款", position, len(documents))
        store.add_document(position, document)
        whole = replace(document, clauses=shelf.clauses(document))
        for order, clause in enumerate(whole.clauses):
            note = notes.get((document.document_id, clause.path))
            if note and note.heading and not clause.heading:
                clause.heading = note.heading
            links = (
                resolver.find(clause.text, document.document_id, clause.path) if clause.kind != "row" else []
            )
            store.add_clause(whole, order, clause, note, [(r.words, r.target) for r in links])
            if note and not document.duplicate_of:
                asks += [(document.clause_id(clause), ask) for ask in note.asks]
        if not document.duplicate_of:  # a copy is found through its twin
            pieces += passages(whole, {path for d, path in notes if d == document.document_id})
    for policy in policies:
        for programme in policy.programmes:
            body = programme.model_dump(by_alias=True, exclude_none=True)
            store.add_programme(programme.id, policy.document_id, body)
    kinds = {f"{d}#{path}": note.kinds for (d, path), note in notes.items()}
    store.add_passages(
        (
            (
                p.clause_id,
                p.part,
                p.text,
                [*dict.fromkeys([*answered_kinds(p.text), *kinds.get(p.clause_id, [])])],
            )
            for p in pieces
        ),
        asks,
    )
    return pieces, asks


def _resolver(shelf: Shelf, documents: list[Document]) -> ReferenceResolver:
    current = [d for d in documents if not d.duplicate_of]
    return ReferenceResolver(
        {number: d.document_id for d in current for number in d.doc_numbers},
        {d.title: d.document_id for d in current},
        {d.document_id: {c.path for c in shelf.clauses(d) if c.kind != "row"} for d in documents},
    )


def _write_indexes(
    folder: Path,
    documents: list[Document],
    notes: dict[tuple[str, str], ClauseNote],
    pieces: list[Passage],
    asks: list[tuple[str, str]],
    model: Encoder,
    progress: Progress,
) -> None:
    by_id = {d.document_id: d for d in documents}
    titles, bodies, annotations, embedded = [], [], [], []
    for piece in pieces:
        document_id, path = piece.clause_id.split("#", 1)
        document = by_id[document_id]
        note = notes.get((document_id, path))
        # A yearbook's title says little; its sections are what people name.
        own = [piece.context] if document.kind == "yearbook" else []
        titles.append(" ".join([document.title, *document.names, *own]))
        bodies.append(f"{piece.context} {piece.text}")
        annotations.append(f"{note.heading} {note.gist} {' '.join(note.asks)}" if note else "")
        embedded.append(f"{document.title} {piece.context} {piece.text}"[:600])
    for number, (name, texts) in enumerate(
        [("body", bodies), ("title", titles), ("notes", annotations), ("asks", [ask for _, ask in asks])]
    ):
        progress("建立索引", number, 6)
        LexicalIndex.build(texts, folder / name)
    progress("计算向量", 4, 6)
    DenseIndex.build(model.encode(embedded or [""]), folder / VECTORS)
    progress("计算向量", 5, 6)
    DenseIndex.build(model.encode([ask for _, ask in asks] or [""]), folder / ASK_VECTORS)
