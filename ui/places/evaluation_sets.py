"""评测, the question sets: shown and edited as a table, copied, deleted, sent out as Excel and taken in again."""

from __future__ import annotations

import hashlib
import json
import math
import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import date
from typing import Annotated, Any, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import RedirectResponse, Response

from evals.lint import Finding, lint
from evals.questions import Question, QuestionSet, bundled_sets, load_set
from evals.runner import Recorder
from evals.sheets import (
    CHOICES,
    COLUMNS,
    Fault,
    Row,
    TableError,
    csv_text,
    read_question,
    read_questions,
    read_rows,
    row_of,
    workbook,
    write_yaml,
)
from ingest.errors import HangceError
from ui.places.evaluation_work import Evaluator, Token, Work, told, value_words
from ui.places.frame import PREFIX, here, lost, page
from ui.wording import Lang, say

PER_PAGE = 20
MOST_UPLOADED = 5 * 2**20  # bytes
# Beside each other what belongs together; what is filled in seldom stands last.
ORDER = (
    "id", "question", "kind", "status", "cause", "facts", "gold", "forbidden", "as_of", "split", "style", "persona",
    "history", "gold_all", "validity", "verdict", "computed",
)  # fmt: skip
WIDE = ("question", "history", "gold", "gold_all", "facts", "forbidden")
_MOST_ROWS = 45  # of one page, new ones counted
_FAULTS_SHOWN = 200
_DAY = 86_400  # seconds that an import waits to be confirmed
_FIELD = re.compile(r"(\d{1,3})\.([a-z_]{1,12})")
_IMPORT = re.compile(r"[0-9a-f]{32}")
_TYPES = {
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "csv": "text/csv; charset=utf-8",
}
_Split = Literal["", "dev", "regression", "all"]


@dataclass(slots=True)
class Line:
    """One row of the table as it is shown: `was` is the id it had, "" for a new one, `stamp` what it said then."""

    number: int
    was: str
    stamp: str
    row: Row
    drop: bool = False
    faults: dict[str, list[str]] = field(default_factory=dict)
    conflict: str = ""
    theirs: Row | None = None


class Unsaved(Exception):
    """The rows cannot be saved: faults, conflicts or doubts stand in them."""

    def __init__(self, faults: int, findings: list[Finding]) -> None:
        self.faults = faults
        self.findings = findings


