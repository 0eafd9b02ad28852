"""The HTTP API below /api: ask, search, clauses, documents, check. Public, without cookies; nothing is kept."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema

from assistant.schema import Answer, Source, Turn, Validity
from index.search import Filters
from ingest.errors import HangceError
from ui.answering import Answering
from ui.checking import Checker, FactValue
from ui.found import clause_record, hit_record
from ui.problems import ProblemResponse, Refused, described

MOST_TURNS = 40


def _iso_day(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return date.fromisoformat(value)
    if value is None or isinstance(value, date):
        return value
    raise ValueError("write the day as YYYY-MM-DD")


def _plain(value: Any) -> Any:
    """Text without halves of characters, which JSON can carry but nothing can store or show."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


Day = Annotated[
    date,
    BeforeValidator(_iso_day),
    WithJsonSchema({"type": "string", "format": "date", "example": "2026-11-20"}),
]
Text = Annotated[str, BeforeValidator(_plain)]


class AskRequest(BaseModel):
    """A question, the day it is about, and what was said before."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"example": {"question": "创新券一年最多能领多少？"}}
    )

    question: Text = Field(min_length=1, max_length=2000)
    as_of: Day | None = Field(None, description="Day for which validity is judged; today unless given.")
    history: list[Turn] = Field(default_factory=list, max_length=MOST_TURNS, description="Earlier turns.")


class CheckRequest(BaseModel):
    """Facts about an applicant, and the programme that they are held against; all programmes without one."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"example": {"programme": "young-eagle-2020", "facts": {"employees": 35}}},
    )

    programme: Text | None = Field(None, min_length=1, max_length=200, description="Id or name.")
    facts: dict[Text, FactValue] = Field(
        default_factory=dict,
        max_length=400,
        description="By id or Chinese name; amounts also as people write them (190万), null for not known.",
    )
    confirmed: list[Text] | StrictBool = Field(
        default_factory=list,
        description="Clauses whose conditions a person has confirmed, or true for all that only a person can.",
    )
    as_of: Day | None = Field(None, description="Day for ages and validity; today unless given.")


class CheckResponse(BaseModel):
    """Verdicts in the form of an answer's `eligibility`: on the one programme, or the programmes that come near."""

    eligibility: dict[str, Any] | None = None
    portfolio: dict[str, list[dict[str, Any]]] | None = None


class FoundAt(Source):
    """Where the same clause stands once more."""

    clause_id: str


class FoundClause(BaseModel):
    """A search result."""

    rank: int
    score: float
    clause_id: str
    title: str
    doc_number: str
    clause: str
    breadcrumb: str
    quote: str
    verbatim: bool
    source: Source
    also_at: list[FoundAt]
    validity: Validity
    text: str


class SearchResponse(BaseModel):
    """Clauses, best first."""

    results: list[FoundClause]


class Neighbour(BaseModel):
    """A clause before or after."""

    clause_id: str
    clause: str
    text: str


class ClauseResponse(BaseModel):
    """A clause in its surroundings; `neighbours` in the order of the document."""

    clause_id: str
    document_id: str
    title: str
    doc_number: str
    clause: str
    breadcrumb: str
    kind: str
    text: str
    gist: str
    verbatim: bool
    source: Source
    validity: Validity
    neighbours: list[Neighbour]


class DocumentsResponse(BaseModel):
    """Some of the documents, with how many there are in all."""

    total: int
    documents: list[dict[str, Any]]


def api_router(answering: Answering, checker: Checker) -> APIRouter:
    """The routes below /api."""
    router = APIRouter(prefix="/api", responses=described(ProblemResponse))

    @router.post("/ask")
    async def ask(request: AskRequest) -> Answer:
        """Answer a question; every statement names the clauses it rests on."""
        answer = await answering.ask(request.question, request.as_of, request.history, "api")
        if answer.status == "error":
            raise Refused(422, answer.answer)
        return answer

    @router.get("/search")
    async def search(
        q: Annotated[Text, Query(min_length=1, max_length=500, description="Any words.")],
        k: Annotated[int, Query(ge=1, le=100, description="Number of results.")] = 20,
        level: Literal["national", "provincial", "municipal", "district"] | None = None,
        district: Annotated[str | None, Query(max_length=40, min_length=1)] = None,
        document: Annotated[
            str | None,
            Query(max_length=200, min_length=1, description="Id, document number or part of the title."),
        ] = None,
        kind: Literal["policy", "plan", "yearbook", "table"] | None = None,
        in_force: Annotated[Day | None, Query(description="Only documents in force on this day.")] = None,
    ) -> SearchResponse:
        """Find clauses; filters apply before the ranking."""
        filters = Filters(level, district, document, kind, in_force)
        found = await answering.run(_search, answering, q, k, filters, in_force or date.today())
        return SearchResponse.model_validate({"results": found})

    @router.get("/clauses/{clause_id:path}", responses={404: {"model": ProblemResponse}})
    async def clause(
        clause_id: Annotated[str, Path(max_length=400, description="As in citations, `#` written as %23.")],
        as_of: Annotated[Day | None, Query(description="Day for which validity is judged.")] = None,
        around: Annotated[int, Query(ge=0, le=20, description="Neighbours on each side.")] = 2,
    ) -> ClauseResponse:
        """One clause with its neighbours."""
        day = as_of or date.today()
        view = await answering.run(answering.assistant.view, clause_id, day, around)
        if view is None:
            raise Refused(404, "没有这条条款。There is no such clause.")
        return ClauseResponse.model_validate(clause_record(view, day))

    @router.get("/documents")
    async def documents(
        limit: Annotated[int, Query(ge=1, le=1000)] = 1000,
        offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
    ) -> DocumentsResponse:
        """The documents with their metadata, in the order in which they were read."""
        held = list(answering.assistant.searcher.documents.values())
        some = [document.listing for document in held[offset : offset + limit]]
        return DocumentsResponse(total=len(held), documents=some)

    @router.post("/check")
    async def check(request: CheckRequest) -> CheckResponse:
        """Judge facts against a programme's conditions, or against all programmes; no official determination."""
        return await answering.run(checked, checker, request)

    return router


def checked(checker: Checker, request: CheckRequest) -> CheckResponse:
    """The verdicts that are asked for.

    Raises:
        Refused: a programme, a fact or a value is of no use (422), or the index has no programmes (503).
    """
    day = request.as_of or date.today()
    try:
        if request.programme is None:
            return CheckResponse(portfolio=checker.all(request.facts, day))
        one = checker.one(request.programme, request.facts, request.confirmed, day)
    except HangceError as error:
        raise Refused(422, str(error)) from error
    return CheckResponse(eligibility=one)


def _search(answering: Answering, words: str, k: int, filters: Filters, day: date) -> list[dict[str, Any]]:
    searcher = answering.assistant.searcher
    return [hit_record(hit, searcher, day) for hit in searcher.search(words, k, filters)]
