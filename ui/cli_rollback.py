"""The command `hangce rollback`: back to the generation before, or to another one that was kept."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from ingest.errors import HangceError

if TYPE_CHECKING:
    from index.home import Home


@click.command()
@click.option(
    "--list", "listed", is_flag=True, help="Show the generations that were kept, and change nothing."
)
@click.option("--to", metavar="NAME", help="Which one (default: the latest that is not in use).")
@click.option(
    "--home",
    type=click.Path(file_okay=False),
    help="Where the index lives (or HANGCE_HOME; default .hangce).",
)
def rollback(listed: bool, to: str | None, home: str | None) -> None:
    """Answer from an earlier generation of the index; a server that is running goes over to it."""
    from index.home import Home
    from index.uploads import settle

    place = Home(home)
    current = place.current().name
    kept = [g.name for g in place.kept()]
    if listed:
        for name in kept:
            click.echo(_line(place, name, name == current))
        return
    other = next((name for name in kept if name != current), None)
    if to is None and other is None:
        raise HangceError(f"no other generation is kept in {place.path} — build again from the sources")
    with place.alone():
        place.switch(to or str(other))
        settle(place)
    click.echo(f"已退回：{_line(place, to or str(other), True)}。{current} 保留到下一次构建。")


def _line(home: Home, name: str, current: bool) -> str:
    folder = home.generations / name
    summary = home.note(folder).get("summary") or {}
    made = datetime.fromtimestamp((folder / "manifest.json").stat().st_mtime)
    mark = "* " if current else "  "
    return f"{mark}{name}  {made:%Y-%m-%d %H:%M:%S}  文档 {summary.get('documents', '?')} 份"
