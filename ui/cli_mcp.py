"""The command `hangce mcp`: the tools over standard input and output, for an assistant on the same machine."""

from __future__ import annotations

import click


@click.command()
@click.option(
    "--home",
    type=click.Path(file_okay=False),
    help="Where the index lives (or HANGCE_HOME; default .hangce).",
)
def mcp(home: str | None) -> None:
    """Offer the tools ask, search, clause and check to another assistant over stdio (MCP)."""
    import anyio

    from assistant.service import Assistant
    from index.home import Home
    from ui.answering import Answering
    from ui.checking import Checker
    from ui.observing import Metrics, log_to
    from ui.settings import load_settings
    from ui.tools_server import tools_server

    place = Home(home)
    answering = Answering(Assistant.open(place), load_settings(place.path), Metrics())
    server = tools_server(answering, Checker(lambda: answering.assistant.searcher.generation.folder))
    log_to()  # standard output belongs to the protocol
    anyio.run(server.run_stdio_async)
