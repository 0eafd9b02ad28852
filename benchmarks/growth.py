"""How the embedded index grows: `python -m benchmarks.growth [--size 10000]... [--json FILE]`.

Policies are made up of a lexicon whose words are as unevenly frequent as real ones (Zipf), forty clauses each, every
tenth with a written question. Each size is built in a process of its own and searched in another, so that peak
memory is its own. Exact search, the measure of recall, scores every passage by all words and all vectors.
"""

from __future__ import annotations

import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich.console import Console
from rich.table import Table

SIZES = (10_000, 100_000, 1_000_000)
CLAUSES = 40  # of each document
LEXICON = 60_000
QUESTIONS = 300
SEED = 7


class Writer:
    """Made-up policies, the same for the same number."""

    def __init__(self) -> None:
        rng = np.random.default_rng(SEED)
        letters = [chr(c) for c in rng.choice(np.arange(0x4E00, 0x9000), 3500, replace=False)]
        lengths = rng.choice([2, 2, 2, 3, 4], LEXICON)
        self.words = ["".join(letters[i] for i in rng.integers(0, len(letters), n)) for n in lengths]
        shares = 1 / np.arange(1, LEXICON + 1) ** 0.9
        self._cumulative = np.cumsum(shares / shares.sum())

    def sentence(self, rng: np.random.Generator, words: int) -> list[str]:
        """Words at the frequencies of the lexicon."""
        return [
            self.words[i] for i in self._cumulative.searchsorted(rng.random(words)).tolist() if i < LEXICON
        ]

    def document(self, number: int) -> tuple[str, str, list[str], list[tuple[int, str]]]:
        """Title, document number, clause texts, and (clause, question) for every tenth clause."""
        rng = np.random.default_rng([SEED, number])
        title = f"杭州市{''.join(self.sentence(rng, 5))}管理办法"
        texts, asks = [], []
        for clause in range(CLAUSES):
            words = self.sentence(rng, int(rng.integers(20, 60)))
            texts.append("".join(words) + f"最高{int(rng.integers(1, 500))}万元。")
            if clause % 10 == 0:
                asks.append((clause, "".join(rng.choice(words, 5).tolist()) + "能拿多少"))
        return title, f"杭测〔{2010 + number % 15}〕{number}号", texts, asks

    def question(self, number: int, documents: int) -> str:
        """Some words of a random clause, and some that are not in it."""
        rng = np.random.default_rng([SEED, 1, number])
        _, _, texts, _ = self.document(int(rng.integers(0, documents)))
        text = texts[int(rng.integers(0, CLAUSES))]
        starts = rng.integers(0, max(len(text) - 4, 1), 5).tolist()
        return "请问" + "".join(text[s : s + 4] for s in starts) + "".join(self.sentence(rng, 3)) + "怎么申请"


def entries(documents: int) -> Iterator[Any]:
    """The policies as the index takes them."""
    from index.segment import Entry
    from ingest.knowledge import ClauseNote
    from ingest.model import Clause, Document, SourceSpan

    writer = Writer()

    def clauses(number: int) -> list[Clause]:
        _, _, texts, _ = writer.document(number)
        return [
            Clause(f"{i + 1}、", text, SourceSpan("made up", i + 1, i + 1)) for i, text in enumerate(texts)
        ]

    for number in range(documents):
        title, doc_number, _, asks = writer.document(number)
        document = Document(
            doc_number, title, SourceSpan("made up", 1, CLAUSES), [doc_number], effective="2020-01-01"
        )
        document.counted = (CLAUSES, CLAUSES)
        notes = {
            f"{c + 1}、": ClauseNote(at=f"{c + 1}、", gist="要点见原文。", asks=[ask]) for c, ask in asks
        }
        yield Entry(document, lambda number=number: clauses(number), str(number), notes)


