"""How ingestion grows: seconds and memory over generated corpora of 1×, 10× and 100× the documents.

`python -m benchmarks.ingestion`: every size runs in a process of its own, so that peak memory is its own.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

DOCUMENTS = 60
SIZES = (1, 10, 100)


def policy(number: int) -> str:
    """A made-up policy of forty articles with items and a table."""
    lines = [f"杭州市测试局关于印发《杭州市第{number}号造物补助办法》的通知", f"杭测〔2020〕{number}号"]
    lines += [f"杭州市第{number}号造物补助办法"]
    digits = "一二三四五六七八九"
    for i in range(1, 41):
        tens, ones = divmod(i, 10)
        numeral = ("" if not tens else ("十" if tens == 1 else digits[tens - 1] + "十")) + (
            digits[ones - 1] if ones else ""
        )
        lines.append(
            f"第{numeral}条 造第{i}种物件的企业，按投入的{i}%给予补助，最高{i}万元，由市测试局在每年{i % 12 + 1}月办理。"
            * 3
        )
        lines += [f"（{digits[j]}）第{i}种物件的第{j}项条件，须连续生产满{j + 1}年。" for j in range(4)]
    lines += ["序号\t物件\t数量", *(f"{i}\t物件{i}\t{i * 7}" for i in range(1, 30))]
    return "\n\n".join(lines[:-30]) + "\n\n" + "\n".join(lines[-30:]) + "\n"


def measure(times: int) -> dict[str, float]:
    """Read a generated corpus once and report seconds, clauses and peak memory in MiB."""
    from ingest.cache import FileCache
    from ingest.shelf import Shelf

    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        for number in range(1, DOCUMENTS * times + 1):
            (corpus / f"{number:06}.txt").write_text(policy(number), encoding="utf-8")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started = time.perf_counter()
        shelf = Shelf(FileCache(Path(folder) / "cache"))
        shelf.fill([corpus])
        seconds = time.perf_counter() - started
        return {
            "documents": len(shelf.documents),
            "clauses": sum(d.counted[1] for d in shelf.documents if d.counted),
            "seconds": seconds,
            "before": before,
            "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }


def main() -> None:
    """Run every size and print a table."""
    table = Table("documents", "clauses", "seconds", "ms per document", "memory before", "peak", "growth")
    for times in SIZES:
        command = [sys.executable, "-m", "benchmarks.ingestion", str(times)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        r = json.loads(done.stdout)
        table.add_row(
            f"{r['documents']}", f"{r['clauses']}", f"{r['seconds']:.2f}", f"{r['seconds'] / r['documents'] * 1000:.1f}",
            f"{r['before']:.0f} MiB", f"{r['peak']:.0f} MiB", f"{r['peak'] - r['before']:.0f} MiB",
        )  # fmt: skip
    Console(width=120).print(table)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        print(json.dumps(measure(int(sys.argv[1]))))
    else:
        main()
