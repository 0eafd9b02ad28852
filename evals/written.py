"""The questions in `evals/training`, which the assistant's weights are learned from and never measured on."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, model_validator

from evals.questions import Cause
from index.search import Searcher
from index.store import StoredClause

FOLDER = Path(__file__).with_name("training")


class WrittenQuestion(BaseModel):
    """A question with the clause that answers it (`doc`, `at`), or why there is none (`cause`).

    `legitimate` ones look like what is refused and must not be; whether there is an answer is not said.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: str
    doc: str = ""
    at: str = ""
    story: bool = False
    cause: Cause | Literal["legitimate"] | None = None

    @model_validator(mode="after")
    def _either(self) -> WrittenQuestion:
        if bool(self.doc and self.at) == bool(self.cause):
            raise ValueError(f"{self.q!r} needs either doc and at, or cause")
        return self


@cache
def written_questions() -> tuple[WrittenQuestion, ...]:
    """All of them."""
    files = sorted(FOLDER.glob("*.yaml"))
    return tuple(
        WrittenQuestion(**item) for file in files for item in yaml.safe_load(file.read_text(encoding="utf-8"))
    )


def clause_of(question: WrittenQuestion, searcher: Searcher) -> StoredClause | None:
    """The clause that answers, where the index has it."""
    for document in searcher.documents.values():
        known = (document.title, document.document_id, *document.listing["doc_numbers"])
        if question.doc in known and not document.listing["duplicate_of"]:
            return searcher.store.clause(f"{document.document_id}#{question.at}")
    return None
