"""Long work shown as it goes: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click


@contextmanager
def progress_shown() -> Iterator[Any]:
    """A progress bar on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        last = ""

        def log(stage: str, done: int, total: int) -> None:
            nonlocal last
            if stage != last:
                click.echo(f"… {stage}", err=True)
            last = stage

        yield log
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("开始", total=None)
        yield lambda stage, done, total: bar.update(
            task, description=stage, completed=done, total=total or None
        )
