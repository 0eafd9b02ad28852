"""Corrections by hand: `FILE.meta.yaml` beside a document sets what the source prints wrongly or not at all.

```yaml
documents:
  - line: 2784                # a line of the document (or `number: 杭科资〔2020〕72号`)
    set: {title: 正确的标题, effective: 2020-08-09, expires: 2022-12-31}
```
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ingest.errors import InputError
from ingest.model import Document, DocumentKind, Level

OVERRIDE_SUFFIX = ".meta.yaml"
DRAFT_SUFFIX = ".draft.yaml"  # a knowledge file that a model wrote, beside its document


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Values(_Strict):
    title: str | None = None
    doc_numbers: list[str] | None = None
    issuers: list[str] | None = None
    level: Level | None = None
    district: str | None = None
    kind: DocumentKind | None = None
    issued: date | None = None
    effective: date | None = None
    expires: date | None = None
    repeals: list[str] | None = None


class _Correction(_Strict):
    line: int | None = Field(default=None, ge=1)
    number: str | None = None
    set: _Values


class _Override(_Strict):
    documents: list[_Correction]


def override_path(path: Path) -> Path:
    """Where the corrections for a file would stand."""
    return path.with_name(path.name + OVERRIDE_SUFFIX)


def apply_override(path: Path, documents: list[Document]) -> None:
    """Apply the corrections beside a file, if there are any.

    Raises:
        InputError: the correction file is no valid YAML, has unknown fields, or names no document.
    """
    place = override_path(path)
    if not place.is_file():
        return
    try:
        override = _Override.model_validate(yaml.safe_load(place.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(place.name, f"no valid YAML ({error})", "check the indentation") from error
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise InputError(place.name, f"field {field}: {first['msg']}", "see ingest/overrides.py") from error
    for correction in override.documents:
        found = [d for d in documents if _matches(correction, d)]
        if len(found) != 1:
            wanted = f"line {correction.line}" if correction.line else f"number {correction.number}"
            raise InputError(place.name, f"{wanted} names {len(found)} documents", "name exactly one")
        for name, value in correction.set.model_dump(exclude_none=True).items():
            setattr(found[0], name, _plain(value))
        found[0].warnings.append(f"{'、'.join(correction.set.model_fields_set)}已按{place.name}更正")


def _matches(correction: _Correction, document: Document) -> bool:
    if correction.line is not None:
        return document.span.line_start <= correction.line <= document.span.line_end
    return correction.number in document.doc_numbers


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
