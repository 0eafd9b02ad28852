"""Read a corpus on many machines with Dask; `hangce build` afterwards finds every file already read.

python docs/examples/distributed_ingestion.py --corpus DIR --home DIR      # two processes on this machine
python docs/examples/distributed_ingestion.py --corpus DIR --home DIR --scheduler tcp://HOST:8786
hangce build --corpus DIR --home DIR                                       # reads nothing anew

Needs `pip install 'dask[distributed]>=2025.1,<2027'`. Every machine has the same hangce, sees both folders under the
same paths, and may write to the home. After a break, run it again: what was read is kept. See docs/scale.md.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import nullcontext
from itertools import islice
from pathlib import Path

import click
from distributed import Client, LocalCluster, as_completed

from index.home import Home
from ingest.cache import FileCache
from ingest.corpus import (
    corpus_files,
    read_path,
)
from ingest.errors import HangceError, InputError
from ui.progress import progress_shown

AHEAD = 1_000  # files that the scheduler knows of at a time, however many there are


def read_into_cache(path: Path, folder: Path) -> tuple[bool, str]:
    """On a worker: keep what a file holds. Whether it was read anew, and what is wrong with it."""
    cache = FileCache(folder)
    key = cache.key(path)
    if cache.load(key, path.name):
        return False, ""
    try:
        cache.save(key, *read_path(path))
    except InputError as problem:  # as text: it would not survive the way back
        return False, str(problem)
    return True, ""


def check_workers(client: Client, folder: Path) -> None:
    """That workers write what the build will look for: entries named by our code, in our folder."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".seen-") as mark:
        own = FileCache(folder).key(Path(mark.name))
        for worker, key in client.run(FileCache(folder).key, Path(mark.name), on_error="return").items():
            if key != own:
                raise HangceError(f"{worker} has no or another hangce, or no {folder} — make them all alike")


def ingest(client: Client, files: Sequence[Path], folder: Path) -> Iterator[tuple[str, bool, str]]:
    """Read files; gives back for each, as it is done, its name and what `read_into_cache` says of it."""
    folder.mkdir(parents=True, exist_ok=True)
    check_workers(client, folder)
    waiting, running, finished = iter(files), {}, as_completed(())
    for number in range(len(files)):
        for path in islice(waiting, 1 if number else AHEAD):
            future = client.submit(read_into_cache, path, folder, pure=False)
            running[future] = path.name
            finished.add(future)
        future = next(finished)
        if future.cancelled():
            raise HangceError("the scheduler is gone — start it and run this again; what was read is kept")
        error = future.exception()  # no access, say, or a file that killed its worker again and again
        name = running.pop(future)
        yield name, *((False, f"{name}: {type(error).__name__}: {error}") if error else future.result())


@click.command()
@click.option("--corpus", type=click.Path(path_type=Path), multiple=True, required=True)
@click.option("--home", type=click.Path(file_okay=False), help="As of `hangce build`.")
@click.option("--scheduler", metavar="ADDRESS", help="tcp://host:8786 (default: two processes here).")
def main(corpus: tuple[Path, ...], home: str | None, scheduler: str | None) -> None:
    """Read documents on many machines, so that `hangce build` need not."""
    local = {"processes": True, "n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    read = skipped = 0
    try:
        files = [path.absolute() for path in corpus_files(corpus)]
        cache = Home(home).path.absolute() / "cache"
        cluster = nullcontext(scheduler) if scheduler else LocalCluster(**local)
        with cluster as address, Client(address) as client, progress_shown() as progress:
            client.wait_for_workers(1, timeout=30)
            for done, (name, fresh, problem) in enumerate(ingest(client, files, cache), start=1):
                progress(f"读取 {name}", done, len(files))
                read, skipped = read + fresh, skipped + bool(problem)
                if problem:
                    click.echo(f"跳过 {problem}", err=True)
    except (HangceError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"文件 {len(files)} 个（新读 {read} 个，跳过 {skipped} 个）。接着运行 hangce build。")


if __name__ == "__main__":
    main()
