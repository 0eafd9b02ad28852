import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from index.build import build
from index.home import Home


@pytest.fixture(scope="session")
def web_home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """An index over the bundled knowledge files alone."""
    home = Home(Path(tmp_path_factory.mktemp("web")) / "home")
    build(home)
    return home


@pytest.fixture(scope="session")
def web_address(web_home: Home) -> Iterator[str]:
    """The page, served from this process on a free port."""
    from ui.web import create_app

    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(create_app(web_home), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.02)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)
