"""评测, one curated question: made of a question that was handed on, of feedback, or of nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.datastructures import FormData
from starlette.responses import RedirectResponse, Response

from assistant.schema import Answer
from evals.questions import NOT_AT_HAND, Question, QuestionSet, document_splits
from evals.runner import Recorder
from evals.sheets import CHOICES, COLUMNS, Row, gold_line, read_question
from ingest.errors import HangceError, InputError
from ingest.text import fold
from ui.masking import mask
from ui.places.evaluation_sets import (
    WIDE,
    blank_row,
    doubts,
    fault_words,
    found_words,
    name_problem,
    text_of,
)
from ui.places.evaluation_work import Evaluator, Work, new_id, told, value_words
from ui.places.frame import PREFIX, here, lost, page
from ui.wording import Lang, say

_MOST_CLAUSES = 6
_SHOWN_OF_A_CLAUSE = 120  # characters
_FIRST = ("question", "status", "cause", "kind", "facts")
_REST = (
    "forbidden",
    "id",
    "split",
    "as_of",
    "style",
    "persona",
    "history",
    "gold_all",
    "validity",
    "verdict",
    "computed",
)
_OF_PEOPLE = ("question", "history")  # what somebody said, with whatever numbers they have told
_USUAL_SET = {"zh": "自建", "en": "own"}


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause that can be ticked as one that bears the answer: its line in a cell, and what it says."""

    line: str
    clause_id: str = ""
    title: str = ""
    path: str = ""
    text: str = ""


@dataclass(slots=True)
class Draft:
    """The form as it is filled in, and where the question came from."""

    source: Literal["", "inbox", "feedback"] = ""
    number: int = 0
    remark: str = ""
    answer: Answer | None = None
    answer_is_old: bool = False
    row: Row = field(default_factory=lambda: blank_row())
    into: str = ""
    ticked: list[str] = field(default_factory=list)
    offered: list[Clause] = field(default_factory=list)
    find: str = ""


def questions_router(work: Work, lang: Lang) -> APIRouter:
    """The routes of the form in one language."""
    place = f"{PREFIX[lang]}/evaluation"
    router = APIRouter(prefix=place, include_in_schema=False)
    run = work.ground.answering.run

    def form_page(
        request: Request,
        draft: Draft,
        problem: str = "",
        faults: dict[str, list[str]] | None = None,
        findings: list[tuple[str, str]] | None = None,
        status: int = 200,
    ) -> Response:
        values = {
            "token": work.token(request),
            "draft": draft,
            "row": draft.row,
            "problem": problem,
            "faults": faults or {},
            "findings": findings or [],
            "own_sets": work.sets.names(),
            "first": _FIRST,
            "rest": _REST,
            "choices": CHOICES,
            "wide": WIDE,
            "v": lambda value: value_words(lang, value),
        }
        title = say(lang, "curate_title")
        return page(
            "evaluation_question.html", here(request, lang), values, title, status, script="evaluation.js"
        )

    @router.get("/questions/new")
    async def begin(
        request: Request,
        user: Evaluator,
        inbox: Annotated[int, Query(ge=0)] = 0,
        feedback: Annotated[int, Query(ge=0)] = 0,
    ) -> Response:
        draft = await run(
            _draft, work, lang, "inbox" if inbox else "feedback" if feedback else "", inbox or feedback
        )
        if draft is None:
            return lost(here(request, lang), "no_entry")
        return form_page(request, draft)

    @router.post("/questions")
    async def save(request: Request, user: Evaluator) -> Response:
        form = await request.form(max_files=0, max_fields=200)
        draft = await run(_posted, work, form)
        if not work.is_own(request, text_of(form, "token")):
            return form_page(request, draft, say(lang, "page_stale"), status=403)
        if text_of(form, "do") == "find":
            return form_page(request, draft)
        if refused := name_problem(lang, work, draft.into):
            return form_page(request, draft, refused, status=422)
        found = read_question(_whole_row(draft), 1)
        if not isinstance(found, Question):
            faults: dict[str, list[str]] = {}
            for fault in found:
                faults.setdefault(fault.column, []).append(fault_words(lang, fault))
            problem = say(lang, "table_faults", n=len(found))
            return form_page(request, draft, problem, faults, status=422)
        try:
            findings = await run(_put, work, draft.into, found, bool(text_of(form, "anyway")))
        except _Taken:
            faults = {"id": [say(lang, "fault_id_taken")]}
            return form_page(request, draft, say(lang, "table_faults", n=1), faults, status=422)
        except HangceError as error:
            return form_page(request, draft, told(lang, error), status=409)
        if findings:
            words = found_words(findings, lang)
            return form_page(request, draft, say(lang, "table_doubts"), {}, words, 422)
        if draft.source == "inbox":
            await run(work.ground.records.set_inbox_state, draft.number, "taken", user.name)
        elif draft.source == "feedback":
            await run(work.ground.records.set_feedback_state, draft.number, "taken")
        return RedirectResponse(f"{place}/sets/{quote(draft.into)}?page=1000&split=all&saved=1", 303)

    return router


class _Taken(Exception):
    """The set has a question of this id."""


