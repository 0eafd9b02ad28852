"""The answer contract as pydantic models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from pydantic import BaseModel, Field

from index.validity import ValidityStatus

Status = Literal["answered", "partial", "clarify", "not_covered", "out_of_scope", "refused", "error"]


class Source(BaseModel):
    """Where a quote stands; lines are 1-based."""

    file: str
    line_start: int
    line_end: int
    page: int | None = None


class Validity(BaseModel):
    """Validity of the cited document on the as-of date."""

    status: ValidityStatus
    effective: str | None = None
    expires: str | None = None
    superseded_by: str | None = None


class Citation(BaseModel):
    """A clause that a statement rests on."""

    n: int
    clause_id: str
    title: str
    doc_number: str
    clause: str
    breadcrumb: str
    quote: str
    verbatim: bool
    source: Source
    validity: Validity


class Statement(BaseModel):
    """One sentence or item of the answer with the numbers of its citations."""

    text: str
    citations: list[int]


class Clarify(BaseModel):
    """A question back, with options to choose from."""

    question: str
    options: list[str]


class Answer(BaseModel):
    """What every way of asking gives back."""

    id: str
    question: str
    status: Status
    answer: str
    statements: list[Statement] = Field(default_factory=list)
    citations: list[Citation] = Field(default_factory=list)
    notices: list[str] = Field(default_factory=list)
    clarify: Clarify | None = None
    eligibility: dict[str, Any] | None = None
    mode: Literal["embedded", "model"] = "embedded"
    as_of: str
    timings_ms: dict[str, float] = Field(default_factory=dict)


class SoFar(Answer):
    """The verified beginning of an answer that is still being written: nothing that it says is taken back.

    `lasting` says that the text of the whole answer begins with its text; it does not where a table or a frame is put
    around the statements at the end.
    """

    lasting: bool = True

    def broken_off(self, notice: str) -> Answer:
        """What there is as an answer, with a notice that the rest failed."""
        return Answer.model_validate({**self.model_dump(exclude={"lasting"}), "notices": [notice]})


class Turn(BaseModel):
    """One earlier turn of a conversation."""

    role: Literal["user", "assistant"]
    content: str


def told_last(history: Sequence[Turn]) -> str:
    """What the assistant said last in a conversation, "" if nothing."""
    return next((turn.content for turn in reversed(history) if turn.role == "assistant"), "")
