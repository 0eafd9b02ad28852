"""Build a generation of the index from documents and knowledge files; only what has changed is indexed anew."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from index.encoder import BUNDLED, BUNDLED_FOLDER, Encoder, load_encoder
from index.home import FORMAT, Home
from index.programmes import PROGRAMMES, programmes_json
from index.segment import Entry, Segment, write_segment
from index.store import StoredDocument, read_places, write_catalogue, write_places
from index.targets import EMBEDDED, EmbeddedTarget, Target, discard, target_for
from index.uploads import live, settle
from ingest.cache import FileCache
from ingest.corpus import corpus_files
from ingest.errors import HangceError, InputError
from ingest.knowledge import (
    ClauseNote,
    PolicyFile,
    knowledge_folder,
    load_facts,
    load_policies,
    load_vocabulary,
)
from ingest.model import Document
from ingest.overrides import override_path
from ingest.relations import link_versions
from ingest.shelf import Shelf

Progress = Callable[[str, int, int], None]  # (stage, done, total)
Programmes = Sequence[tuple[str, dict[str, Any]]]
QUALITY = "quality.json"

# The modules whose output a segment keeps, whatever the backend.
_INDEXING = (
    "answers.py",
    "passages.py",
    "postings.py",
    "segment.py",
    "sounds.py",
    "store.py",
    "tokens.py",
    "vocabulary.py",
)
SEGMENT_DOCUMENTS = 5_000  # more are indexed as several segments, so that memory has a bound
MOST_SMALL = 8  # segments up to half full; when there are so many, the smallest are merged
_MOST_GONE = 0.25  # of a segment's passages; past that the rest moves to a new segment


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
    indexed: int = 0  # documents that were indexed anew; the others stayed where they were
    segments: int = 0
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
    backend: str | None = None,
    milvus: str = "",
    progress: Progress = lambda stage, done, total: None,
) -> BuildSummary:
    """Ingest, index and publish; readers keep the old generation until the new one is complete.

    When nothing that goes in has changed since the current generation was built, that one is kept. Documents that were
    uploaded (`index.uploads`) stay in.

    Args:
        home: where the index lives.
        corpus: folders of documents.
        knowledge: folder of knowledge files; the bundled ones unless given.
        encoder: name or path, as `index.encoder.load_encoder` takes it.
        backend: `embedded` or `milvus`; what the home has now unless given, and embedded for a new home.
        milvus: address of Milvus; where the home's rows are now unless given.
        progress: told of every step.

    Raises:
        HangceError: a folder, knowledge file or the backend is unusable, the home cannot be written to, or another
            build of it is running.
    """
    # A backend or address that is none is refused before anything is made.
    target_for(home.path, backend, milvus, next(iter(home.backends()), EMBEDDED))
    with home.alone():
        sources = Sources([Path(f).absolute() for f in corpus], live(home))
        return _build(home, sources, knowledge, encoder, backend, milvus, progress)


def build_again(
    home: Home,
    adding: Iterable[str] = (),
    leaving_out: Collection[str] = (),
    progress: Progress = lambda stage, done, total: None,
) -> BuildSummary:
    """The same once more with uploads added or left out: from the folders that the current generation was built from.

    Args:
        home: where the index lives.
        adding: ids of uploads (`index.uploads`).
        leaving_out: the same.
        progress: told of every step.

    Raises:
        HangceError: as `build`; or there is no current generation, or it does not say what it was built from.
    """
    with home.alone():
        manifest = home.manifest(home.current())
        known = [*live(home), *adding]
        sources = Sources(corpus_of(manifest), [i for i in dict.fromkeys(known) if i not in leaving_out])
        return _build(home, sources, None, str(manifest["encoder"]), None, "", progress)


def corpus_of(manifest: Mapping[str, Any]) -> list[Path]:
    """The folders that a generation was built from.

    Raises:
        HangceError: an earlier version built it, which did not note them.
    """
    folders = manifest.get("corpus")
    if isinstance(folders, list):
        return [Path(folder) for folder in folders]
    if not manifest["summary"].get("files"):
        return []
    raise HangceError(
        "this index does not say which folders it was built from — run `hangce build` with --corpus once"
    )


@dataclass(frozen=True, slots=True)
class Sources:
    """What a build reads: folders of documents, and uploads by id."""

    corpus: list[Path]
    uploads: list[str]


def _build(
    home: Home,
    sources: Sources,
    knowledge: Path | None,
    encoder: str,
    backend: str | None,
    milvus: str,
    progress: Progress,
) -> BuildSummary:
    started = time.perf_counter()
    folders = [*sources.corpus, *(home.uploads / i for i in sources.uploads)]
    noted = {"corpus": [str(folder) for folder in sources.corpus], "uploads": sources.uploads}
    progress("读取文件", 0, 0)
    target = target_for(home.path, backend, milvus, next(iter(home.backends()), EMBEDDED))
    made_for = f"{target.name} {json.dumps(noted, ensure_ascii=False)}"
    fingerprint = _fingerprint(folders, knowledge or knowledge_folder(), encoder, made_for)
    current = _current_manifest(home)
    if current and current.get("fingerprint") == fingerprint and _whole(home, current, target):
        known = {k: v for k, v in current["summary"].items() if k != "problems"}
        problems = [InputError(**p) for p in current["summary"]["problems"]]
        return BuildSummary(**known, problems=problems, unchanged=True, seconds=time.perf_counter() - started)
    policies = load_policies(knowledge)
    model = load_encoder(encoder)
    shelf = Shelf(FileCache(home.path / "cache"))
    shelf.fill(folders, lambda name: progress(f"读取 {name}", 0, 0))
    documents, notes, unmatched = _merge(shelf, policies)
    entries = _entries(shelf, documents, notes, policies, model.name, target)
    programmes = [
        (policy.document_id, programme.model_dump(mode="json", by_alias=True, exclude_none=True))
        for policy in policies
        for programme in policy.programmes
    ]
    summary = BuildSummary(
        files=shelf.files,
        read=shelf.read,
        documents=len(documents),
        policies=sum(d.kind in ("policy", "plan") for d in documents),
        clauses=sum(d.to_listing()["clauses"] for d in documents),
        knowledge_files=len(policies),
        unmatched=unmatched,
        problems=shelf.problems,
    )
    listings = {d.document_id: d.to_listing() for d in documents}
    extra = {
        QUALITY: json.dumps(shelf.quality_report(), ensure_ascii=False),
        PROGRAMMES: programmes_json(policies, listings, load_facts(), load_vocabulary().places),
    }
    publish(home, entries, programmes, model, summary, fingerprint, extra, progress, target, noted)
    settle(home)
    shelf.cache.forget_unused()
    summary.seconds = time.perf_counter() - started
    progress("完成", 1, 1)
    return summary


def publish(
    home: Home,
    entries: Sequence[Entry],
    programmes: Programmes,
    encoder: Encoder,
    summary: BuildSummary,
    fingerprint: str,
    extra: dict[str, str],
    progress: Progress = lambda stage, done, total: None,
    target: Target | None = None,
    noted: Mapping[str, Any] | None = None,
) -> None:
    """Make and publish the generation that holds exactly these documents, indexing those that changed.

    Args:
        home: where the index lives.
        entries: every document of the generation, in order.
        programmes: (document id, programme) of all programmes.
        encoder: makes the vectors.
        summary: completed with what was indexed.
        fingerprint: of everything that went in.
        extra: further files of the generation, name → content.
        progress: told of every step.
        target: where to put what is searched; the segments' folders unless given.
        noted: what else the manifest says.
    """
    target = target or EmbeddedTarget()
    target.prepare(encoder.encode([""]).shape[1])
    folder = home.new_generation()
    kept = _kept(home, entries, encoder.name, target)
    fresh = [e for e in entries if e.document.document_id not in kept]
    place = dict(kept)
    districts = sorted({p.name for p in load_vocabulary().places if p.kind == "district"} - {"杭州市"})
    for start in range(0, len(fresh), SEGMENT_DOCUMENTS):
        some = fresh[start : start + SEGMENT_DOCUMENTS]
        segment = home.new_segment()
        texts = write_segment(segment, some, districts, encoder, progress)
        progress("建立索引", start, len(fresh))
        beside = [home.segments / name for name in dict.fromkeys(place.values())]
        target.write(segment, texts, [e.document.to_listing() for e in some], beside)
        place |= dict.fromkeys((e.document.document_id for e in some), segment.name)
    segments = list(dict.fromkeys(place[e.document.document_id] for e in entries))
    stored = [
        StoredDocument(
            e.document.document_id,
            e.document.to_listing(),
            e.document.names,
            e.document.verbatim,
            place[e.document.document_id],
        )
        for e in entries
    ]
    write_catalogue(folder, stored, programmes)
    write_places(
        folder, {e.document.document_id: (place[e.document.document_id], e.fingerprint) for e in entries}
    )
    for name, content in extra.items():
        (folder / name).write_text(content, encoding="utf-8")
    for held in (Segment(home.segments / name) for name in segments):
        live = np.array([place.get(i) == held.name for i in held.document_ids], dtype=bool)
        of_row = live[held.rows["document"]]
        summary.passages += int(of_row.sum())
        summary.asks += int(of_row[held.ask_rows].sum())
    summary.indexed, summary.segments, summary.generation = len(fresh), len(segments), folder.name
    counted = {
        name: getattr(summary, name)
        for name in BuildSummary.__dataclass_fields__
        if name not in ("problems", "unchanged", "seconds")
    }
    problems = [{"source": p.source, "problem": p.problem, "remedy": p.remedy} for p in summary.problems]
    manifest = {
        "fingerprint": fingerprint,
        "encoder": encoder.name,
        "backend": target.description,
        "summary": counted | {"problems": problems},
        **(noted or {}),
    }
    before = home.backends()
    home.publish(folder, segments, manifest)
    with suppress(HangceError):  # no reader sees what is left over, and the next build tries again
        target.sweep(home.segment_names())
    for old in before:
        if old not in home.backends() and old.get("home") == str(home.path.absolute()):
            discard(old)


def _whole(home: Home, manifest: dict[str, Any], target: Target) -> bool:
    """Whether the target still has all that the current generation needs."""
    try:
        return all(target.holds(Segment(home.segments / name)) for name in manifest["segments"])
    except (OSError, ValueError):
        return False


def _kept(home: Home, entries: Sequence[Entry], encoder: str, target: Target) -> dict[str, str]:
    """Document id → segment of the documents that can stay where they are.

    A segment that lost much, or one of many small ones, is given up, and what is left in it indexed anew.
    """
    try:
        folder = home.current()
        manifest = home.manifest(folder)
        if manifest.get("encoder") != encoder or manifest.get("backend", EMBEDDED) != target.description:
            return {}
        known = read_places(folder)
        same = {}
        for entry in entries:
            place, fingerprint = known.get(entry.document.document_id, ("", ""))
            if place and fingerprint == entry.fingerprint:
                same[entry.document.document_id] = place
        opened = [Segment(home.segments / name) for name in dict.fromkeys(same.values())]
        opened = [segment for segment in opened if target.holds(segment)]
    except HangceError:  # whatever is wrong with it, the new generation will replace it
        return {}
    usable = []
    for segment in opened:
        live = np.array([same.get(i) == segment.name for i in segment.document_ids], dtype=bool)
        passages = int(live[segment.rows["document"]].sum())
        if passages >= (1 - _MOST_GONE) * len(segment.rows):
            usable.append(segment)
    full = [s for s in usable if len(s.document_ids) > SEGMENT_DOCUMENTS // 2]
    small = sorted((s for s in usable if s not in full), key=lambda s: len(s.rows))
    if len(small) >= MOST_SMALL:
        # The two smallest become one, with those after them that are no larger than all before: each document moves
        # a few times in all, however many are added.
        merged, size = 2, len(small[0].rows) + len(small[1].rows)
        while merged < len(small) and len(small[merged].rows) <= size:
            size += len(small[merged].rows)
            merged += 1
        small = small[merged:]
    names = {segment.name for segment in [*full, *small]}
    return {document_id: name for document_id, name in same.items() if name in names}


def _entries(
    shelf: Shelf,
    documents: Sequence[Document],
    notes: dict[tuple[str, str], ClauseNote],
    policies: Sequence[PolicyFile],
    encoder: str,
    target: Target,
) -> list[Entry]:
    """What goes into the index of every document."""
    of: dict[str, dict[str, ClauseNote]] = {}
    for (document_id, path), note in notes.items():
        of.setdefault(document_id, {})[path] = note
    names: dict[str, dict[str, list[str]]] = {}
    for policy in policies:
        for programme in policy.programmes:
            for path in programme.clause_paths():
                names.setdefault(policy.document_id, {}).setdefault(path, []).extend(
                    [programme.name, *programme.names]
                )
    code = _code_digest(encoder, target.modules)
    out = []
    for document in documents:
        noted = of.get(document.document_id, {})
        programmes = names.get(document.duplicate_of or document.document_id, {})
        made_of = [
            code,
            shelf.digest(document),
            document.document_id,
            document.title,
            document.names,
            document.doc_numbers,
            document.kind,
            document.district,
            bool(document.duplicate_of),
            [note.model_dump(mode="json") for note in noted.values()],
            programmes,
            target.facts(document.to_listing()),
        ]
        fingerprint = hashlib.sha256(json.dumps(made_of, ensure_ascii=False).encode()).hexdigest()
        out.append(
            Entry(document, lambda document=document: shelf.clauses(document), fingerprint, noted, programmes)  # type: ignore[misc]
        )
    return out


def _code_digest(encoder: str, modules: Iterable[str]) -> str:
    """Changes with the code that cuts and indexes and with the encoder: what an older version made is made again."""
    digest = hashlib.sha256(f"{FORMAT} {encoder}".encode())
    files = [Path(__file__).parent / name for name in sorted({*_INDEXING, *modules})]
    for path in [*files, *_encoder_files(encoder)]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def _encoder_files(encoder: str) -> list[Path]:
    folder = BUNDLED_FOLDER if encoder == BUNDLED else Path(encoder)
    return sorted(p for p in folder.glob("*") if p.is_file()) if folder.is_dir() else []


def _fingerprint(folders: list[Path], knowledge: Path, encoder: str, target: str) -> str:
    """Changes when a file, a knowledge file, the encoder, the backend or the code that reads them changes."""
    digest = hashlib.sha256(f"{FORMAT} {encoder} {target}".encode())
    code = [
        p
        for package in ("ingest", "index")
        for p in sorted((Path(__file__).parents[1] / package).rglob("*.py"))
    ]
    files = [
        p for path in corpus_files(folders) for p in (path, override_path(path)) if p == path or p.exists()
    ]
    for path in [*files, *sorted(knowledge.glob("*.yaml")), *_encoder_files(encoder), *code]:
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
