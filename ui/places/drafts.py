"""Drafts of knowledge files that `hangce annotate` wrote beside a document, to look at before a person accepts them."""

from __future__ import annotations

import glob
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from ingest.knowledge import ClauseNote, PolicyFile
from ingest.overrides import DRAFT_SUFFIX
from ingest.text import fold

MOST = 50  # of one file
_LARGEST = 4 * 2**20  # bytes
_LOG = logging.getLogger("hangce.web")


def draft_of(path: Path | None, listing: Mapping[str, Any]) -> dict[str, ClauseNote]:
    """The notes of the draft about a document, by clause; {} where there is none that can be read.

    Args:
        path: the document's file.
        listing: the document, as in `hangce documents`.
    """
    if path is None:
        return {}
    beside = sorted(path.parent.glob(f"{glob.escape(path.name)}*{DRAFT_SUFFIX}"))[:MOST]
    for place in beside:
        policy = _read(place)
        if policy is None or not policy.draft:
            continue
        same_number = set(policy.doc_numbers) & set(listing["doc_numbers"])
        if same_number or fold(policy.title) == fold(listing["title"]):
            return {note.at: note for note in policy.clauses}
    return {}


def _read(path: Path) -> PolicyFile | None:
    try:
        if path.stat().st_size > _LARGEST:
            return None
        data = yaml.load(
            path.read_text(encoding="utf-8"), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        )
        return PolicyFile.model_validate(data)
    except (OSError, ValueError, yaml.YAMLError, ValidationError, RecursionError):
        _LOG.exception("the draft %s cannot be read", path.name)
        return None
