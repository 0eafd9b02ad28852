"""The scripted model server on loopback."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from scripted_server import Script, serving


@pytest.fixture(scope="module")
def server() -> Iterator[Script]:
    """A server that says what a script tells it to."""
    with serving() as script:
        yield script


@pytest.fixture
def script(server: Script, monkeypatch: pytest.MonkeyPatch) -> Script:
    """The script of one test, without what an earlier one left, and without waiting between tries."""
    monkeypatch.setattr("assistant.model_calls.FIRST_PAUSE", 0.01)
    server.reset()
    return server
