"""One file that somebody handed in, read in a process of its own: it may be broken, slow or made to do harm.

`read_apart` starts `python -m ui.reading FILE CACHE`, which reads the file as a build would, leaves the outcome in the
cache, so that the build need not read it again, and prints what was found as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from ingest.cache import FileCache
from ingest.corpus import read_path
from ingest.errors import InputError
from ingest.model import Document
from ingest.quality import check
from ingest.relations import relate

SECONDS = 120
MEMORY = 4 * 2**30  # bytes of address space; libraries that are mapped count
MOST_DOCUMENTS = 50  # that are described
_FIRST = 3  # clauses that are shown of a document
_SHOWN = 160  # characters of a clause
_ORPHANS = 50


def read_apart(path: Path, cache: Path, seconds: float = SECONDS) -> dict[str, Any]:
    """What is in a file: `documents` with their `findings`, and `quality`; or the `problem` with it.

    Args:
        path: the file.
        cache: the folder of `ingest.cache.FileCache`.
        seconds: how long it may take.
    """
    # Keys and passwords of the server are nothing for a process that opens strangers' files.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("HANGCE_")}
    root = str(Path(__file__).parents[1])
    environment["PYTHONPATH"] = os.pathsep.join(filter(None, [root, environment.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "ui.reading", str(path.absolute()), str(cache.absolute())]
    try:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=seconds,
            env=environment,
            check=False,
        )
        found = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return _problem(InputError(path.name, f"takes longer than {seconds:.0f} seconds to read"))
    except (OSError, ValueError):
        return _problem(InputError(path.name, "needs more memory than there is for one file, or is broken"))
    return found if isinstance(found, dict) else _problem(InputError(path.name, "could not be parsed"))


def describe(path: Path, cache: Path) -> dict[str, Any]:
    """The same in this process."""
    try:
        documents, quality = read_path(path)
    except InputError as problem:
        return _problem(problem)
    except (ValueError, LookupError, RecursionError, MemoryError) as error:
        return _problem(InputError(path.name, f"could not be parsed ({type(error).__name__})"))
    kept = FileCache(cache)
    kept.save(kept.key(path), documents, quality)
    findings = [check(document) for document in documents]
    relate(documents)
    accounted = quality.to_dict()
    accounted["orphans"] = accounted["orphans"][:_ORPHANS]
    return {
        "count": len(documents),
        "documents": [
            {"listing": d.to_listing(), "findings": f, "first": _beginning(d)}
            for d, f in list(zip(documents, findings, strict=True))[:MOST_DOCUMENTS]
        ],
        "quality": accounted,
    }


def _beginning(document: Document) -> list[tuple[str, str]]:
    clauses = [c for c in document.clauses if c.kind != "row" and c.text.strip()]
    return [(c.path, c.text[:_SHOWN]) for c in clauses[:_FIRST]]


def _problem(error: InputError) -> dict[str, Any]:
    return {"problem": {"source": error.source, "problem": error.problem, "remedy": error.remedy}}


def _bound() -> None:
    """Give this process limits that it cannot leave."""
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        resource.setrlimit(resource.RLIMIT_CPU, (2 * SECONDS, 2 * SECONDS))
        os.nice(5)  # who asks comes first


if __name__ == "__main__":
    _bound()
    sys.stdout.write(json.dumps(describe(Path(sys.argv[1]), Path(sys.argv[2]))))
