"""The programmes, with what is needed to judge them, as one file of a generation: read without opening the index."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ingest.errors import HangceError
from ingest.knowledge import Fact, Place, PolicyFile

PROGRAMMES = "programmes.json"
_OF_DOCUMENT = (
    "document_id",
    "title",
    "doc_numbers",
    "issuers",
    "level",
    "district",
    "issued",
    "effective",
    "expires",
    "superseded_by",
    "superseded_on",
)


def programmes_data(
    policies: Sequence[PolicyFile],
    listings: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Fact],
    places: Sequence[Place],
) -> dict[str, Any]:
    """Programmes with their document's id, the documents by id, the vocabulary of facts, and the places.

    Args:
        policies: the knowledge files.
        listings: document id → entry of `hangce documents`, validity included.
        facts: the vocabulary, by id.
        places: districts and what they were.
    """
    with_programmes = [p for p in policies if p.programmes]
    return {
        "programmes": [
            {
                "document_id": policy.document_id,
                **programme.model_dump(mode="json", by_alias=True, exclude_none=True),
            }
            for policy in with_programmes
            for programme in policy.programmes
        ],
        "documents": {
            policy.document_id: {name: listings[policy.document_id].get(name) for name in _OF_DOCUMENT}
            for policy in with_programmes
        },
        "facts": [fact.model_dump(mode="json", exclude_defaults=True) for fact in facts.values()],
        "places": [place.model_dump(mode="json", by_alias=True, exclude_defaults=True) for place in places],
    }


def programmes_json(
    policies: Sequence[PolicyFile],
    listings: Mapping[str, Mapping[str, Any]],
    facts: Mapping[str, Fact],
    places: Sequence[Place],
) -> str:
    """`programmes_data` as the text of the file."""
    return json.dumps(programmes_data(policies, listings, facts, places), ensure_ascii=False)


def read_programmes(generation: Path) -> dict[str, Any]:
    """What `programmes_data` gave when the generation was built.

    Raises:
        HangceError: the generation has no such file, or it cannot be read.
    """
    try:
        data = json.loads((generation / PROGRAMMES).read_text(encoding="utf-8"))
        if not all(isinstance(data[part], kind) for part, kind in _PARTS.items()):
            raise ValueError("incomplete")
    except FileNotFoundError:
        raise HangceError(
            "this index was built before eligibility could be checked — run `hangce build` again"
        ) from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise HangceError(f"{PROGRAMMES} cannot be read ({error}) — run `hangce build` again") from error
    return dict(data)


_PARTS = {"programmes": list, "documents": dict, "facts": list, "places": list}
