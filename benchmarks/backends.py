"""The backends beside each other: what they find on the development questions, how fast, and what they take.

`python -m benchmarks.backends [--corpus DIR] [--milvus ADDRESS]`: embedded, Milvus Lite in process, and the Milvus at
an address where one is given. It is built anew there, in collections of its own, which are dropped at the end.
"""

from __future__ import annotations

import json
import os
import statistics
import tempfile
import time
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from benchmarks.__main__ import NEIGHBOUR, seconds
from benchmarks.usual_stack import size_of

if TYPE_CHECKING:
    from evals.questions import Question

RESULTS = 20
QUALITY = ("R@1", "R@5", "R@10", "MRR")


@dataclass(slots=True)
class Figures:
    """What is measured of one backend. `same` is the share of questions with the same first ten as the first one."""

    name: str
    passages: int
    quality: dict[str, float]
    same: float
    p50_ms: float
    p95_ms: float
    open_seconds: float
    build_seconds: float
    bytes: int | None  # of the home and of Milvus Lite's files; a server's are not seen from here


def measure(
    name: str, home_folder: Path, address: str, corpus: Path | None, questions: list[Question]
) -> tuple[Figures, list[list[str]]]:
    """Build, open, ask; gives back the first ten of every question too."""
    from assistant.service import Assistant
    from evals.metrics import ranking
    from evals.runner import Recorder
    from index.build import build
    from index.home import Home

    home = Home(home_folder / "home")
    started = time.perf_counter()
    summary = build(
        home, [corpus] if corpus else [], backend="milvus" if address else "embedded", milvus=address
    )
    built = time.perf_counter() - started
    if address:
        from index.milvus_client import checked_address, release

        release(checked_address(address))
    started = time.perf_counter()
    assistant = Assistant(home)
    opened = time.perf_counter() - started
    recorder = Recorder(assistant)
    records = [recorder.record(question) for question in questions]  # and so it is warm
    values = [ranking(question, record) for question, record in zip(questions, records, strict=True)]
    times = [
        seconds(lambda q=q: assistant.found(q.question, q.as_of, q.history, RESULTS), 1)[0] * 1000
        for q in questions
    ]
    names = {"R@1": "r@1", "R@5": "r@5", "R@10": "r@10", "MRR": "rr"}
    figures = Figures(
        name,
        summary.passages,
        {k: round(statistics.fmean(float(v[names[k]] or 0) for v in values), 4) for k in QUALITY},
        1.0,
        round(statistics.median(times), 2),
        round(statistics.quantiles(times, n=20)[-1], 2),
        round(opened, 2),
        round(built, 2),
        None if "://" in address else size_of(home_folder) - size_of(home.path / "cache"),
    )
    if address:
        from index.targets import discard

        discard(home.manifest(home.current())["backend"])
        release(checked_address(address))
    return figures, [record.found[:10] for record in records]


@click.command()
@click.option(
    "--corpus", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Folder of documents."
)
@click.option("--milvus", metavar="ADDRESS", default="", help="A Milvus server, http://host:port.")
@click.option(
    "--json", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here too."
)
def main(corpus: Path | None, milvus: str, target: Path | None) -> None:
    """Build every backend, ask the development questions, and print a table."""
    # One thread, so that figures of other machines compare; read by the libraries when they are first imported.
    os.environ |= {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    corpus = corpus or (NEIGHBOUR if NEIGHBOUR.is_dir() else None)
    from evals.questions import load_questions

    questions = [q for q in load_questions((), "dev") if q.answerable]
    console = Console(width=150)
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        backends = [("embedded", "")]
        missing = [name for name in ("pymilvus", "milvus_lite", "jieba") if find_spec(name) is None]
        if not missing:
            backends.append(("Milvus Lite, in process", str(folder / "lite" / "milvus.db")))
        if milvus and "pymilvus" not in missing:
            backends.append((f"Milvus at {milvus}", milvus))
        figures: list[Figures] = []
        first: list[list[str]] = []
        for name, address in backends:
            with console.status(name):
                place = folder / ("lite" if address.endswith(".db") else name.replace("/", " "))
                some, found = measure(name, place, address, corpus, questions)
            first = first or found
            some.same = round(statistics.fmean(a == b for a, b in zip(first, found, strict=True)), 4)
            figures.append(some)
    console.print(
        table(figures, f"{len(questions)} development questions; {corpus or 'knowledge files alone'}")
    )
    if missing:
        console.print(f"Milvus left out for want of {', '.join(missing)}: pip install 'hangce[milvus]'")
    if target:
        data = {"questions": len(questions), "backends": [asdict(f) for f in figures]}
        target.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def table(figures: list[Figures], title: str) -> Table:
    """The figures as a table."""
    out = Table("backend", "passages", *QUALITY, "same\n10", title=title)
    for column in ("p50\nms", "p95\nms", "open\ns", "build\ns", "MiB"):
        out.add_column(column)
    for f in figures:
        out.add_row(
            f.name,
            str(f.passages),
            *(f"{f.quality[n]:.3f}".lstrip("0") for n in QUALITY),
            f"{f.same:.1%}",
            f"{f.p50_ms:.1f}",
            f"{f.p95_ms:.1f}",
            f"{f.open_seconds:.1f}",
            f"{f.build_seconds:.1f}",
            "?" if f.bytes is None else f"{f.bytes / 2**20:.1f}",
        )
    return out


if __name__ == "__main__":
    main()
