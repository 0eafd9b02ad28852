"""The command `hangce annotate`: a draft knowledge file for one document, written by the chat model."""

from __future__ import annotations

from pathlib import Path

import click

from ingest.errors import HangceError
from ui.progress import progress_shown


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
def annotate(file: Path) -> None:
    """Draft a knowledge file for a document with the chat model (HANGCE_MODEL); never used until a person accepts it."""
    from assistant.annotate import annotate as draft_file
    from assistant.chat_model import configured_model

    model = configured_model()
    if model is None:
        raise HangceError(
            "hangce annotate needs a chat model — set HANGCE_MODEL (and HANGCE_BASE_URL, HANGCE_API_KEY)"
        )
    with progress_shown() as progress:
        written = draft_file(file, model, progress)
    for path, drafted in written:
        for text in drafted.left_out:
            click.echo(f"没有写成 {text}", err=True)
        for problem in drafted.remarks:
            click.echo(f"请核对 {problem.at}：[{problem.check}] {problem.text}", err=True)
        click.echo(
            f"草稿 {path}：{len(drafted.policy.clauses)} 条条款写了要点，{len(drafted.left_out)} 条没有写成，"
            f"{len(drafted.remarks)} 处请核对。核对无误后删去 draft: true 才会被使用。"
        )
