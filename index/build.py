"""Build a generation of the index from documents and knowledge files."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from index.answers import answered_kinds
from index.dense import DenseIndex
from index.encoder import BUNDLED, BUNDLED_FOLDER, Encoder, load_encoder
from index.home import FORMAT, Home
from index.lexical import LexicalIndex
from index.passages import Passage, passages
from index.store import Store
from ingest.corpus import Ingested, corpus_files, ingest_folders, relate
from ingest.errors import InputError
from ingest.knowledge import ClauseNote, PolicyFile, knowledge_folder, load_policies
from ingest.model import Document

Progress = Callable[[str, int, int], None]  # (stage, done, total)
STORE, VECTORS, ASK_VECTORS = "store.sqlite", "passages.faiss", "asks.faiss"
FIELDS = ("body", "title", "notes", "asks")


@dataclass(slots=True)
class BuildSummary:
    """What a build did, for the closing lines of `hangce build`."""

    files: int = 0
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
    if _current_fingerprint(home) == fingerprint:
        summary = BuildSummary(**home.manifest(home.current())["summary"], unchanged=True)
        summary.problems = ingest_folders(folders).problems if folders else []
        summary.seconds = time.perf_counter() - started
        return summary
    ingested = ingest_folders(folders, lambda name: progress(f"读取 {name}", 0, 0))
    policies = load_policies(knowledge)
    documents, notes, unmatched = _merge(ingested, policies)
    model = load_encoder(encoder)
    folder = home.new_generation()
    store = Store(folder / STORE, create=True)
    pieces, asks = _write_store(store, documents, notes, policies, progress)
    store.close()
    _write_indexes(folder, documents, notes, pieces, asks, model, progress)
    summary = BuildSummary(
        files=ingested.files,
        documents=len(documents),
        policies=sum(d.kind in ("policy", "plan") for d in documents),
        clauses=sum(len(d.clauses) for d in documents),
        passages=len(pieces),
        asks=len(asks),
        knowledge_files=len(policies),
        generation=folder.name,
    )
    counted = {
        f: getattr(summary, f)
        for f in BuildSummary.__dataclass_fields__
        if f not in ("problems", "unchanged")
    }
    home.publish(
        folder,
        {"fingerprint": fingerprint, "encoder": model.name, "summary": counted | {"unmatched": unmatched}},
    )
    summary.unmatched, summary.problems = unmatched, ingested.problems
    summary.seconds = time.perf_counter() - started
    progress("完成", 1, 1)
    return summary


def _fingerprint(folders: list[Path], knowledge: Path, encoder: str) -> str:
    """Changes when a file, a knowledge file, the encoder or the code that reads them changes."""
    digest = hashlib.sha256(f"{FORMAT} {encoder}".encode())
    code = [
        p
        for package in ("ingest", "index")
        for p in sorted((Path(__file__).parents[1] / package).glob("*.py"))
    ]
    encoder_files = sorted(p for p in BUNDLED_FOLDER.glob("*") if p.is_file()) if encoder == BUNDLED else []
    for path in [*corpus_files(folders), *sorted(knowledge.glob("*.yaml")), *encoder_files, *code]:
        digest.update(path.name.encode())
        try:
            digest.update(hashlib.sha256(path.read_bytes()).digest() if path.is_file() else b"no file")
        except OSError:
            digest.update(b"unreadable")
    return digest.hexdigest()


def _current_fingerprint(home: Home) -> str | None:
    try:
        found = home.manifest(home.current()).get("fingerprint")
    except Exception:  # whatever is wrong with the old generation, a new one is about to replace it
        return None
    return str(found)


def _merge(
    ingested: Ingested, policies: list[PolicyFile]
) -> tuple[list[Document], dict[tuple[str, str], ClauseNote], list[str]]:
    """Documents with knowledge beside them: notes annotate ingested clauses, or stand in for missing documents."""
    documents = list(ingested.documents)
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
        paths = {c.path for c in document.clauses}
        for note in policy.clauses:
            if note.at in paths:
                notes[document.document_id, note.at] = note
            else:
                unmatched.append(f"{policy.file}: {note.at}")
    if len(documents) > len(ingested.documents):
        relate(documents)
    return documents, notes, unmatched


def _write_store(
    store: Store,
    documents: list[Document],
    notes: dict[tuple[str, str], ClauseNote],
    policies: list[PolicyFile],
    progress: Progress,
) -> tuple[list[Passage], list[tuple[str, str]]]:
    pieces: list[Passage] = []
    asks: list[tuple[str, str]] = []  # (clause id, question)
    for position, document in enumerate(documents):
        progress("切分条款", position, len(documents))
        store.add_document(position, document)
        for order, clause in enumerate(document.clauses):
            note = notes.get((document.document_id, clause.path))
            if note and note.heading and not clause.heading:
                clause.heading = note.heading
            store.add_clause(
                document,
                order,
                clause,
                note.gist if note else "",
                note.asks if note else [],
                list(note.kinds) if note else [],
            )
        if document.duplicate_of:
            continue  # found through its twin
        pieces += passages(document, {path for d, path in notes if d == document.document_id})
        for clause in document.clauses:
            note = notes.get((document.document_id, clause.path))
            asks += [(document.clause_id(clause), ask) for ask in (note.asks if note else [])]
    for policy in policies:
        for programme in policy.programmes:
            body = programme.model_dump(by_alias=True, exclude_none=True)
            store.add_programme(programme.id, policy.document_id, body)
    store.add_passages(((p.clause_id, p.part, p.text, answered_kinds(p.text)) for p in pieces), asks)
    return pieces, asks


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
        annotations.append(f"{note.heading} {note.gist}" if note else "")
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
