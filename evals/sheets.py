"""Question sets as tables (CSV, Excel) and back, so that staff can edit them where they work."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from assistant.schema import Status
from evals.questions import CAUSES, KINDS, Question, QuestionSet, Split, Style, Verdict
from evals.records import write_atomically
from index.validity import ValidityStatus
from ingest.errors import HangceError, InputError

COLUMNS = [
    "id", "question", "history", "kind", "style", "persona", "split", "status", "cause", "as_of",
    "gold", "gold_all", "facts", "forbidden", "validity", "verdict", "computed",
]  # fmt: skip
# What a cell of these columns may say.
CHOICES: dict[str, tuple[str, ...]] = {
    "kind": KINDS,
    "style": get_args(Style),
    "persona": ("entrepreneur", "hotline", "evaluator"),
    "split": get_args(Split),
    "status": get_args(Status)[:-1],  # an error is never what is wanted
    "cause": CAUSES,
    "validity": get_args(ValidityStatus),
    "verdict": get_args(Verdict),
    "computed": ("yes",),
}
MOST_ROWS = 5000
LONGEST_CELL = 20_000  # characters
_MOST_UNPACKED = 64 * 2**20  # bytes of a workbook
_MULTILINE = ("history", "gold", "gold_all", "facts", "forbidden")
_HELP = {
    "history": "每行一轮：用户：… 或 助手：…",
    "gold": "每行一条，任一条即可：文号或标题 # 条款 @ 文件:首行-末行",
    "gold_all": "每行一条，全部都要",
    "facts": "每行一个要点，不同说法用 | 隔开",
    "forbidden": "每行一个不该出现的数字或说法",
}
_GOLD = re.compile(
    r"^(?P<doc>.+?)\s*#\s*(?P<clause>.+?)\s*@\s*(?P<file>[^@]+?):(?P<first>\d{1,9})(?:-(?P<last>\d{1,9}))?$"
)
_ROLES = {"用户": "user", "助手": "assistant", "user": "user", "assistant": "assistant"}
# What a spreadsheet may take for the beginning of a formula; some also take the full-width signs.
_FORMULA = re.compile("'*[=+\\-@\t\r＝＋－＠]")
_QUOTED_FORMULA = re.compile("'+[=+\\-@\t\r＝＋－＠]")
FAULTS = {
    "choice": "must be {expected}",
    "date": "is no date; write 2026-11-20",
    "empty": "must be filled in",
    "spaces": "must have no spaces",
    "long": "is longer than {most} characters",
    "gold": "{text!r}: write 文号 # 条款 @ file.txt:first-last, e.g. 杭科高〔2020〕71号 # 第三条 @ a.txt:12-14",
    "turn": "{text!r}: write each turn as 用户：… or 助手：…",
    "lines": "lines {lines} are no range; write first-last, counted from 1",
    "gold_needed": "gold clauses belong to answerable questions, and to all of them",
    "cause_needed": "a cause belongs to questions that must be declined, and to all of them",
    "wording_needed": "a fact needs at least one wording",
    "history_needed": "a follow-up needs a history",
    "twice": "stands twice, in row {other} too",
    "other": "{problem}",
}
_COLUMN_OF = {
    "gold_needed": "gold",
    "cause_needed": "cause",
    "wording_needed": "facts",
    "history_needed": "history",
}
_KEY_OF = {
    "literal_error": "choice",
    "missing": "empty",
    "string_too_short": "empty",
    "string_pattern_mismatch": "spaces",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a cell: its row and column, which of `FAULTS`, and with what put in."""

    row: int
    column: str
    key: str
    values: dict[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"row {self.row}: column {self.column} {FAULTS[self.key].format(**self.values)}"


# What is wrong with a file, and what helps.
TABLE_FAULTS = {
    "format": ("neither .csv nor .xlsx", "save the table in one of these formats"),
    "encoding": ("is not UTF-8", "save it as CSV UTF-8, or as .xlsx"),
    "damaged": ("cannot be read ({problem})", "check that the file is complete"),
    "unpacked": ("is too large when unpacked", "split the set"),
    "rows": ("has more than {most} rows", "split the set"),
    "unknown_column": ("unknown column {columns}", "columns: {known}"),
    "no_column": ("no column {columns}", "columns: {known}"),
    "nothing": ("holds no question", "columns: {known}"),
}


class TableError(InputError):
    """A file is of no use as a table: which of `TABLE_FAULTS`, and with what put in."""

    def __init__(self, source: str, key: str, **values: object) -> None:
        self.key = key
        self.values = {"known": ", ".join(COLUMNS), **values}
        super().__init__(source, *(words.format(**self.values) for words in TABLE_FAULTS[key]))


Row = dict[str, str]


def export_set(questions: QuestionSet, path: Path) -> None:
    """Write a set as CSV (UTF-8 with mark, as Excel expects) or Excel, by the ending of the path.

    Raises:
        HangceError: the ending is neither, or the file cannot be written.
    """
    try:
        if path.suffix.lower() == ".csv":
            write_atomically(path, csv_text(questions))
        elif path.suffix.lower() == ".xlsx":
            temporary = path.with_name(f".{path.name}.part")
            temporary.write_bytes(workbook(questions))
            temporary.replace(path)
        else:
            raise InputError(
                str(path), "neither .csv nor .xlsx", "give a file name with one of these endings"
            )
    except OSError as error:
        raise HangceError(f"cannot write {path} ({error.strerror})") from error


def import_set(path: Path, name: str, description: str = "") -> QuestionSet:
    """Read a set from CSV or Excel; empty rows are left out.

    Raises:
        InputError: the file cannot be read, a column is missing or unknown, or a row breaks the schema; the message
            names the first cell that does.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(str(path), f"cannot be read ({error.strerror})") from error
    rows = read_rows(content, path.name)
    questions, faults = read_questions(rows)
    if faults:
        row = dict(rows)[faults[0].row]
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise InputError(path.name, f"{faults[0]} (question {row.get('id', '')}){more}", "mend the table")
    if not questions:
        raise TableError(path.name, "nothing")
    return QuestionSet(name=name, description=description, questions=questions)


def read_questions(rows: Iterable[tuple[int, Row]]) -> tuple[list[Question], list[Fault]]:
    """Numbered rows as questions, and everything that is wrong with them; a row with a fault gives no question."""
    questions: list[Question] = []
    faults: list[Fault] = []
    seen: dict[str, int] = {}
    for number, row in rows:
        found = read_question(row, number)
        if isinstance(found, Question):
            questions.append(found)
        else:
            faults += found
        name = row.get("id", "").strip()
        if name and name in seen:
            faults.append(Fault(number, "id", "twice", {"other": seen[name]}))
        seen.setdefault(name, number)
    return questions, faults


def read_question(row: Row, number: int) -> Question | list[Fault]:
    """One row as a question, or all that is wrong with it."""
    faults = [
        Fault(number, column, "long", {"most": LONGEST_CELL})
        for column, value in row.items()
        if len(value) > LONGEST_CELL
    ]
    record: dict[str, Any] = {
        name: value.strip() for name, value in row.items() if value.strip() and name not in _MULTILINE
    }
    if re.fullmatch(r"\d{4}-\d\d-\d\d[T ].*", record.get("as_of", "")):
        record["as_of"] = record["as_of"][:10]  # Excel adds the time of day
    record["computed"] = record.get("computed", "").lower() in ("yes", "true", "1", "是")
    parts: dict[str, list[Any]] = {}
    for column, parse, key in (
        ("history", _turn, "turn"),
        ("gold", _gold, "gold"),
        ("gold_all", _gold, "gold"),
    ):
        parts[column] = []
        for line in _lines(row, column):
            part = parse(line)
            if part is None:
                faults.append(Fault(number, column, key, {"text": line[:60]}))
            else:
                parts[column].append(part)
    record["history"] = parts["history"]
    record["gold"] = {"any_of": parts["gold"], "all_of": parts["gold_all"]}
    record["facts"] = [
        [wording for part in _split(line) if (wording := _plain(part).strip())]
        for line in _lines(row, "facts")
    ]
    record["forbidden"] = [_plain(line) for line in _lines(row, "forbidden")]
    try:
        question = Question.model_validate(record)
    except ValidationError as error:
        known = {fault.column for fault in faults}
        return faults + [f for e in error.errors() if (f := _fault(e, number)).column not in known]
    return faults or question


def row_of(question: Question) -> Row:
    """A question as a row: every column of `COLUMNS`, lists a line each."""
    record = question.model_dump(mode="json")
    row = {name: "" if record.get(name) is None else str(record.get(name)) for name in COLUMNS}
    row["computed"] = "yes" if record["computed"] else ""
    speakers = {"user": "用户", "assistant": "助手"}
    row["history"] = "\n".join(f"{speakers[t['role']]}：{_escaped(t['content'])}" for t in record["history"])
    for column, key in (("gold", "any_of"), ("gold_all", "all_of")):
        row[column] = "\n".join(gold_line(**gold) for gold in record["gold"][key])
    row["facts"] = "\n".join(
        " | ".join(_escaped(w).replace("|", "\\|") for w in wordings) for wordings in record["facts"]
    )
    row["forbidden"] = "\n".join(_escaped(wording) for wording in record["forbidden"])
    return row


def gold_line(doc: str, clause: str, file: str, lines: Iterable[int]) -> str:
    """A gold clause as it is written in a cell."""
    first, last = lines
    return f"{doc} # {clause} @ {file}:{first}-{last}"


def write_yaml(questions: QuestionSet, path: Path) -> None:
    """Write a set as the YAML that `evals/sets/` holds: one question after the other, defaults left out.

    Raises:
        HangceError: the file cannot be written.
    """
    data: dict[str, Any] = {"name": questions.name, "description": questions.description, "questions": []}
    for question in questions.questions:
        record = question.model_dump(mode="json", exclude_defaults=True)
        record["as_of"] = question.as_of
        gold = record.get("gold", {})
        record["gold"] = {k: [_Inline(g) for g in v] for k, v in gold.items() if v}
        record["history"] = [_Inline(turn) for turn in record.get("history", [])]
        record["facts"] = [_InlineList(f) for f in record.get("facts", [])]
        record["forbidden"] = _InlineList(record.get("forbidden", []))
        ordered = {k: record[k] for k in _YAML_ORDER if record.get(k) not in (None, [], {})}
        data["questions"].append(ordered)
    text = yaml.dump(data, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=10_000)
    try:
        write_atomically(path, text)
    except OSError as error:
        raise HangceError(f"cannot write {path} ({error.strerror})") from error


# --- rows --------------------------------------------------------------------------------------------------


def _lines(row: Row, column: str) -> list[str]:
    return [line.strip() for line in row.get(column, "").split("\n") if line.strip()]


def _escaped(text: str) -> str:
    """Words that take a single line."""
    return text.replace("\\", "\\\\").replace("\r", "").replace("\n", "\\n")


def _plain(text: str) -> str:
    """The words that `_escaped` wrote."""
    return re.sub(r"\\(.)", lambda m: "\n" if m[1] == "n" else m[1], text)


def _split(line: str) -> list[str]:
    """The wordings of a fact; `\\|` is a bar of one."""
    return re.findall(r"(?:[^|\\]|\\.?)+", line)


_COLON = re.compile(r"[:：]")


def _turn(line: str) -> dict[str, str] | None:
    speaker, *content = _COLON.split(line, maxsplit=1)
    if not content or speaker.strip() not in _ROLES:
        return None
    return {"role": _ROLES[speaker.strip()], "content": _plain(content[0].strip())}


def _gold(line: str) -> dict[str, Any] | None:
    match = _GOLD.match(line)
    if match is None:
        return None
    first = int(match["first"])
    return {
        "doc": match["doc"],
        "clause": match["clause"],
        "file": match["file"],
        "lines": [first, int(match["last"] or first)],
    }


def _fault(error: ErrorDetails, number: int) -> Fault:
    place = [str(part) for part in error["loc"]]
    kind = error["type"]
    column = place[0] if place else _COLUMN_OF.get(kind, "id")
    if place[:2] == ["gold", "all_of"]:
        column = "gold_all"
    key = "date" if kind.startswith("date") else _KEY_OF.get(kind, kind if kind in FAULTS else "other")
    values = {k: v for k, v in error.get("ctx", {}).items() if k in ("expected", "lines")}
    return Fault(number, column, key, {"problem": error["msg"]} if key == "other" else values)


# --- files -------------------------------------------------------------------------------------------------


def read_rows(content: bytes, name: str) -> list[tuple[int, Row]]:
    """The rows of a CSV or Excel file, numbered as a spreadsheet does; empty ones are left out.

    Raises:
        TableError: it cannot be read or is too large, or a column is missing or unknown.
    """
    try:
        if name.lower().endswith(".csv"):
            table = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))
        elif name.lower().endswith(".xlsx"):
            table = _read_workbook(content, name)
        else:
            raise TableError(name, "format")
    except InputError:
        raise
    except UnicodeDecodeError as error:
        raise TableError(name, "encoding") from error
    except Exception as error:  # openpyxl and zipfile raise many kinds on damaged files
        raise TableError(name, "damaged", problem=str(error)[:200]) from error
    if len(table) > MOST_ROWS + 1:
        raise TableError(name, "rows", most=MOST_ROWS)
    header = [cell.strip() for cell in table[0]] if table else []
    for wrong, problem in (
        (set(header) - set(COLUMNS) - {""}, "unknown_column"),
        ({"id", "question"} - set(header), "no_column"),
    ):
        if wrong:
            raise TableError(name, problem, columns=", ".join(sorted(wrong))[:200])
    rows = []
    for number, cells in enumerate(table[1:], start=2):
        row = {
            column: cell[1:] if _QUOTED_FORMULA.match(cell) else cell
            for column, cell in zip(header, cells, strict=False)
            if column
        }
        if any(value.strip() for value in row.values()):
            rows.append((number, row))
    return rows


def _read_workbook(content: bytes, name: str) -> list[list[str]]:
    from openpyxl import load_workbook

    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        if sum(entry.file_size for entry in packed.infolist()) > _MOST_UNPACKED:
            raise TableError(name, "unpacked")
    book = load_workbook(io.BytesIO(content), read_only=True, data_only=True)
    # What the file says about its own size is not believed.
    rows = book.worksheets[0].iter_rows(max_row=MOST_ROWS + 2, max_col=2 * len(COLUMNS), values_only=True)
    table = [[_cell(value) for value in row] for row in rows]
    while table and not any(table[-1]):
        table.pop()
    return table


def _cell(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    return "" if value is None else str(value).replace("\r\n", "\n").replace("_x000D_", "")


def csv_text(questions: QuestionSet) -> str:
    """A set as CSV with the mark that Excel knows UTF-8 by; no cell is run as a formula."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for question in questions.questions:
        cells = row_of(question).items()
        writer.writerow({k: f"'{v}" if _FORMULA.match(v) else v for k, v in cells})
    return "\ufeff" + buffer.getvalue()


def workbook(questions: QuestionSet) -> bytes:
    """A set as an Excel file: every cell text, none run as a formula, lists to choose from where few words will do."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
    from openpyxl.comments import Comment
    from openpyxl.styles import Alignment, Font
    from openpyxl.worksheet.datavalidation import DataValidation

    book = Workbook()
    sheet = book.active
    sheet.title = re.sub(r"[\\/*?:\[\]]", " ", questions.name)[:31].strip("' ") or "questions"
    sheet.append(COLUMNS)
    for question in questions.questions:
        row = row_of(question)
        values = [ILLEGAL_CHARACTERS_RE.sub("", row[column]) for column in COLUMNS]
        sheet.append([f"'{v}" if _QUOTED_FORMULA.match(v) else v for v in values])
        for cell in sheet[sheet.max_row]:
            cell.data_type = "s"  # never a formula
            cell.quotePrefix = bool(_FORMULA.match(str(cell.value or "")))  # nor after it has been edited
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    for cell, column in zip(sheet[1], COLUMNS, strict=True):
        cell.font = Font(bold=True)
        if column in _HELP:
            cell.comment = Comment(_HELP[column], "Hangce")
        wide = column in ("question", "history", "gold", "gold_all", "facts")
        sheet.column_dimensions[cell.column_letter].width = 48 if wide else 14
        if column in CHOICES:
            allowed = DataValidation("list", formula1=f'"{",".join(CHOICES[column])}"', allow_blank=True)
            allowed.add(f"{cell.column_letter}2:{cell.column_letter}{MOST_ROWS + 1}")
            sheet.add_data_validation(allowed)
    sheet.freeze_panes = "C2"
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


# --- YAML --------------------------------------------------------------------------------------------------

_YAML_ORDER = [
    "id", "history", "question", "kind", "style", "persona", "split", "status", "cause", "as_of",
    "gold", "facts", "forbidden", "computed", "validity", "verdict",
]  # fmt: skip


class _Inline(dict[str, Any]):
    """A mapping written on one line."""


class _InlineList(list[Any]):
    """A list written on one line."""


class _Dumper(yaml.SafeDumper):
    """Writes gold clauses, turns and facts on one line each."""


_Dumper.add_representer(
    _Inline, lambda d, v: d.represent_mapping("tag:yaml.org,2002:map", v.items(), flow_style=True)
)
_Dumper.add_representer(
    _InlineList, lambda d, v: d.represent_sequence("tag:yaml.org,2002:seq", v, flow_style=True)
)