def sets_router(work: Work, lang: Lang) -> APIRouter:
    """The routes of the question sets in one language."""
    place = f"{PREFIX[lang]}/evaluation/sets"
    router = APIRouter(prefix=f"{PREFIX[lang]}/evaluation", include_in_schema=False)
    run = work.ground.answering.run

    def problem(request: Request, words: str, status: int) -> Response:
        return page(
            "evaluation_problem.html", here(request, lang), {"problem": words}, say(lang, "sets"), status
        )

    def table(
        request: Request,
        name: str,
        lines: list[Line],
        more: dict[str, Any],
        status: int = 200,
    ) -> Response:
        values = {
            "token": work.token(request),
            "name": name,
            "lines": lines,
            "columns": ORDER,
            "choices": CHOICES,
            "wide": WIDE,
            "own": name not in {path.stem for path in bundled_sets()},
            "blank": Line(0, "", "", blank_row()),
            "problem": "",
            "findings": [],
            "saved": None,
            "v": lambda value: value_words(lang, value),
            **more,
        }
        return page("evaluation_set.html", here(request, lang), values, name, status, script="evaluation.js")

    @router.get("/sets/{name}")
    async def show(
        request: Request,
        user: Evaluator,
        name: str,
        number: Annotated[int, Query(alias="page", ge=1, le=1000)] = 1,
        q: Annotated[str, Query(max_length=200)] = "",
        split: _Split = "",
        saved: Annotated[int | None, Query(ge=0)] = None,
    ) -> Response:
        path = await run(work.set_path, name)
        if path is None:
            return lost(here(request, lang), "no_set")
        try:
            loaded = await run(load_set, path)
        except HangceError as error:
            return problem(request, told(lang, error), 409)
        bundled = path in bundled_sets()
        shown = split or ("dev" if bundled and any(x.split == "dev" for x in loaded.questions) else "all")
        lines = _lines_of(loaded.questions, q.strip(), shown)
        pages = max(1, math.ceil(len(lines) / PER_PAGE))
        number = min(number, pages)
        more = {
            "description": say(lang, f"about_{name}") if bundled else loaded.description,
            "questions": len(loaded.questions),
            "found": len(lines),
            "page_number": number,
            "pages": pages,
            "q": q,
            "split": shown,
            "default_split": not split,
            "saved": saved,
        }
        return table(request, name, lines[(number - 1) * PER_PAGE : number * PER_PAGE], more)

    @router.post("/sets/{name}")
    async def save(request: Request, user: Evaluator, name: str) -> Response:
        path = await run(work.set_path, name)
        if path is None or path in bundled_sets():
            return lost(here(request, lang), "no_set")
        form = await request.form(max_files=0, max_fields=1000)
        lines = _posted(form)
        where = {
            "q": text_of(form, "q")[:200],
            "split": text_of(form, "split") if text_of(form, "split") in ("dev", "regression") else "all",
            "page_number": _number(form, "page", 1),
            "pages": _number(form, "pages", 1),
            "default_split": False,
            "description": "",
            "questions": 0,
            "found": len(lines),
        }
        if not work.is_own(request, text_of(form, "token")):
            return table(request, name, lines, where | {"problem": say(lang, "page_stale")}, 403)
        anyway = bool(text_of(form, "anyway"))
        changed = 0

        def change(before: QuestionSet | None) -> list[Question] | None:
            nonlocal changed
            questions, changed = _merged(before.questions if before else [], lines, lang, work, anyway)
            return questions if changed else None

        try:
            await run(work.sets.update, name, change)
        except Unsaved as unsaved:
            key = "table_faults" if unsaved.faults else "table_doubts"
            more = {
                "problem": say(lang, key, n=unsaved.faults) if unsaved.faults else say(lang, key),
                "findings": found_words(unsaved.findings, lang),
            }
            return table(request, name, lines, where | more, 422)
        except HangceError as error:
            return table(request, name, lines, where | {"problem": _told_of_set(lang, error)}, 409)
        query = (
            f"page={where['page_number']}&q={quote(str(where['q']))}&split={where['split']}&saved={changed}"
        )
        return RedirectResponse(f"{place}/{quote(name)}?{query}", 303)

    @router.get("/sets/{name}/export.{ending}")
    async def export(
        user: Evaluator, request: Request, name: str, ending: Literal["xlsx", "csv"]
    ) -> Response:
        path = await run(work.set_path, name)
        if path is None:
            return lost(here(request, lang), "no_set")
        try:
            loaded = await run(load_set, path)
        except HangceError as error:
            return problem(request, told(lang, error), 409)
        content = await run(workbook, loaded) if ending == "xlsx" else csv_text(loaded).encode()
        headers = {
            "Content-Disposition": f"attachment; filename*=UTF-8''{quote(name)}.{ending}",
            "Cache-Control": "no-store",
        }
        return Response(content, media_type=_TYPES[ending], headers=headers)

    @router.post("/sets/{name}/copy")
    async def copy(
        request: Request,
        user: Evaluator,
        name: str,
        to: Annotated[str, Form(max_length=200)] = "",
        token: Token = "",
    ) -> Response:
        work.check(request, token)
        path = await run(work.set_path, name)
        if path is None:
            return lost(here(request, lang), "no_set")
        to = to.strip()
        if refused := name_problem(lang, work, to):
            return problem(request, refused, 422)

        def made() -> bool:
            loaded = load_set(path)
            with work.sets.changing():
                if work.sets.path(to).exists():
                    return False
                about = say(lang, f"about_{name}") if path in bundled_sets() else loaded.description
                work.sets.save(to, loaded.questions, about)
            return True

        try:
            if not await run(made):
                return problem(request, say(lang, "set_taken", name=to), 409)
        except HangceError as error:
            return problem(request, told(lang, error), 409)
        return RedirectResponse(f"{place}/{quote(to)}", 303)

    @router.post("/sets/{name}/delete")
    async def delete(request: Request, user: Evaluator, name: str, token: Token = "") -> Response:
        work.check(request, token)
        path = await run(work.set_path, name)
        if path is None or path in bundled_sets():
            return lost(here(request, lang), "no_set")
        try:
            await run(work.sets.delete, name)
        except HangceError as error:
            return problem(request, told(lang, error), 409)
        return RedirectResponse(f"{PREFIX[lang]}/evaluation#sets", 303)

    # --- imports ---

    def preview(request: Request, key: str, moved: bool = False) -> Response:
        waiting = load_set(work.imports / f"{key}.yaml")
        held = work.sets.load(waiting.name)
        values = {
            "token": work.token(request),
            "key": key,
            "name": waiting.name,
            "stamp": _stamp_of_set(held),
            "moved": moved,
            "v": lambda value: value_words(lang, value),
            "columns": COLUMNS,
            **_differences(held.questions if held else [], waiting.questions),
            "findings": found_words(doubts(work, waiting.questions, []), lang),
        }
        return page("evaluation_import.html", here(request, lang), values, say(lang, "import"))

    @router.post("/import")
    async def take_in(request: Request, user: Evaluator) -> Response:
        # Not before the sign-in has been looked at is anything of the body read.
        form = await request.form(max_files=1, max_fields=10)
        work.check(request, text_of(form, "token"))
        file, name = form.get("file"), text_of(form, "name").strip()
        if not isinstance(file, UploadFile) or not file.filename:
            return problem(request, say(lang, "import_none"), 422)
        if file.size is None or file.size > MOST_UPLOADED:
            return problem(request, say(lang, "import_large", mib=MOST_UPLOADED // 2**20), 413)
        if refused := name_problem(lang, work, name):
            return problem(request, refused, 422)
        content, filename = await file.read(), file.filename[-200:]

        def read() -> tuple[list[Question], list[Fault], dict[int, Row]]:
            rows = read_rows(content, filename)
            if not rows:
                raise TableError(filename, "nothing")
            return *read_questions(rows), dict(rows)

        try:
            questions, faults, rows = await run(read)
        except TableError as error:
            return problem(request, say(lang, f"table_fault_{error.key}", **error.values), 422)
        if faults:
            words = [fault_line(lang, fault, rows) for fault in faults[:_FAULTS_SHOWN]]
            values = {"n": len(faults), "faults": words, "filename": filename}
            return page(
                "evaluation_faults.html", here(request, lang), values, say(lang, "import"), status=422
            )

        def keep() -> str:
            work.imports.mkdir(parents=True, exist_ok=True)
            for old in work.imports.glob("*.yaml"):
                if time.time() - old.stat().st_mtime > _DAY:
                    old.unlink(missing_ok=True)
            key = secrets.token_hex(16)
            held = work.sets.load(name)
            description = held.description if held else ""
            kept = QuestionSet(name=name, description=description, questions=questions)
            write_yaml(kept, work.imports / f"{key}.yaml")
            return key

        try:
            return await run(preview, request, await run(keep))
        except (HangceError, OSError) as error:
            return problem(request, say(lang, "refused_other", problem=error), 409)

    @router.post("/import/{key}")
    async def confirm(
        request: Request,
        user: Evaluator,
        key: str,
        seen: Annotated[str, Form(max_length=64)] = "",
        token: Token = "",
    ) -> Response:
        work.check(request, token)
        path = work.imports / f"{key}.yaml"
        if not _IMPORT.fullmatch(key) or not path.is_file():
            return problem(request, say(lang, "import_gone"), 410)
        waiting = await run(load_set, path)
        moved = False

        def put(before: QuestionSet | None) -> list[Question] | None:
            nonlocal moved
            moved = _stamp_of_set(before) != seen
            return None if moved else waiting.questions

        try:
            await run(work.sets.update, waiting.name, put)
            if moved:
                return await run(preview, request, key, True)
        except HangceError as error:
            return problem(request, told(lang, error), 409)
        path.unlink(missing_ok=True)
        return RedirectResponse(f"{place}/{quote(waiting.name)}", 303)

    return router


# --- names and words ---------------------------------------------------------------------------------------


def name_problem(lang: Lang, work: Work, name: str) -> str:
    """Why no own set can have a name; "" if one can."""
    if name in {path.stem for path in bundled_sets()}:
        return say(lang, "set_bundled_name", name=name)
    try:
        work.sets.path(name)
    except HangceError:
        return say(lang, "set_bad_name")
    return ""


def fault_words(lang: Lang, fault: Fault) -> str:
    """What is wrong with a cell."""
    values = dict(fault.values)
    if "expected" in values and fault.column in CHOICES:
        words = [
            f"{one}（{value_words(lang, one)}）" if lang == "zh" else one for one in CHOICES[fault.column]
        ]
        values["expected"] = ("、" if lang == "zh" else ", ").join(words)
    return say(lang, f"fault_{fault.key}", **values)


def fault_line(lang: Lang, fault: Fault, rows: dict[int, Row]) -> dict[str, str]:
    """A fault of a file with its cell: row, column as the file has it, what stands there, and what is wrong."""
    cell = rows.get(fault.row, {}).get(fault.column, "")
    return {
        "row": str(fault.row),
        "id": rows.get(fault.row, {}).get("id", ""),
        "column": fault.column,
        "label": say(lang, f"column_{fault.column}"),
        "cell": cell[:120],
        "words": fault_words(lang, fault),
    }


def found_words(findings: list[Finding], lang: Lang) -> list[tuple[str, str]]:
    """What is doubtful, each with the id of its question."""
    words = []
    for finding in findings:
        values = {
            key: value_words(lang, str(value)) if key in ("split", "wanted", "expected", "found") else value
            for key, value in finding.values.items()
        }
        words.append((finding.id, say(lang, f"lint_{finding.key}", **values)))
    return words


def _told_of_set(lang: Lang, error: HangceError) -> str:
    return say(lang, "set_empty") if "would be empty" in str(error) else told(lang, error)


# --- the table ---------------------------------------------------------------------------------------------


def stamp_of(row: Row) -> str:
    """Changes when a cell does."""
    told_ = json.dumps([row.get(column, "") for column in COLUMNS], ensure_ascii=False)
    return hashlib.sha256(told_.encode()).hexdigest()[:16]


def _stamp_of_set(held: QuestionSet | None) -> str:
    told_ = "".join(stamp_of(row_of(q)) for q in held.questions) if held else ""
    return hashlib.sha256(told_.encode()).hexdigest()[:16]


def blank_row() -> Row:
    """A row before anything is filled in."""
    return dict.fromkeys(COLUMNS, "") | {
        "style": "everyday",
        "persona": "entrepreneur",
        "split": "dev",
        "as_of": date.today().isoformat(),
    }


def _lines_of(questions: list[Question], words: str, split: str) -> list[Line]:
    lines = []
    for number, question in enumerate(questions, start=1):
        if split not in ("", "all", question.split):
            continue
        if words and words.lower() not in f"{question.id}\n{question.question}".lower():
            continue
        row = row_of(question)
        lines.append(Line(number, question.id, stamp_of(row), row))
    return lines


def text_of(form: FormData, name: str) -> str:
    """A field's words, lines ended as everywhere else."""
    value = form.get(name, "")
    return value.replace("\r\n", "\n").replace("\r", "\n") if isinstance(value, str) else ""


def _number(form: FormData, name: str, default: int) -> int:
    value = text_of(form, name)
    return int(value) if re.fullmatch(r"\d{1,4}", value) else default


def _posted(form: FormData) -> list[Line]:
    """The rows of a form, in the order of the page."""
    cells: dict[int, Row] = {}
    for name in form:
        if match := _FIELD.fullmatch(name):
            cells.setdefault(int(match[1]), {})[match[2]] = text_of(form, name)
    lines = []
    for _, told_ in sorted(cells.items())[:_MOST_ROWS]:
        number = told_.get("n", "")
        lines.append(
            Line(
                int(number) if re.fullmatch(r"\d{1,5}", number) else 0,
                told_.get("was", ""),
                told_.get("stamp", ""),
                {column: told_.get(column, "") for column in COLUMNS},
                bool(told_.get("drop")),
            )
        )
    return lines


def _is_blank(row: Row) -> bool:
    return not any(row[column].strip() for column in ("id", *WIDE))


def _merged(
    held: list[Question], lines: list[Line], lang: Lang, work: Work, anyway: bool
) -> tuple[list[Question], int]:
    """The questions with what was changed on the page, and how many that are; others' changes are kept.

    Raises:
        Unsaved: something is wrong, which then stands in the lines.
    """
    by_id = {question.id: question for question in held}
    instead: dict[str, Question | None] = {}
    new: list[Question] = []
    fresh: list[Question] = []
    faults = 0
    for line in lines:
        now = by_id.get(line.was) if line.was else None
        if not line.was:
            if line.drop or _is_blank(line.row):
                continue
        elif now is None:
            if line.drop or stamp_of(line.row) == line.stamp:
                continue
            line.conflict, line.was, line.stamp = say(lang, "table_gone"), "", ""
            faults += 1
            continue
        elif stamp_of(line.row) == line.stamp and not line.drop:
            continue  # not touched; if somebody else has changed it, that stays
        elif (present := stamp_of(row_of(now))) != line.stamp:
            line.conflict, line.theirs, line.stamp = say(lang, "table_conflict"), row_of(now), present
            faults += 1
            continue
        elif line.drop:
            instead[line.was] = None
            continue
        found = read_question(line.row, line.number)
        if isinstance(found, Question):
            fresh.append(found)
            if line.was:
                instead[line.was] = found
            else:
                new.append(found)
        else:
            for fault in found:
                line.faults.setdefault(fault.column, []).append(fault_words(lang, fault))
            faults += len(found)
    merged = [q for question in held if (q := instead.get(question.id, question)) is not None] + new
    ids = [q.id for q in merged]
    for line in lines:
        if ids.count(line.row["id"].strip()) > 1 and stamp_of(line.row) != line.stamp and not line.drop:
            line.faults.setdefault("id", []).append(say(lang, "fault_id_taken"))
            faults += 1
    if faults:
        raise Unsaved(faults, [])
    if not anyway and fresh:
        others = [q for q in merged if q not in fresh]
        changed = [question for id, question in by_id.items() if instead.get(id) is not None]
        known = {str(f) for f in doubts(work, changed, others)}  # it was there before, and is no news
        if doubtful := [f for f in doubts(work, fresh, others) if str(f) not in known]:
            raise Unsaved(0, doubtful)
    return merged, len(instead) + len(new)


def doubts(work: Work, fresh: list[Question], others: list[Question]) -> list[Finding]:
    """What the rules of the sets say about some questions beside others."""
    recorder = Recorder(work.ground.answering.assistant)
    ids = {question.id for question in fresh}
    findings = [f for f in lint([*others, *fresh], None, whole=False) if f.id in ids]
    if recorder.has_sources:
        known = {(f.id, f.key) for f in findings}
        findings += [f for f in lint(fresh, recorder, whole=False) if (f.id, f.key) not in known]
    return findings


def _differences(held: list[Question], coming: list[Question]) -> dict[str, Any]:
    """What an import would change, question by question and column by column."""
    before, after = ({q.id: row_of(q) for q in questions} for questions in (held, coming))
    changed = []
    for id, row in after.items():
        if id in before and before[id] != row:
            cells = [(c, before[id][c], row[c]) for c in COLUMNS if before[id][c] != row[c]]
            changed.append((id, row["question"], cells))
    return {
        "total": len(coming),
        "added": [(id, row["question"]) for id, row in after.items() if id not in before],
        "changed": changed,
        "same": sum(before.get(id) == row for id, row in after.items()),
        "removed": [(id, row["question"]) for id, row in before.items() if id not in after],
    }
