"""Settings of the server: `settings.yaml` in the home, and `HANGCE_…` in the environment, which goes first."""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from ingest.errors import InputError

FILE = "settings.yaml"
_PREFIX = "HANGCE_"


class Settings(BaseModel):
    """Everything that can be set about the server; each field is also `HANGCE_` and its name in capitals."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str = Field("", description="Address of a PostgreSQL database; empty: SQLite in the home.")
    secret: str = Field("", description="Signs cookies; empty: a key that is made in the home once.")
    session_hours: float = Field(8, gt=0, le=24 * 30, description="How long one stays signed in.")
    lockout_failures: int = Field(5, ge=1, le=100, description="Wrong passwords until a sign-in is locked.")
    lockout_minutes: float = Field(15, gt=0, le=24 * 60, description="How long it stays locked.")
    address_per_minute: int = Field(1200, ge=1, description="Requests per minute and address.")
    session_per_minute: int = Field(240, ge=1, description="Requests per minute and browser session.")
    body_kib: int = Field(256, ge=1, le=1024 * 1024, description="Largest request, uploads aside.")
    upload_mib: int = Field(50, ge=1, le=4096, description="Largest upload.")
    retention_days: int = Field(90, ge=1, le=3650, description="Conversations older than this are deleted.")
    chat_closed: str = Field("", max_length=500, description="Shown instead of answers while not empty.")
    upload_closed: str = Field("", max_length=500, description="Shown instead of the upload while not empty.")
    metrics: Literal["off", "local", "all"] = Field("local", description="Who may read /metrics.")
    hosts: tuple[str, ...] = Field((), description="Host names the server answers to; empty: any.")
    proxies: str = Field("127.0.0.1", description="Addresses whose X-Forwarded-… headers are believed.")
    answering_processes: int | None = Field(
        None, ge=0, le=64, description="Processes that answer beside the server; 0: it answers itself."
    )
    log_requests: bool = Field(True, description="One line of log per request.")

    @field_validator("metrics", mode="before")
    @classmethod
    def _yaml_reads_off_as_false(cls, value: Any) -> Any:
        return {False: "off", True: "all"}.get(value, value) if isinstance(value, bool) else value

    @field_validator("hosts", mode="before")
    @classmethod
    def _names_by_comma(cls, value: Any) -> Any:
        if isinstance(value, str):
            value = value.split(",")
        return (
            tuple(str(v).strip().lower() for v in value if str(v).strip())
            if isinstance(value, list | tuple)
            else value
        )

    @field_validator("database")
    @classmethod
    def _is_postgresql(cls, value: str) -> str:
        value = value.strip()
        if value and not value.startswith(("postgresql://", "postgresql+psycopg://", "sqlite://")):
            raise ValueError("write postgresql://user:password@host/database")
        return value

    @field_validator("secret")
    @classmethod
    def _is_long(cls, value: str) -> str:
        if value and len(value) < 32:
            raise ValueError("write at least 32 random characters")
        return value


def load_settings(home: Path, environment: Mapping[str, str] | None = None) -> Settings:
    """The settings of a home.

    Raises:
        InputError: the file cannot be read, or a value is of no use; the message names it and what to write.
    """
    environment = os.environ if environment is None else environment
    path = home / FILE
    values = _read(path)
    for name in values:
        if name not in Settings.model_fields:
            near = difflib.get_close_matches(str(name), Settings.model_fields, 1, 0.5)
            remedy = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(Settings.model_fields)}"
            raise InputError(str(path), f"unknown setting {str(name)[:40]!r}", remedy)
    given = {
        name: environment[variable]
        for name in Settings.model_fields
        if environment.get(variable := _PREFIX + name.upper(), "").strip()
    }
    try:
        return Settings.model_validate({**values, **given})
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        name = str(first["loc"][0])
        source = _PREFIX + name.upper() if name in given else str(path)
        about = Settings.model_fields[name].description or ""
        raise InputError(source, f"{name} is of no use ({first['msg']})", about) from error


def _read(path: Path) -> dict[str, Any]:
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise InputError(
            str(path), f"cannot be read ({error})".replace("\n", " "), "mend the file"
        ) from error
    if data is None:
        return {}
    if not isinstance(data, dict):
        raise InputError(str(path), "holds no settings", "write one `name: value` a line")
    return data
