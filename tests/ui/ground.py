"""What the pages stand on, without the pages."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import FastAPI

from assistant.service import Assistant
from index.home import Home
from ui.server import attach
from ui.settings import Settings

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ARGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def bare_app(home: Home, **settings: object) -> FastAPI:
    """An application with everything but pages."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    attach(app, home, Assistant(home), Settings.model_validate({"answering_processes": 0, **settings}))
    return app


def own_home(home: Home, folder: Path) -> Home:
    """A home with the same index and nothing else, for users and records of a test's own."""
    for part in ("index", "segments"):
        (folder / part).symlink_to(home.path / part)
    return Home(folder)


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The application on a free port of this machine; gives its address."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def axe() -> Path:
    """`axe.min.js`: `HANGCE_AXE`, else the copy in the wheel of axe-playwright-python."""
    if given := os.environ.get("HANGCE_AXE"):
        return Path(given)
    package = importlib.util.find_spec("axe_playwright_python")
    assert package and package.origin, "axe-playwright-python is not installed — pip install -e '.[dev]'"
    return Path(package.origin).with_name("axe.min.js")


def serious_faults(page: Any) -> list[str]:
    """What axe-core calls serious or critical, each with the element it is about."""
    session = page.context.new_cdp_session(page)  # past the page's own policy
    session.send("Runtime.evaluate", {"expression": axe().read_text(encoding="utf-8")})
    reply = session.send(
        "Runtime.evaluate", {"expression": "axe.run()", "awaitPromise": True, "returnByValue": True}
    )
    assert "exceptionDetails" not in reply, reply
    return [
        f"{page.url} {fault['id']}: {node['html'][:160]}"
        for fault in reply["result"]["value"]["violations"]
        if fault["impact"] in ("serious", "critical")
        for node in fault["nodes"]
    ]