def build(home: Path, passages: int) -> dict[str, float]:
    """Build an index, then add one document; seconds and peak memory of each."""
    from index.build import BuildSummary, publish
    from index.encoder import load_encoder
    from index.home import Home

    encoder = load_encoder()
    everything = list(entries(passages // CLAUSES + 1))
    seconds = []
    for some in (everything[:-1], everything):
        started = time.perf_counter()
        summary = BuildSummary()
        publish(Home(home), some, [], encoder, summary, str(len(some)), {})
        seconds.append(time.perf_counter() - started)
    files = [p for p in home.rglob("*") if p.is_file()]
    return {
        "build": seconds[0],
        "add": seconds[1],
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "disk": sum(p.stat().st_size for p in files) / 2**20,
        "passages": summary.passages,
    }


def search(home: Path, passages: int) -> dict[str, float]:
    """Open the index and ask: seconds to open, milliseconds a question, memory, agreement with exact search."""
    import faiss

    from index.embedded import EmbeddedBackend
    from index.home import Home
    from index.search import Searcher

    faiss.omp_set_num_threads(1)
    started = time.perf_counter()
    searcher = Searcher(Home(home))
    opened = time.perf_counter() - started
    writer = Writer()
    questions = [writer.question(n, passages // CLAUSES) for n in range(QUESTIONS)]
    for question in questions[:20]:
        searcher.search(question, 10)
    times, found = [], []
    for question in questions:
        started = time.perf_counter()
        hits = searcher.search(question, 10)
        times.append(time.perf_counter() - started)
        found.append({hit.clause.clause_id for hit in hits})
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    searcher.backend = EmbeddedBackend(searcher.generation, exact=True)
    agree = []
    for question, own in random.Random(SEED).sample(list(zip(questions, found, strict=True)), 100):
        best = {hit.clause.clause_id for hit in searcher.search(question, 10)}
        agree.append(len(best & own) / max(len(best), 1))
    return {
        "open": opened,
        "p50": float(np.percentile(times, 50)) * 1000,
        "p95": float(np.percentile(times, 95)) * 1000,
        "memory": memory,
        "recall": float(np.mean(agree)),
    }


@click.command()
@click.option("--size", "sizes", type=int, multiple=True, default=SIZES, show_default=True)
@click.option("--json", "json_file", type=click.Path(path_type=Path), help="Write the figures here as well.")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where the indexes are made (some GB); kept if given."
)
@click.option("--step", type=click.Choice(["build", "search"]), hidden=True)
def main(sizes: tuple[int, ...], json_file: Path | None, folder: Path | None, step: str | None) -> None:
    """Measure and print a table."""
    if step:
        assert folder is not None
        click.echo(json.dumps({"build": build, "search": search}[step](folder, sizes[0])))
        return
    table = Table(
        "passages", "build", "one document added", "peak, building", "on disk", "open", "p50", "p95", "memory, searching",
        "recall@10 of exact search",
    )  # fmt: skip
    figures = {}
    for size in sizes:
        place = (folder or Path(tempfile.mkdtemp())) / str(size)
        r: dict[str, float] = {}
        for name in ("build", "search"):
            command = [
                sys.executable,
                "-m",
                "benchmarks.growth",
                "--size",
                str(size),
                "--folder",
                str(place),
                "--step",
                name,
            ]
            r |= json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        if folder is None:
            shutil.rmtree(place)
        table.add_row(
            f"{r['passages']:,.0f}", f"{r['build']:.1f} s", f"{r['add']:.2f} s", f"{r['peak']:,.0f} MiB", f"{r['disk']:,.0f} MiB",
            f"{r['open']:.2f} s", f"{r['p50']:.1f} ms", f"{r['p95']:.1f} ms", f"{r['memory']:,.0f} MiB", f"{r['recall']:.3f}",
        )  # fmt: skip
        figures[size] = r
        Console(width=150).print(table)
    if json_file:
        json_file.write_text(json.dumps(figures, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