def _put(work: Work, into: str, question: Question, anyway: bool) -> list[Any]:
    """Add a question to a set; gives what is doubtful about it, and then adds nothing."""
    findings: list[Any] = []

    def change(before: QuestionSet | None) -> list[Question] | None:
        held = before.questions if before else []
        if question.id in {q.id for q in held}:
            raise _Taken
        if not anyway:
            findings.extend(doubts(work, [question], held))
        return None if findings else [*held, question]

    work.sets.update(into, change)
    return findings


def _draft(work: Work, lang: Lang, source: Literal["", "inbox", "feedback"], number: int) -> Draft | None:
    """The form before anything is filled in; None if there is no such entry, or it has been dealt with."""
    names = work.sets.names()
    draft = Draft(source, number, into=names[0] if names else _USUAL_SET[lang])
    held = _questions_of(work, draft.into)
    draft.row["id"] = new_id(held)
    if source and not _looked_up(work, draft):
        return None
    if source == "inbox":
        draft.row["persona"] = "hotline"
    if draft.answer is not None:
        draft.row["status"] = draft.answer.status if draft.answer.status in CHOICES["status"] else ""
        draft.row["as_of"] = draft.answer.as_of or date.today().isoformat()
        draft.offered = _cited(draft.answer)
        if draft.answer.citations:
            first = draft.answer.citations[0]
            draft.ticked = [draft.offered[0].line]
            draft.row["validity"] = first.validity.status
            draft.row["split"] = next(
                (s for name in (first.doc_number, first.title) if (s := document_splits().get(fold(name)))),
                "dev",
            )
    draft.offered = _with_found(work, draft, draft.row["question"])
    return draft


def _looked_up(work: Work, draft: Draft) -> bool:
    """Put in what the question came from: its words unless there are others, the remark, and an answer."""
    records = work.ground.records
    if draft.source == "inbox":
        entry = next((one for one in records.inbox() if one.id == draft.number), None)
        if entry is None:
            return False
        draft.row["question"] = draft.row["question"] or entry.question
        draft.remark = entry.remark
        draft.answer = work.ground.answering.assistant.ask(entry.question)
    elif draft.source == "feedback":
        told_ = next((one for one in records.feedback("new") if one.id == draft.number), None)
        if told_ is None:
            return False
        draft.row["question"] = draft.row["question"] or told_.question
        draft.remark = told_.comment
        draft.answer, draft.answer_is_old = Answer.model_validate(told_.answer), True
    return True


def _posted(work: Work, form: FormData) -> Draft:
    told_ = {column: text_of(form, column) for column in COLUMNS}
    source = text_of(form, "source")
    number = text_of(form, "number")
    draft = Draft(
        "inbox" if source == "inbox" else "feedback" if source == "feedback" else "",
        int(number) if number.isdecimal() and len(number) < 10 else 0,
        row={column: mask(words) if column in _OF_PEOPLE else words for column, words in told_.items()},
        into=text_of(form, "into").strip(),
        ticked=[str(line)[:500] for line in form.getlist("clause")][:40],
        find=text_of(form, "find").strip()[:200],
    )
    _looked_up(work, draft)
    cited = _cited(draft.answer) if draft.answer else []
    draft.offered = [*cited, *(Clause(line) for line in draft.ticked if line not in {c.line for c in cited})]
    draft.offered = _with_found(work, draft, draft.find or draft.row["question"])
    return draft


def _whole_row(draft: Draft) -> Row:
    """The row with the ticked clauses among those that bear the answer."""
    return draft.row | {"gold": "\n".join([*draft.ticked, draft.row["gold"]])}


def _questions_of(work: Work, name: str) -> list[Question]:
    try:
        held = work.sets.load(name)
    except InputError:
        return []
    return held.questions if held else []


def _cited(answer: Answer) -> list[Clause]:
    """The clauses that an answer cites."""
    return [
        Clause(
            _line(c.doc_number or c.title, c.clause, c.source.file, (c.source.line_start, c.source.line_end)),
            c.clause_id,
            c.title,
            c.clause,
            c.quote[:_SHOWN_OF_A_CLAUSE],
        )
        for c in answer.citations
    ]


def _line(name: str, path: str, file: str, lines: tuple[int, int]) -> str:
    """A clause as it is written in a cell; a gist stands in no line of a file."""
    if lines[0] < 1:
        file, lines = NOT_AT_HAND, (1, 1)
    return gold_line(name, path or "全文", file, lines)


def _with_found(work: Work, draft: Draft, words: str) -> list[Clause]:
    """What is offered already, and what a search for some words finds beside it; each once, told in full."""
    if not words.strip():
        return draft.offered
    recorder = Recorder(work.ground.answering.assistant)
    hits = recorder.assistant.searcher.search(words.strip()[:500], _MOST_CLAUSES)
    found = {}
    for hit in hits:
        clause = recorder.describe(hit.clause)
        name = clause.doc_numbers[0] if clause.doc_numbers else clause.title
        line = _line(name, clause.path, clause.file, clause.lines)
        found[line] = Clause(
            line, clause.clause_id, clause.title, clause.path, clause.text[:_SHOWN_OF_A_CLAUSE]
        )
    offered = {one.line: one for one in draft.offered}
    return list({line: found.get(line, one) for line, one in (offered | found).items()}.values())
