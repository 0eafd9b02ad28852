"""What the pages stand on, without the pages."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from fastapi import FastAPI

from assistant.service import Assistant
from index.home import Home
from ui.server import attach
from ui.settings import Settings


def bare_app(home: Home, **settings: object) -> FastAPI:
    """An application with everything but pages."""
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    attach(app, home, Assistant(home), Settings.model_validate(settings))
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
