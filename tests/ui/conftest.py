import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ground import ARGS, CHROMIUM, served

from index.build import build
from index.home import Home

ALONE = "HANGCE_ANSWERING_PROCESSES"
os.environ[ALONE] = "0"  # for servers that fixtures of a module start


@pytest.fixture(autouse=True)
def _servers_answer_themselves(_no_settings_of_the_user: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting processes takes seconds; the tests that are about them ask for them."""
    monkeypatch.setenv(ALONE, "0")


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

    with served(create_app(web_home)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Headless Chromium."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with sync_api.sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()
