"""The catalogue of the bundled knowledge files, and programmes with their documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.eligibility.asked import Terms
from assistant.eligibility.catalogue import Catalogue
from index.build import build
from index.home import Home


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return Catalogue.bundled()


@pytest.fixture(scope="session")
def terms(catalogue: Catalogue) -> Terms:
    return Terms(catalogue)


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home over the bundled knowledge files alone."""
    folder = tmp_path_factory.mktemp("eligibility") / "home"
    build(Home(folder))
    return folder
