"""Print how long building, a cold question and warm questions take.

`python -m benchmarks [--corpus DIR]`: with documents where a folder is given or `../shared/corpus` is at hand,
else over the bundled knowledge files alone.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from ingest.corpus import ingest_folders

NEIGHBOUR = Path(__file__).parents[2] / "shared" / "corpus"
COLD_QUESTION = "规上企业研发补助最高多少"


def seconds(step: Callable[[], object], repeats: int) -> list[float]:
    """Wall-clock seconds of each repeat."""
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        step()
        times.append(time.perf_counter() - started)
    return times


def command(*arguments: str) -> None:
    """Run `hangce` in a process of its own."""
    subprocess.run([sys.executable, "-m", "ui.cli", *arguments], check=True, capture_output=True)


def index_again(home: Path, corpus: Path | None) -> None:
    """Build another home from the parsed documents that a home has in its cache."""
    from index.build import build
    from index.home import Home

    with tempfile.TemporaryDirectory() as folder:
        if corpus:
            shutil.copytree(home / "cache", Path(folder) / "cache")
        build(Home(folder), [corpus] if corpus else [])


@click.command()
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of documents."
)
@click.option("--repeats", default=5, show_default=True)
def main(corpus: Path | None, repeats: int) -> None:
    """Measure and print a table."""
    corpus = corpus or (NEIGHBOUR if NEIGHBOUR.is_dir() else None)
    table = Table(
        "what",
        "median",
        "p95",
        "min",
        "max",
        "runs",
        title=f"documents: {corpus or 'none (knowledge files alone)'}",
    )

    def row(name: str, times: list[float], unit: str = "s") -> None:
        scale, digits = (1000, 1) if unit == "ms" else (1, 2)
        measures = (statistics.median, lambda t: sorted(t)[int(len(t) * 0.95)], min, max)
        figures = [f"{f(times) * scale:.{digits}f} {unit}" for f in measures]
        table.add_row(name, *figures, str(len(times)))

    with tempfile.TemporaryDirectory() as folder:
        home = str(Path(folder) / "home")
        build = ["build", "--home", home, *(["--corpus", str(corpus)] if corpus else [])]

        def fresh_build() -> None:
            command(*build[:2], str(Path(tempfile.mkdtemp(dir=folder))), *build[3:])

        if corpus:
            row("parse the documents", seconds(lambda: ingest_folders([corpus]), 3))
        row("hangce build (cold process, empty home)", seconds(fresh_build, 3))
        command(*build)
        row("index the parsed documents, in process", seconds(lambda: index_again(Path(home), corpus), 3))
        row("hangce build (nothing changed)", seconds(lambda: command(*build), 3))
        row(
            "hangce ask --json (cold process)",
            seconds(lambda: command("ask", COLD_QUESTION, "--json", "--home", home), repeats),
        )
        row(
            "hangce search (cold process)",
            seconds(lambda: command("search", COLD_QUESTION, "--home", home), repeats),
        )
        _warm(home, row)
    Console(width=120).print(table)


def _warm(home: str, row: Callable[[str, list[float], str], None]) -> None:
    import faiss

    from assistant.service import Assistant
    from evals.questions import load_questions
    from index.home import Home

    faiss.omp_set_num_threads(1)
    assistant = Assistant(Home(home))
    questions = [q.question for q in load_questions(split="dev")]
    for question in questions:  # warm-up
        assistant.ask(question)
    row(
        "search, warm, dev questions",
        [seconds(lambda q=q: assistant.searcher.search(q), 1)[0] for q in questions],
        "ms",
    )
    row("answer, warm, dev questions", [seconds(lambda q=q: assistant.ask(q), 1)[0] for q in questions], "ms")


if __name__ == "__main__":
    main()
