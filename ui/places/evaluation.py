"""A place that is being built."""

from __future__ import annotations

from pathlib import Path

from fastapi import APIRouter

from ui.server import Ground
from ui.wording import Lang


def evaluation_router(ground: Ground, lang: Lang, runs: Path) -> APIRouter:
    """The routes."""
    return APIRouter()
