"""A place that is being built."""

from __future__ import annotations

from fastapi import APIRouter

from ui.server import Ground
from ui.wording import Lang


def check_router(ground: Ground, lang: Lang) -> APIRouter:
    """The routes."""
    return APIRouter()
